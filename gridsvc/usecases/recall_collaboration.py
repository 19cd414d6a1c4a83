"""Recall a collaboration: whoever opened it takes it back, and nobody may process it any more."""

from __future__ import annotations

from gridsvc.clock import Clock
from gridsvc.domain.collaborations import (
    Collaboration,
    CollaborationState,
    Step,
    StepKind,
    require_open,
    require_result,
)
from gridsvc.domain.errors import NotPermitted
from gridsvc.domain.notices import NoticeKind
from gridsvc.storage import Store, audit, collaborations, notices
from gridsvc.usecases.collaboration_handlers import Actor, add_event, notice_content, recipients_of


def recall_collaboration(
    store: Store, clock: Clock, *, actor: Actor, collaboration_id: str, reason: str
) -> Collaboration:
    """Take a request back while it is open, and tell its handler.

    Raises
    ------
    BadInput
        no reason.
    NotPermitted
        somebody else opened it.
    Conflict
        it is archived or recalled already.
    """
    require_result(reason, "reason")
    with store.transaction(actor.adcode) as tx:
        with tx.beyond_reach():  # to tell "not yours" from "not there"
            found = collaborations.find(tx, collaboration_id, for_update=True)
        if found.initiator != actor.name:
            raise NotPermitted("only whoever opened a collaboration may recall it")
        require_open(found)
        now = clock.now()
        step = Step(
            step_no=found.n_steps + 1, kind=StepKind.RECALLED, actor=actor.name, actor_staff_id=actor.staff_id,
            words=reason, handler=found.handler, at=now,
        )  # fmt: skip
        collaborations.add_step(tx, found.collaboration_id, step)
        state = CollaborationState.RECALLED
        collaborations.change(tx, found, state=state, handler=found.handler, is_by_place=found.is_by_place, now=now)
        for recipient in recipients_of(tx, found, found.handler):
            notices.add(
                tx, clock, recipient, NoticeKind.COLLABORATION_RECALLED, notice_content(found),
                collaboration_id=found.collaboration_id,
            )  # fmt: skip
        add_event(tx, clock, "collaboration_recalled", found, found.handler, state)
        audit.add(
            tx, clock, actor=actor.name, action="collaboration.recall", subject=found.collaboration_id, content={}
        )
        return collaborations.find(tx, collaboration_id)

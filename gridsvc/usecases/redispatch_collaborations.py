"""Give open collaborations to whoever owns their place after a publication."""

from __future__ import annotations

from gridsvc.clock import Clock
from gridsvc.domain.collaborations import Collaboration, Handler, Step, StepKind
from gridsvc.domain.errors import NotFound
from gridsvc.domain.ids import Adcode
from gridsvc.domain.notices import NoticeKind
from gridsvc.storage import Store, Transaction, audit, collaborations, notices
from gridsvc.usecases.collaboration_handlers import (
    Place,
    add_event,
    choose_handler,
    locate,
    notice_content,
    recipients_of,
    tell_handler,
)
from gridsvc.usecases.ownership_snapshot import DistrictSnapshot, build_snapshot

_ACTOR = "gridsvc"


def redispatch_collaborations(store: Store, clock: Clock, *, adcode: Adcode) -> int:
    """Choose the handler of every open request afresh whose handler its place had chosen; give how many changed hands.

    A request that a handler passed on to a named person stays there. Both the old and the new handler are told. Running
    it again changes nothing.
    """
    with store.transaction(adcode) as tx:
        held = collaborations.open_by_place(tx)
        if not held:
            return 0
        snapshot = build_snapshot(tx, clock.now())
        return sum(_redispatch(tx, clock, snapshot, found) for found in held)


def _redispatch(tx: Transaction, clock: Clock, snapshot: DistrictSnapshot, found: Collaboration) -> bool:
    place = (
        Place(retailer_id=found.retailer_id)
        if found.retailer_id
        else Place(grid_id=found.grid_id)
        if found.grid_id
        else Place(lon=found.lon, lat=found.lat)
    )
    try:
        handler = choose_handler(tx, found.layer, locate(snapshot, place), found.about_staff_id)
    except NotFound:
        return False  # its grid is gone; the person who has it keeps it
    before = found.handler
    if (handler.staff_id, handler.department) == (before.staff_id, before.department):
        return False
    _hand_over(tx, clock, found, handler)
    return True


def _hand_over(tx: Transaction, clock: Clock, found: Collaboration, handler: Handler) -> None:
    now = clock.now()
    step = Step(
        step_no=found.n_steps + 1, kind=StepKind.REDISPATCHED, actor=_ACTOR, actor_staff_id=None, words="",
        handler=handler, at=now,
    )  # fmt: skip
    collaborations.add_step(tx, found.collaboration_id, step)
    collaborations.change(tx, found, state=found.state, handler=handler, is_by_place=True, now=now)
    for recipient in recipients_of(tx, found, found.handler):
        notices.add(
            tx, clock, recipient, NoticeKind.COLLABORATION_LEFT, notice_content(found),
            collaboration_id=found.collaboration_id,
        )  # fmt: skip
    tell_handler(tx, clock, found, handler)
    add_event(tx, clock, "collaboration_redispatched", found, handler, found.state)
    content = {"level": handler.level, "reason": handler.reason}
    audit.add(
        tx, clock, actor=_ACTOR, action="collaboration.redispatch", subject=found.collaboration_id, content=content
    )

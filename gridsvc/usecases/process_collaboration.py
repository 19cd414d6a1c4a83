"""Process a collaboration: say what was done, and pass it on or end it."""

from __future__ import annotations

from dataclasses import replace

from gridsvc.clock import Clock
from gridsvc.domain.collaborations import (
    Collaboration,
    CollaborationState,
    DispatchReason,
    Handler,
    HandlerLevel,
    Step,
    StepKind,
    require_open,
    require_result,
)
from gridsvc.domain.errors import BadInput, NotPermitted
from gridsvc.domain.notices import NoticeKind
from gridsvc.storage import Store, Transaction, audit, collaborations
from gridsvc.storage import staff as staff_rows
from gridsvc.usecases.collaboration_handlers import (
    Actor,
    add_event,
    barred_staff,
    department_of,
    tell_handler,
    tell_initiator,
)


def process_collaboration(
    store: Store,
    clock: Clock,
    *,
    actor: Actor,
    collaboration_id: str,
    result: str,
    next_staff_code: str | None = None,
    next_department: str | None = None,
) -> Collaboration:
    """Record what the handler did; with a next handler the request goes on, with none it ends and is archived.

    One transaction holds the request: of a step and a recall at the same moment one wins, the other is a `Conflict`.

    Raises
    ------
    BadInput
        no result text; both a person and a department; an unknown one, or one who is barred from this request.
    NotPermitted
        the caller is not the handler.
    Conflict
        the request is archived or recalled.
    """
    require_result(result)
    with store.transaction(actor.adcode) as tx:
        with tx.beyond_reach():  # to tell "not yours" from "not there"
            found = collaborations.find(tx, collaboration_id, for_update=True)
        require_handler(tx, actor, found)
        require_open(found)
        following = _next_handler(tx, found, next_staff_code, next_department)
        handler = following or found.handler
        step = _add(tx, clock, actor, found, StepKind.PROCESSED, result, handler)
        if following is not None:
            state = CollaborationState.IN_PROCESS
            collaborations.change(tx, found, state=state, handler=handler, is_by_place=False, now=clock.now())
            tell_handler(tx, clock, found, handler)
            add_event(tx, clock, "collaboration_forwarded", found, handler, state)
        else:
            state = CollaborationState.ARCHIVED
            _add(tx, clock, actor, replace(found, n_steps=step), StepKind.ARCHIVED, "", handler)
            collaborations.change(
                tx, found, state=state, handler=handler, is_by_place=found.is_by_place, now=clock.now()
            )
            tell_initiator(tx, clock, found, NoticeKind.COLLABORATION_ARCHIVED, result)
            add_event(tx, clock, "collaboration_archived", found, handler, state)
        audit.add(
            tx, clock, actor=actor.name, action="collaboration.process", subject=found.collaboration_id,
            content={"state": state, "step_no": step},
        )  # fmt: skip
        return collaborations.find(tx, collaboration_id)


def require_handler(tx: Transaction, actor: Actor, found: Collaboration) -> None:
    """Raise `NotPermitted` unless `actor` is the handler, of the handling department, or acts for the district."""
    kept_out = {found.about_staff_id, *barred_staff(tx, found.retailer_id)} - {None}
    if actor.staff_id in kept_out:
        raise NotPermitted("this collaboration is not yours to see or process")
    if actor.acts_for_district:
        return
    handler = found.handler
    is_mine = actor.staff_id is not None and handler.staff_id == actor.staff_id
    is_of_department = (handler.staff_id is None or actor.acts_for_department) and (
        actor.staff_id is not None and department_of(tx, actor.staff_id) == handler.department
    )
    if not is_mine and not is_of_department:
        raise NotPermitted("only its present handler may process a collaboration")


def _add(
    tx: Transaction, clock: Clock, actor: Actor, found: Collaboration, kind: StepKind, words: str, handler: Handler
) -> int:
    number = found.n_steps + 1
    step = Step(
        step_no=number, kind=kind, actor=actor.name, actor_staff_id=actor.staff_id, words=words, handler=handler,
        at=clock.now(),
    )  # fmt: skip
    collaborations.add_step(tx, found.collaboration_id, step)
    return number


def _next_handler(
    tx: Transaction, found: Collaboration, staff_code: str | None, department: str | None
) -> Handler | None:
    if staff_code is None and department is None:
        return None
    if staff_code is not None and department is not None:
        raise BadInput("name one next handler: a person by next_staff_code, or a department by next_department")
    staff = staff_rows.all_staff(tx)
    kept_out = {found.about_staff_id, *barred_staff(tx, found.retailer_id)}
    level, reason = HandlerLevel.NEXT_HANDLER, DispatchReason.CHOSEN
    if department is not None:
        if department not in {member.org_unit_name for member in staff}:
            raise BadInput(f"next_department: there is no department {department} with staff in this district")
        return Handler(staff_id=None, department=department, level=level, reason=reason)
    member = next((member for member in staff if member.staff_code == staff_code), None)
    if member is None:
        raise BadInput(f"next_staff_code: there is no member of staff {staff_code} in this district")
    if member.staff_id in kept_out:
        raise BadInput(f"next_staff_code: {staff_code} may not handle this request; name somebody else")
    return Handler(staff_id=member.staff_id, department=member.org_unit_name or "", level=level, reason=reason)

"""Acknowledge a handover: one side says that the list was handed over."""

from __future__ import annotations

from gridsvc.clock import Clock
from gridsvc.domain.errors import NotFound, NotPermitted
from gridsvc.domain.ids import Adcode, StaffId
from gridsvc.domain.permissions import Reach
from gridsvc.storage import Store, audit, handovers, plans, staff
from gridsvc.storage.handovers import Side
from gridsvc.usecases.draft_bench import DraftBoard
from gridsvc.usecases.moved_shops import moved_shops

__all__ = ["Side", "acknowledge_handover"]


def acknowledge_handover(
    store: Store,
    clock: Clock,
    board: DraftBoard,
    *,
    adcode: Adcode,
    actor: str,
    plan_id: str,
    from_staff_id: StaffId,
    to_staff_id: StaffId,
    side: Side,
    reach: Reach | None = None,
) -> None:
    """Keep one side's word; saying it again changes nothing.

    Parameters
    ----------
    reach : for whom the caller may speak; None = for everybody

    Raises
    ------
    NotFound
        there is no such plan, or it hands nothing from the one to the other.
    NotPermitted
        the caller speaks for somebody else.
    """
    speaker = from_staff_id if side is Side.GIVING else to_staff_id
    with store.transaction(adcode) as tx:
        departments = {member.staff_id: member.org_unit_name for member in staff.all_staff(tx)}
        if reach is not None and not reach.covers(speaker, departments.get(speaker)):
            raise NotPermitted("your role acknowledges the handovers of its own people only")
        plan = plans.find(tx, plan_id, for_update=True)
        with tx.beyond_reach():
            moves = moved_shops(tx, clock, board, plan)
        if not any((moved.from_staff_id, moved.to_staff_id) == (from_staff_id, to_staff_id) for moved in moves):
            raise NotFound("this plan hands nothing from the one to the other")
        handovers.acknowledge(
            tx, clock, plan.plan_id, from_staff_id=from_staff_id, to_staff_id=to_staff_id, side=side, actor=actor
        )
        content = {"side": str(side), "from": from_staff_id, "to": to_staff_id}
        audit.add(tx, clock, actor=actor, action="handover.acknowledge", subject=plan.plan_id, content=content)

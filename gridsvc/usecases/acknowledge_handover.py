"""Acknowledge a handover: one side says that the list was handed over."""

from __future__ import annotations

from gridsvc.clock import Clock
from gridsvc.domain.errors import NotFound, NotPermitted
from gridsvc.domain.ids import Adcode, StaffId
from gridsvc.storage import Store, audit, handovers, plans
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
    only_as: StaffId | None = None,
) -> None:
    """Keep one side's word; saying it again changes nothing.

    Parameters
    ----------
    only_as : the caller may speak for this person only

    Raises
    ------
    NotFound
        there is no such plan, or it hands nothing from the one to the other.
    NotPermitted
        the caller speaks for somebody else.
    """
    if only_as is not None and only_as != (from_staff_id if side is Side.GIVING else to_staff_id):
        raise NotPermitted("your role acknowledges its own handovers only")
    with store.transaction(adcode) as tx:
        plan = plans.find(tx, plan_id, for_update=True)
        moves = moved_shops(tx, clock, board, plan)
        if not any((moved.from_staff_id, moved.to_staff_id) == (from_staff_id, to_staff_id) for moved in moves):
            raise NotFound("this plan hands nothing from the one to the other")
        handovers.acknowledge(
            tx, clock, plan.plan_id, from_staff_id=from_staff_id, to_staff_id=to_staff_id, side=side, actor=actor
        )
        content = {"side": str(side), "from": from_staff_id, "to": to_staff_id}
        audit.add(tx, clock, actor=actor, action="handover.acknowledge", subject=plan.plan_id, content=content)

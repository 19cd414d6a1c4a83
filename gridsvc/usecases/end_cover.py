"""End a leave cover before its last day: the owner is back, or the plan changed."""

from __future__ import annotations

from gridsvc.clock import Clock, today
from gridsvc.domain.covers import LeaveCover
from gridsvc.domain.errors import Conflict
from gridsvc.domain.ids import Adcode
from gridsvc.domain.permissions import Reach
from gridsvc.storage import Store, audit, covers, districts, events, queue
from gridsvc.usecases.find_within_reach import member_within_reach


def end_cover(
    store: Store, clock: Clock, *, adcode: Adcode, actor: str, leave_cover_id: str, reach: Reach | None = None
) -> LeaveCover:
    """End a cover now and give it.

    Raises `NotFound`, `NotPermitted` for a person out of reach, and `Conflict` when it has ended already.
    """
    with store.transaction(adcode) as tx:
        district = districts.lock(tx)
        with tx.beyond_reach():  # to tell "not yours" from "not there"
            cover = covers.find(tx, leave_cover_id)
        member_within_reach(tx, reach, cover.staff_id)
        if cover.ended_at is not None or cover.last_day < today(clock, district.time_zone):
            raise Conflict("this cover has ended already")
        covers.end(tx, leave_cover_id, clock.now(), actor)
        content = {"leave_cover_id": cover.leave_cover_id, "layer": str(cover.layer)}
        events.add(tx, clock, "leave_cover_ended", content)
        queue.defer(tx, "redispatch_collaborations", {"adcode": adcode})
        audit.add(tx, clock, actor=actor, action="cover.end", subject=cover.leave_cover_id, content=content)
        districts.bump_revision(tx)
        return covers.find(tx, leave_cover_id)

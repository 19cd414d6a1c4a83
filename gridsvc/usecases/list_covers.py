"""List the leave covers."""

from __future__ import annotations

from gridsvc.clock import Clock, today
from gridsvc.domain.covers import LeaveCover
from gridsvc.domain.ids import Adcode
from gridsvc.domain.permissions import Reach
from gridsvc.storage import Store, covers, districts, staff


def list_covers(
    store: Store, clock: Clock, *, adcode: Adcode, with_past: bool = False, reach: Reach | None = None
) -> list[LeaveCover]:
    """Give the covers of people within reach that last until today or later, or all, the last to begin first."""
    with store.transaction(adcode) as tx:
        day = today(clock, districts.find(tx).time_zone)
        seen = {m.staff_id for m in staff.all_staff(tx) if reach is None or reach.covers(m.staff_id, m.org_unit_name)}
        return [one for one in covers.all_covers(tx, since=None if with_past else day) if one.staff_id in seen]

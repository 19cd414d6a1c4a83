"""List the leave covers."""

from __future__ import annotations

from gridsvc.clock import Clock, today
from gridsvc.domain.covers import LeaveCover
from gridsvc.domain.ids import Adcode
from gridsvc.storage import Store, covers, districts


def list_covers(store: Store, clock: Clock, *, adcode: Adcode, with_past: bool = False) -> list[LeaveCover]:
    """Give the covers that reach today or later, or all of them, the last to begin first."""
    with store.transaction(adcode) as tx:
        day = today(clock, districts.find(tx).time_zone)
        return covers.all_covers(tx, since=None if with_past else day)

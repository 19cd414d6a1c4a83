"""Find the unit set that a planner means."""

from __future__ import annotations

from gridsvc.clock import Clock
from gridsvc.domain.errors import NotFound
from gridsvc.domain.ids import Adcode
from gridsvc.storage import Store
from gridsvc.storage import units as unit_rows


def find_unit_set(store: Store, clock: Clock, *, adcode: Adcode, wanted: str) -> str | None:
    """Give the newest unit set of a kind: "h3", an area level, or "" for the newest of all (None when there is none).

    Raises `NotFound` when nothing of the named kind was made yet.
    """
    with store.transaction(adcode) as tx:
        if not wanted:
            return unit_rows.newest(tx)
        found = unit_rows.newest(tx, kind="h3") if wanted == "h3" else unit_rows.newest(tx, area_level=wanted)
    if found is None:
        made_by = "units make" if wanted == "h3" else f"units make --kind areas --level {wanted}"
        raise NotFound(f"there are no {wanted} units yet; `{made_by}` makes them")
    return found

"""List the days for which a person has a planned route."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from gridsvc.domain.errors import BadInput, NotFound
from gridsvc.domain.ids import Adcode, StaffId
from gridsvc.storage import Store, day_rows, staff

MOST_DAYS = 92


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedDay:
    """A day with a route; sealed duties are not counted."""

    day: date
    n_stops: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedDays:
    """Whose days these are, and the days in order."""

    staff_id: StaffId
    days: list[PlannedDay]


def list_days(store: Store, *, adcode: Adcode, staff_code_or_id: str, first: date, last: date) -> PlannedDays:
    """Give the days from `first` to `last`, both included; raises `NotFound`, `BadInput` for more than 92 days."""
    if not 0 <= (last - first).days < MOST_DAYS:
        raise BadInput(f"ask for 1 to {MOST_DAYS} days, the first before the last")
    with store.transaction(adcode) as tx:
        member = next((m for m in staff.all_staff(tx) if staff_code_or_id in (m.staff_code, m.staff_id)), None)
        if member is None:
            raise NotFound(f"there is no staff member {staff_code_or_id} in district {adcode}")
        found = day_rows.planned_days(tx, member.staff_id, first, last)
    return PlannedDays(staff_id=member.staff_id, days=[PlannedDay(day=day, n_stops=n) for day, n in found])

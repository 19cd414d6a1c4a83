"""Read a person's calendar: which days are worked, and why the others are not."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from geo_data.calendars import WorkingDays
from gridsvc.domain.errors import BadInput
from gridsvc.domain.ids import Adcode
from gridsvc.storage import Store, districts
from gridsvc.usecases.read_staff_member import record_of

LONGEST_DAYS = 92


@dataclass(frozen=True, slots=True, kw_only=True)
class CalendarDay:
    """One day: `why` is `off` (weekend, holiday), `not_in_service`, or the reason of an absence; None = worked."""

    day: date
    is_worked: bool
    why: str | None


def read_calendar(store: Store, *, adcode: Adcode, staff_code_or_id: str, first: date, last: date) -> list[CalendarDay]:
    """Give the days from `first` to `last`, both included, at most 92, by the district's calendar and the absences.

    Raises `NotFound` for an unknown person, `BadInput` for days out of order or too many.
    """
    n_days = (last - first).days + 1
    if not 1 <= n_days <= LONGEST_DAYS:
        raise BadInput(f"ask for 1 to {LONGEST_DAYS} days, the first before the last")
    with store.transaction(adcode) as tx:
        country = districts.find(tx).country
        record = record_of(tx, staff_code_or_id)
    calendar, member = WorkingDays(country=country), record.member
    found = []
    for day in (first + timedelta(days=number) for number in range(n_days)):
        away = next((one.reason for one in record.absences if one.first_day <= day <= one.last_day), None)
        is_in_service = (member.first_day or day) <= day <= (member.last_day or day)
        why = "not_in_service" if not is_in_service else "off" if not calendar.is_working(day) else away
        found.append(CalendarDay(day=day, is_worked=why is None, why=why))
    return found

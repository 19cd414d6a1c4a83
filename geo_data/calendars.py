"""Say which days are worked in a country, and lay 28-day cycles over the calendar.

China moves working days onto weekends around its long holidays; the State Council announces the make-up days of a year
in the November before. They come from the `holidays` package. A year whose make-up days the package does not know yet
falls back to weekdays and fixed holidays and is marked provisional.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

CYCLE_DAYS = 28
# Any Monday serves; this one begins the first cycle that the service can name.
_CYCLE_ORIGIN = dt.date(2001, 1, 1)
# Countries that move working days onto weekends by yearly announcement: no make-up day known = not announced yet.
_ANNOUNCED_YEARLY = ("CN",)


class CalendarError(ValueError):
    """A country's calendar is not known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkingDays:
    """Answers which days are worked in one country.

    Parameters
    ----------
    country : ISO 3166 code, such as CN or US
    extra_working, extra_free : days that the district decides otherwise; they win over the country's calendar
    """

    country: str
    extra_working: frozenset[dt.date] = frozenset()
    extra_free: frozenset[dt.date] = frozenset()

    def __post_init__(self) -> None:
        _country_year(self.country, 2026)

    def is_working(self, day: dt.date) -> bool:
        """Return whether `day` is worked."""
        if day in self.extra_working or day in self.extra_free:
            return day in self.extra_working
        return bool(_country_year(self.country, day.year).is_working_day(day))

    def is_provisional(self, year: int) -> bool:
        """Return whether the make-up days of `year` are not known yet, so that its days may still change."""
        if self.country not in _ANNOUNCED_YEARLY:
            return False
        made_up = _country_year(self.country, year).weekend_workdays
        return not any(day.year == year for day in made_up)

    def name_of(self, day: dt.date) -> str:
        """Return the English name of the holiday on `day`, empty for none."""
        return str(_country_year(self.country, day.year).get(day) or "")

    def next_working(self, day: dt.date) -> dt.date:
        """Return `day` itself where it is worked, else the next day that is.

        Raises
        ------
        CalendarError : no working day within a year
        """
        for ahead in range(366):
            if self.is_working(day + dt.timedelta(days=ahead)):
                return day + dt.timedelta(days=ahead)
        words = f"no working day within a year of {day}"
        raise CalendarError(words)

    def between(self, first: dt.date, last: dt.date) -> list[dt.date]:
        """Return the working days from `first` to `last`, both included."""
        days = (first + dt.timedelta(days=ahead) for ahead in range((last - first).days + 1))
        return [day for day in days if self.is_working(day)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Cycle:
    """Holds one 28-day cycle.

    Parameters
    ----------
    first_day : a Monday
    working : its working days in order
    is_provisional : whether one of them lies in a year whose make-up days are not announced
    """

    first_day: dt.date
    working: tuple[dt.date, ...]
    is_provisional: bool

    @property
    def last_day(self) -> dt.date:
        return self.first_day + dt.timedelta(days=CYCLE_DAYS - 1)

    def row_of(self, day: dt.date) -> int:
        """Return the row of a working day in the cycle, -1 for a free day or one outside."""
        return self.working.index(day) if day in self.working else -1


def cycle_from(first_day: dt.date, calendar: WorkingDays) -> Cycle:
    """Return the cycle that begins on a Monday.

    Raises
    ------
    ValueError : `first_day` is no Monday
    """
    if first_day.weekday() != 0:
        raise ValueError(f"a cycle begins on a Monday, {first_day} is none")
    last_day = first_day + dt.timedelta(days=CYCLE_DAYS - 1)
    years = {first_day.year, last_day.year}
    return Cycle(
        first_day=first_day,
        working=tuple(calendar.between(first_day, last_day)),
        is_provisional=any(calendar.is_provisional(year) for year in years),
    )


def cycle_of(day: dt.date, calendar: WorkingDays) -> Cycle:
    """Return the cycle that holds `day`, counted in fours of weeks from Monday 1 January 2001."""
    return cycle_from(day - dt.timedelta(days=(day - _CYCLE_ORIGIN).days % CYCLE_DAYS), calendar)


def cycles_from(day: dt.date, calendar: WorkingDays) -> Iterator[Cycle]:
    """Yield the cycle that holds `day` and every later one."""
    cycle = cycle_of(day, calendar)
    while True:
        yield cycle
        cycle = cycle_from(cycle.first_day + dt.timedelta(days=CYCLE_DAYS), calendar)


@cache
def _country_year(country: str, year: int) -> Any:
    import holidays

    try:
        return holidays.country_holidays(country, years=year, language="en_US", expand=False)
    except NotImplementedError as error:
        raise CalendarError(
            f"no calendar is known for country {country!r}; use an ISO code such as CN or US"
        ) from error

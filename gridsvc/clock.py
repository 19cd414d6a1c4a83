"""The time, from outside: real, or fixed for demos and tests."""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Protocol
from zoneinfo import ZoneInfo

from gridsvc.domain.ids import uuid7


class Clock(Protocol):
    """Gives the present instant."""

    def now(self) -> datetime:
        """Give the present instant, timezone aware, in UTC."""
        ...


@dataclass(frozen=True, slots=True)
class SystemClock:
    """The machine's clock; a fixed day replaces the calendar day and keeps the time of day (for demos)."""

    fixed_day: date | None = None

    def now(self) -> datetime:
        now = datetime.now(UTC)
        return now if self.fixed_day is None else datetime.combine(self.fixed_day, now.timetz())


@dataclass(slots=True)
class FixedClock:
    """A clock that stands until it is moved (for tests)."""

    instant: datetime

    def now(self) -> datetime:
        return self.instant


def today(clock: Clock, time_zone: str) -> date:
    """Give the calendar day in `time_zone` (an IANA name)."""
    return day_of(clock.now(), time_zone)


def day_of(instant: datetime, time_zone: str) -> date:
    """Give the calendar day of an instant in `time_zone`."""
    return instant.astimezone(ZoneInfo(time_zone)).date()


def midnight(day: date, time_zone: str) -> datetime:
    """Give the instant at which `day` begins in `time_zone`."""
    return datetime.combine(day, time(), ZoneInfo(time_zone)).astimezone(UTC)


def new_id() -> str:
    """Make a new public identifier (UUID version 7); unlike the clock it is never fixed, so that ids stay unique."""
    return uuid7(int(datetime.now(UTC).timestamp() * 1000), os.urandom(10))

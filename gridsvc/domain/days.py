"""One person's day: the stops in order with their times, why each is there, and what could not be planned."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from zoneinfo import ZoneInfo

from gridsvc.domain.ids import Adcode, RetailerId, StaffId
from gridsvc.domain.layers import Role, TaskType


class TravelMethod(StrEnum):
    """What the travel times were computed from."""

    STREETS = "streets"
    STRAIGHT_LINE = "straight_line"


class Reason(StrEnum):
    """Why a stop is there; travels as `key` or `key:value`, and each border words it in its reader's language."""

    TIER = "tier"  # a visit that the shop's tier asks for; value A, B or C
    STAR = "star"  # a routine inspection that its integrity star asks for; value 1 .. 5
    CARTONS = "cartons"  # a delivery of the weekly order; value cartons
    CREW = "crew"  # an enforcement inspection by two officers
    ENFORCEMENT = "enforcement"  # an enforcement inspection by one officer


def why(reason: Reason, value: str = "") -> str:
    """Give a reason with its value as it is stored and sent."""
    return f"{reason}:{value}" if value else str(reason)


@dataclass(frozen=True, slots=True, kw_only=True)
class DayStaff:
    """Whose day it is, and where it begins and ends."""

    staff_id: StaffId
    staff_code: str
    name: str
    role: Role
    org_unit: str | None
    office_lon: float
    office_lat: float


@dataclass(frozen=True, slots=True, kw_only=True)
class DayRetailer:
    """The shop of a stop."""

    retailer_id: RetailerId
    retailer_code: str
    name: str
    address: str
    lon: float
    lat: float


@dataclass(frozen=True, slots=True, kw_only=True)
class DayStop:
    """One stop; the instants are None where they are withheld, then `half_day` alone tells when."""

    sequence: int  # 1, 2, 3, ...
    retailer: DayRetailer
    task_type: TaskType
    arrives_at: datetime | None
    starts_at: datetime | None
    departs_at: datetime | None
    slack_s: int | None  # seconds that the start may slip without breaking a window
    why: str  # `key:value`, see `Reason`
    is_sealed: bool = False
    half_day: str | None = None  # morning, afternoon


@dataclass(frozen=True, slots=True, kw_only=True)
class NotPlanned:
    """A duty that is due and on no route, with the reason."""

    retailer: DayRetailer
    task_type: TaskType
    reason: str
    words: str
    relaxation: str | None = None  # the smallest change that would make room for it
    is_sealed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """A staff member's planned day.

    `departs_at`, `returns_at` and the totals are None where they are withheld (`without_sealed`). `course` is the way
    along streets as (lon, lat) in WGS-84, empty where it is withheld or unknown. `version` changes whenever any of
    this does.
    """

    adcode: Adcode
    staff: DayStaff
    day: date
    time_zone: str
    departs_at: datetime | None
    returns_at: datetime | None
    travel_s: int | None
    service_s: int | None
    waiting_s: int | None
    distance_m: int | None
    method: TravelMethod
    stops: tuple[DayStop, ...]
    not_planned: tuple[NotPlanned, ...]
    course: tuple[tuple[float, float], ...]
    version: str
    is_synthetic: bool = False
    is_provisional: bool = False
    is_withheld: bool = False

    def without_sealed(self, noon_min: int = 12 * 60) -> Day:
        """Give the day as others than the person may see it: sealed duties are left out.

        A gap between two arrivals, a total or the drawn way would give a sealed stop away, and so would a day that is
        told less finely than others. Every inspector's day, sealed duty or not, therefore tells the half-day of its
        open stops and nothing finer; the days of other roles are unchanged.
        """
        if self.staff.role is not Role.MARKET_INSPECTOR:
            return self
        open_stops = [stop for stop in self.stops if not stop.is_sealed]
        shown = tuple(
            replace(
                stop,
                sequence=number,
                arrives_at=None,
                starts_at=None,
                departs_at=None,
                slack_s=None,
                half_day=self._half_day(stop, noon_min),
            )
            for number, stop in enumerate(open_stops, start=1)
        )
        return replace(
            self,
            departs_at=None,
            returns_at=None,
            travel_s=None,
            service_s=None,
            waiting_s=None,
            distance_m=None,
            stops=shown,
            not_planned=tuple(item for item in self.not_planned if not item.is_sealed),
            course=(),
            version=f"{self.version}-open",
            is_withheld=True,
        )

    def _half_day(self, stop: DayStop, noon_min: int) -> str | None:
        if stop.starts_at is None:
            return stop.half_day
        local = stop.starts_at.astimezone(ZoneInfo(self.time_zone))
        return "morning" if local.hour * 60 + local.minute < noon_min else "afternoon"

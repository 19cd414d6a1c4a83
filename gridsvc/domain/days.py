"""One person's day: the stops in order with their times, why each is there, and what could not be planned."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from enum import StrEnum
from zoneinfo import ZoneInfo

from gridsvc.domain.ids import Adcode, RetailerId, StaffId
from gridsvc.domain.layers import Role, TaskType
from gridsvc.domain.visits import VisitOutcome, VisitReason


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
    MEETS = "meets"  # another role starts at the shop within the same window; value 09:30-10:00
    URGENT = "urgent"  # came in during the day


def why(reason: Reason, value: str = "") -> str:
    """Give a reason with its value as it is stored and sent."""
    return f"{reason}:{value}" if value else str(reason)


@dataclass(frozen=True, slots=True, kw_only=True)
class DayStaff:
    """Whose day it is, and where it begins and ends: at the office, or at `home` (longitude, latitude).

    `home` is in the person's own view alone; `starts_at_home` only tells others that the way is withheld.
    """

    staff_id: StaffId
    staff_code: str
    name: str
    role: Role
    org_unit: str | None
    office_lon: float
    office_lat: float
    home: tuple[float, float] | None = None
    starts_at_home: bool = False


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
class OtherStop:
    """Somebody else's visit or delivery at the same shop on the same day; inspections are never told."""

    task_type: TaskType
    staff_code: str
    starts_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ShopCard:
    """What a role may know of a shop before it goes in; None where it is not for that role or not known.

    `last_done` gives the day of the last real stop by kind of task; `others` is who else comes that day.
    """

    licence_no: str | None = None
    tier: str | None = None
    credit_grade: str | None = None
    integrity_star: int | None = None
    order_cartons: float | None = None
    opens_min: int | None = None
    closes_min: int | None = None
    last_done: Mapping[TaskType, date] = field(default_factory=dict)
    others: tuple[OtherStop, ...] = ()

    def for_role(self, role: Role) -> ShopCard:
        """Give the part that concerns a role: a driver hours only, a manager no licence, an inspector no orders."""
        if role is Role.DELIVERY_DRIVER:
            return ShopCard(opens_min=self.opens_min, closes_min=self.closes_min)
        if role is Role.CUSTOMER_MANAGER:
            return replace(self, licence_no=None, integrity_star=None)
        return replace(self, tier=None, order_cartons=None)


class StopState(StrEnum):
    """How a stop stands."""

    AHEAD = "ahead"
    DONE = "done"
    CLOSED = "closed"
    CANNOT = "cannot"


@dataclass(frozen=True, slots=True, kw_only=True)
class DayStop:
    """One stop; the instants are None where they are withheld, then `half_day` alone tells when.

    `state`, `reason` and `ended_at` are those of the newest visit that was recorded.
    """

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
    cartons: float = 0.0
    state: StopState = StopState.AHEAD
    reason: VisitReason | None = None
    ended_at: datetime | None = None
    with_staff_code: str | None = None  # the other officer of a crew
    card: ShopCard = field(default_factory=ShopCard)

    def as_visited(self, outcome: VisitOutcome, reason: VisitReason | None, ended_at: datetime) -> DayStop:
        """Give the stop with what came of it."""
        return replace(self, state=StopState(outcome.value), reason=reason, ended_at=ended_at)


@dataclass(frozen=True, slots=True, kw_only=True)
class NotPlanned:
    """A duty that is due and on no route, with the reason and the smallest change that would make room for it.

    The words are English and Chinese; `is_verified` says that a solve with the change served it and lost nobody else.
    """

    retailer: DayRetailer
    task_type: TaskType
    reason: str
    words: str
    words_zh: str = ""
    relaxation: str | None = None
    relaxation_zh: str | None = None
    is_verified: bool = False
    is_sealed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """A staff member's planned day.

    `departs_at`, `returns_at` and the totals are None where they are withheld (`without_sealed`). `course` is the way
    along streets as (lon, lat) in WGS-84, empty where it is withheld or unknown. `route_version` names the route that
    was planned; `version` changes whenever anything that is shown does, and with nothing else.
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
    route_version: str = ""
    is_synthetic: bool = False
    is_provisional: bool = False
    is_withheld: bool = False
    version: str = ""

    @property
    def late_s(self) -> int | None:
        """Seconds that the last stop ended later than planned, negative = earlier; None before the first."""
        ended = [(s.ended_at, s.departs_at) for s in self.stops if s.ended_at is not None and s.departs_at is not None]
        if not ended:
            return None
        last, planned = max(ended)
        return round((last - planned).total_seconds())

    def stamped(self) -> Day:
        """Give the day with the version of its content."""
        bare = replace(self, version="")
        return replace(self, version=hashlib.sha256(repr(bare).encode()).hexdigest()[:16])

    def without_sealed(self, noon_min: int = 12 * 60) -> Day:
        """Give the day as others than the person may see it: sealed duties and homes are left out.

        A gap between two arrivals, a total or the drawn way would give a sealed stop away, and so would a day that is
        told less finely than others. Every inspector's day, sealed duty or not, therefore tells the half-day of its
        open stops and nothing finer; the days of other roles are unchanged.
        """
        if self.staff.role is not Role.MARKET_INSPECTOR:
            return self._without_home()
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
                ended_at=None,
                with_staff_code=None,
            )
            for number, stop in enumerate(open_stops, start=1)
        )
        shown_day = replace(
            self,
            staff=replace(self.staff, home=None),
            departs_at=None,
            returns_at=None,
            travel_s=None,
            service_s=None,
            waiting_s=None,
            distance_m=None,
            stops=shown,
            not_planned=tuple(item for item in self.not_planned if not item.is_sealed),
            course=(),
            route_version="",
            is_withheld=True,
        )
        return shown_day.stamped()

    def _without_home(self) -> Day:
        """Give the day without the place where the person lives: neither it, nor the way that leads there."""
        if not self.staff.starts_at_home:
            return self
        return replace(self, staff=replace(self.staff, home=None), course=(), route_version="").stamped()

    def _half_day(self, stop: DayStop, noon_min: int) -> str | None:
        if stop.starts_at is None:
            return stop.half_day
        local = stop.starts_at.astimezone(ZoneInfo(self.time_zone))
        return "morning" if local.hour * 60 + local.minute < noon_min else "afternoon"

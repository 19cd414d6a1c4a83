"""A day under way: the planned routes of some people, what is done of them, and where everybody stands now."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

import numpy as np

from gridsvc.clock import Clock, midnight
from gridsvc.domain.errors import Conflict, NotFound
from gridsvc.domain.ids import RetailerId, StaffId
from gridsvc.domain.layers import LAYER_OF_ROLE, TASK_OF_LAYER, TaskType
from gridsvc.domain.visits import Visit, visits_of_stops
from gridsvc.domain.workload import WorkingHours
from gridsvc.storage import Transaction, day_rows, districts, visits
from gridsvc.storage import staff as staff_rows
from gridsvc.storage.districts import District
from gridsvc.storage.staff import StaffMember
from gridsvc.usecases.state_home import as_they_start

MOST_COLLEAGUES = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedStop:
    """One stop as planned; times are seconds after local midnight."""

    retailer_id: RetailerId
    name: str
    task_type: TaskType
    lon: float
    lat: float
    start_s: int
    service_s: int
    window_s: tuple[int, int] | None
    cartons: float
    is_sealed: bool
    second_staff_id: StaffId | None
    why: str
    visit: Visit | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonUnderWay:
    """One person's day: the route's rows, and its stops with the done ones in front, in the order they were done."""

    member: StaffMember
    route: Any
    stops: tuple[PlannedStop, ...]
    n_loads: int

    @property
    def n_done(self) -> int:
        """Stops at which something came of it already."""
        return sum(stop.visit is not None for stop in self.stops)


@dataclass(frozen=True, slots=True, kw_only=True)
class DayUnderWay:
    """Some people's day; `people` begins with the one it is about, `now_s` is after local midnight, negative before."""

    district: District
    day: date
    hours: WorkingHours
    midnight: datetime
    now_s: int
    people: list[PersonUnderWay] = field(default_factory=list)

    def instant(self, seconds: int) -> datetime:
        """Give the instant of a second of the day."""
        return self.midnight + timedelta(seconds=int(seconds))


def read_day_under_way(
    tx: Transaction, clock: Clock, *, staff_code_or_id: str, day: date, with_others: bool
) -> DayUnderWay:
    """Read the person's day, and with others the days of the nearest colleagues of the same role.

    Raises
    ------
    NotFound
        Unknown staff member, or no route that day.
    Conflict
        The day is over.
    """
    district = districts.find(tx)
    everybody = as_they_start(tx, staff_rows.all_staff(tx))
    member = next((m for m in everybody if staff_code_or_id in (m.staff_code, m.staff_id)), None)
    if member is None:
        raise NotFound(f"there is no staff member {staff_code_or_id}")
    begins = midnight(day, district.time_zone)
    under_way = DayUnderWay(
        district=district,
        day=day,
        hours=WorkingHours(),
        midnight=begins,
        now_s=int((clock.now() - begins).total_seconds()),
    )
    if under_way.now_s >= 24 * 3600:
        raise Conflict(f"{day.isoformat()} is over; nothing of it can be planned anew")
    first = _person(tx, under_way, member)
    if first is None:
        raise NotFound(f"no route is planned for {member.staff_code} on {day.isoformat()}")
    under_way.people.append(first)
    if with_others:
        alike = [m for m in everybody if m.role is member.role and m.staff_id != member.staff_id]
        away = {a.staff_id for a in staff_rows.absences(tx, on=day)}
        found = [p for m in alike if m.staff_id not in away and (p := _person(tx, under_way, m)) is not None]
        found.sort(key=lambda person: (_apart(first.stops, person.stops), person.member.staff_code))
        under_way.people.extend(found[:MOST_COLLEAGUES])
    return under_way


def _apart(mine: Sequence[PlannedStop], theirs: Sequence[PlannedStop]) -> float:
    """Measure how far two days are apart, between the middles of their stops in degrees."""
    middles = [np.mean([(stop.lon, stop.lat) for stop in stops], axis=0) for stops in (mine, theirs) if stops]
    return float(np.hypot(*(middles[0] - middles[1]))) if len(middles) == 2 else float("inf")


def _person(tx: Transaction, day: DayUnderWay, member: StaffMember) -> PersonUnderWay | None:
    rows = day_rows.read(tx, member.staff_id, day.day)
    if rows is None:
        return None
    recorded = visits.between(tx, day.day, day.day, staff_id=member.staff_id)
    told = visits_of_stops(
        [(RetailerId(row.retailer_id), TaskType(row.task_type), row.is_sealed) for row in rows.stops],
        [((visit.retailer_id, visit.task_type, visit.is_sealed), visit) for visit in recorded],
    )
    stops = [_stop(day, row, visit) for row, visit in zip(rows.stops, told, strict=True)]
    done = sorted(
        (s for s in stops if s.visit is not None), key=lambda s: s.visit.ended_at if s.visit else day.midnight
    )
    ahead = [stop for stop in stops if stop.visit is None]
    n_loads = int(rows.route.detail.get("n_loads", 1))
    return PersonUnderWay(member=member, route=rows.route, stops=(*done, *ahead), n_loads=n_loads)


def _stop(day: DayUnderWay, row: Any, visit: Visit | None) -> PlannedStop:
    start_s = round((row.starts_at - day.midnight).total_seconds())
    service_s = round((row.departs_at - row.starts_at).total_seconds())
    return PlannedStop(
        retailer_id=RetailerId(row.retailer_id),
        name=row.name,
        task_type=TaskType(row.task_type),
        lon=row.lon,
        lat=row.lat,
        start_s=start_s,
        service_s=service_s,
        window_s=window_of(row.opens_min, row.closes_min, service_s),
        cartons=row.cartons,
        is_sealed=row.is_sealed,
        second_staff_id=StaffId(row.second_staff_id) if row.second_staff_id else None,
        why=row.why,
        visit=visit,
    )


def window_of(opens_min: int | None, closes_min: int | None, service_s: int) -> tuple[int, int] | None:
    """Give when service may start: inside the opening hours, done before they end; None when they are unknown."""
    if opens_min is None or closes_min is None or opens_min < 0 or closes_min < 0:
        return None
    return (opens_min * 60, max(closes_min * 60 - service_s, opens_min * 60))


def task_of(member: StaffMember) -> TaskType:
    """Give what a person does at a stop."""
    return TASK_OF_LAYER[LAYER_OF_ROLE[member.role]]

"""State one day of one person, or of people who meet at a stop, for the routing engine."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

import numpy as np

from geo_data.roads.matrices import TravelMatrix
from gridsvc.domain.ids import RetailerId, StaffId
from gridsvc.domain.layers import TaskType
from gridsvc.domain.workload import WorkingHours
from gridsvc.engines.routing import DayPerson, DayRequest, DayTask
from gridsvc.storage.cycles import Cycle, CycleStop
from gridsvc.storage.districts import District
from gridsvc.storage.retailers import RetailerColumns
from gridsvc.storage.staff import StaffMember
from gridsvc.usecases.measure_travel import Travel

Engine = Literal["auto", "ortools", "pyvrp"]
KEPT_WITHIN_S = 900
Told = Mapping[tuple[StaffId, RetailerId, TaskType], int]
"""When each stop starts in the routes that are replaced, in seconds after local midnight."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DaySearch:
    """Seed, limit and engine of a day's search."""

    seed: int
    max_iterations: int
    engine: Engine


@dataclass(frozen=True, slots=True, kw_only=True)
class DayGround:
    """What a day is stated from, in one snapshot; `stops` are those of the chosen people."""

    district: District
    cycle: Cycle
    day: date
    chosen: frozenset[StaffId]  # whose routes are planned, those whom they meet included
    stops: list[CycleStop]
    shops: RetailerColumns
    row_of: dict[RetailerId, int]
    staff_of: dict[StaffId, StaffMember]
    travel: Travel
    hours: WorkingHours
    midnight: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class DayTeam:
    """People who are planned together because they meet at a stop, or one person alone."""

    members: list[StaffMember]
    stops: list[CycleStop]
    task_rows: list[tuple[CycleStop, StaffMember]]  # of each task of the request: its stop and who it is for
    person_of: list[StaffMember]  # of each person of the request: a van that loads twice counts twice
    request: DayRequest
    matrix: TravelMatrix


def state_day_team(
    ground: DayGround,
    members: list[StaffMember],
    stops: list[CycleStop],
    told_s: Told,
    search: DaySearch,
) -> DayTeam:
    """State the day of some people; stops had better start near the time that was told."""
    shops = ground.shops
    rows = [ground.row_of[stop.retailer_id] for stop in stops]
    matrix = ground.travel.matrix(
        np.concatenate([[member.office_lon for member in members], shops.lon[rows]]),
        np.concatenate([[member.office_lat for member in members], shops.lat[rows]]),
    )
    person_of: list[StaffMember] = []
    people: list[DayPerson] = []
    rows_of_member: dict[StaffId, tuple[int, ...]] = {}
    for place, member in enumerate(members):
        load = sum(stop.cartons for stop in stops if stop.staff_id == member.staff_id)
        halves = _shifts(ground.hours, member, load)
        rows_of_member[member.staff_id] = tuple(range(len(people), len(people) + len(halves)))
        for shift_s, break_s in halves:
            person_of.append(member)
            capacity = member.vehicle_capacity_cartons
            people.append(DayPerson(place=place, shift_s=shift_s, break_s=break_s, capacity=capacity))
    tasks: list[DayTask] = []
    task_rows: list[tuple[CycleStop, StaffMember]] = []
    for number, (stop, row) in enumerate(zip(stops, rows, strict=True)):
        for staff_id in [stop.staff_id] + ([stop.second_staff_id] if stop.second_staff_id else []):
            task_rows.append((stop, ground.staff_of[staff_id]))
            told = told_s.get((staff_id, stop.retailer_id, stop.task_type))
            tasks.append(
                DayTask(
                    place=len(members) + number,
                    people=rows_of_member[staff_id],
                    service_s=round(stop.service_min * 60),
                    window_s=_window(shops, row, stop),
                    demand=round(stop.cartons),
                    meeting=number if stop.second_staff_id else None,
                    wish_s=(told - KEPT_WITHIN_S, told + KEPT_WITHIN_S) if told is not None else None,
                )
            )
    request = DayRequest(
        travel_s=matrix.seconds,
        distance_m=matrix.metres,
        people=tuple(people),
        tasks=tuple(tasks),
        seed=search.seed,
        max_iterations=search.max_iterations,
        engine=search.engine,
    )
    return DayTeam(
        members=members, stops=stops, task_rows=task_rows, person_of=person_of, request=request, matrix=matrix
    )


def _shifts(
    hours: WorkingHours, member: StaffMember, load: float
) -> list[tuple[tuple[int, int], tuple[int, int] | None]]:
    """Give the day as one shift with its noon break, or as two loads of a van that comes home at noon."""
    opens, closes = hours.opens_min * 60, hours.closes_min * 60
    noon, back = hours.break_from_min * 60, hours.break_to_min * 60
    if member.vehicle_capacity_cartons is not None and round(load) > member.vehicle_capacity_cartons:
        return [((opens, noon), None), ((back, closes), None)]
    return [((opens, closes), (noon, back))]


def _window(shops: RetailerColumns, row: int, stop: CycleStop) -> tuple[int, int] | None:
    """Give when service may start: inside the opening hours and a window shared with another role; None = any time.

    Service is done before the shop closes. A shared window that lies outside the opening hours does not count.
    """
    opens, closes = int(shops.opens_min[row]), int(shops.closes_min[row])
    shared = (stop.window_min[0] * 60, stop.window_min[1] * 60) if stop.window_min else None
    if opens < 0 or closes < 0:
        return shared
    latest = max(closes * 60 - round(stop.service_min * 60), opens * 60)
    if shared is None or shared[1] < opens * 60 or shared[0] > latest:
        return (opens * 60, latest)
    return (max(shared[0], opens * 60), min(shared[1], latest))

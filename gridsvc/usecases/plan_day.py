"""Plan one day: each person's stops of the cycle are ordered and timed on the streets."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Literal

import numpy as np
import shapely

from geo_data.calendars import WorkingDays
from geo_data.roads.matrices import TravelMatrix
from geo_data.roads.paths import StreetRouter
from gridsvc.clock import Clock, midnight
from gridsvc.domain.days import Reason, why
from gridsvc.domain.errors import BadInput, NotFound
from gridsvc.domain.ids import Adcode, RetailerId, StaffId
from gridsvc.domain.layers import LAYER_OF_ROLE, Layer, TaskType
from gridsvc.domain.workload import WorkingHours
from gridsvc.engines import routing
from gridsvc.engines.pool import EnginePool, Report
from gridsvc.engines.routing import DayOutcome, DayPerson, DayRequest, DayRoute, DayTask
from gridsvc.storage import Store, Transaction, audit, cycles, day_rows, districts, routes
from gridsvc.storage import retailers as retailer_rows
from gridsvc.storage import staff as staff_rows
from gridsvc.storage.cycles import Cycle, CycleStop, Unplanned
from gridsvc.storage.districts import District
from gridsvc.storage.retailers import RetailerColumns
from gridsvc.storage.routes import NewRoute, NewStop
from gridsvc.storage.staff import StaffMember
from gridsvc.usecases.find_working_day import next_working_day
from gridsvc.usecases.measure_travel import Travel, measure_travel
from gridsvc.usecases.state_home import as_they_start

Engine = Literal["auto", "ortools", "pyvrp"]
KEPT_WITHIN_S = 900


@dataclass(frozen=True, slots=True, kw_only=True)
class _Search:
    seed: int
    max_iterations: int
    engine: Engine


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedDay:
    """What was planned, in numbers."""

    day: date
    n_routes: int
    n_stops: Mapping[Layer, int]
    n_unplanned: Mapping[Layer, int]
    travel_method: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Ground:
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
class _Team:
    """People who are planned together because they meet at a stop, or one person alone."""

    members: list[StaffMember]
    stops: list[CycleStop]
    task_rows: list[tuple[CycleStop, StaffMember]]  # of each task of the request: its stop and who it is for
    person_of: list[StaffMember]  # of each person of the request: a van that loads twice counts twice
    request: DayRequest
    matrix: TravelMatrix


def plan_day(
    store: Store,
    clock: Clock,
    pool: EnginePool,
    *,
    adcode: Adcode,
    actor: str,
    day: date | None = None,
    staff_codes: Sequence[str] = (),
    seed: int = 1,
    max_iterations: int = 2_000,
    engine: Engine = "auto",
    keeps_times: bool = False,
    cache_folder: Path | None = None,
    on_progress: Report | None = None,
    is_cancelled: Callable[[], bool] | None = None,
) -> PlannedDay:
    """Order and time the stops of one day for everyone, or for the named people, in place of their earlier routes.

    The day has two halves with a noon break; routes begin and end at the office; shops are served while they are open;
    a van whose load exceeds its room loads again at noon. Two officers who meet at a stop are planned together, the
    other one too where only one is named. A stop that fits nowhere is listed with its reason.

    Parameters
    ----------
    engine : "auto", or a library alone: "ortools", "pyvrp"
    keeps_times : stops had better start within a quarter of an hour of the time in the routes that are replaced; no
        stop is lost for it

    Raises
    ------
    NotFound
        no cycle holds the day, or an unknown staff code.
    BadInput
        the day is not worked.
    """
    with store.transaction(adcode) as tx:
        ground = _read(tx, clock, day, staff_codes, cache_folder)
        told_s = _told(tx, ground) if keeps_times else {}
    wanted = ground.day
    search = _Search(seed=seed, max_iterations=max_iterations, engine=engine)
    teams = [_team(ground, members, stops, told_s, search) for members, stops in _teams(ground)]
    outcomes = routing.plan_days(
        pool, [team.request for team in teams], on_progress=on_progress, is_cancelled=is_cancelled
    )
    teams, outcomes = _without_lost_meetings(ground, teams, outcomes, pool, told_s, search, is_cancelled)
    router = StreetRouter(ground.travel.network) if ground.travel.network is not None else None
    planned: list[NewRoute] = []
    left: list[Unplanned] = []
    for team, outcome in zip(teams, outcomes, strict=True):
        planned.extend(_routes(ground, team, outcome, wanted, router))
        left.extend(_left(team, outcome, wanted))
    with store.transaction(adcode) as tx:
        routes.replace(tx, clock, wanted, sorted(ground.chosen), planned)
        cycles.forget_unplanned(tx, ground.cycle.cycle_id, wanted, [(s.retailer_id, s.task_type) for s in ground.stops])
        cycles.add_unplanned(tx, ground.cycle.cycle_id, left)
        open_left = [item for item in left if not item.is_sealed]  # a total must not give the sealed ones away
        content = {"day": wanted.isoformat(), "n_routes": len(planned), "n_unplanned": len(open_left)}
        audit.add(tx, clock, actor=actor, action="day.plan", subject=ground.cycle.cycle_id, content=content)
    layer_of = {member.staff_id: LAYER_OF_ROLE[member.role] for team in teams for member in team.members}
    task_layer = {
        TaskType.INSPECTION: Layer.INSPECTION,
        TaskType.VISIT: Layer.MARKETING,
        TaskType.DELIVERY: Layer.DELIVERY,
    }
    return PlannedDay(
        day=wanted,
        n_routes=len(planned),
        n_stops={
            layer: sum(not s.is_sealed for r in planned if layer_of[r.staff_id] is layer for s in r.stops)
            for layer in Layer
        },
        n_unplanned={layer: sum(task_layer[item.task_type] is layer for item in open_left) for layer in Layer},
        travel_method="streets" if router is not None else "straight_line",
    )


def _read(
    tx: Transaction, clock: Clock, day: date | None, staff_codes: Sequence[str], cache_folder: Path | None
) -> _Ground:
    district = districts.find(tx)
    wanted = day or next_working_day(clock, district)
    if not WorkingDays(country=district.country).is_working(wanted):
        raise BadInput(f"{wanted} is not worked in the calendar of {district.country}")
    cycle = cycles.holding(tx, wanted)
    if cycle is None:
        raise NotFound(f"no cycle that holds {wanted} is planned yet; `cycle plan` plans one")
    staff = as_they_start(tx, staff_rows.all_staff(tx))
    unknown = sorted(set(staff_codes) - {member.staff_code for member in staff})
    if unknown:
        raise NotFound(f"there is no staff member {', '.join(unknown)}")
    shops = retailer_rows.columns(tx)
    row_of = {RetailerId(value): row for row, value in enumerate(shops.retailer_id)}
    stops = [stop for stop in cycles.stops_on(tx, cycle.cycle_id, wanted) if stop.retailer_id in row_of]
    chosen = _with_partners({m.staff_id for m in staff if not staff_codes or m.staff_code in staff_codes}, stops)
    return _Ground(
        district=district,
        cycle=cycle,
        day=wanted,
        chosen=frozenset(chosen),
        stops=[stop for stop in stops if stop.staff_id in chosen],
        shops=shops,
        row_of=row_of,
        staff_of={member.staff_id: member for member in staff},
        travel=measure_travel(tx, cache_folder),
        hours=WorkingHours(),
        midnight=midnight(wanted, district.time_zone),
    )


def _with_partners(people: set[StaffId], stops: Sequence[CycleStop]) -> set[StaffId]:
    """Add everybody who meets one of the people, or one whom they meet: their routes hang together."""
    chosen = set(people)
    while True:
        crews = [{stop.staff_id, stop.second_staff_id} for stop in stops if stop.second_staff_id is not None]
        met = {person for crew in crews if crew & chosen for person in crew if person is not None}
        if met <= chosen:
            return chosen
        chosen |= met


def _teams(ground: _Ground) -> list[tuple[list[StaffMember], list[CycleStop]]]:
    """Join people who meet at a stop; everybody else is alone. In the order of staff codes."""
    leader: dict[StaffId, StaffId] = {}

    def find(person: StaffId) -> StaffId:
        while leader.setdefault(person, person) != person:
            person = leader[person]
        return person

    for stop in ground.stops:
        first, second = find(stop.staff_id), find(stop.second_staff_id or stop.staff_id)
        leader[max(first, second)] = min(first, second)
    people: dict[StaffId, list[StaffMember]] = {}
    stops: dict[StaffId, list[CycleStop]] = {}
    for person in list(leader):
        people.setdefault(find(person), []).append(ground.staff_of[person])
    for stop in ground.stops:
        stops.setdefault(find(stop.staff_id), []).append(stop)
    joined = [(sorted(people[key], key=lambda m: m.staff_code), stops[key]) for key in people]
    return sorted(joined, key=lambda team: team[0][0].staff_code)


def _told(tx: Transaction, ground: _Ground) -> dict[tuple[StaffId, RetailerId, TaskType], int]:
    """Give when each stop starts in the routes that are there already, in seconds after local midnight."""
    told: dict[tuple[StaffId, RetailerId, TaskType], int] = {}
    for person in sorted(ground.chosen):
        rows = day_rows.read(tx, person, ground.day)
        for row in rows.stops if rows is not None else ():
            start_s = round((row.starts_at - ground.midnight).total_seconds())
            told[(person, RetailerId(row.retailer_id), TaskType(row.task_type))] = start_s
    return told


def _team(
    ground: _Ground,
    members: list[StaffMember],
    stops: list[CycleStop],
    told_s: Mapping[tuple[StaffId, RetailerId, TaskType], int],
    search: _Search,
) -> _Team:
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
    return _Team(members=members, stops=stops, task_rows=task_rows, person_of=person_of, request=request, matrix=matrix)


def _without_lost_meetings(
    ground: _Ground,
    teams: list[_Team],
    outcomes: list[DayOutcome],
    pool: EnginePool,
    told_s: Mapping[tuple[StaffId, RetailerId, TaskType], int],
    search: _Search,
    is_cancelled: Callable[[], bool] | None,
) -> tuple[list[_Team], list[DayOutcome]]:
    """Plan again, without the shared window, the days on which a window would leave a stop out: a stop counts more."""
    again: list[tuple[int, _Team]] = []
    for number, (team, outcome) in enumerate(zip(teams, outcomes, strict=True)):
        lost = {id(team.task_rows[task][0]) for task, _, _ in outcome.unserved}
        if any(stop.window_min is not None for stop in team.stops if id(stop) in lost):
            free = [replace(stop, window_min=None) if id(stop) in lost else stop for stop in team.stops]
            again.append((number, _team(ground, team.members, free, told_s, search)))
    requests = [team.request for _, team in again]
    found = routing.plan_days(pool, requests, is_cancelled=is_cancelled) if again else []
    teams, outcomes = list(teams), list(outcomes)
    for (number, team), outcome in zip(again, found, strict=True):
        teams[number], outcomes[number] = team, outcome
    return teams, outcomes


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


def _routes(
    ground: _Ground, team: _Team, outcome: DayOutcome, day: date, router: StreetRouter | None
) -> list[NewRoute]:
    """Give one route per member; the two loads of a van are one day."""
    result = []
    for member in team.members:
        parts = [r for r in outcome.routes if team.person_of[r.person].staff_id == member.staff_id and r.tasks]
        if not parts:
            continue
        parts.sort(key=lambda part: part.leave_s)
        stops = tuple(_stop(ground, team, part, position) for part in parts for position in range(len(part.tasks)))
        leave_s, return_s = parts[0].leave_s, parts[-1].return_s
        travel_s = sum(part.travel_s for part in parts)
        service_s = sum(team.request.tasks[task].service_s for part in parts for task in part.tasks)
        noon_s = (ground.hours.break_to_min - ground.hours.break_from_min) * 60
        spans_noon = leave_s < ground.hours.break_from_min * 60 and return_s > ground.hours.break_to_min * 60
        waiting_s = return_s - leave_s - travel_s - service_s - (noon_s if spans_noon else 0)
        result.append(
            NewRoute(
                cycle_id=ground.cycle.cycle_id,
                staff_id=member.staff_id,
                day=day,
                departs_at=ground.midnight + timedelta(seconds=leave_s),
                returns_at=ground.midnight + timedelta(seconds=return_s),
                travel_s=travel_s,
                service_s=service_s,
                waiting_s=max(0, waiting_s),
                distance_m=sum(part.distance_m for part in parts),
                method=team.matrix.method.value,
                detail={"detour_factor": round(team.matrix.detour_factor, 3), "n_loads": len(parts)},
                course=_course(ground, team, member, parts, router),
                stops=stops,
            )
        )
    return result


def _stop(ground: _Ground, team: _Team, part: DayRoute, position: int) -> NewStop:
    stop, member = team.task_rows[part.tasks[position]]
    other = stop.second_staff_id if member.staff_id == stop.staff_id else stop.staff_id
    return NewStop(
        retailer_id=stop.retailer_id,
        task_type=stop.task_type,
        arrives_at=ground.midnight + timedelta(seconds=part.arrival_s[position]),
        starts_at=ground.midnight + timedelta(seconds=part.start_s[position]),
        departs_at=ground.midnight + timedelta(seconds=part.departure_s[position]),
        slack_s=part.slack_s[position],
        cartons=stop.cartons,
        is_sealed=stop.is_sealed,
        second_staff_id=other if stop.second_staff_id else None,
        why=_why(ground, stop),
    )


def _why(ground: _Ground, stop: CycleStop) -> str:
    """Give why the stop is there as `key:value`, for each border to word in its reader's language (`Reason`)."""
    row = ground.row_of[stop.retailer_id]
    if stop.is_sealed:
        return why(Reason.CREW if stop.second_staff_id else Reason.ENFORCEMENT)
    if stop.window_min is not None:
        return why(Reason.MEETS, "-".join(f"{at // 60:02d}:{at % 60:02d}" for at in stop.window_min))
    if stop.task_type is TaskType.DELIVERY:
        return why(Reason.CARTONS, f"{stop.cartons:.0f}")
    if stop.task_type is TaskType.VISIT:
        return why(Reason.TIER, ground.shops.tier[row])
    return why(Reason.STAR, str(int(ground.shops.integrity_star[row])))


def _course(
    ground: _Ground, team: _Team, member: StaffMember, parts: Sequence[DayRoute], router: StreetRouter | None
) -> shapely.LineString | None:
    """Give the way along the streets from the office through every stop and back; None without streets."""
    if router is None:
        return None
    lon, lat = [member.office_lon], [member.office_lat]
    for part in parts:
        for task in part.tasks:
            row = ground.row_of[team.task_rows[task][0].retailer_id]
            lon.append(float(ground.shops.lon[row]))
            lat.append(float(ground.shops.lat[row]))
        lon.append(member.office_lon)
        lat.append(member.office_lat)
    points = [point for path in router.paths(lon, lat) for point in zip(path.lon, path.lat, strict=True)]
    return shapely.LineString(points) if len(points) > 1 else None


def _left(team: _Team, outcome: DayOutcome, day: date) -> list[Unplanned]:
    left = {}
    for task, reason, words in outcome.unserved:
        stop, _ = team.task_rows[task]
        left[(stop.retailer_id, stop.task_type, stop.is_sealed)] = Unplanned(
            retailer_id=stop.retailer_id,
            task_type=stop.task_type,
            day=day,
            reason=reason,
            words=words,
            relaxation=None,
            is_sealed=stop.is_sealed,
        )
    return list(left.values())

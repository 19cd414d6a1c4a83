"""Plan one day: each person's stops of the cycle are ordered and timed on the streets."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path

import shapely

from geo_data.calendars import WorkingDays
from geo_data.roads.paths import StreetRouter
from gridsvc.clock import Clock, midnight
from gridsvc.domain.days import Reason, why
from gridsvc.domain.errors import BadInput, NotFound
from gridsvc.domain.ids import Adcode, RetailerId, StaffId
from gridsvc.domain.layers import LAYER_OF_ROLE, Layer, TaskType
from gridsvc.domain.relaxations import Relaxation, stored
from gridsvc.domain.workload import WorkingHours
from gridsvc.engines import routing
from gridsvc.engines.pool import EnginePool, Report
from gridsvc.engines.routing import DayOutcome, DayRoute
from gridsvc.storage import Store, Transaction, audit, cycles, day_rows, districts, routes
from gridsvc.storage import retailers as retailer_rows
from gridsvc.storage import staff as staff_rows
from gridsvc.storage.cycles import CycleStop, Unplanned
from gridsvc.storage.routes import NewRoute, NewStop
from gridsvc.storage.staff import StaffMember
from gridsvc.usecases.find_working_day import next_working_day
from gridsvc.usecases.measure_travel import measure_travel
from gridsvc.usecases.relax_day import LeftStop, StopKey, relax_day
from gridsvc.usecases.state_day import DayGround, DaySearch, DayTeam, Engine, state_day_team
from gridsvc.usecases.state_home import as_they_start


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedDay:
    """What was planned, in numbers."""

    day: date
    n_routes: int
    n_stops: Mapping[Layer, int]
    n_unplanned: Mapping[Layer, int]
    travel_method: str


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
    other one too where only one is named. A stop that fits nowhere is listed with its reason and the
    smallest change that serves it, verified by solving again.

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
    search = DaySearch(seed=seed, max_iterations=max_iterations, engine=engine)
    teams = [state_day_team(ground, members, stops, told_s, search) for members, stops in _teams(ground)]
    outcomes = routing.plan_days(
        pool, [team.request for team in teams], on_progress=on_progress, is_cancelled=is_cancelled
    )
    teams, outcomes = _without_lost_meetings(ground, teams, outcomes, pool, told_s, search, is_cancelled)
    router = StreetRouter(ground.travel.network) if ground.travel.network is not None else None
    planned: list[NewRoute] = []
    left: list[Unplanned] = []
    lost = [
        LeftStop(day=wanted, team=team, outcome=outcome, task=task)
        for team, outcome in zip(teams, outcomes, strict=True)
        for task, _, _ in outcome.unserved
    ]
    relaxed: dict[StopKey, Relaxation] = {}
    if lost:
        with store.transaction(adcode) as tx:
            month = cycles.stops(tx, ground.cycle.cycle_id)
        relaxed = relax_day(ground, pool, lost, month, told_s, search, is_cancelled=is_cancelled)
    for team, outcome in zip(teams, outcomes, strict=True):
        planned.extend(_routes(ground, team, outcome, wanted, router))
        left.extend(_left(team, outcome, wanted, relaxed))
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
) -> DayGround:
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
    return DayGround(
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


def _teams(ground: DayGround) -> list[tuple[list[StaffMember], list[CycleStop]]]:
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


def _told(tx: Transaction, ground: DayGround) -> dict[tuple[StaffId, RetailerId, TaskType], int]:
    """Give when each stop starts in the routes that are there already, in seconds after local midnight."""
    told: dict[tuple[StaffId, RetailerId, TaskType], int] = {}
    for person in sorted(ground.chosen):
        rows = day_rows.read(tx, person, ground.day)
        for row in rows.stops if rows is not None else ():
            start_s = round((row.starts_at - ground.midnight).total_seconds())
            told[(person, RetailerId(row.retailer_id), TaskType(row.task_type))] = start_s
    return told


def _without_lost_meetings(
    ground: DayGround,
    teams: list[DayTeam],
    outcomes: list[DayOutcome],
    pool: EnginePool,
    told_s: Mapping[tuple[StaffId, RetailerId, TaskType], int],
    search: DaySearch,
    is_cancelled: Callable[[], bool] | None,
) -> tuple[list[DayTeam], list[DayOutcome]]:
    """Plan again, without the shared window, the days on which a window would leave a stop out: a stop counts more."""
    again: list[tuple[int, DayTeam]] = []
    for number, (team, outcome) in enumerate(zip(teams, outcomes, strict=True)):
        lost = {id(team.task_rows[task][0]) for task, _, _ in outcome.unserved}
        if any(stop.window_min is not None for stop in team.stops if id(stop) in lost):
            free = [replace(stop, window_min=None) if id(stop) in lost else stop for stop in team.stops]
            again.append((number, state_day_team(ground, team.members, free, told_s, search)))
    requests = [team.request for _, team in again]
    found = routing.plan_days(pool, requests, is_cancelled=is_cancelled) if again else []
    teams, outcomes = list(teams), list(outcomes)
    for (number, team), outcome in zip(again, found, strict=True):
        teams[number], outcomes[number] = team, outcome
    return teams, outcomes


def _routes(
    ground: DayGround, team: DayTeam, outcome: DayOutcome, day: date, router: StreetRouter | None
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


def _stop(ground: DayGround, team: DayTeam, part: DayRoute, position: int) -> NewStop:
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


def _why(ground: DayGround, stop: CycleStop) -> str:
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
    ground: DayGround, team: DayTeam, member: StaffMember, parts: Sequence[DayRoute], router: StreetRouter | None
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


def _left(team: DayTeam, outcome: DayOutcome, day: date, relaxed: Mapping[StopKey, Relaxation]) -> list[Unplanned]:
    left = {}
    for task, reason, words in outcome.unserved:
        stop, _ = team.task_rows[task]
        key = (stop.retailer_id, stop.task_type, stop.is_sealed)
        left[key] = Unplanned(
            retailer_id=stop.retailer_id,
            task_type=stop.task_type,
            day=day,
            reason=reason,
            words=words,
            relaxation=stored(relaxed[key]) if key in relaxed else None,
            is_verified=key in relaxed,
            is_sealed=stop.is_sealed,
        )
    return list(left.values())

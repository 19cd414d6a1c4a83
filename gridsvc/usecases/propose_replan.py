"""Propose a new rest of a day after something happened: few stops move, nothing promised is given up without need."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from datetime import date
from itertools import pairwise

import numpy as np

from gridsvc.clock import Clock, new_id
from gridsvc.domain.days import Reason, why
from gridsvc.domain.errors import BadInput, NotFound, NotPermitted
from gridsvc.domain.ids import Adcode
from gridsvc.domain.layers import Role, TaskType
from gridsvc.domain.replans import (
    MOST_MOVED,
    Change,
    ChangeKind,
    LeftOut,
    Outlook,
    Proposal,
    ProposalState,
    ProposedRoute,
    ProposedStop,
    RelaxationLevel,
    in_words,
)
from gridsvc.engines.replans import ReplanEngine, ReplanOutcome, ReplanRequest, Standing
from gridsvc.engines.routing import DayPerson, DayRequest, DayRoute, DayTask
from gridsvc.storage import Store, Transaction, proposals, retailers
from gridsvc.usecases.day_under_way import (
    DayUnderWay,
    PersonUnderWay,
    PlannedStop,
    read_day_under_way,
    task_of,
    window_of,
)
from gridsvc.usecases.measure_travel import Travel, TravelBoard

__all__ = ["ReplanEngine", "propose_replan"]

URGENT_SERVICE_S = {TaskType.INSPECTION: 1200, TaskType.VISIT: 900, TaskType.DELIVERY: 300}


@dataclass(slots=True)
class _Load:
    """One person, or one load of a van: a row of the engine's people, with rows of the tasks."""

    person: int
    shift_s: tuple[int, int]
    break_s: tuple[int, int] | None
    tasks: list[int] = field(default_factory=list)
    n_done: int = 0


@dataclass(slots=True)
class _Case:
    """A day under way as the engine sees it: the stops behind the rows of tasks, and who carries which."""

    stops: list[PlannedStop]
    owner: list[int]  # person of each task; of a new one the person it comes to
    loads: list[_Load]
    closed: list[int]
    urgent: list[int]


def propose_replan(
    store: Store,
    clock: Clock,
    engine: ReplanEngine,
    board: TravelBoard,
    *,
    adcode: Adcode,
    actor: str,
    staff_code_or_id: str,
    day: date,
    change: Change,
    is_own: bool,
) -> Proposal:
    """Propose one new rest of the day and keep it open for a decision, in place of an earlier open one.

    What is done stays as it is. Of what was promised, nothing is dropped that the given order would still serve; at
    most three stops move, more only where a promised one would be dropped otherwise.

    Parameters
    ----------
    is_own : the person themselves asks; they change their own day only

    Raises
    ------
    NotFound
        Unknown staff member or shop, no route that day, or a closed shop that is not on it.
    Conflict
        The day is over.
    BadInput
        The shop has no point.
    NotPermitted
        A person would change others' days; or somebody else asks for an inspector's day, whose figures would tell of
        sealed duties, other than for an absence.
    """
    with_others = change.with_others or change.kind is ChangeKind.ABSENT
    if is_own and with_others:
        raise NotPermitted("the office moves stops to others; tell them that you cannot go on")
    with store.transaction(adcode) as tx, tx.beyond_reach():  # others may take stops over
        under_way = read_day_under_way(tx, clock, staff_code_or_id=staff_code_or_id, day=day, with_others=with_others)
        first = under_way.people[0]
        if first.member.role is Role.MARKET_INSPECTOR and not is_own and change.kind is not ChangeKind.ABSENT:
            raise NotPermitted("an inspector re-plans their own day; others only hand it over for an absence")
        case = _case(tx, under_way, change)
        travel = board.travel(tx)
    request = _request(under_way, case, change, travel)
    outcome = engine.replan(request)
    outlook = _outlook(under_way, case, request, outcome)
    proposal = Proposal(
        proposal_id=new_id(),
        staff_id=first.member.staff_id,
        day=day,
        state=ProposalState.OPEN,
        change=change,
        outlook=outlook,
        made_by=actor,
        made_at=clock.now(),
    )
    with store.transaction(adcode) as tx:
        proposals.add(tx, proposal)
    return proposal


def _case(tx: Transaction, under_way: DayUnderWay, change: Change) -> _Case:
    case = _Case(stops=[], owner=[], loads=[], closed=[], urgent=[])
    noon_s = under_way.hours.break_from_min * 60
    for number, person in enumerate(under_way.people):
        loads = _loads(under_way, number, person)
        for stop in person.stops:
            load = loads[-1] if len(loads) > 1 and stop.start_s >= noon_s else loads[0]
            load.tasks.append(len(case.stops))
            load.n_done += stop.visit is not None
            case.stops.append(stop)
            case.owner.append(number)
        case.loads += loads
    _apply(tx, under_way, case, change)
    return case


def _loads(under_way: DayUnderWay, number: int, person: PersonUnderWay) -> list[_Load]:
    hours = under_way.hours
    returns_s = math.ceil((person.route.returns_at - under_way.midnight).total_seconds())
    opens, closes = hours.opens_min * 60, max(hours.closes_min * 60, returns_s)  # overtime once agreed stays agreed
    noon, back = hours.break_from_min * 60, hours.break_to_min * 60
    if person.n_loads > 1:
        return [_Load(number, (opens, noon), None), _Load(number, (back, closes), None)]
    return [_Load(number, (opens, closes), (noon, back))]


def _apply(tx: Transaction, under_way: DayUnderWay, case: _Case, change: Change) -> None:
    """Put what happened into the case: a closed stop, a new one, or both where a closed shop is tried again."""
    if change.kind not in (ChangeKind.CLOSED, ChangeKind.URGENT):
        return
    assert change.retailer_id is not None
    first = under_way.people[0]
    here = [row for row in case.loads[0].tasks + case.loads[-1].tasks if case.owner[row] == 0]
    here = sorted({row for row in here if case.stops[row].retailer_id == change.retailer_id})
    if change.kind is ChangeKind.CLOSED:
        if not here:
            raise NotFound(f"{change.retailer_id} is on no stop of {first.member.staff_code} that day")
        case.closed = [row for row in here if case.stops[row].visit is None]
        if change.retry_after_min is None:
            return
        again = case.stops[here[0]]
        earliest_s = max(under_way.now_s, under_way.hours.opens_min * 60) + change.retry_after_min * 60
        opens_s, closes_s = again.window_s or (0, 24 * 3600)
        window_s = (max(earliest_s, opens_s), max(closes_s, earliest_s, opens_s))
        new = _copy(again, window_s, again.service_s, again.why)
    else:
        new = _urgent(tx, under_way, first, change)
    case.urgent = [len(case.stops)]
    case.stops.append(new)
    case.owner.append(0)


def _copy(stop: PlannedStop, window_s: tuple[int, int] | None, service_s: int, reason: str) -> PlannedStop:
    return PlannedStop(
        retailer_id=stop.retailer_id, name=stop.name, task_type=stop.task_type, lon=stop.lon, lat=stop.lat, start_s=0,
        service_s=service_s, window_s=window_s, cartons=stop.cartons, is_sealed=stop.is_sealed, second_staff_id=None,
        why=reason, visit=None,
    )  # fmt: skip


def _urgent(tx: Transaction, under_way: DayUnderWay, first: PersonUnderWay, change: Change) -> PlannedStop:
    assert change.retailer_id is not None
    shop = retailers.find_shop(tx, change.retailer_id)
    if shop is None:
        raise NotFound(f"there is no retailer {change.retailer_id}")
    if shop.lon is None or shop.lat is None:
        raise BadInput(f"the shop {shop.name} has no point yet; nobody can be sent there")
    task = task_of(first.member)
    service_s = round(change.service_min * 60) if change.service_min else URGENT_SERVICE_S[task]
    opens_s, closes_s = window_of(shop.opens_min, shop.closes_min, service_s) or (0, 24 * 3600)
    if change.latest_at is not None:
        closes_s = min(closes_s, int((change.latest_at - under_way.midnight).total_seconds()))
    return PlannedStop(
        retailer_id=change.retailer_id, name=shop.name, task_type=task, lon=shop.lon, lat=shop.lat, start_s=0,
        service_s=service_s, window_s=(opens_s, max(closes_s, opens_s)), cartons=0.0, is_sealed=False,
        second_staff_id=None, why=why(Reason.URGENT), visit=None,
    )  # fmt: skip


def _request(under_way: DayUnderWay, case: _Case, change: Change, travel: Travel) -> ReplanRequest:
    members = [person.member for person in under_way.people]
    matrix = travel.matrix(
        [*(m.office_lon for m in members), *(s.lon for s in case.stops)],
        [*(m.office_lat for m in members), *(s.lat for s in case.stops)],
    )
    n_offices = len(members)
    team = {member.staff_id for member in members}
    people, standing = [], []
    for load in case.loads:
        member = members[load.person]
        is_first = load.person == 0
        capacity = member.vehicle_capacity_cartons
        if is_first and change.kind is ChangeKind.VEHICLE:
            capacity = change.capacity_cartons
        people.append(DayPerson(place=load.person, shift_s=load.shift_s, break_s=load.break_s, capacity=capacity))
        standing.append(_standing(under_way, case, load, change, n_offices))
    anybody = tuple(range(len(case.loads)))
    own = [tuple(row for row in anybody if case.loads[row].person == number) for number in range(n_offices)]
    tasks = []
    for row, stop in enumerate(case.stops):
        is_fixed = stop.is_sealed or stop.second_staff_id is not None
        # a partner outside this case keeps the appointment; nobody else may take it over
        window_s = (stop.start_s, stop.start_s) if stop.second_staff_id and stop.visit is None else stop.window_s
        tasks.append(
            DayTask(
                place=n_offices + row,
                people=own[case.owner[row]] if is_fixed or len(team) == 1 else anybody,
                service_s=stop.service_s,
                window_s=window_s,
                demand=round(stop.cartons),
            )
        )
    day = DayRequest(
        travel_s=matrix.seconds,
        distance_m=matrix.metres,
        people=tuple(people),
        tasks=tuple(tasks),
        seed=1,
        max_iterations=1,
    )
    on_a_route = {row for load in case.loads for row in load.tasks}
    return ReplanRequest(
        day=day,
        orders=tuple(tuple(load.tasks) for load in case.loads),
        start_s=tuple(stop.start_s if row in on_a_route else None for row, stop in enumerate(case.stops)),
        standing=tuple(standing),
        closed=tuple(case.closed),
        urgent=tuple(case.urgent),
        max_moved=MOST_MOVED,
        overtime_s=60 * change.overtime_min,
    )


def _standing(under_way: DayUnderWay, case: _Case, load: _Load, change: Change, n_offices: int) -> Standing:
    """Give where and when a person is free: after the last stop that was recorded, else at the office."""
    free_s, place = max(under_way.now_s, load.shift_s[0]), load.person
    if load.n_done:
        last = load.tasks[load.n_done - 1]
        visit = case.stops[last].visit
        assert visit is not None
        free_s = max(free_s, int((visit.ended_at - under_way.midnight).total_seconds()))
        place = n_offices + last
    is_first = load.person == 0
    if is_first and change.kind is ChangeKind.DELAY:
        free_s += 60 * (change.delay_min or 0)
    is_absent = is_first and change.kind is ChangeKind.ABSENT
    return Standing(n_done=load.n_done, free_at_s=free_s, free_place=place, is_absent=is_absent)


def _outlook(
    under_way: DayUnderWay,
    case: _Case,
    request: ReplanRequest,
    outcome: ReplanOutcome,
) -> Outlook:
    gone = set(case.closed)
    left_out = tuple(
        LeftOut(
            retailer_id=case.stops[row].retailer_id,
            name=case.stops[row].name,
            task_type=case.stops[row].task_type,
            is_promised=row in outcome.dropped,
            is_sealed=case.stops[row].is_sealed,
            reason=reason,
            words=words,
        )
        for row, reason, words in outcome.unserved
        if row not in gone
    )
    routes = tuple(_route(under_way, case, request, outcome, number) for number in range(len(under_way.people)))
    closes_s = under_way.hours.closes_min * 60
    over_s = max((part.return_s - closes_s for part in outcome.routes if part.tasks), default=0)
    return in_words(
        Outlook(
            level=RelaxationLevel(outcome.level),
            extra_travel_min=round(outcome.extra_travel_s / 60),
            latest_delay_min=round(outcome.latest_delay_s / 60),
            overtime_min=max(0, math.ceil(over_s / 60)),
            n_moved=len(outcome.moved),
            left_out=left_out,
            words="",
            routes=routes,
        )
    )


def _route(
    under_way: DayUnderWay,
    case: _Case,
    request: ReplanRequest,
    outcome: ReplanOutcome,
    number: int,
) -> ProposedRoute:
    """Give one person's whole day: what was done with the way it took, and the rest as proposed."""
    person = under_way.people[number]
    loads = [row for row, load in enumerate(case.loads) if load.person == number]
    parts = [outcome.routes[row] for row in loads]
    done = [task for row in loads for task in case.loads[row].tasks[: case.loads[row].n_done]]
    behind = _way(request, number, done)
    travel_s, distance_m = behind[0] + sum(p.travel_s for p in parts), behind[1] + sum(p.distance_m for p in parts)
    kept = done + [task for part in parts for task in part.tasks]
    service_s = sum(case.stops[task].service_s for task in kept)
    departs_at = person.route.departs_at
    if not done and any(part.tasks for part in parts):
        departs_at = under_way.instant(min(part.leave_s for part in parts if part.tasks))
    ends = [part.return_s for part in parts if part.tasks]
    last = max((visit.ended_at for task in done if (visit := case.stops[task].visit)), default=departs_at)
    returns_at = under_way.instant(max(ends)) if ends else max(last, departs_at)
    waiting_s = max(0, round((returns_at - departs_at).total_seconds()) - travel_s - service_s - _noon_s(under_way))
    return ProposedRoute(
        staff_id=person.member.staff_id,
        staff_code=person.member.staff_code,
        route_id=person.route.route_id,
        n_done=len(done),
        departs_at=departs_at,
        returns_at=returns_at,
        travel_s=travel_s,
        service_s=service_s,
        waiting_s=waiting_s,
        distance_m=distance_m,
        stops=tuple(
            stop for part in parts for stop in _stops(under_way, case, part, set(outcome.moved), set(case.urgent))
        ),
    )


def _noon_s(under_way: DayUnderWay) -> int:
    return (under_way.hours.break_to_min - under_way.hours.break_from_min) * 60


def _way(
    request: ReplanRequest,
    office: int,
    done: list[int],
) -> tuple[int, int]:
    """Give seconds and metres from the office through what was done."""
    places = [office, *(request.day.tasks[task].place for task in done)]
    legs = list(pairwise(places))
    seconds = sum(float(request.day.travel_s[a, b]) for a, b in legs if np.isfinite(request.day.travel_s[a, b]))
    metres = sum(float(request.day.distance_m[a, b]) for a, b in legs if np.isfinite(request.day.distance_m[a, b]))
    return round(seconds), round(metres)


def _stops(under_way: DayUnderWay, case: _Case, part: DayRoute, moved: set[int], new: set[int]) -> list[ProposedStop]:
    found = []
    for position, task in enumerate(part.tasks):
        stop = case.stops[task]
        found.append(
            ProposedStop(
                retailer_id=stop.retailer_id,
                name=stop.name,
                lon=stop.lon,
                lat=stop.lat,
                task_type=stop.task_type,
                arrives_at=under_way.instant(part.arrival_s[position]),
                starts_at=under_way.instant(part.start_s[position]),
                departs_at=under_way.instant(part.departure_s[position]),
                slack_s=part.slack_s[position],
                cartons=stop.cartons,
                is_sealed=stop.is_sealed,
                second_staff_id=stop.second_staff_id,
                why=stop.why,
                is_new=task in new,
                is_moved=task in moved,
            )
        )
    return found

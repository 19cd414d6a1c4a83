"""Accept a proposal, and the rest of the day is as it says; or decline it with a reason, and all stays."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import shapely

from geo_data.roads.paths import StreetRouter
from gridsvc.clock import Clock
from gridsvc.domain.errors import BadInput, Conflict, NotFound
from gridsvc.domain.ids import Adcode, CycleId, RetailerId
from gridsvc.domain.layers import TaskType
from gridsvc.domain.permissions import Reach
from gridsvc.domain.relaxations import Relaxation, RelaxationKind, stored
from gridsvc.domain.replans import ChangeKind, Proposal, ProposalState, ProposedRoute
from gridsvc.storage import Store, Transaction, audit, cycles, proposals, routes
from gridsvc.storage.cycles import Unplanned
from gridsvc.storage.routes import NewRoute, NewStop
from gridsvc.usecases.day_under_way import DayUnderWay, PersonUnderWay, read_day_under_way
from gridsvc.usecases.find_within_reach import member_within_reach
from gridsvc.usecases.measure_travel import Travel, TravelBoard

LONGEST_REASON = 300


def decide_proposal(
    store: Store,
    clock: Clock,
    board: TravelBoard,
    *,
    adcode: Adcode,
    actor: str,
    proposal_id: str,
    is_accepted: bool,
    reason: str | None,
    reach: Reach | None,
) -> Proposal:
    """Accept or decline an open proposal.

    Parameters
    ----------
    reason : why it is declined; required then
    reach : on whose days the role decides; None = on everybody's

    Raises
    ------
    NotFound
        Unknown proposal.
    NotPermitted
        It is about somebody else's day.
    Conflict
        It is decided already, or the day went on since it was made: ask for a new one.
    BadInput
        It is declined without a reason.
    """
    words = (reason or "").strip() or None
    if not is_accepted and words is None:
        raise BadInput("say why it is declined", violations=("reason: missing",))
    with store.transaction(adcode) as tx, tx.beyond_reach():  # the routes of everybody whom it is about
        found = proposals.find(tx, proposal_id, for_update=True)
        if found is None:
            raise NotFound(f"there is no proposal {proposal_id}")
        member_within_reach(tx, reach, found.staff_id)
        if found.state is not ProposalState.OPEN:
            raise Conflict(f"the proposal is {found.state} already")
        if is_accepted:
            _accept(tx, clock, found, board.travel(tx))
        state = ProposalState.ACCEPTED if is_accepted else ProposalState.DECLINED
        proposals.decide(tx, clock, proposal_id, state, decided_by=actor, reason=words)
        content = {"day": found.day.isoformat(), "kind": found.change.kind.value}
        audit.add(tx, clock, actor=actor, action=f"proposal.{state}", subject=proposal_id, content=content)
        decided = proposals.find(tx, proposal_id)
    assert decided is not None
    return decided


def _accept(tx: Transaction, clock: Clock, found: Proposal, travel: Travel) -> None:
    with_others = len(found.outlook.routes) > 1
    now = read_day_under_way(tx, clock, staff_code_or_id=found.staff_id, day=found.day, with_others=with_others)
    by_staff = {person.member.staff_id: person for person in now.people}
    for route in found.outlook.routes:
        person = by_staff.get(route.staff_id)
        if person is None or person.route.route_id != route.route_id or person.n_done != route.n_done:
            raise Conflict("the day went on since this was proposed; ask for a new proposal")
    router = StreetRouter(travel.network) if travel.network is not None else None
    new = [_new_route(now, by_staff[route.staff_id], route, router) for route in found.outlook.routes]
    cycle_id = CycleId(now.people[0].route.cycle_id)
    routes.replace(tx, clock, found.day, [r.staff_id for r in found.outlook.routes], [r for r in new if r.stops])
    cycles.add_unplanned(tx, cycle_id, _left_out(found, now))


def _new_route(now: DayUnderWay, person: PersonUnderWay, route: ProposedRoute, router: StreetRouter | None) -> NewRoute:
    done = [
        NewStop(
            retailer_id=stop.retailer_id,
            task_type=stop.task_type,
            arrives_at=now.instant(stop.start_s),
            starts_at=now.instant(stop.start_s),
            departs_at=now.instant(stop.start_s + stop.service_s),
            slack_s=0,
            cartons=stop.cartons,
            is_sealed=stop.is_sealed,
            second_staff_id=stop.second_staff_id,
            why=stop.why,
        )
        for stop in person.stops[: person.n_done]
    ]
    ahead = [
        NewStop(
            retailer_id=stop.retailer_id,
            task_type=stop.task_type,
            arrives_at=_known(stop.arrives_at),
            starts_at=_known(stop.starts_at),
            departs_at=_known(stop.departs_at),
            slack_s=stop.slack_s or 0,
            cartons=stop.cartons,
            is_sealed=stop.is_sealed,
            second_staff_id=stop.second_staff_id,
            why=stop.why,
        )
        for stop in route.stops
    ]
    points = [(s.lon, s.lat) for s in person.stops[: person.n_done]] + [(s.lon, s.lat) for s in route.stops]
    stops = (*done, *ahead)
    return NewRoute(
        cycle_id=CycleId(person.route.cycle_id),
        staff_id=route.staff_id,
        day=now.day,
        departs_at=_known(route.departs_at),
        returns_at=_known(route.returns_at),
        travel_s=route.travel_s or 0,
        service_s=route.service_s or 0,
        waiting_s=route.waiting_s or 0,
        distance_m=route.distance_m or 0,
        method=person.route.method,
        detail={**person.route.detail, "replanned": True},
        course=_course(person, points, router),
        stops=stops,
    )


def _known(instant: datetime | None) -> datetime:
    assert instant is not None  # withheld for readers only, never in what is kept
    return instant


def _course(
    person: PersonUnderWay, points: list[tuple[float, float]], router: StreetRouter | None
) -> shapely.LineString | None:
    if router is None or not points:
        return None
    office = (person.member.office_lon, person.member.office_lat)
    lon, lat = zip(*[office, *points, office], strict=True)
    course = [point for path in router.paths(lon, lat) for point in zip(path.lon, path.lat, strict=True)]
    return shapely.LineString(course) if len(course) > 1 else None


def _left_out(found: Proposal, now: DayUnderWay) -> list[Unplanned]:
    """List what was promised and is made no more: dropped stops, and a shop that is closed before anybody was there."""
    left = [
        Unplanned(
            retailer_id=item.retailer_id, task_type=item.task_type, day=found.day, reason=item.reason,
            words=item.words, relaxation=None, is_sealed=item.is_sealed,
        )
        for item in found.outlook.left_out
        if item.is_promised
    ]  # fmt: skip
    change = found.change
    if change.kind is ChangeKind.CLOSED and change.retailer_id is not None:
        taken_in = {stop.retailer_id for route in found.outlook.routes for stop in route.stops}
        closed: list[Any] = [
            stop
            for stop in now.people[0].stops
            if stop.retailer_id == change.retailer_id and stop.visit is None and stop.retailer_id not in taken_in
        ]
        left += [_closed(found, stop.retailer_id, stop.task_type, stop.is_sealed) for stop in closed]
    return left


def _closed(found: Proposal, retailer_id: RetailerId, task: TaskType, is_sealed: bool) -> Unplanned:
    return Unplanned(
        retailer_id=retailer_id, task_type=task, day=found.day, reason="closed",
        words="The shop is closed today.", relaxation=stored(Relaxation(kind=RelaxationKind.OTHER_DAY)),
        is_sealed=is_sealed,
    )  # fmt: skip

"""Says why a stop is on no route: first what no plan could mend, then what this plan is short of."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from optimize.routing.parts import classes_of
from optimize.routing.problem import UNREACHABLE, IntArray, RoutingProblem
from optimize.routing.result import UnservedReason, UnservedStop
from optimize.routing.timing import NEVER, Day, time_route


def explain(
    problem: RoutingProblem, day: Day, orders: Sequence[Sequence[int]], missing: IntArray
) -> Iterator[UnservedStop]:
    """Give each missing stop its reason; orders are those of the plan that leaves them out."""
    alike = one_of_each(problem)
    impossible = {int(stop): lasting_reason(problem, day, int(stop), alike) for stop in missing}
    partners = {stop: group for group in problem.same_time_groups for stop in group}
    for stop, lasting in impossible.items():
        found = lasting
        if found is None and any(impossible.get(partner) for partner in partners.get(stop, ())):
            words = "another stop of its same-time group cannot be served by anyone"
            found = UnservedReason.PARTNER_UNSERVED, words
        reason, words = found or shortage(problem, day, orders, stop)
        yield UnservedStop(stop=stop, reason=reason, words=words)


def lasting_reason(
    problem: RoutingProblem, day: Day, stop: int, alike: Sequence[int]
) -> tuple[UnservedReason, str] | None:
    """Say why nobody could serve this stop even on an empty day; None when somebody could.

    `alike` names one staff member of each kind, as `one_of_each` finds them.
    """
    staff = [v for v in alike if problem.may_serve(stop, v)]
    if not staff:
        return UnservedReason.NOT_ALLOWED, "no staff member is allowed to serve it"
    demand = int(problem.demand[stop])
    able = [v for v in staff if problem.capacity[v] >= demand]
    if not able:
        most = int(problem.capacity[staff].max())
        return (
            UnservedReason.DEMAND_ABOVE_CAPACITY,
            f"its demand of {demand} is above every vehicle's capacity ({most})",
        )
    linked = [v for v in able if _is_linked(problem, day, stop, v)]
    if not linked:
        return UnservedReason.UNREACHABLE, "no way leads from a start to it and on to the end"
    free = day._replace(window_ptr=np.zeros_like(day.window_ptr), windows_s=day.windows_s[:0])
    if not any(fits_alone(free, stop, v) for v in linked):
        words = "its service and the way there and back fit into no shift between the breaks"
        return UnservedReason.SERVICE_TOO_LONG, words
    if not any(fits_alone(day, stop, v) for v in linked):
        spans = ", ".join(f"{clock(a)}-{clock(b)}" for a, b in problem.windows_of(stop))
        return UnservedReason.WINDOW_OUTSIDE_SHIFT, f"its window ({spans}) cannot be met within any shift"
    return None


def one_of_each(problem: RoutingProblem) -> list[int]:
    """Name the first staff member of each kind."""
    return [int(v) for v in np.unique(classes_of(problem), return_index=True)[1]]


def fits_alone(day: Day, stop: int, staff: int) -> bool:
    """Say whether the staff member could serve this stop on a day with nothing else."""
    seq = np.array([stop], dtype=np.int64)
    depart_s, latest_s = np.zeros(2, dtype=np.int64), np.zeros(2, dtype=np.int64)
    return_s = time_route(day, staff, seq, 1, depart_s, latest_s)
    return bool(return_s < NEVER and return_s <= latest_s[1])


def shortage(
    problem: RoutingProblem, day: Day, orders: Sequence[Sequence[int]], stop: int
) -> tuple[UnservedReason, str]:
    """Say what this plan is short of for a stop that could be served on an emptier day."""
    free = np.array([int(problem.demand[list(order)].sum()) for order in orders])
    able = [v for v in range(problem.n_staff) if problem.may_serve(stop, v) and fits_alone(day, stop, v)]
    roomy = [v for v in able if free[v] + problem.demand[stop] <= problem.capacity[v]]
    if not roomy:
        return UnservedReason.NO_CAPACITY_LEFT, "every vehicle that could serve it is full"
    if not problem.is_required[stop] and any(_fits_in(day, orders[v], stop, v) for v in roomy):
        return UnservedReason.NOT_WORTH_IT, f"the detour costs more than its priority of {int(problem.prize[stop])}"
    return UnservedReason.NO_TIME_LEFT, "no day of those who could serve it has time left for it"


def clock(time_s: int) -> str:
    """Write seconds of the day as hh:mm."""
    return f"{time_s // 3600:02d}:{time_s % 3600 // 60:02d}"


def _is_linked(problem: RoutingProblem, day: Day, stop: int, staff: int) -> bool:
    place = problem.stop_place[stop]
    there = day.travel_s[problem.start_place[staff], place]
    back = day.travel_s[place, problem.end_place[staff]]
    return bool(there < UNREACHABLE and back < UNREACHABLE)


def _fits_in(day: Day, order: Sequence[int], stop: int, staff: int) -> bool:
    k = len(order) + 1
    depart_s, latest_s = np.zeros(k + 1, dtype=np.int64), np.zeros(k + 1, dtype=np.int64)
    for j in range(k):
        seq = np.array([*order[:j], stop, *order[j:]], dtype=np.int64)
        if time_route(day, staff, seq, k, depart_s, latest_s) <= latest_s[k]:
            return True
    return False

"""The independent judge of a day: written from the rules, sharing nothing with the search but the problem.

It recomputes every time from the matrices, second by second where breaks are concerned, and reports every violation.
A plan is good when the list is empty.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from itertools import pairwise

from optimize.routing.problem import UNREACHABLE, Objective, RoutingProblem
from optimize.routing.result import Route, RoutingResult


class Rule(Enum):
    """What a plan of the day has to keep."""

    EVERY_STOP_ONCE = "every_stop_once"
    ALLOWED_STAFF = "allowed_staff"
    CAPACITY = "capacity"
    REACHABLE = "reachable"
    TIMES_FOLLOW = "times_follow"
    TIME_WINDOW = "time_window"
    BREAK = "break"
    SHIFT = "shift"
    SAME_TIME = "same_time"
    REQUIRED_STOP = "required_stop"
    TOTALS = "totals"


@dataclass(frozen=True, slots=True, kw_only=True)
class Violation:
    """One broken rule, where it is broken, in words."""

    rule: Rule
    staff: int | None
    stop: int | None
    words: str


def check(problem: RoutingProblem, result: RoutingResult) -> list[Violation]:
    """List every rule that the plan breaks; empty = a correct plan.

    A required stop left out is a violation only when the result claims to be feasible.
    """
    found = _check_membership(problem, result)
    if any(v.rule is Rule.EVERY_STOP_ONCE for v in found):
        return found  # rows may be out of range: nothing else can be said
    for route in result.routes:
        found += _check_route(problem, route)
    found += _check_groups(problem, result)
    return found + _check_totals(problem, result)


def _broken(rule: Rule, words: str, *, staff: int | None = None, stop: int | None = None) -> Violation:
    return Violation(rule=rule, staff=staff, stop=stop, words=words)


def _check_membership(problem: RoutingProblem, result: RoutingResult) -> list[Violation]:
    once = Rule.EVERY_STOP_ONCE
    found = []
    if [route.staff for route in result.routes] != list(range(problem.n_staff)):
        found.append(_broken(once, "the routes are not one per staff member in staff order"))
    seen: dict[int, int] = {}
    for stop in [int(s) for route in result.routes for s in route.stops] + [u.stop for u in result.unserved]:
        seen[stop] = seen.get(stop, 0) + 1
    for stop, count in seen.items():
        if not 0 <= stop < problem.n_stops:
            found.append(_broken(once, f"stop {stop} does not exist", stop=stop))
        elif count > 1:
            found.append(_broken(once, f"stop {stop} stands {count} times", stop=stop))
    lost = [stop for stop in range(problem.n_stops) if stop not in seen]
    found += [_broken(once, f"stop {stop} is neither served nor explained", stop=stop) for stop in lost]
    left_out = [u.stop for u in result.unserved if 0 <= u.stop < problem.n_stops and problem.is_required[u.stop]]
    if result.feasible and left_out:
        words = "the plan claims to be feasible without required stop {}"
        found += [_broken(Rule.REQUIRED_STOP, words.format(stop), stop=stop) for stop in left_out]
    if not result.feasible and not left_out:
        found.append(_broken(Rule.REQUIRED_STOP, "the plan claims to be infeasible and leaves out no required stop"))
    return found


def _arrival(problem: RoutingProblem, staff: int, leave_s: int, travel_s: int) -> int:
    """Walk from one working period to the next until the travel is used up."""
    at_s, left_s = leave_s, travel_s
    for begin_s, end_s in problem.breaks_of(staff):
        if left_s == 0:
            return at_s
        worked_s = min(left_s, max(0, begin_s - at_s))
        at_s, left_s = at_s + worked_s, left_s - worked_s
        if left_s > 0:
            at_s = max(at_s, end_s)
    return at_s + left_s


def _check_route(problem: RoutingProblem, route: Route) -> list[Violation]:
    v, k = route.staff, len(route.stops)
    if any(len(times) != k for times in (route.arrival_s, route.start_s, route.departure_s, route.slack_s)):
        return [_broken(Rule.TIMES_FOLLOW, f"staff {v}: times and stops differ in number", staff=v)]
    if k == 0:
        return []
    found = []
    load = sum(int(problem.demand[s]) for s in route.stops)
    if load > problem.capacity[v]:
        found.append(_broken(Rule.CAPACITY, f"staff {v} carries {load} of {int(problem.capacity[v])}", staff=v))
    open_s, close_s = (int(t) for t in problem.shift_s[v])
    if route.leave_s < open_s or route.return_s > close_s:
        words = f"staff {v} works {route.leave_s}-{route.return_s} outside the shift {open_s}-{close_s}"
        found.append(_broken(Rule.SHIFT, words, staff=v))
    at_s, here = route.leave_s, int(problem.start_place[v])
    for j, stop in enumerate(map(int, route.stops)):
        there = int(problem.stop_place[stop])
        found += _check_leg(problem, v, here, there, at_s, int(route.arrival_s[j]), stop)
        found += _check_service(problem, route, j)
        at_s, here = int(route.departure_s[j]), there
    return found + _check_leg(problem, v, here, int(problem.end_place[v]), at_s, route.return_s, None)


def _check_leg(
    problem: RoutingProblem, staff: int, here: int, there: int, leave_s: int, arrival_s: int, stop: int | None
) -> list[Violation]:
    travel_s = int(problem.travel_s[here, there])
    if UNREACHABLE in (travel_s, int(problem.distance_m[here, there])):
        return [_broken(Rule.REACHABLE, f"no way from place {here} to place {there}", staff=staff, stop=stop)]
    expected_s = _arrival(problem, staff, leave_s, travel_s)
    if arrival_s != expected_s:
        words = f"leaving place {here} at {leave_s} one arrives at {expected_s}, not {arrival_s}"
        return [_broken(Rule.TIMES_FOLLOW, words, staff=staff, stop=stop)]
    return []


def _check_service(problem: RoutingProblem, route: Route, j: int) -> list[Violation]:
    v, stop = route.staff, int(route.stops[j])
    arrival_s, start_s, departure_s = int(route.arrival_s[j]), int(route.start_s[j]), int(route.departure_s[j])
    found = []
    if not problem.may_serve(stop, v):
        found.append(_broken(Rule.ALLOWED_STAFF, f"staff {v} may not serve stop {stop}", staff=v, stop=stop))
    if start_s < arrival_s or departure_s != start_s + int(problem.service_s[stop]):
        words = f"stop {stop}: arrival {arrival_s}, start {start_s}, departure {departure_s} do not follow each other"
        found.append(_broken(Rule.TIMES_FOLLOW, words, staff=v, stop=stop))
    windows = problem.windows_of(stop)
    if windows and not any(a <= start_s <= b for a, b in windows):
        found.append(
            _broken(Rule.TIME_WINDOW, f"stop {stop} starts at {start_s} outside {windows}", staff=v, stop=stop)
        )
    for begin_s, end_s in problem.breaks_of(v):
        if start_s < end_s and departure_s > begin_s:
            words = f"stop {stop} is served {start_s}-{departure_s} in the break {begin_s}-{end_s}"
            found.append(_broken(Rule.BREAK, words, staff=v, stop=stop))
    if route.slack_s[j] < 0:
        found.append(_broken(Rule.TIMES_FOLLOW, f"stop {stop} has negative slack", staff=v, stop=stop))
    return found


def _check_groups(problem: RoutingProblem, result: RoutingResult) -> list[Violation]:
    start_of = {int(s): (int(t), r.staff) for r in result.routes for s, t in zip(r.stops, r.start_s, strict=True)}
    found = []
    for group in problem.same_time_groups:
        times = {stop: start_of[stop] for stop in group if stop in start_of}
        starts, staff = {t for t, _ in times.values()}, [v for _, v in times.values()]
        if times and (len(times) < len(group) or len(starts) > 1 or len(set(staff)) < len(staff)):
            words = f"group {group} is not served at one moment by different staff: {times}"
            found.append(_broken(Rule.SAME_TIME, words, stop=group[0]))
    return found


def _wish_price(problem: RoutingProblem, stop: int, start_s: int) -> int:
    """Price the seconds before or after the soft window, rounded down per stop."""
    open_s, close_s = (int(t) for t in problem.wish_s[stop])
    outside_s = open_s - start_s if start_s < open_s else start_s - close_s if start_s > close_s else 0
    return outside_s * int(problem.wish_price[stop]) // 60


def _check_totals(problem: RoutingProblem, result: RoutingResult) -> list[Violation]:
    found = []
    cost = sum(int(problem.prize[u.stop]) for u in result.unserved if not problem.is_required[u.stop])
    for route in result.routes:
        stops = [int(s) for s in route.stops]
        v = route.staff
        row = [int(problem.start_place[v]), *(int(problem.stop_place[s]) for s in stops), int(problem.end_place[v])]
        legs = list(pairwise(row)) if stops else []
        travel_s = sum(int(problem.travel_s[a, b]) for a, b in legs)
        distance_m = sum(int(problem.distance_m[a, b]) for a, b in legs)
        load = sum(int(problem.demand[s]) for s in stops)
        cost += distance_m if problem.objective is Objective.DISTANCE else travel_s
        cost += sum(_wish_price(problem, s, int(at)) for s, at in zip(stops, route.start_s, strict=True))
        if (travel_s, distance_m, load) != (route.travel_s, route.distance_m, route.load):
            words = f"staff {v}: {travel_s} s, {distance_m} m, load {load}; the route says otherwise"
            found.append(_broken(Rule.TOTALS, words, staff=v))
    if cost != result.cost:
        found.append(_broken(Rule.TOTALS, f"the cost is {cost}, not {result.cost}"))
    return found

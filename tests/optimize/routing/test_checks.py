"""The judge finds each kind of fault in a good plan broken by hand."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from optimize.routing import UNREACHABLE, Route, RoutingProblem, RoutingResult, UnservedReason, UnservedStop
from optimize.routing.checks import Rule, check
from optimize.routing.timetable import timetable
from tests.optimize.routing.days import HOUR_S, line_day

PROBLEM = line_day(
    [10, 20, 30],
    n_staff=2,
    windows=[[(9 * HOUR_S, 10 * HOUR_S)], [], []],
    demand=[1, 2, 3],
    capacity=[10, 10],
)
PLAN = timetable(PROBLEM, [[0, 1], [2]])


def with_route(plan: RoutingResult, staff: int, **changes: object) -> RoutingResult:
    routes = list(plan.routes)
    routes[staff] = replace(routes[staff], **changes)  # type: ignore[arg-type]
    return replace(plan, routes=tuple(routes))


def rules(problem: RoutingProblem, plan: RoutingResult) -> set[Rule]:
    return {violation.rule for violation in check(problem, plan)}


def shifted(plan: RoutingResult, staff: int, by_s: int) -> RoutingResult:
    route = plan.routes[staff]
    times = {name: getattr(route, name) + by_s for name in ("arrival_s", "start_s", "departure_s")}
    return with_route(plan, staff, leave_s=route.leave_s + by_s, return_s=route.return_s + by_s, **times)


def test_a_good_plan_has_no_violation() -> None:
    assert check(PROBLEM, PLAN) == []


def break_lost(plan: RoutingResult) -> RoutingResult:
    route = plan.routes[1]
    empty = {name: getattr(route, name)[:0] for name in ("stops", "arrival_s", "start_s", "departure_s", "slack_s")}
    return with_route(plan, 1, **empty)


def break_twice(plan: RoutingResult) -> RoutingResult:
    return with_route(plan, 1, stops=np.array([0]))


def break_required(plan: RoutingResult) -> RoutingResult:
    left_out = UnservedStop(stop=2, reason=UnservedReason.NO_TIME_LEFT, words="")
    return replace(break_lost(plan), unserved=(left_out,))


@pytest.mark.parametrize(
    ("spoil", "rule"),
    [
        (break_lost, Rule.EVERY_STOP_ONCE),
        (break_twice, Rule.EVERY_STOP_ONCE),
        (break_required, Rule.REQUIRED_STOP),
        (lambda plan: replace(plan, feasible=False), Rule.REQUIRED_STOP),
        (lambda plan: replace(plan, cost=plan.cost - 1), Rule.TOTALS),
        (lambda plan: with_route(plan, 0, travel_s=1), Rule.TOTALS),
        (lambda plan: with_route(plan, 0, load=1), Rule.TOTALS),
        (lambda plan: with_route(plan, 0, arrival_s=plan.routes[0].arrival_s - 60), Rule.TIMES_FOLLOW),
        (lambda plan: with_route(plan, 0, departure_s=plan.routes[0].departure_s - 60), Rule.TIMES_FOLLOW),
        (lambda plan: shifted(plan, 0, 2 * HOUR_S), Rule.TIME_WINDOW),
        (lambda plan: shifted(plan, 1, 3 * HOUR_S), Rule.BREAK),
        (lambda plan: shifted(plan, 1, -HOUR_S), Rule.SHIFT),
        (lambda plan: shifted(plan, 1, 9 * HOUR_S), Rule.SHIFT),
    ],
)
def test_a_broken_plan_is_found(spoil: Callable[[RoutingResult], RoutingResult], rule: Rule) -> None:
    assert rule in rules(PROBLEM, spoil(PLAN))


def test_too_much_load_is_found() -> None:
    assert Rule.CAPACITY in rules(replace(PROBLEM, capacity=np.array([2, 10])), PLAN)


def test_a_forbidden_staff_member_is_found() -> None:
    allowed = np.array([[True, True], [False, True], [True, True]])
    assert rules(replace(PROBLEM, allowed=allowed), PLAN) == {Rule.ALLOWED_STAFF}


def test_a_missing_way_is_found() -> None:
    travel_s = PROBLEM.travel_s.copy()
    travel_s[1, 2] = UNREACHABLE
    assert Rule.REACHABLE in rules(replace(PROBLEM, travel_s=travel_s), PLAN)


def test_a_group_served_at_two_moments_is_found() -> None:
    assert rules(replace(PROBLEM, same_time_groups=((1, 2),)), PLAN) == {Rule.SAME_TIME}


def test_a_group_served_by_one_person_is_found() -> None:
    problem = replace(PROBLEM, same_time_groups=((0, 1),))
    assert Rule.SAME_TIME in rules(problem, PLAN)


def test_routes_out_of_staff_order_are_found() -> None:
    swapped: tuple[Route, ...] = PLAN.routes[::-1]
    assert Rule.EVERY_STOP_ONCE in rules(PROBLEM, replace(PLAN, routes=swapped))


def test_a_start_outside_its_soft_window_that_is_not_paid_is_found() -> None:
    wish_s = np.array([[0, HOUR_S], [0, 24 * HOUR_S], [0, 24 * HOUR_S]])
    problem = replace(PROBLEM, wish_s=wish_s, wish_price=np.array([2, 0, 0]))
    assert rules(problem, PLAN) == {Rule.TOTALS}
    assert check(problem, timetable(problem, [[0, 1], [2]])) == []

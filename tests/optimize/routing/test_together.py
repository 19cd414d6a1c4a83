"""Stops of one group start at one moment on routes of different staff, or none of them is served."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from optimize.routing import RoutingResult, UnservedReason, solve
from optimize.routing.checks import check
from optimize.routing.metrics import measure
from optimize.routing.problem import Engine
from optimize.stopping import MaxIterations
from tests.optimize.routing.days import HOUR_S, line_day, town_day


def start_of(result: RoutingResult, stop: int) -> int:
    return next(int(r.start_s[i]) for r in result.routes for i, s in enumerate(r.stops) if s == stop)


@pytest.mark.parametrize("engine", ["auto", "ortools", "pyvrp"])
def test_a_crew_of_two_meets_at_the_shop(engine: Engine) -> None:
    problem = line_day([5, 20, 20, 40], n_staff=2, stop_place=[1, 2, 2, 4], same_time_groups=((1, 2),))
    result = solve(problem, MaxIterations(3000), 1, engine=engine)
    assert check(problem, result) == []
    assert result.feasible
    assert start_of(result, 1) == start_of(result, 2)


@given(st.integers(0, 10**6), st.integers(2, 3))
@settings(deadline=None, max_examples=15)
def test_groups_are_served_whole_or_not_at_all(seed: int, n_staff: int) -> None:
    rng = np.random.default_rng(seed)
    problem = town_day(
        seed,
        16,
        n_staff,
        same_time_groups=((0, 1), (2, 3), (4, 5, 6)[:n_staff]),
        allowed=rng.random((16, n_staff)) < 0.8,
        is_required=rng.random(16) < 0.7,
        prize=rng.integers(0, 900, 16),
    )
    result = solve(problem, MaxIterations(40), seed)
    assert check(problem, result) == []


def test_the_common_window_of_a_group_is_found() -> None:
    windows = [[(9 * HOUR_S, 10 * HOUR_S)], [(9 * HOUR_S + 3000, 11 * HOUR_S)]]
    problem = line_day([10, 10], n_staff=2, windows=windows, same_time_groups=((0, 1),))
    result = solve(problem, MaxIterations(20), 1)
    assert result.feasible
    assert 9 * HOUR_S + 3000 <= start_of(result, 0) <= 10 * HOUR_S


def test_a_group_whose_partner_is_impossible_says_so() -> None:
    problem = line_day([5, 5], n_staff=2, same_time_groups=((0, 1),), allowed=[[True, True], [False, False]])
    result = solve(problem, MaxIterations(20), 1)
    assert check(problem, result) == []
    assert [u.reason for u in result.unserved] == [UnservedReason.PARTNER_UNSERVED, UnservedReason.NOT_ALLOWED]


def test_a_group_larger_than_the_staff_is_left_out() -> None:
    problem = line_day([5, 5], same_time_groups=((0, 1),))
    result = solve(problem, MaxIterations(20), 1)
    assert check(problem, result) == []
    assert len(result.unserved) == 2


def test_the_same_seed_and_iterations_give_the_same_appointments() -> None:
    problem = town_day(3, 20, 2, same_time_groups=((0, 1), (2, 3)))
    first, second = (solve(problem, MaxIterations(200), 5) for _ in range(2))
    assert first.orders == second.orders
    assert start_of(first, 0) == start_of(second, 0)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_crowded_days_serve_every_pair(seed: int) -> None:
    pairs = tuple((2 * g, 2 * g + 1) for g in range(6))
    problem = town_day(seed, 44, 2, same_time_groups=pairs)
    result = solve(problem, MaxIterations(1500), 1)
    assert check(problem, result) == []
    assert result.unserved == ()


def test_a_plan_that_is_given_with_its_appointments_is_never_made_worse() -> None:
    problem = town_day(5, 30, 2, same_time_groups=((0, 1), (2, 3), (4, 5)))
    given_plan = solve(problem, MaxIterations(1500), 1)
    for engine in ("auto", "ortools"):
        again = solve(problem, MaxIterations(20), 2, initial=given_plan, engine=engine)
        assert check(problem, again) == []
        assert (len(again.unserved), again.cost) <= (len(given_plan.unserved), given_plan.cost)


@pytest.mark.parametrize("engine", ["auto", "ortools"])
def test_a_stop_waits_for_its_soft_window_where_there_is_time(engine: Engine) -> None:
    wish_s = [[10 * HOUR_S, 11 * HOUR_S], [0, 24 * HOUR_S]]
    problem = line_day([10, 10], wish_s=wish_s, wish_price=[600, 0])
    result = solve(problem, MaxIterations(500), 1, engine=engine)
    assert check(problem, result) == []
    assert 10 * HOUR_S <= start_of(result, 0) <= 11 * HOUR_S
    assert measure(problem, result)["outside_wish_s"] == 0
    assert result.cost == sum(route.travel_s for route in result.routes)


@pytest.mark.parametrize("engine", ["auto", "ortools"])
def test_a_soft_window_that_cannot_be_kept_has_its_price_and_no_stop_is_lost(engine: Engine) -> None:
    shut = [[(14 * HOUR_S, 15 * HOUR_S)]]
    problem = line_day([10], windows=shut, wish_s=[[9 * HOUR_S, 10 * HOUR_S]], wish_price=[3])
    result = solve(problem, MaxIterations(200), 1, engine=engine)
    assert check(problem, result) == []
    assert result.feasible
    assert start_of(result, 0) == 14 * HOUR_S
    assert result.cost == result.routes[0].travel_s + 4 * 60 * 3


@given(st.integers(0, 10**6))
@settings(deadline=None, max_examples=10)
def test_soft_windows_lose_no_task_and_the_judge_agrees_with_their_price(seed: int) -> None:
    rng = np.random.default_rng(seed)
    open_s = rng.integers(8, 16, 12) * HOUR_S
    problem = town_day(
        seed,
        12,
        2,
        same_time_groups=((0, 1),),
        wish_s=np.column_stack([open_s, open_s + HOUR_S]),
        wish_price=rng.integers(0, 40, 12),
    )
    assert check(problem, solve(problem, MaxIterations(30), seed)) == []

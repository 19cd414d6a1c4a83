"""What the engine promises about a day, whatever the day holds."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise, permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from optimize.routing import UNREACHABLE, Objective, RoutingProblem, UnservedReason, solve
from optimize.routing.checks import check
from optimize.routing.metrics import measure
from optimize.routing.problem import Engine
from optimize.stopping import AnyOf, MaxIterations, NoImprovement
from tests.optimize.routing.days import AFTERNOON, HOUR_S, MORNING, line_day, town_day

ENGINES: list[Engine] = ["auto", "ortools", "pyvrp"]


def reasons(problem: RoutingProblem) -> dict[int, UnservedReason]:
    result = solve(problem, MaxIterations(100), 1)
    assert check(problem, result) == []
    return {unserved.stop: unserved.reason for unserved in result.unserved}


@given(st.integers(0, 10**6), st.integers(0, 14), st.integers(1, 3))
@settings(deadline=None, max_examples=25)
def test_no_task_is_lost_and_every_rule_is_kept(seed: int, n_stops: int, n_staff: int) -> None:
    rng = np.random.default_rng(seed)
    problem = town_day(
        seed,
        n_stops,
        n_staff,
        capacity=rng.integers(0, 40, n_staff),
        allowed=rng.random((n_stops, n_staff)) < 0.7,
        is_required=rng.random(n_stops) < 0.5,
        prize=rng.integers(0, 600, n_stops),
    )
    result = solve(problem, MaxIterations(50), seed)
    assert check(problem, result) == []


@pytest.mark.parametrize("engine", ["ortools", "pyvrp"])
@pytest.mark.parametrize("seed", range(5))
def test_the_libraries_keep_skills_priorities_and_loads(engine: Engine, seed: int) -> None:
    rng = np.random.default_rng(seed)
    problem = town_day(
        seed,
        18,
        3,
        capacity=rng.integers(20, 60, 3),
        allowed=rng.random((18, 3)) < 0.7,
        is_required=rng.random(18) < 0.5,
        prize=rng.integers(0, 600, 18),
    )
    result = solve(problem, MaxIterations(200), seed, engine=engine)
    assert check(problem, result) == []


@pytest.mark.parametrize("engine", ENGINES)
def test_every_engine_keeps_the_rules_of_a_crowded_day(engine: Engine) -> None:
    problem = town_day(3, 60, 1)
    result = solve(problem, MaxIterations(60), 1, engine=engine)
    assert check(problem, result) == []
    assert not result.feasible
    assert len(result.unserved) < 40


@pytest.mark.parametrize("engine", ENGINES)
def test_the_same_seed_and_iterations_give_the_same_plan(engine: Engine) -> None:
    problem = town_day(5, 40, 2)
    first, second = (solve(problem, MaxIterations(300), 7, engine=engine) for _ in range(2))
    assert first.orders == second.orders
    assert first.cost == second.cost


@pytest.mark.parametrize("seed", range(4))
def test_a_small_day_is_solved_to_the_optimum(seed: int) -> None:
    problem = town_day(seed, 7, has_windows=False)
    result = solve(problem, MaxIterations(400), seed)
    row = np.arange(8)
    tours = (problem.travel_s[[0, *p], [*p, 0]].sum() for p in permutations(row[1:]))
    assert result.cost == min(tours)


def test_the_plan_given_is_never_made_worse() -> None:
    problem = town_day(2, 30)
    good = solve(problem, MaxIterations(3000), 1)
    again = solve(problem, MaxIterations(1), 2, good)
    assert again.cost <= good.cost
    assert again.feasible


def test_service_goes_around_the_noon_break() -> None:
    problem = line_day([5] * 20, service_min=19)
    result = solve(problem, MaxIterations(100), 1)
    assert check(problem, result) == []
    route = result.routes[0]
    is_morning = route.departure_s <= MORNING[1]
    assert (is_morning | (route.start_s >= AFTERNOON[0])).all()
    assert is_morning.any()
    assert not is_morning.all()


def test_nobody_leaves_earlier_than_needed() -> None:
    problem = line_day([10], windows=[[(10 * HOUR_S, 11 * HOUR_S)]])
    route = solve(problem, MaxIterations(10), 1).routes[0]
    assert route.leave_s == 10 * HOUR_S - 600
    assert route.arrival_s[0] == route.start_s[0] == 10 * HOUR_S
    assert route.slack_s[0] == HOUR_S


def test_several_windows_are_all_open() -> None:
    morning, evening = (9 * HOUR_S, 9 * HOUR_S + 300), (17 * HOUR_S, 17 * HOUR_S + 60)
    problem = line_day([1, 1], windows=[[morning, evening]] * 2)
    result = solve(problem, MaxIterations(50), 1)
    starts = sorted(result.routes[0].start_s.tolist())
    assert starts[0] <= morning[1]
    assert evening[0] <= starts[1] <= evening[1]


def test_the_higher_prize_is_served_first() -> None:
    problem = line_day([60, 60, 60], service_min=150, is_required=[False] * 3, prize=[9000, 20000, 10000])
    result = solve(problem, MaxIterations(300), 1)
    assert [u.stop for u in result.unserved] == [0]
    assert result.feasible


def test_the_objective_decides_which_way_round() -> None:
    clockwise = np.array([[0, 1, 9], [9, 0, 1], [1, 9, 0]])
    problem = line_day([1, 2], travel_s=clockwise, distance_m=clockwise.T)
    assert solve(problem, MaxIterations(20), 1).orders == [[0, 1]]
    by_metres = solve(replace(problem, objective=Objective.DISTANCE), MaxIterations(20), 1)
    assert by_metres.orders == [[1, 0]]
    assert by_metres.cost == by_metres.routes[0].distance_m == 3


def test_a_window_after_the_shift_end_is_a_named_reason() -> None:
    assert reasons(line_day([5, 5], windows=[[(18 * HOUR_S, 20 * HOUR_S)], []])) == {
        0: UnservedReason.WINDOW_OUTSIDE_SHIFT
    }


def test_a_window_inside_the_break_is_a_named_reason() -> None:
    noon = [(12 * HOUR_S + 60, 13 * HOUR_S)]
    assert reasons(line_day([5, 5], windows=[noon, []])) == {0: UnservedReason.WINDOW_OUTSIDE_SHIFT}


def test_an_unreachable_shop_is_a_named_reason() -> None:
    problem = line_day([5, 5])
    travel_s = problem.travel_s.copy()
    travel_s[:, 1] = UNREACHABLE
    travel_s[1, 1] = 0
    assert reasons(replace(problem, travel_s=travel_s)) == {0: UnservedReason.UNREACHABLE}


def test_a_demand_above_any_vehicle_is_a_named_reason() -> None:
    assert reasons(line_day([5, 5], demand=[11, 1], capacity=[10])) == {0: UnservedReason.DEMAND_ABOVE_CAPACITY}


def test_a_service_longer_than_a_half_day_is_a_named_reason() -> None:
    assert reasons(line_day([5, 5], service_s=[5 * HOUR_S, 60])) == {0: UnservedReason.SERVICE_TOO_LONG}


def test_a_stop_nobody_may_serve_is_a_named_reason() -> None:
    assert reasons(line_day([5, 5], allowed=[[False], [True]])) == {0: UnservedReason.NOT_ALLOWED}


def test_a_full_vehicle_is_a_named_reason() -> None:
    found = reasons(line_day([5, 5], demand=[6, 6], capacity=[10]))
    assert set(found.values()) == {UnservedReason.NO_CAPACITY_LEFT}


def test_a_full_day_is_a_named_reason() -> None:
    assert set(reasons(line_day([5] * 60)).values()) == {UnservedReason.NO_TIME_LEFT}


def test_a_detour_above_its_prize_is_a_named_reason() -> None:
    found = reasons(line_day([5, 60], is_required=[True, False], prize=[0, 100]))
    assert found == {1: UnservedReason.NOT_WORTH_IT}


def test_a_day_without_stops_is_an_empty_plan() -> None:
    problem = town_day(1, 0, 2)
    result = solve(problem, MaxIterations(5), 1)
    assert check(problem, result) == []
    assert result.cost == 0
    assert measure(problem, result)["worked_s"] == 0


def test_nobody_goes_when_everything_is_impossible() -> None:
    problem = line_day([5, 5], allowed=np.zeros((2, 1)))
    result = solve(problem, MaxIterations(5), 1)
    assert check(problem, result) == []
    assert result.cost == 0


def test_an_unknown_engine_is_the_callers_fault() -> None:
    with pytest.raises(ValueError, match="engine must be one of"):
        solve(line_day([1]), MaxIterations(1), 1, engine="magic")  # type: ignore[arg-type]


def test_progress_is_told_and_any_criterion_ends_the_search() -> None:
    told: list[tuple[int, float]] = []
    stop = AnyOf((MaxIterations(5000), NoImprovement(400)))
    solve(town_day(4, 10), stop, 1, on_progress=lambda n, cost: told.append((n, cost)))
    assert told
    assert told[-1][0] < 5000
    assert all(a[1] >= b[1] for a, b in pairwise(told))

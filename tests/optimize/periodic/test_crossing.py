from __future__ import annotations

from dataclasses import replace

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from optimize.periodic.checks import broken_rules
from optimize.periodic.crossing import cross
from optimize.periodic.fleet import is_fleet_of_several
from optimize.periodic.layout import lay_out
from optimize.periodic.result import load_result, read_result
from optimize.periodic.solve import solve
from optimize.stopping import MaxIterations
from tests.optimize.periodic.cases import month, tiny


def test_tours_that_hang_together_are_no_fleet() -> None:
    assert is_fleet_of_several(tiny(1))
    assert not is_fleet_of_several(month(10, band=1.1))
    assert not is_fleet_of_several(month(10, n_roles=2))
    assert not is_fleet_of_several(replace(tiny(1), reserved_min=np.ones((2, 2))))


def test_a_plan_crossed_with_itself_is_itself() -> None:
    problem = tiny(3, n_duties=9, n_days=2, n_staff=4)
    plan = solve(problem, MaxIterations(200), seed=1)
    assert plan.is_feasible
    child = cross(problem, plan, plan, np.random.default_rng(1))
    assert np.array_equal(child.mask_of_duty, plan.mask_of_duty)
    visits = {(day, duty) for row, day in enumerate(child.tour_day.tolist()) for duty in child.tour(row).tolist()}
    assert len(child.tour_duty) == len(visits)
    assert visits == {(day, duty) for row, day in enumerate(plan.tour_day.tolist()) for duty in plan.tour(row).tolist()}


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10_000), n_duties=st.integers(1, 14), n_staff=st.integers(2, 5))
def test_a_child_has_no_visit_twice_no_duty_lost_and_legal_days_once_it_is_loaded(
    seed: int, n_duties: int, n_staff: int
) -> None:
    problem = tiny(seed, n_duties=n_duties, n_days=2, n_staff=n_staff)
    first, second = (solve(problem, MaxIterations(3), seed=seed + number) for number in range(2))
    w = lay_out(problem, 1)
    load_result(problem, w, cross(problem, first, second, np.random.default_rng(seed)))
    child = read_result(problem, w, 0)
    planned = {duty for duty in range(n_duties) if child.mask_of_duty[duty]}
    assert planned | {left.duty for left in child.not_planned} == set(range(n_duties))
    broken = broken_rules(problem, child)
    assert bool(broken) == bool(child.not_planned)


def test_a_child_of_good_plans_can_be_searched_on() -> None:
    problem = tiny(5, n_duties=12, n_days=2, n_staff=4)
    first, second = (solve(problem, MaxIterations(100), seed=number) for number in range(2))
    child = cross(problem, first, second, np.random.default_rng(3))
    better = solve(problem, MaxIterations(2000), 1, child)
    assert broken_rules(problem, better) == []

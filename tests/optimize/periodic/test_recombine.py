from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from optimize.periodic.checks import broken_rules
from optimize.periodic.layout import lay_out
from optimize.periodic.recombine import TourPool, can_recombine, recombine
from optimize.periodic.result import finish_result, load_result
from optimize.periodic.solve import solve
from optimize.stopping import MaxIterations
from tests.optimize.periodic.cases import month, tiny


def test_the_best_of_two_plans_tours_is_at_least_as_good_as_both() -> None:
    problem = tiny(3, n_duties=9, n_days=2, n_staff=4)
    plans = [solve(problem, MaxIterations(3), seed=seed) for seed in range(12)]
    pool = TourPool()
    for plan in plans:
        w = lay_out(problem, 1)
        load_result(problem, w, plan)
        pool.keep(w)
    feasible = [plan for plan in plans if plan.is_feasible]
    worst = max(feasible, key=lambda plan: plan.cost)
    found = recombine(problem, pool, worst, max_seconds=None)
    assert found is not None
    finished = finish_result(problem, found)
    assert broken_rules(problem, finished) == []
    assert finished.cost <= min(plan.cost for plan in feasible) + 1e-6


def test_a_plan_that_cannot_be_bettered_comes_back_as_nothing() -> None:
    problem = tiny(1)
    best = solve(problem, MaxIterations(300), seed=1)
    w = lay_out(problem, 1)
    load_result(problem, w, best)
    pool = TourPool()
    pool.keep(w)
    assert recombine(problem, pool, best, max_seconds=None) is None


def test_tours_that_hang_together_are_not_recombined() -> None:
    assert can_recombine(tiny(1))
    assert not can_recombine(month(10, band=1.1))
    assert not can_recombine(month(10, n_roles=2))
    assert not can_recombine(replace(tiny(1), reserved_min=np.ones((2, 2))))


@pytest.mark.parametrize("seed", [1, 2])
def test_a_search_in_stages_repeats_itself_byte_for_byte(seed: int) -> None:
    problem = tiny(seed, n_duties=12, n_days=2, n_staff=5)
    first, second = (solve(problem, MaxIterations(20_000), seed=seed) for _ in range(2))
    assert first.is_feasible
    assert first.tour_duty.tobytes() == second.tour_duty.tobytes()
    assert first.n_iterations == second.n_iterations >= 20_000

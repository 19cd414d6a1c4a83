from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from optimize.periodic.annealing import Annealing
from optimize.periodic.inheritance import Shares, evolve, rank
from optimize.periodic.problem import PeriodicResult
from optimize.periodic.solve import solve
from optimize.periodic.stages import budget_of
from optimize.stopping import AnyOf, MaxIterations, MaxSeconds, NoImprovement, StoppingCriterion
from tests.optimize.periodic.cases import tiny


def test_the_whole_limit_is_given_away_and_the_best_plan_comes_back() -> None:
    problem = tiny(3, n_duties=9, n_days=2, n_staff=4)
    given: list[int] = []
    found: list[PeriodicResult] = []

    def search(
        stop: StoppingCriterion, number: int, start: PeriodicResult | None, annealing: Annealing
    ) -> PeriodicResult:
        assert (start is None) == (number < 2)
        assert number == len(given)
        parts = stop.criteria if isinstance(stop, AnyOf) else (stop,)
        given.append(next(part.limit for part in parts if isinstance(part, MaxIterations)))
        found.append(solve(problem, MaxIterations(3), seed=number))
        return found[-1]

    budget = budget_of(MaxIterations(20_000))
    assert budget is not None
    best = evolve(problem, budget, Shares(n_hot=2, of_hot=0.2, n_cooled=1, of_cooled=0.1, of_child=0.1), 1, search)
    assert sum(given) == 20_000
    assert given[:3] == [4000, 4000, 2000]
    assert rank(best) == min(map(rank, found))


def test_children_are_searched_at_temperatures_of_their_own_colder_than_their_parents() -> None:
    problem = tiny(3, n_duties=9, n_days=2, n_staff=4)
    firsts: list[float] = []

    def search(
        _stop: StoppingCriterion, number: int, _start: PeriodicResult | None, annealing: Annealing
    ) -> PeriodicResult:
        firsts.append(annealing.first_share)
        return solve(problem, MaxIterations(3), seed=number)

    budget = budget_of(MaxIterations(20_000))
    assert budget is not None
    evolve(problem, budget, Shares(n_hot=2, of_hot=0.2, n_cooled=0, of_cooled=0.0, of_child=0.05), 1, search)
    children = firsts[2:-1]
    assert len(set(children)) == len(children) > 5
    assert all(0.02 <= first <= 0.06 < min(firsts[:2]) for first in children)


def test_only_the_best_of_many_short_searches_go_on() -> None:
    problem = tiny(3, n_duties=9, n_days=2, n_staff=4)
    starts: list[PeriodicResult | None] = []
    found: list[PeriodicResult] = []

    def search(
        _stop: StoppingCriterion, number: int, start: PeriodicResult | None, annealing: Annealing
    ) -> PeriodicResult:
        assert number == len(found)
        starts.append(start)
        plan = solve(problem, MaxIterations(3), seed=number)
        found.append(replace(plan, cost=plan.cost + abs(number - 3)))
        return found[-1]

    budget = budget_of(MaxIterations(20_000))
    assert budget is not None
    shares = Shares(n_tried=5, of_tried=0.02, n_hot=2, of_hot=0.2, n_cooled=1, of_cooled=0.1, of_child=0.1)
    evolve(problem, budget, shares, 1, search)
    best = sorted(found[:5], key=rank)[:2]
    assert starts[:5] == [None] * 5
    assert starts[5:7] == best
    assert starts[7] == min(found[5:7], key=rank)


def test_a_budget_in_seconds_ends_with_its_clock() -> None:
    now_s = 0.0
    budget = budget_of(AnyOf((MaxSeconds(10.0, clock=lambda: now_s), MaxIterations(1_000_000))))
    assert budget is not None
    part = budget.part(0.5)
    assert not part(0, 0.0)
    now_s = 5.0
    assert part(0, 0.0)
    assert budget.left() == pytest.approx(0.5)
    now_s = 11.0
    assert budget.left() == 0.0
    assert budget.part(1.0)(0, 0.0)


@pytest.mark.parametrize("stop", [MaxIterations(19_999), NoImprovement(100), AnyOf(())])
def test_what_cannot_be_shared_out_is_one_search(stop: StoppingCriterion) -> None:
    assert budget_of(stop) is None


@pytest.mark.parametrize("seed", [1, 2])
def test_a_search_by_inheritance_repeats_itself_byte_for_byte(seed: int) -> None:
    problem = tiny(seed, n_duties=12, n_days=2, n_staff=5)
    first, second = (solve(problem, MaxIterations(20_000), seed=seed) for _ in range(2))
    assert first.is_feasible
    assert first.tour_duty.tobytes() == second.tour_duty.tobytes()
    assert first.n_iterations == second.n_iterations >= 20_000
    assert np.array_equal(first.mask_of_duty, second.mask_of_duty)

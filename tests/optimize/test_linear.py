"""Linear and integer programmes by OR-Tools: optima against all plans, limits, and none."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from scipy.sparse import csr_matrix

from optimize.linear import Programme, solve_parts, solve_whole


def knapsack(seed: int, n: int = 8) -> Programme:
    """Take at least half of the weight at the least cost, and no more than three of the first four."""
    rng = np.random.default_rng(seed)
    weight = rng.integers(1, 20, n).astype(float)
    rows = np.stack([weight, (np.arange(n) < 4).astype(float)])
    least, most = np.array([weight.sum() / 2, -np.inf]), np.array([np.inf, 3.0])
    return Programme(rng.random(n) * 10 - 1, csr_matrix(rows), least, most)


def cost_of_all(programme: Programme) -> float:
    rows = programme.matrix.toarray()
    plans = (np.array(plan, dtype=float) for plan in itertools.product((0, 1), repeat=len(programme.cost)))
    kept = (
        x for x in plans if (rows @ x >= programme.least - 1e-9).all() and (rows @ x <= programme.most + 1e-9).all()
    )
    return min(float(programme.cost @ x) for x in kept)


@pytest.mark.parametrize("seed", range(6))
def test_whole_numbers_are_the_best_of_all_plans(seed: int) -> None:
    programme = knapsack(seed)
    x = solve_whole(programme)
    assert x is not None
    assert set(x.tolist()) <= {0, 1}
    assert float(programme.cost @ x) == pytest.approx(cost_of_all(programme), abs=1e-4)


@pytest.mark.parametrize("seed", range(6))
def test_parts_are_no_dearer_and_reduced_costs_tell_which_may_matter(seed: int) -> None:
    programme = knapsack(seed)
    found = solve_parts(programme)
    assert found is not None
    assert float(programme.cost @ found.x) <= cost_of_all(programme) + 1e-6
    assert (found.reduced_cost[found.x < 1e-9] >= -1e-6).all()  # nothing that is left out would pay
    assert (found.reduced_cost[found.x > 1 - 1e-9] <= 1e-6).all()


def test_none_where_no_plan_keeps_the_limits() -> None:
    never = Programme(np.ones(2), csr_matrix(np.ones((1, 2))), np.array([3.0]), np.array([np.inf]))
    assert solve_parts(never) is None
    assert solve_whole(never) is None
    assert solve_whole(knapsack(0), most_seconds=0.0) is None


def test_a_limited_search_repeats_itself() -> None:
    programme = knapsack(3, 40)
    first, again = (solve_whole(programme, gap=0.5, effort=0.05) for _ in range(2))
    assert first is not None
    assert again is not None
    assert first.tolist() == again.tolist()

"""Bounds never pass the best plan that brute force finds, and say so for every plan of a solver."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from scipy.optimize import linprog

from optimize.stopping import MaxIterations
from optimize.territory import checks, metrics
from optimize.territory.bounds import (
    fixed_centre_bound,
    free_centre_bound,
    value_at_centres,
    value_at_multipliers,
)
from optimize.territory.problem import TerritoryProblem
from optimize.territory.solve import solve
from tests.optimize.territory.maps import AsciiMap


def scattered(seed: int, n: int, p: int, tolerance: float) -> TerritoryProblem:
    """Return n units in a square, all neighbours of each other, with 1 to 4 retailers each."""
    rng = np.random.default_rng(seed)
    pairs = np.array([(a, b) for a in range(n) for b in range(a)])
    return TerritoryProblem(
        n_grids=p,
        xy_km=rng.uniform(0, 3, (n, 2)),
        loads=rng.integers(1, 5, n),
        edges=pairs,
        tolerance_share=tolerance,
        within_km2=rng.uniform(0, 0.1, n),
    )


def least_inertia(problem: TerritoryProblem) -> float:
    """Return the inertia of the best plan that breaks no rule, by trying all."""
    plans = (np.array(plan) for plan in product(range(problem.n_grids), repeat=problem.n_units))
    feasible = (plan for plan in plans if not checks.violations(problem, plan))
    return min((metrics.inertia_km2(problem, plan) for plan in feasible), default=np.inf)


@pytest.mark.parametrize("seed", range(6))
def test_no_plan_of_a_tiny_problem_beats_the_free_centre_bound(seed: int) -> None:
    problem = scattered(seed, 8, 2, 0.3)
    bound = free_centre_bound(problem, MaxIterations(300), 0)
    least = least_inertia(problem)
    assert bound.value_km2 <= least + 1e-9
    assert bound.value_km2 >= 0.5 * least


@pytest.mark.parametrize("seed", range(3))
def test_the_fixed_centre_bound_is_the_optimum_of_the_transport(seed: int) -> None:
    problem = scattered(seed, 40, 3, 0.05)
    plan = solve(problem, MaxIterations(30), 0).grid_of_unit
    bound = fixed_centre_bound(problem, plan)
    inside = [np.flatnonzero(plan == g) for g in range(3)]
    centres = np.array([np.average(problem.xy_km[units], axis=0, weights=problem.weight[units]) for units in inside])
    price = problem.loads[0][:, None] * ((problem.xy_km[:, None] - centres[None]) ** 2).sum(axis=2)
    whole = np.kron(np.eye(40), np.ones(3))
    load = np.kron(problem.loads[0], np.eye(3)).reshape(3, 120)
    least, most = problem.load_range
    found = linprog(
        price.ravel(), A_ub=np.vstack([load, -load]), b_ub=np.append(most[0], -least[0]), A_eq=whole, b_eq=np.ones(40)
    )
    transport = found.fun + problem.within_km2.sum()
    assert bound.value_km2 <= transport + 1e-9
    assert bound.value_km2 == pytest.approx(transport, rel=2e-3)
    assert bound.value_km2 <= metrics.inertia_km2(problem, plan)


def test_every_measure_and_every_pin_tightens_the_fixed_centre_bound() -> None:
    free = scattered(1, 30, 3, 0.05)
    plan = solve(free, MaxIterations(30), 0).grid_of_unit
    minutes = np.random.default_rng(2).integers(1, 60, 30)
    both = TerritoryProblem(
        n_grids=3,
        xy_km=free.xy_km,
        loads=np.stack([free.loads[0], minutes]),
        measures=("retailers", "minutes"),
        edges=free.edges,
        tolerance_share=np.array([0.05, 0.05]),
        within_km2=free.within_km2,
        weight=free.weight,
    )
    pinned = np.full(30, -1)
    pinned[0] = (plan[0] + 1) % 3
    moved = TerritoryProblem(
        n_grids=3, xy_km=free.xy_km, loads=free.loads, edges=free.edges, within_km2=free.within_km2, pinned=pinned
    )
    alone = fixed_centre_bound(free, plan).value_km2
    assert fixed_centre_bound(both, plan).value_km2 >= alone - 1e-3 * alone
    assert fixed_centre_bound(moved, plan).value_km2 >= alone - 1e-3 * alone


def test_a_tolerance_that_no_whole_load_keeps_has_an_infinite_bound() -> None:
    problem = AsciiMap("....").problem(3)
    plan = np.array([0, 0, 1, 2])
    assert fixed_centre_bound(problem, plan).value_km2 == np.inf
    assert free_centre_bound(problem, MaxIterations(5), 0).value_km2 == np.inf


def test_bounds_of_a_map_without_retailers_are_zero() -> None:
    problem = AsciiMap("....").problem(2, loads=[0, 0, 0, 0])
    assert fixed_centre_bound(problem, np.array([0, 0, 1, 1])).value_km2 == 0
    assert free_centre_bound(problem, MaxIterations(5), 0).value_km2 == 0


def test_the_same_seed_and_limit_give_the_same_bound() -> None:
    problem = scattered(3, 60, 4, 0.1)
    found = [free_centre_bound(problem, MaxIterations(40), 7).value_km2 for _ in range(2)]
    assert found[0] == found[1] > 0


@pytest.mark.parametrize("seed", range(3))
def test_the_multipliers_of_a_bound_prove_it_again_and_others_prove_no_more_than_brute_force(seed: int) -> None:
    problem = scattered(seed, 8, 2, 0.3)
    plan = solve(problem, MaxIterations(20), 0).grid_of_unit
    fixed, free = fixed_centre_bound(problem, plan), free_centre_bound(problem, MaxIterations(200), 0)
    assert fixed.multipliers is not None
    assert fixed.centres_km is not None
    assert free.multipliers is not None
    assert value_at_centres(problem, fixed.centres_km, fixed.multipliers) == fixed.value_km2
    assert value_at_multipliers(problem, free.multipliers) == pytest.approx(free.value_km2, rel=1e-2)
    rng = np.random.default_rng(seed)
    least = least_inertia(problem)
    for _ in range(20):
        drawn = free.multipliers * rng.uniform(0.2, 2, len(free.multipliers))
        assert value_at_multipliers(problem, drawn) <= least + 1e-9
        price = fixed.multipliers + rng.normal(0, 0.3, fixed.multipliers.shape)
        assert value_at_centres(problem, fixed.centres_km, price) <= fixed.value_km2 * (1 + 1e-4) + 1e-9

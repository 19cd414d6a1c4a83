"""Names change nothing: units in another order and grids under other numbers give the same judgement and plan."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from optimize.stopping import MaxIterations
from optimize.territory import checks, metrics
from optimize.territory.bounds import fixed_centre_bound
from optimize.territory.flows import flow_bound
from optimize.territory.moves import least_moves
from optimize.territory.precheck import precheck
from optimize.territory.problem import TerritoryProblem, Violation
from optimize.territory.solve import solve
from tests.optimize.territory.maps import AsciiMap

Order = NDArray[np.int64]
TOWN = AsciiMap("""
    AAABBBB
    AAABBBB
    AA#BBBB
    CC#DDDD
    CCCDDDD
    CCCCDDD
""")


def town(rng: np.random.Generator) -> TerritoryProblem:
    """Draw a town with shops, rules of every kind and present grids."""
    n = len(TOWN.places)
    loads = np.vstack([rng.integers(10, 60, n), rng.integers(1, 4, n)])
    pinned = np.full(n, -1)
    held = rng.choice(n, 3, replace=False)
    pinned[held] = TOWN.plan[held]
    free = np.setdiff1d(np.arange(n), held)
    linked = np.full(n, -1)
    linked[TOWN.unit(0, 0)] = linked[TOWN.unit(0, 1)] = 0
    return TOWN.problem(
        4, loads.tolist(), measures=("minutes", "retailers"), tolerance_share=[0.15, 0.5], pinned=pinned,
        must_link=linked, forbidden=[[int(unit), int(rng.integers(4))] for unit in rng.choice(free, 2)],
        previous=TOWN.plan, churn_weight_km2=0.5, weight=loads[1], within_km2=rng.random(n),
        priced_edges=TOWN.edges[:6], price_km2=rng.random(6), area_km2=np.ones(n),
    )  # fmt: skip


def relabelled(problem: TerritoryProblem, place: Order, number: Order) -> TerritoryProblem:
    """Give the same problem in which unit u is unit `place[u]` and grid g is grid `number[g]`."""
    old = np.argsort(place)

    def grids(values: NDArray[np.int32]) -> NDArray[np.int32]:
        return np.where(values >= 0, number[values], -1)[old].astype(np.int32)

    def units(pairs: NDArray[np.int32]) -> NDArray[np.int32]:
        return place[pairs].astype(np.int32)

    forbidden = np.column_stack([place[problem.forbidden[:, 0]], number[problem.forbidden[:, 1]]]).astype(np.int32)
    assert problem.area_km2 is not None
    return replace(
        problem, xy_km=problem.xy_km[old], loads=problem.loads[:, old], weight=problem.weight[old],
        within_km2=problem.within_km2[old], perimeter_km=problem.perimeter_km[old], area_km2=problem.area_km2[old],
        edges=units(problem.edges), border_edges=units(problem.border_edges), priced_edges=units(problem.priced_edges),
        previous=grids(problem.previous), pinned=grids(problem.pinned), must_link=problem.must_link[old],
        forbidden=forbidden, jurisdiction=problem.jurisdiction[old],
        target_share=problem.target_share[np.argsort(number)],
    )  # fmt: skip


def renamed(plan: NDArray[np.integer], place: Order, number: Order) -> NDArray[np.int32]:
    return np.where(plan >= 0, number[plan], -1)[np.argsort(place)].astype(np.int32)


def kinds(found: tuple[Violation, ...], number: Order | None = None) -> Counter[tuple[str, int, str, float]]:
    """Count what was found, grids under their new numbers; of a group's units any may be named."""
    return Counter(
        (one.rule, int(number[one.grid]) if number is not None and one.grid >= 0 else one.grid, one.measure,
         round(one.amount, 6))
        for one in found
    )  # fmt: skip


@pytest.mark.parametrize("seed", range(8))
def test_judge_metrics_precheck_and_bounds_do_not_depend_on_names(seed: int) -> None:
    rng = np.random.default_rng(seed)
    problem = replace(town(rng), churn_budget=float(rng.integers(0, 4)))
    place, number = rng.permutation(problem.n_units), rng.permutation(4)
    other = relabelled(problem, place, number)
    for plan in (TOWN.plan, rng.integers(0, 4, problem.n_units)):
        again = renamed(plan, place, number)
        assert kinds(checks.violations(problem, plan), number) == kinds(checks.violations(other, again))
        assert metrics.measure(other, again) == pytest.approx(metrics.measure(problem, plan))
    found, again_found = precheck(problem), precheck(other)
    assert kinds(found.causes, number) == kinds(again_found.causes)
    assert again_found.smallest_tolerance_share == pytest.approx(found.smallest_tolerance_share, abs=2e-4)
    assert least_moves(other).weight == pytest.approx(least_moves(problem).weight)
    assert flow_bound(other).load == flow_bound(problem).load
    value = fixed_centre_bound(problem, TOWN.plan).value_km2
    assert fixed_centre_bound(other, renamed(TOWN.plan, place, number)).value_km2 == pytest.approx(value, rel=1e-3)


@pytest.mark.parametrize("seed", range(4))
def test_a_search_gives_the_same_grids_under_other_numbers(seed: int) -> None:
    rng = np.random.default_rng(seed)
    problem = town(rng)
    units, number = np.arange(problem.n_units), rng.permutation(4)
    plan = solve(problem, MaxIterations(60), seed)
    again = solve(relabelled(problem, units, number), MaxIterations(60), seed)
    assert plan.feasible
    assert again.feasible
    assert again.grid_of_unit.tolist() == renamed(plan.grid_of_unit, units, number).tolist()


@pytest.mark.parametrize("seed", range(2))
def test_a_search_over_units_in_another_order_ends_as_well(seed: int) -> None:
    """Random numbers meet other units then, so that plans may differ, but not the rules they keep."""
    rng = np.random.default_rng(seed)
    problem = town(rng)
    place, number = rng.permutation(problem.n_units), rng.permutation(4)
    plan = solve(problem, MaxIterations(60), seed)
    again = solve(relabelled(problem, place, number), MaxIterations(60), seed)
    assert plan.feasible
    assert again.feasible
    cost = [float(found.metrics["inertia_km2"] or 0) for found in (plan, again)]
    assert min(cost) >= 0.95 * max(cost)

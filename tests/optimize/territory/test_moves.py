"""The least number of moves is a true lower bound, and the plan to begin with stays near the present one."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import numpy as np
import pytest

from optimize.stopping import MaxIterations
from optimize.territory import checks
from optimize.territory.moves import fill_empty, least_moves, near_plan
from optimize.territory.solve import solve
from tests.optimize.territory.maps import AsciiMap

STREET = AsciiMap("AAAABBBBCCCC")


def test_nothing_moves_where_everything_holds() -> None:
    assert least_moves(STREET.problem(3, previous=STREET.plan)).weight == pytest.approx(0)


def test_load_that_passes_through_a_grid_is_counted_twice() -> None:
    loads = [2, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0]
    weight = np.ones(12)
    bound = least_moves(STREET.problem(3, loads, weight=weight, previous=STREET.plan))
    assert bound.weight == pytest.approx(0.5 + 1)  # half of the unit of two, and one of its neighbour's
    assert {(int(a), int(b)) for a, b, _ in bound.flows} == {(0, 1), (1, 2)}


def test_whole_units_move_at_least_what_trying_every_plan_says() -> None:
    loads = [4, 4, 4, 4, 3, 3, 3, 3]
    street = AsciiMap("AAAABBBB")
    problem = street.problem(2, loads, tolerance_share=0.05, previous=street.plan)
    plans = [np.array(plan) for plan in product(range(2), repeat=8)]
    kept = [plan for plan in plans if not any(v.rule == "load" for v in checks.violations(problem, plan))]
    by_hand = min(checks.moved_weight(problem, plan) for plan in kept)
    whole = least_moves(problem, in_parts=False).weight
    assert whole == pytest.approx(by_hand)
    assert least_moves(problem).weight < whole


def test_a_tolerance_that_cannot_hold_has_no_bound() -> None:
    assert np.isinf(least_moves(STREET.problem(2, [100] + [1] * 11, previous=STREET.plan % 2)).weight)


def test_shops_in_somebody_elses_unit_count_and_shops_of_nobody_are_free() -> None:
    owned = np.zeros((12, 3))
    owned[np.arange(12), STREET.plan] = 1
    owned[0] = [1, 2, 0]  # three shops, two of them of B
    weight = np.ones(12)
    weight[0] = 4  # the fourth has no owner
    problem = STREET.problem(3, weight=weight, previous=STREET.plan)
    assert least_moves(problem, owned).weight == pytest.approx(2)


def test_pins_and_bans_are_kept() -> None:
    pinned = np.full(12, -1)
    pinned[0] = 1
    bound = least_moves(STREET.problem(3, pinned=pinned, previous=STREET.plan, tolerance_share=0.3))
    assert bound.weight == pytest.approx(1)


@pytest.mark.parametrize("seed", range(3))
def test_no_plan_of_a_small_town_moves_fewer(seed: int) -> None:
    town = AsciiMap("""
        AAB
        ABB
        CCC
    """)
    rng = np.random.default_rng(seed)
    loads = rng.integers(1, 6, 9)
    problem = town.problem(3, loads.tolist(), weight=np.ones(9), previous=town.plan, tolerance_share=0.2)
    fewest = np.inf
    for choice in product(range(3), repeat=9):
        trial = np.array(choice)
        moved = int((trial != town.plan).sum())
        if moved < fewest and not checks.violations(problem, trial):
            fewest = moved
    bound = least_moves(problem).weight
    assert bound <= fewest + 1e-9
    begin = near_plan(problem, price_km2=20.0)
    if np.isfinite(fewest):
        assert begin is not None
        found = solve(replace(problem, churn_weight_km2=40.0), MaxIterations(200), 0, initial=begin)
        assert found.feasible
        assert bound <= fewest <= checks.moved_weight(problem, found.grid_of_unit)


def test_a_newcomer_begins_amid_the_shops_of_nobody() -> None:
    town = AsciiMap("AAAABBBB....")
    begin = near_plan(town.problem(3, previous=town.plan), price_km2=20.0)
    assert begin is not None
    assert begin.tolist() == [0] * 4 + [1] * 4 + [2] * 4


def test_empty_units_between_belong_to_the_nearest_grid() -> None:
    town = AsciiMap("A....B..")
    weight = np.array([1, 0, 0, 0, 0, 1, 0, 1])  # the last one's shop is nobody's
    assert fill_empty(town.problem(2, weight=weight, previous=town.plan)).tolist() == [0, 0, 0, 1, 1, 1, 1, -1]

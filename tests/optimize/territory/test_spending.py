"""What moves buy is a cap that is kept, a curve that never rises, and above what is proven impossible."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest

from optimize.territory import checks
from optimize.territory.spending import buy, curve, least_spread, spread_of, within_budget
from tests.optimize.territory.maps import AsciiMap

TOWN = AsciiMap("""
    AAAABB
    AAAABB
    AAAABB
    AAAABB
""")


def test_each_further_move_buys_as_much_as_the_best_of_all_plans() -> None:
    problem = TOWN.problem(2, tolerance_share=0.05)
    points = curve(problem, TOWN.plan, [0, 1, 2, 3, 4, 6])
    for point in points:
        assert point.moved <= point.budget
        assert point.spread_share == pytest.approx(max(0.0, (4 - point.budget) / 12), abs=1e-9)
        assert point.least_share <= point.spread_share + 1e-9
        assert (checks.pieces_of_grid(problem, point.grid_of_unit) == 1).all()


@pytest.mark.parametrize("seed", range(2))
def test_no_division_within_the_budget_is_more_even_than_is_proven(seed: int) -> None:
    town = AsciiMap("""
        AAAB
        AACB
        CCCB
    """)
    loads = np.random.default_rng(seed).integers(1, 5, 12).tolist()
    problem = town.problem(3, loads, weight=np.ones(12), previous=town.plan, tolerance_share=0.05)
    least = least_spread(problem, 2, spread_of(problem, town.plan))
    for units in product(range(12), repeat=2):
        for grids in product(range(3), repeat=2):
            trial = town.plan.copy()
            trial[list(units)] = grids
            if (checks.pieces_of_grid(problem, trial) == 1).all():
                assert spread_of(problem, trial) >= least - 1e-3
    assert spread_of(problem, buy(problem, town.plan, 2).grid_of_unit) >= least - 1e-3


def test_without_moves_nothing_changes() -> None:
    problem = TOWN.problem(2, tolerance_share=0.05)
    assert (buy(problem, TOWN.plan, 0).grid_of_unit == TOWN.plan).all()


def test_a_plan_within_the_budget_of_a_hopeless_tolerance_is_found() -> None:
    problem = TOWN.problem(2, tolerance_share=0.0, previous=TOWN.plan, churn_budget=2)
    plan = within_budget(problem)
    assert plan is not None
    assert checks.moved_weight(problem, plan) == 2
    assert spread_of(problem, plan) == pytest.approx(2 / 12)


def test_grids_that_no_budget_can_mend_stay_with_their_owners() -> None:
    torn = AsciiMap("AABBA")
    plan = within_budget(torn.problem(2, previous=torn.plan, churn_budget=0))
    assert plan is not None
    assert plan.tolist() == torn.plan.tolist()
    assert within_budget(torn.problem(2, previous=torn.plan)) is None

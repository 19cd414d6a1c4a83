"""Whole border rows that shift at least cost, against every way of shifting them."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from optimize.territory import checks
from optimize.territory.layout import lay_out
from optimize.territory.problem import TerritoryProblem
from optimize.territory.shifting import QUICK, shift_borders, shift_near
from tests.optimize.territory.maps import AsciiMap

BEFORE = AsciiMap("""
    AAABBBCCC
    AAABBBCCC
    AAABBBCCC
""")


def changed(seed: int, **rules: object) -> TerritoryProblem:
    """Three grids of which the first has got too much."""
    loads = np.random.default_rng(seed).integers(1, 5, 27)
    loads[BEFORE.plan == 0] += 1
    return BEFORE.problem(
        3, loads.tolist(), tolerance_share=0.15, previous=BEFORE.plan, churn_weight_km2=100.0, **rules
    )


def least_by_hand(problem: TerritoryProblem) -> float:
    """Return the least weight moved into every range by border units alone, trying every way."""
    ways = []
    for row in range(3):
        for left in (2, 5):
            a, b = BEFORE.unit(row, left), BEFORE.unit(row, left + 1)
            ways += [(a, BEFORE.plan[b]), (b, BEFORE.plan[a])]
    least = np.inf
    for chosen in itertools.product((False, True), repeat=len(ways)):
        plan = BEFORE.plan.copy()
        for (unit, grid), goes in zip(ways, chosen, strict=True):
            plan[unit] = grid if goes else plan[unit]
        if not any(violation.rule == "load" for violation in checks.violations(problem, plan)):
            least = min(least, checks.moved_weight(problem, plan))
    return least


@pytest.mark.parametrize("seed", range(6))
def test_as_little_moves_as_trying_every_way_says(seed: int) -> None:
    problem = changed(seed)
    found = shift_borders(lay_out(problem), BEFORE.plan)
    least = least_by_hand(problem)
    if found is None:
        assert np.isinf(least)
        return
    assert not any(violation.rule == "load" for violation in checks.violations(problem, found))
    assert checks.moved_weight(problem, found) <= 1.02 * least + QUICK.slack


def test_pins_forbidden_pairs_and_locks_are_kept() -> None:
    pinned = np.full(27, -1)
    pinned[BEFORE.unit(0, 2)] = 0
    problem = changed(1, pinned=pinned, forbidden=[[BEFORE.unit(1, 2), 1]], locked=[2])
    found = shift_borders(lay_out(problem), BEFORE.plan)
    if found is not None:
        rules = {violation.rule for violation in checks.violations(problem, found)}
        assert not rules & {"pin", "forbidden", "lock", "load"}
    free = shift_borders(lay_out(changed(1)), BEFORE.plan)
    assert free is not None
    assert (free != BEFORE.plan).any()


def test_nothing_is_found_where_borders_alone_cannot_balance() -> None:
    loads = np.ones(27, dtype=np.int64)
    loads[BEFORE.unit(1, 0)] = 60
    problem = BEFORE.problem(3, loads.tolist(), tolerance_share=0.05, previous=BEFORE.plan, churn_weight_km2=1.0)
    assert shift_borders(lay_out(problem), BEFORE.plan) is None


def test_empty_rows_go_with_the_loaded_row_beside_them() -> None:
    street = AsciiMap("AAAAABBB")
    problem = street.problem(
        2, [2, 2, 2, 0, 2, 0, 2, 0], tolerance_share=0.3, previous=street.plan, churn_weight_km2=1.0
    )
    found = shift_borders(lay_out(problem), street.plan)
    assert found is not None
    assert checks.violations(problem, found) == ()
    assert found[4] == 1


def test_rows_two_steps_from_a_grid_go_only_with_one_between() -> None:
    street = AsciiMap("AAAAABBBBB")
    problem = street.problem(
        2, [3, 3, 3, 1, 9, 2, 2, 2, 2, 2], tolerance_share=0.3, previous=street.plan, churn_weight_km2=0.01
    )
    found = shift_borders(lay_out(problem), street.plan)
    assert found is not None
    assert not {"load", "contiguity"} & {violation.rule for violation in checks.violations(problem, found)}


def test_only_grids_around_the_one_out_of_range_change() -> None:
    street = AsciiMap("AAAABBBBCCCCDDDDEEEE")
    loads = [4, 3, 3, 2, *[3] * 16]
    loads[0] = 9
    problem = street.problem(5, loads, tolerance_share=0.25, previous=street.plan, churn_weight_km2=1.0)
    before = {violation.grid for violation in checks.violations(problem, street.plan)}
    assert before == {0}
    found = shift_near(lay_out(problem), street.plan)
    assert checks.violations(problem, found) == ()
    assert ((found == street.plan) | np.isin(street.plan, [0, 1, 2])).all()

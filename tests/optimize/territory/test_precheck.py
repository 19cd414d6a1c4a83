"""What the precheck proves before any search."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest

from optimize.territory import checks
from optimize.territory.precheck import precheck
from optimize.territory.problem import TerritoryProblem
from tests.optimize.territory.maps import AsciiMap

SQUARE = AsciiMap("""
    ....
    ....
""")


def causes(problem: TerritoryProblem) -> list[str]:
    return [cause.rule for cause in precheck(problem).causes]


def test_nothing_stands_against_a_plain_square() -> None:
    assert causes(SQUARE.problem(2)) == []
    assert precheck(SQUARE.problem(2)).smallest_tolerance_share.tolist() == [0.0]


def test_a_unit_heavier_than_a_grid_may_be_is_named_with_the_tolerance_it_needs() -> None:
    found = precheck(SQUARE.problem(2, [9, 1, 1, 1, 1, 1, 1, 1], tolerance_share=0.1))
    assert [(cause.rule, cause.unit) for cause in found.causes] == [("heavy_unit", 0)]
    assert found.smallest_tolerance_share[0] == pytest.approx(1 / 8)


def test_a_linked_group_is_as_heavy_as_its_units_together() -> None:
    assert causes(SQUARE.problem(4, must_link=[0, 0, 0, -1, -1, -1, -1, -1], tolerance_share=0.2)) == ["heavy_unit"]


def test_a_part_across_the_river_that_cannot_fill_a_grid_is_named() -> None:
    river = AsciiMap("""
        ...#.
        ...#.
    """)
    assert causes(river.problem(2, tolerance_share=0.3)) == ["cut_off_part"]
    assert causes(river.problem(2, tolerance_share=0.1)) == ["cut_off_part", "cut_off_part"]
    assert causes(river.problem(4)) == []


def test_a_bureau_that_no_number_of_grids_fits_is_named() -> None:
    assert "cut_off_part" in causes(SQUARE.problem(2, jurisdiction=[0, 0, 0, 0, 0, 0, 0, 1], tolerance_share=0.1))


def test_a_tolerance_without_whole_numbers_is_named() -> None:
    assert causes(SQUARE.problem(3)) == ["no_whole_load"]


def test_contradicting_pins_are_named() -> None:
    together = np.array([0, 0, -1, -1, -1, -1, -1, -1])
    problem = SQUARE.problem(2, must_link=together, pinned=[0, 1, -1, -1, -1, -1, -1, -1])
    assert causes(problem) == ["must_link"]
    assert causes(SQUARE.problem(2, pinned=[0] + [-1] * 7, forbidden=[[0, 0]])) == ["forbidden"]


def test_a_bridge_whose_far_sides_cannot_fill_grids_is_named() -> None:
    """Three dead ends of four meet in one unit: two grids of 6 or 7 cannot share them, three of 4 or 5 can."""
    star = AsciiMap("""
        ####.####
        ####.####
        ####.####
        ####.####
        .........
    """)
    found = precheck(star.problem(2, tolerance_share=0.15))
    assert [(cause.rule, cause.unit) for cause in found.causes] == [("bridge", star.unit(4, 4))]
    assert found.causes[0].amount > 0
    assert causes(star.problem(3, tolerance_share=0.16)) == []
    smallest = float(found.smallest_tolerance_share[0])
    assert smallest == pytest.approx(9 / 6.5 - 1, abs=2e-4)  # two arms and the middle in one grid, one arm in the other


def test_the_smallest_tolerance_of_parts_is_found() -> None:
    river = AsciiMap("""
        ...#.
        ...#.
    """)
    assert precheck(river.problem(2)).smallest_tolerance_share[0] == pytest.approx(0.5, abs=2e-4)
    lonely = AsciiMap(".#.#.")
    assert precheck(lonely.problem(2)).smallest_tolerance_share[0] == np.inf


@pytest.mark.parametrize("seed", range(12))
def test_what_it_proves_is_true_of_every_plan(seed: int) -> None:
    """No division of a small map is within less than the smallest tolerance; all of them are tried."""
    rng = np.random.default_rng(seed)
    drawn = "\n".join("".join(rng.choice([".", "#"], 4, p=[0.75, 0.25])) for _ in range(2)).replace("\n", "\n        ")
    small = AsciiMap(drawn)
    n_units = len(small.places)
    problem = small.problem(2, rng.integers(1, 6, n_units).tolist(), tolerance_share=0.3)
    best = np.inf
    for choice in product((0, 1), repeat=n_units):
        plan = np.array(choice, dtype=np.int32)
        kinds = {broken.rule for broken in checks.violations(problem, plan)}
        if kinds <= {"load"}:
            load = checks.load_of_grid(problem, plan)[0]
            best = min(best, float(np.abs(load / problem.target[0] - 1).max()))
    assert float(precheck(problem).smallest_tolerance_share[0]) <= best + 1e-9
    if best <= 0.3:
        assert precheck(problem).causes == ()

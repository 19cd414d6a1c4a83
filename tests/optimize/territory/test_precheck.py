"""What the precheck proves before any search."""

from __future__ import annotations

import numpy as np
import pytest

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

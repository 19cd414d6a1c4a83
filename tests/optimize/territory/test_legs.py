"""Halves of a plan that are annealed side by side."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from optimize.territory import checks
from optimize.territory.layout import lay_out
from optimize.territory.legs import Leg, counted_state, first_half, half_of, merged, no_pressure
from tests.optimize.territory.maps import AsciiMap

BEFORE = AsciiMap("""
    AAABBBCCCDDD
    AAABBBCCCDDD
    AAABBBCCCDDD
    EEEFFFGGGHHH
    EEEFFFGGGHHH
    EEEFFFGGGHHH
""")


@pytest.mark.parametrize(("angle", "expected"), [(0.0, "ABEF"), (np.pi, "CDGH"), (np.pi / 2, "EFGH")])
def test_a_cut_leaves_half_of_the_grids_on_each_side(angle: float, expected: str) -> None:
    layout = lay_out(BEFORE.problem(8))
    first = first_half(layout, BEFORE.plan, angle)
    sides = {"".join("ABCDEFGH"[g] for g in np.flatnonzero(side)) for side in (first, ~first)}
    assert expected in sides
    assert first.sum() == 4


def test_a_leg_moves_rows_of_its_half_alone_and_the_halves_fit_together() -> None:
    loads = np.random.default_rng(1).integers(1, 9, 72).tolist()
    problem = BEFORE.problem(8, loads, tolerance_share=0.3)
    layout = lay_out(problem)
    first = first_half(layout, BEFORE.plan, 0.0)
    mine = [first, ~first]
    halves = [half_of(layout, BEFORE.plan, own) for own in mine]
    legs = [Leg(half, counted_state(half, BEFORE.plan, 5), no_pressure(layout)) for half in halves]
    for leg, own in zip(legs, mine, strict=True):
        leg.go(20_000, 30.0, 5.0)
        outside = ~own[BEFORE.plan]
        assert (leg.state.grid[outside] == BEFORE.plan[outside]).all()
        assert own[leg.state.grid[~outside]].all()
        assert (leg.state.grid != BEFORE.plan).any()
    for best in (False, True):
        plan = merged(legs, mine, BEFORE.plan, best=best)
        assert checks.pieces_of_grid(problem, plan).tolist() == [1] * 8
    assert all(leg.has_best for leg in legs)
    assert not checks.violations(problem, merged(legs, mine, BEFORE.plan, best=True))


def test_load_out_of_range_in_the_other_half_does_not_hide_a_good_half() -> None:
    layout = lay_out(BEFORE.problem(8, tolerance_share=0.3))
    least = layout.board.least.copy()
    least[3] = 1000  # nobody can have that much
    layout = replace(layout, board=layout.board._replace(least=least))
    first = first_half(layout, BEFORE.plan, 0.0)
    half = half_of(layout, BEFORE.plan, ~first if first[3] else first)
    met = []
    for given in (half, layout):
        leg = Leg(given, counted_state(given, BEFORE.plan, 1), no_pressure(layout))
        leg.go(5_000, 1.0, 5.0)
        met.append(leg.has_best)
    assert met == [True, False]

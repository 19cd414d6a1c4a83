"""Moves with an answer: grids stay whole, and the sums that are carried along are those of the plan."""

from __future__ import annotations

import numpy as np
import pytest

from optimize.territory import checks
from optimize.territory.anneal import CHAINS, COST, EXCESS, anneal
from optimize.territory.layout import lay_out
from optimize.territory.legs import counted_state, excess_price
from optimize.territory.repair import make_whole
from tests.optimize.territory.maps import AsciiMap

SQUARE = AsciiMap("\n".join(["." * 8] * 8))


@pytest.mark.parametrize("seed", range(8))
def test_chains_keep_grids_whole_and_sums_right(seed: int) -> None:
    rng = np.random.default_rng(seed)
    problem = SQUARE.problem(6, rng.integers(0, 9, 64).tolist(), tolerance_share=0.05)
    layout = lay_out(problem)
    plan = make_whole(layout, rng.integers(0, 6, 64).astype(np.int32))
    state = counted_state(layout, plan, seed + 1)
    for _ in range(40):  # a cut must show before later moves can heal it
        anneal(layout.board, state, 50, 2.0, 2.0, excess_price(layout, 20.0), 1.0)
        assert (checks.pieces_of_grid(problem, state.grid[layout.row_of_unit]) == 1).all()
    afresh = counted_state(layout, state.grid, 1)
    assert state.counts[CHAINS] > 0
    assert state.value[COST] == pytest.approx(afresh.value[COST], abs=1e-6)
    assert state.value[EXCESS] == afresh.value[EXCESS]

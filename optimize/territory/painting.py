"""One painted unit: what a manual edit brings out of range is handed on at once, without a long search."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from optimize.territory.anneal import EXCESS, State, make_move, may_join, recount
from optimize.territory.ejection import bring_into_range
from optimize.territory.graph import stays_whole
from optimize.territory.layout import NO_BUDGET, Layout
from optimize.territory.legs import Leg, counted_state, new_state, no_pressure
from optimize.territory.problem import IntArray
from optimize.territory.repair import make_whole

HARD = 40.0  # price of a retailer out of range where chains do not do it, in mean squared distances
HEATS = (100.0, 300.0, 30.0, 100.0, 300.0)  # first temperatures of the annealings then, in mean squared distances
COOLING = (1.0, 0.3, 0.1)  # of the first
PROPOSALS = 4000  # at each temperature
WAYS = 6  # grids with room that are tried for each one out of range


def paint(layout: Layout, grid_of_unit: IntArray, unit: int, grid: int, price_km2: float) -> IntArray | None:
    """Return the plan with the unit in the grid and every load in its range, or None where handing on did not do it.

    Load goes along the cheapest ejection chains at `price_km2` for each retailer that changes its grid; where these do
    not do it, a few short annealings of the whole map may. None is no proof: a search may still find a plan.

    Parameters
    ----------
    layout : of the problem, with any present grids; it serves for any number of units painted one after another
    grid_of_unit : (n,) a contiguous plan of every unit
    """
    row = int(layout.row_of_unit[unit])
    if layout.fixed[row] >= 0 or not may_join(row, grid, layout.board):
        return None
    plan = np.zeros(layout.n_rows, dtype=np.int32)
    plan[layout.row_of_unit] = grid_of_unit
    if (plan[layout.row_of_unit] != grid_of_unit).any():
        return None  # a must-link group lies in several grids
    pinned = _with_fixed(layout, plan, row, grid, price_km2)
    state = new_state(pinned, plan, 1)
    recount(pinned.board, state)
    if not _move(pinned, state, row, grid):
        return None
    painted = state.grid.copy()
    bring_into_range(pinned, state, ways=WAYS)
    if state.value[EXCESS] <= 0:
        return state.grid[layout.row_of_unit]
    annealed = _annealed(pinned, painted)
    return None if annealed is None else annealed[layout.row_of_unit]


def _annealed(layout: Layout, plan: IntArray) -> IntArray | None:
    """Return a plan in range that a few short annealings meet, the first that does, or None: heavy rows need swaps."""
    hard = HARD * layout.unit_km2 + 4 * layout.board.move_price
    for seed, heat in enumerate(HEATS, start=1):
        leg = Leg(layout, counted_state(layout, plan, seed), no_pressure(layout))
        for cooling in COOLING:
            leg.go(PROPOSALS, heat * cooling * layout.unit_km2, hard)
        if leg.has_best:
            return leg.plan
    return None


def _with_fixed(layout: Layout, plan: IntArray, row: int, grid: int, price_km2: float) -> Layout:
    """Return the layout in which the row is fixed and every other one stays where it is at a price."""
    fixed, is_fixed = layout.fixed.copy(), layout.board.is_fixed.copy()
    fixed[row], is_fixed[row] = grid, True
    board = layout.board._replace(is_fixed=is_fixed, previous=plan.copy(), move_price=price_km2, budget=NO_BUDGET)
    return replace(layout, board=board, fixed=fixed)


def _move(layout: Layout, state: State, row: int, grid: int) -> bool:
    """Paint the row; what it held together falls to neighbours. Return whether every grid is in one piece then."""
    board, home = layout.board, int(state.grid[row])
    if home == grid:
        return True
    around = board.neighbour[board.start[row] : board.start[row + 1]]
    if not (state.grid[around] == grid).any():
        return False
    is_whole = stays_whole(row, state.grid, board.start, board.neighbour, state.stamp, 2, state.queue)
    make_move(row, grid, board, state)
    if not is_whole:
        torn = state.grid.copy()
        state.grid[:] = make_whole(layout, torn)
    recount(board, state)
    return bool(state.size.all())

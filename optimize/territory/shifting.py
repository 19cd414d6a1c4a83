"""Few moves as an integer programme: whole border rows go to a grid that they touch, at least cost, into every range.

Rows along the borders alone are variables, so that a district takes some hundredths of a second. Contiguity and the
length of borders are left out and centres stay; the plan is where a re-plan begins and not where it ends.
"""

from __future__ import annotations

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import csr_matrix

from optimize.territory.anneal import may_join
from optimize.territory.layout import Layout, coarsen, lay_out
from optimize.territory.problem import FloatArray, IntArray

MOST_NODES = 20  # of branch and bound; a limit in seconds would not be repeatable
GAP = 0.02
MOST_PAIRS = 8000  # of a row and a grid; beyond, the programme takes longer than it is worth


def shift_borders(layout: Layout, plan: IntArray) -> IntArray | None:
    """Return the plan with some border rows, and the empty ones beside them, in a grid they touch; None without one.

    Parameters
    ----------
    plan : (n_rows,) grid of each row

    Returns
    -------
    (n_rows,) within every range, perhaps with grids in pieces; None where no such plan was found within the limits
    """
    rows = coarsen(layout.problem, layout.row_of_unit)
    coarse = lay_out(layout.problem, rows)
    coarse_of_row = np.zeros(layout.n_rows, dtype=np.int32)
    coarse_of_row[layout.row_of_unit] = rows
    grid = np.zeros(coarse.n_rows, dtype=np.int32)
    grid[coarse_of_row] = plan
    loaded = layout.board.loads.sum(axis=1) > 0
    grid[coarse_of_row[loaded]] = plan[loaded]
    shifted = _least_cost(coarse, grid)
    if shifted is None:
        return None
    return np.where((shifted != grid)[coarse_of_row], shifted[coarse_of_row], plan).astype(np.int32)


def _least_cost(layout: Layout, grid: IntArray) -> IntArray | None:
    """Return the plan that the integer programme finds on rows that all carry load."""
    board = layout.board
    row, to = _pairs(layout, grid)
    if not len(row) or len(row) > MOST_PAIRS:
        return None
    n, p = len(row), layout.n_grids
    home, number = grid[row], np.arange(n)
    cost = _distance(layout, grid, row, to) - _distance(layout, grid, row, home)
    leaves = (board.previous[row] == home).astype(np.float64) - (board.previous[row] == to)
    cost += board.move_price * board.weight[row] * np.where(board.previous[row] >= 0, leaves, 0.0)
    once = csr_matrix((np.ones(n), (np.unique(row, return_inverse=True)[1], number)))
    rules = [LinearConstraint(once, -np.inf, 1)]
    for m in range(board.loads.shape[1]):
        load = board.loads[:, m].astype(np.float64)
        now = np.bincount(grid, load, p)
        ends = np.concatenate([to, home]), np.concatenate([number, number])
        change = csr_matrix((np.concatenate([load[row], -load[row]]), ends), shape=(p, n))
        rules.append(LinearConstraint(change, board.least[:, m] - now, board.most[:, m] - now))
    found = milp(
        cost, integrality=np.ones(n, dtype=np.int64), bounds=Bounds(0, 1), constraints=rules,
        options={"node_limit": MOST_NODES, "mip_rel_gap": GAP},
    )  # fmt: skip
    if found.x is None:
        return None
    new = grid.copy()
    new[row[found.x > 0.5]] = to[found.x > 0.5]
    return new


def _pairs(layout: Layout, grid: IntArray) -> tuple[IntArray, IntArray]:
    """Return (row, grid that it touches and may join), each pair once, in order."""
    board = layout.board
    ends = np.concatenate([layout.edges, layout.edges[:, ::-1]])
    ends = ends[grid[ends[:, 0]] != grid[ends[:, 1]]]
    both = np.unique(ends[:, 0].astype(np.int64) * layout.n_grids + grid[ends[:, 1]])
    row, to = both // layout.n_grids, both % layout.n_grids
    free = ~board.is_fixed[row] & (board.loads[row].sum(axis=1) > 0) & ~board.is_closed[grid[row]]
    allowed = [may_join(r, g, board) for r, g in zip(row[free].tolist(), to[free].tolist(), strict=True)]
    kept = np.flatnonzero(free)[np.array(allowed, dtype=np.bool_)]
    return row[kept].astype(np.int32), to[kept].astype(np.int32)


def _distance(layout: Layout, grid: IntArray, row: IntArray, to: IntArray) -> FloatArray:
    """Return the inertia of each row about the present centre of a grid."""
    board, p = layout.board, layout.n_grids
    total = np.maximum(np.bincount(grid, board.weight, p), 1e-300)
    centre = np.stack([np.bincount(grid, s, p) / total for s in (board.sx, board.sy)], axis=1)
    weight = board.weight[row]
    place = np.stack([board.sx[row], board.sy[row]], axis=1) / np.maximum(weight, 1e-300)[:, None]
    return np.asarray(weight * ((place - centre[to]) ** 2).sum(axis=1), dtype=np.float64)

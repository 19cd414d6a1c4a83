"""Make a plan contiguous: every grid keeps one piece, the rest is flooded from its neighbours."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from optimize.territory.anneal import Board, may_join
from optimize.territory.graph import pieces
from optimize.territory.layout import Layout
from optimize.territory.problem import NOBODY, IntArray

MOST_ROUNDS = 5  # joining pinned pieces can break others; it settles in one or two rounds


def make_whole(layout: Layout, grid: IntArray) -> IntArray:
    """Return the plan with every grid in one piece wherever rules and barriers allow, every row in a grid.

    Parameters
    ----------
    grid : (n_rows,) wished grid of each row or -1

    Notes
    -----
    A grid keeps its fixed rows, joined by shortest ways, or else its heaviest piece. A grid without rows gets one.
    O(n + m) a round.
    """
    grid = np.where(layout.fixed >= 0, layout.fixed, grid).astype(np.int32)
    _leave_forbidden(layout, grid)
    for _ in range(MOST_ROUNDS):
        grid = _keep_one_piece(layout, grid)
        if not _join_fixed_pieces(layout, grid):
            break
    _fill_empty_grids(layout, grid)
    flood(layout.board, grid)
    _assign_left_over(layout, grid)
    return grid


def _leave_forbidden(layout: Layout, grid: IntArray) -> None:
    """Take rows out of grids that they must not lie in."""
    board = layout.board
    rows = np.flatnonzero((grid >= 0) & (layout.fixed < 0))
    own = grid[rows]
    wrong = board.is_closed[own] | ((board.region[rows] >= 0) & (board.region[rows] != board.region_of_grid[own]))
    grid[rows[wrong]] = NOBODY
    banned = np.repeat(np.arange(layout.n_rows), np.diff(board.ban_start))
    banned = banned[grid[banned] == board.ban_grid]
    grid[banned[layout.fixed[banned] < 0]] = NOBODY


def _keep_one_piece(layout: Layout, grid: IntArray) -> IntArray:
    """Return the plan with only fixed pieces, or else the heaviest piece, of each grid; other rows become -1."""
    piece = pieces(grid, layout.edges)
    count = int(piece.max()) + 1
    size = np.bincount(piece, minlength=count)
    weight = np.bincount(piece, layout.load, count) + size / (2.0 * len(grid))
    owner = np.full(count, NOBODY, dtype=np.int32)
    owner[piece] = grid
    is_kept = np.zeros(count, dtype=bool)
    is_kept[piece[layout.fixed >= 0]] = True
    settled = np.zeros(layout.n_grids, dtype=bool)
    settled[owner[is_kept]] = True
    for number in np.argsort(-weight, kind="stable"):
        if owner[number] >= 0 and not settled[owner[number]]:
            is_kept[number] = settled[owner[number]] = True
    return np.where(is_kept[piece], grid, NOBODY).astype(np.int32)


def _join_fixed_pieces(layout: Layout, grid: IntArray) -> bool:
    """Join the fixed pieces of each grid by shortest ways; return whether rows were taken from others."""
    piece = pieces(grid, layout.edges)
    took = False
    for g in np.unique(layout.fixed[layout.fixed >= 0]).tolist():
        first, *others = np.unique(piece[(grid == g) & (layout.fixed == g)]).tolist() or [NOBODY]
        for other in others:
            way = _shortest_way(layout, np.flatnonzero(piece == first), np.flatnonzero(piece == other), g)
            took |= bool((grid[way] >= 0).any())
            grid[way] = g
    return took


def _shortest_way(layout: Layout, sources: NDArray[np.intp], goals: NDArray[np.intp], g: int) -> NDArray[np.int64]:
    """Return the rows on a shortest way between two sets, all free to join grid `g`; empty if there is none."""
    board = layout.board
    before = np.full(layout.n_rows, -2, dtype=np.int64)
    before[sources] = -1
    is_goal = np.zeros(layout.n_rows, dtype=bool)
    is_goal[goals] = True
    queue = sources.tolist()
    for row in queue:
        for other in board.neighbour[board.start[row] : board.start[row + 1]].tolist():
            if before[other] != -2:
                continue
            before[other] = row
            if is_goal[other]:
                way = []
                while before[row] >= 0:
                    way.append(row)
                    row = int(before[row])  # noqa: PLW2901 - walks back to the source
                return np.array(way, dtype=np.int64)
            if layout.fixed[other] in (NOBODY, g) and may_join(other, g, board):
                queue.append(other)
    return np.zeros(0, dtype=np.int64)


def _fill_empty_grids(layout: Layout, grid: IntArray) -> None:
    """Give every grid without rows one: a row of no grid if there is one, else one taken from the largest grid."""
    for g in np.setdiff1d(np.arange(layout.n_grids), grid).tolist():
        if layout.board.is_closed[g]:
            continue
        free = [row for row in np.flatnonzero(grid == NOBODY).tolist() if may_join(row, g, layout.board)]
        if not free:
            size = np.bincount(grid[grid >= 0], minlength=layout.n_grids)
            order = np.argsort(-size[grid], kind="stable")
            free = [
                row
                for row in order.tolist()
                if layout.fixed[row] < 0 and size[grid[row]] > 1 and may_join(row, g, layout.board)
            ]
        if free:
            grid[free[0]] = g


@njit(cache=True)
def flood(board: Board, grid: NDArray[np.int32]) -> None:
    """Give every row of no grid that of the nearest row (in steps) that it may join, breadth first. O(n + m)."""
    n = len(grid)
    queue = np.empty(n, np.int32)
    tail = 0
    for row in range(n):
        if grid[row] >= 0:
            queue[tail] = row
            tail += 1
    head = 0
    while head < tail:
        row = queue[head]
        head += 1
        for k in range(board.start[row], board.start[row + 1]):
            other = board.neighbour[k]
            if grid[other] < 0 and may_join(other, grid[row], board):
                grid[other] = grid[row]
                queue[tail] = other
                tail += 1


def _assign_left_over(layout: Layout, grid: IntArray) -> None:
    """Give rows that no way reaches to the grid of the nearest row, one they may join if there is one."""
    left = np.flatnonzero(grid < 0)
    if not len(left) or not (grid >= 0).any():
        return
    known = np.flatnonzero(grid >= 0)
    nearest = cKDTree(layout.xy_km[known]).query(layout.xy_km[left])[1]
    for row, near in zip(left.tolist(), np.atleast_1d(nearest).tolist(), strict=True):
        allowed = [g for g in range(layout.n_grids) if may_join(row, g, layout.board)]
        wish = int(grid[known[near]])
        grid[row] = wish if wish in allowed or not allowed else allowed[0]

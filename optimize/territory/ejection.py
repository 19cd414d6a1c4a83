"""Ejection chains: load out of range is handed from grid to grid until one has room for it.

Annealing moves one or two rows at a time. Load that is too much here and missing five grids away asks for five moves at
once, none of which helps alone: a way of touching grids is looked for, and rows are sent along each of its borders from
the far end on, so that every grid gives before it receives. A chain that leaves less load out of range is kept; every
other is taken back. Contiguity, pins, locks, bans and regions hold throughout.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

import numpy as np
from numba import njit
from numpy.typing import NDArray

from optimize.territory.anneal import (
    COST,
    EXCESS,
    MOVED,
    TICK,
    Board,
    Floats,
    Ints,
    State,
    make_move,
    may_join,
    price_move,
)
from optimize.territory.graph import holds_together
from optimize.territory.layout import Layout
from optimize.territory.problem import NOBODY

WAYS = 12  # ways tried for one grid out of range, the shortest first
ROOMY = 2  # rows of the usual load for which a grid has room beyond what is sent
LONGEST_WAY = 40  # borders that load may cross
MOST_CHAINS = 2000
MOST_REACHED = 512  # rows of one border that are looked at, empty ones between included
MOST_TRIES = 8  # rows that may turn out to hold their grid together


def bring_into_range(layout: Layout, state: State, *, ways: int = WAYS, most_chains: int = MOST_CHAINS) -> None:
    """Send load out of range along chains until none is left or no chain helps. O(chains x (m + border rows)).

    Parameters
    ----------
    state : with all its sums; changed in place, its load out of range never rises
    ways : how many grids with room are tried for each grid out of range; the cheapest of the best chains is kept
    """
    for _ in range(most_chains):
        if state.value[EXCESS] <= 0 or not _one_chain(layout, state, ways):
            return


def _one_chain(layout: Layout, state: State, ways: int) -> bool:
    """Keep the best chain of the first grid that has one that helps; return whether there was one.

    Grids with room for more than one row of the usual load are tried before those with hardly any.
    """
    board = layout.board
    beside = touching(layout, state.grid)
    over, under = state.load - board.most, board.least - state.load
    apart = np.maximum(over, under)
    for place in np.argsort(-apart, axis=None, kind="stable").tolist():
        grid, measure = divmod(place, apart.shape[1])
        amount = int(apart[grid, measure])
        if amount <= 0:
            return False
        is_over = bool(over[grid, measure] > 0)
        room = -(over if is_over else under)[:, measure]
        loads = board.loads[:, measure]
        usual = int(loads.sum()) // max(1, int((loads > 0).sum()))
        for least in (amount + ROOMY * usual, 1):
            nearest = islice(ways_to_room(grid, beside, room >= least), ways)
            chains = [way if is_over else way[::-1] for way in nearest if len(way) <= LONGEST_WAY]
            parts = [min(amount, int(room[way[-1] if is_over else way[0]])) for way in chains]
            if _keep_best(layout, state, chains, parts, measure):
                return True
    return False


def _keep_best(layout: Layout, state: State, ways: list[list[int]], parts: list[int], measure: int) -> bool:
    """Send part of a load along each way, keep the best chain if it leaves less out of range, and say so."""
    chain = Chain(layout.board, state)
    best = (float(state.value[EXCESS]) - 1e-9, np.inf)
    chosen: tuple[Ints, Ints] | None = None
    for way, part in zip(ways, parts, strict=True):
        chain.send(np.array(way, dtype=np.int32), measure, part)
        rank = (float(state.value[EXCESS]), float(state.value[COST]))
        if rank < best:
            best, chosen = rank, chain.moves()
        chain.take_back()
    if chosen is None:
        return False
    chain.repeat(*chosen)
    return True


def touching(layout: Layout, grid: Ints) -> list[list[int]]:
    """Return for each grid the open grids that it touches, ascending. O(m)."""
    ends = grid[layout.edges].astype(np.int64)
    ends = ends[ends[:, 0] != ends[:, 1]]
    p = layout.n_grids
    both = np.unique(np.concatenate([ends[:, 0] * p + ends[:, 1], ends[:, 1] * p + ends[:, 0]]))
    beside: list[list[int]] = [[] for _ in range(p)]
    closed = layout.board.is_closed
    for a, b in zip((both // p).tolist(), (both % p).tolist(), strict=True):
        if not closed[a] and not closed[b]:
            beside[a].append(b)
    return beside


def ways_to_room(first: int, beside: list[list[int]], has_room: NDArray[np.bool_]) -> Iterator[list[int]]:
    """Yield shortest ways of touching grids from `first` to each grid with room, the nearest first."""
    before = {first: NOBODY}
    queue = [first]
    for grid in queue:
        if grid != first and has_room[grid]:
            way = [grid]
            while before[way[-1]] != NOBODY:
                way.append(before[way[-1]])
            yield way[::-1]
        for other in beside[grid]:
            if other not in before:
                before[other] = grid
                queue.append(other)


class Chain:
    """Moves that can be taken back together."""

    def __init__(self, board: Board, state: State) -> None:
        n = len(state.grid)
        self._board, self._state = board, state
        self._value = state.value.copy()
        self._before, self._rows, self._homes = (np.empty(n, dtype=np.int32) for _ in range(3))
        self._prices = np.zeros((len(state.W) + 1, board.loads.shape[1]))
        self._n_moves = 0

    def send(self, way: Ints, measure: int, amount: int) -> bool:
        """Send load along the way; return whether every border let enough of it pass."""
        for k in range(len(way) - 2, -1, -1):
            left = amount
            while left > 0:
                sent, self._n_moves = send_row(
                    int(way[k]), int(way[k + 1]), measure, left, self._board, self._state, self._before, self._rows,
                    self._homes, self._n_moves, self._prices,
                )  # fmt: skip
                if sent == 0:
                    return False
                left -= sent
        return True

    def moves(self) -> tuple[Ints, Ints]:
        """Return the rows moved, in order, and the grid of each; no row moves twice in a chain."""
        rows = self._rows[: self._n_moves].copy()
        return rows, self._state.grid[rows]

    def repeat(self, rows: Ints, grids: Ints) -> None:
        """Make the moves of a chain that was taken back."""
        for row, grid in zip(rows.tolist(), grids.tolist(), strict=True):
            _count_move(row, grid, self._board, self._state, self._prices)

    def take_back(self) -> None:
        """Undo every move, the last first."""
        take_back(self._rows, self._homes, 0, self._n_moves, self._board, self._state)
        self._n_moves = 0
        self._state.value[:] = self._value


@njit(cache=True)
def take_back(rows: Ints, homes: Ints, first: int, last: int, board: Board, state: State) -> None:
    """Undo the moves [first, last) of a log, the last first; values are the caller's business."""
    for k in range(last - 1, first - 1, -1):
        make_move(rows[k], homes[k], board, state)


@njit(cache=True)
def _count_move(row: int, to: int, board: Board, state: State, prices: Floats) -> None:
    cost, _, excess, moved = price_move(row, to, board, state, prices)
    make_move(row, to, board, state)
    state.value[COST] += cost
    state.value[EXCESS] += excess
    state.value[MOVED] += moved


@njit(cache=True)
def _may_go(row: int, taker: int, board: Board) -> bool:
    return not board.is_fixed[row] and may_join(row, taker, board)


@njit(cache=True)
def send_row(  # noqa: PLR0912 - one search, kept in one compiled function
    donor: int,
    taker: int,
    measure: int,
    wanted: int,
    board: Board,
    state: State,
    before: Ints,
    rows: Ints,
    homes: Ints,
    n_moves: int,
    prices: Floats,
) -> tuple[int, int]:
    """Let one loaded row of the donor, and the empty ones between it and the taker, join the taker.

    The row that costs least for each wanted unit of load goes; load beyond what is wanted counts for nothing and costs
    the price of moves. Ties go to the row reached first.

    Parameters
    ----------
    before : (n,) room for the way back from each row reached
    rows, homes : (n,) log of the moves, which goes on at `n_moves`
    prices : zeros as `excess_price` of `price_move`

    Returns
    -------
    load sent, 0 where no row can go, and the new length of the log
    """
    state.counts[TICK] += 2
    tick = state.counts[TICK]
    queue = np.empty(MOST_REACHED, np.int32)
    rate = np.full(MOST_REACHED, np.inf)
    tail = 0
    row = state.head[donor]
    while row >= 0 and tail < MOST_REACHED:
        for k in range(board.start[row], board.start[row + 1]):
            if state.grid[board.neighbour[k]] == taker:
                if _may_go(row, taker, board):
                    state.stamp[row] = tick
                    before[row] = -1
                    queue[tail] = row
                    tail += 1
                break
        row = state.after[row]
    head = 0
    while head < tail:
        row = queue[head]
        load = board.loads[row, measure]
        if load > 0:
            cost = price_move(row, taker, board, state, prices)[0]
            rate[head] = (cost + board.move_price * max(0, load - wanted)) / min(load, wanted)
        elif board.weight[row] <= 0.0:
            for k in range(board.start[row], board.start[row + 1]):
                other = board.neighbour[k]
                if tail < MOST_REACHED and state.grid[other] == donor and state.stamp[other] != tick:
                    state.stamp[other] = tick
                    if _may_go(other, taker, board):
                        before[other] = row
                        queue[tail] = other
                        tail += 1
        head += 1
    for _ in range(MOST_TRIES):
        best = np.argmin(rate[:tail]) if tail > 0 else 0
        if tail == 0 or rate[best] == np.inf:
            return 0, n_moves
        rate[best] = np.inf
        at = _walk(queue[best], taker, board, state, before, rows, homes, n_moves, prices)
        if at > n_moves:
            return board.loads[queue[best], measure], at
    return 0, n_moves


@njit(cache=True)
def _walk(
    row: int,
    taker: int,
    board: Board,
    state: State,
    before: Ints,
    rows: Ints,
    homes: Ints,
    n_moves: int,
    prices: Floats,
) -> int:
    """Let the rows from the border to `row` join the taker one by one; return the new length of the log.

    Where one of them would break its grid nothing changes and the length stays.
    """
    length = 0
    step = row
    while step >= 0:
        length += 1
        step = before[step]
    if n_moves + length > len(rows):
        return n_moves
    value = state.value.copy()
    for k in range(length - 1, -1, -1):
        step = row
        for _ in range(k):
            step = before[step]
        state.counts[TICK] += 2
        if not holds_together(
            step, state.grid, board.start, board.neighbour, board.ring, state.stamp, state.counts[TICK], state.queue
        ):
            done = length - 1 - k
            take_back(rows, homes, n_moves, n_moves + done, board, state)
            state.value[:] = value
            return n_moves
        rows[n_moves + length - 1 - k] = step
        homes[n_moves + length - 1 - k] = state.grid[step]
        _count_move(step, taker, board, state, prices)
    return n_moves + length

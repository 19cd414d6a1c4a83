"""What the compiled parts of the search work on: the board, which does not change, and the state of one plan.

Functions that are handed both are `uncounted`: they make no array, so numba need not count who holds one of the
forty-two, which took half of the time of a chain.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple, TypeVar

import numpy as np
from numba import njit
from numpy.typing import NDArray

Ints = NDArray[np.int32]
Floats = NDArray[np.float64]


Function = TypeVar("Function", bound=Callable[..., Any])


def uncounted(**options: Any) -> Callable[[Function], Function]:
    """Return numba's decorator for functions that make no array; what they are handed is not counted."""
    decorator: Callable[[Function], Function] = njit(_nrt=False, cache=True, **options)  # type: ignore[call-overload]
    return decorator


class Board(NamedTuple):
    """What does not change during a search; rows are (contracted) units."""

    start: Ints  # passable neighbours
    neighbour: Ints
    ring: NDArray[np.uint64]  # which neighbours of a unit touch each other, see `graph.rings`
    tie_start: Ints  # borders: what it costs that two neighbours lie in different grids
    tie_neighbour: Ints
    tie_cost: Floats
    weight: Floats
    sx: Floats  # weight times position
    sy: Floats
    loads: NDArray[np.int64]  # (n, n_measures)
    least: NDArray[np.int64]  # (n_grids, n_measures)
    most: NDArray[np.int64]
    previous: Ints
    move_price: float  # per weight that leaves its previous grid
    budget: float  # most weight that may leave
    is_fixed: NDArray[np.bool_]
    ban_start: Ints  # grids a unit must not join
    ban_grid: Ints
    region: Ints  # unit -> region (bureau and connected part), -1 any
    region_of_grid: Ints
    is_closed: NDArray[np.bool_]  # (n_grids,) locked grids nobody joins


class State(NamedTuple):
    """One plan with the sums that make a move O(1)."""

    grid: Ints  # (n,)
    W: Floats  # (n_grids,)
    X: Floats
    Y: Floats
    load: NDArray[np.int64]  # (n_grids, n_measures)
    size: NDArray[np.int64]  # units
    foreign: Ints  # passable neighbours in other grids
    border: Ints  # list of border units: those with foreign neighbours
    border_at: Ints  # place in that list or -1
    head: Ints  # (n_grids,) first border unit of each grid, or -1
    after: Ints  # (n,) next border unit of the same grid
    before: Ints
    best: Ints  # best plan without excess
    journal: Ints  # units moved since `best`
    stamp: NDArray[np.int64]
    queue: Ints
    counts: NDArray[np.int64]  # [n border, n journal (-1 = overflow), tick, accepted, chains]
    value: Floats  # [cost, excess, best cost, moved weight]
    random: NDArray[np.uint64]  # (1,)


N_BORDER, N_JOURNAL, TICK, ACCEPTED, CHAINS = 0, 1, 2, 3, 4
COST, EXCESS, BEST, MOVED = 0, 1, 2, 3


@uncounted(inline="always")
def pull(X: float, Y: float, W: float) -> float:
    """Return the part of the inertia that moments carry, -(X^2 + Y^2) / W."""
    if W <= 0.0:
        return 0.0
    return -(X * X + Y * Y) / W


@uncounted(inline="always")
def outside(load: int, least: int, most: int) -> int:
    """Return by how much a load lies outside its range."""
    if load < least:
        return least - load
    if load > most:
        return load - most
    return 0


@uncounted()
def may_join(unit: int, to: int, board: Board) -> bool:
    """Tell whether no rule keeps the unit out of the grid."""
    if board.is_closed[to] or (board.region[unit] >= 0 and board.region[unit] != board.region_of_grid[to]):
        return False
    for k in range(board.ban_start[unit], board.ban_start[unit + 1]):  # noqa: SIM110 - as above
        if board.ban_grid[k] == to:
            return False
    return True

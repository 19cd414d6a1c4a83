"""Neighbour lists and connected pieces, shared by the parts of the search (the judge has its own)."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from optimize.territory.problem import FloatArray, IntArray


def neighbour_lists(n: int, edges: IntArray, value: FloatArray | None = None) -> tuple[IntArray, IntArray, FloatArray]:
    """Return the undirected `edges` as (start, neighbour, value): neighbours of u are neighbour[start[u]:start[u+1]].

    Neighbours are sorted and listed once; values of repeated edges add up. O(m log m).
    """
    value = np.ones(len(edges)) if value is None else value
    rows = np.concatenate([edges[:, 0], edges[:, 1]])
    columns = np.concatenate([edges[:, 1], edges[:, 0]])
    matrix = coo_matrix((np.concatenate([value, value]), (rows, columns)), shape=(n, n)).tocsr()
    matrix.sum_duplicates()
    matrix.sort_indices()
    return matrix.indptr.astype(np.int32), matrix.indices.astype(np.int32), matrix.data.astype(np.float64)


def pieces(grid_of_unit: IntArray, edges: IntArray) -> IntArray:
    """Return (n,) the number of the connected piece of equal grid each unit lies in. O(n + m)."""
    n = len(grid_of_unit)
    inside = edges[grid_of_unit[edges[:, 0]] == grid_of_unit[edges[:, 1]]]
    links = coo_matrix((np.ones(len(inside), dtype=np.int8), (inside[:, 0], inside[:, 1])), shape=(n, n))
    return np.asarray(connected_components(links, directed=False)[1], dtype=np.int32)


@njit(cache=True)
def stays_whole(  # noqa: PLR0912 - one search, kept in one compiled loop
    unit: int,
    grid_of_unit: NDArray[np.int32],
    start: NDArray[np.int32],
    neighbour: NDArray[np.int32],
    stamp: NDArray[np.int64],
    tick: int,
    queue: NDArray[np.int32],
) -> bool:
    """Tell whether the grid of `unit` is still in one piece without it; False too when nothing would be left.

    Searches from one neighbour in the grid and stops as soon as all others are reached, first among the neighbours
    themselves: nearly always they form one arc around the unit. `stamp` must hold only numbers < `tick`; the call uses
    `tick` and `tick + 1`.
    """
    home = grid_of_unit[unit]
    wanted = 0
    first = -1
    for k in range(start[unit], start[unit + 1]):
        if grid_of_unit[neighbour[k]] == home:
            wanted += 1
            first = neighbour[k]
    if wanted <= 1:
        return wanted == 1
    for k in range(start[unit], start[unit + 1]):
        if grid_of_unit[neighbour[k]] == home:
            stamp[neighbour[k]] = tick
    # among the neighbours only
    stamp[first] = tick + 1
    queue[0] = first
    head, tail = 0, 1
    while head < tail:
        u = queue[head]
        head += 1
        for k in range(start[u], start[u + 1]):
            v = neighbour[k]
            if stamp[v] == tick:
                stamp[v] = tick + 1
                queue[tail] = v
                tail += 1
    if tail == wanted:
        return True
    # through the rest of the grid
    reached = tail
    stamp[unit] = tick + 1
    head = 0
    while head < tail:
        u = queue[head]
        head += 1
        for k in range(start[u], start[u + 1]):
            v = neighbour[k]
            if grid_of_unit[v] == home and stamp[v] != tick + 1:
                if stamp[v] == tick:
                    reached += 1
                    if reached == wanted:
                        return True
                stamp[v] = tick + 1
                queue[tail] = v
                tail += 1
    return False

"""Neighbour lists and connected pieces, shared by the parts of the search (the judge has its own)."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from optimize.territory.problem import FloatArray, IntArray

MOST_BITS = 64  # neighbours of a unit that fit in one word


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


@njit(cache=True)
def rings(start: NDArray[np.int32], neighbour: NDArray[np.int32]) -> NDArray[np.uint64]:
    """Return for each neighbour of each unit, as bits, the other neighbours of the unit that it touches.

    Bit k of the entry of the unit's j-th neighbour says that its k-th neighbour is adjacent to the j-th. Units with
    more than `MOST_BITS` neighbours have no bits.
    """
    ring = np.zeros(len(neighbour), np.uint64)
    for unit in range(len(start) - 1):
        first, last = start[unit], start[unit + 1]
        if last - first > MOST_BITS:
            continue
        for j in range(first, last):
            other = neighbour[j]
            for q in range(start[other], start[other + 1]):
                for k in range(first, last):
                    if neighbour[k] == neighbour[q]:
                        ring[j] |= np.uint64(1) << np.uint64(k - first)
    return ring


@njit(cache=True)
def holds_together(  # noqa: PLR0911, PLR0912 - one search, kept in one compiled loop
    unit: int,
    grid_of_unit: NDArray[np.int32],
    start: NDArray[np.int32],
    neighbour: NDArray[np.int32],
    ring: NDArray[np.uint64],
    stamp: NDArray[np.int64],
    tick: int,
    queue: NDArray[np.int32],
) -> bool:
    """Tell what `stays_whole` tells, faster.

    Nearly always the neighbours in the grid form one arc around the unit, which their bits show. Two arcs are searched
    from in turn, so that a small part about to be cut off is found out after a few steps.
    """
    first, last = start[unit], start[unit + 1]
    if last - first > MOST_BITS:
        return stays_whole(unit, grid_of_unit, start, neighbour, stamp, tick, queue)
    home = grid_of_unit[unit]
    one = np.uint64(1)
    same = np.uint64(0)
    for k in range(first, last):
        if grid_of_unit[neighbour[k]] == home:
            same |= one << np.uint64(k - first)
    if same == 0:
        return False
    arc = _arc(same, first, last, ring)
    rest = same & ~arc
    if rest == 0:
        return True
    second = _arc(rest, first, last, ring)
    if rest & ~second != 0:
        return stays_whole(unit, grid_of_unit, start, neighbour, stamp, tick, queue)
    low, high = 0, len(queue) - 1  # two queues in one array, from both ends
    low_end, high_end = 0, len(queue) - 1
    for k in range(first, last):
        bit = one << np.uint64(k - first)
        if arc & bit != 0:
            stamp[neighbour[k]] = tick
            queue[low_end] = neighbour[k]
            low_end += 1
        elif second & bit != 0:
            stamp[neighbour[k]] = tick + 1
            queue[high_end] = neighbour[k]
            high_end -= 1
    while low < low_end and high > high_end:
        u = queue[low]
        low += 1
        for k in range(start[u], start[u + 1]):
            v = neighbour[k]
            if grid_of_unit[v] == home and v != unit and stamp[v] != tick:
                if stamp[v] == tick + 1:
                    return True
                stamp[v] = tick
                queue[low_end] = v
                low_end += 1
        u = queue[high]
        high -= 1
        for k in range(start[u], start[u + 1]):
            v = neighbour[k]
            if grid_of_unit[v] == home and v != unit and stamp[v] != tick + 1:
                if stamp[v] == tick:
                    return True
                stamp[v] = tick + 1
                queue[high_end] = v
                high_end -= 1
    return False


@njit(cache=True, inline="always")
def _arc(among: np.uint64, first: int, last: int, ring: NDArray[np.uint64]) -> Any:
    """Return the bits of `among` that hang together with its lowest one."""
    arc = among & (~among + np.uint64(1))
    grown = np.uint64(0)
    while grown != arc:
        grown = arc
        for k in range(first, last):
            if (arc >> np.uint64(k - first)) & np.uint64(1) != 0:
                arc |= ring[k] & among
    return arc

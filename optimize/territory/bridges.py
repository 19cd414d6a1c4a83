"""Bridges: units that everything beyond them hangs on, so that one grid alone can join it with the rest."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from optimize.territory.graph import neighbour_lists
from optimize.territory.problem import IntArray, LoadArray


@dataclass(frozen=True, slots=True, eq=False)
class Bridge:
    """A row without which its part of the map falls into branches.

    Parameters
    ----------
    row : of the contracted graph
    own : (n_measures,) load of the row
    branches : (n_branches, n_measures) load of each branch, two branches or more
    """

    row: int
    own: LoadArray
    branches: LoadArray


def bridges(n: int, edges: IntArray, loads: LoadArray) -> list[Bridge]:
    """Return the articulation points of a graph with the loads of the branches that each holds together.

    Parameters
    ----------
    edges : (m, 2) pairs of rows, repeated ones allowed
    loads : (n_measures, n)

    Notes
    -----
    Depth-first search with low points (Hopcroft and Tarjan 1973), without recursion. O(n + m).
    """
    start, neighbour, _ = neighbour_lists(n, edges)
    begins, beside = start.tolist(), neighbour.tolist()
    order, above = _depth_first(n, begins, beside)
    number = np.empty(n, dtype=np.int64)
    number[order] = np.arange(n)
    times = number.tolist()
    low = list(times)
    below = loads.T.astype(np.int64).copy()
    cut_off: dict[int, list[NDArray[np.int64]]] = {}
    root_of = list(range(n))
    for row in order:  # parents come first
        if above[row] >= 0:
            root_of[row] = root_of[above[row]]
    for row in reversed(order):
        for at in range(begins[row], begins[row + 1]):
            other = beside[at]
            if other != above[row]:
                low[row] = min(low[row], times[other])
        parent = above[row]
        if parent < 0:
            continue
        low[parent] = min(low[parent], low[row])
        below[parent] += below[row]
        if low[row] >= times[parent]:
            cut_off.setdefault(parent, []).append(below[row].copy())
    found = []
    for row in sorted(cut_off):
        branches = cut_off[row]
        if above[row] >= 0:
            rest = below[root_of[row]] - loads[:, row] - np.sum(branches, axis=0)
            branches = [*branches, rest]
        if len(branches) > 1:
            found.append(Bridge(row, loads[:, row].astype(np.int64), np.array(branches, dtype=np.int64)))
    return found


def _depth_first(n: int, begins: list[int], beside: list[int]) -> tuple[list[int], list[int]]:
    """Return rows in the order in which a depth-first search reaches them, and the row each was reached from."""
    above, is_seen, order = [-1] * n, [False] * n, []
    at = list(begins[:n])
    for root in range(n):
        if is_seen[root]:
            continue
        is_seen[root] = True
        order.append(root)
        stack = [root]
        while stack:
            row = stack[-1]
            if at[row] == begins[row + 1]:
                stack.pop()
                continue
            other = beside[at[row]]
            at[row] += 1
            if not is_seen[other]:
                is_seen[other] = True
                above[other] = row
                order.append(other)
                stack.append(other)
    return order, above


def left_over(load: int, least: int, most: int) -> int:
    """Return the least load of a branch that no whole grids inside it can carry, each from `least` to `most`."""
    if most <= 0:
        return load
    k = -(-load // most)  # as many grids as take it all
    if k * least <= load:
        return 0
    return load - (k - 1) * most  # one grid fewer, all of them full

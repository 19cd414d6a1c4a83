"""What pins, staff bases, locks and bans fix in each grid, and the most that may join it.

Sound whatever the plan: must-link groups count as one row, a grid grows through rows that may lie in it and only within
a bureau, and nothing else is assumed.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from optimize.territory.problem import NOBODY, IntArray, LoadArray, TerritoryProblem

BoolArray = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class Held:
    """What stands firm before any search.

    Parameters
    ----------
    fixed : (n_measures, n_grids) load that lies in the grid in every plan
    reach : (n_measures, n_grids) most load that the grid can come to hold, `fixed` included
    is_closed : (n_grids,) True where the grid holds exactly what is fixed to it
    is_barred : (n_grids,) True where no unit may lie in the grid
    fixed_grid : (n,) grid of each unit in every plan, through its group as well, or -1
    torn : (unit, other unit, grid) of fixed units that no way joins within what may lie in their grid
    """

    fixed: LoadArray
    reach: LoadArray
    is_closed: BoolArray
    is_barred: BoolArray
    fixed_grid: IntArray
    torn: tuple[tuple[int, int, int], ...]


def groups(problem: TerritoryProblem) -> IntArray:
    """Return (n,) the row of each unit: the units of one must-link group share a row, whatever lies between them."""
    n = problem.n_units
    key = np.where(problem.must_link >= 0, problem.must_link.astype(np.int64), np.arange(n, dtype=np.int64) - n)
    return np.unique(key, return_inverse=True)[1].ravel().astype(np.int32)


def passable(problem: TerritoryProblem) -> BoolArray:
    """Return (m,) whether the two units of each edge may share a grid as far as bureaus are concerned."""
    ours = problem.jurisdiction
    a, b = problem.edges[:, 0], problem.edges[:, 1]
    return np.asarray((ours[a] == ours[b]) | (ours[a] < 0) | (ours[b] < 0))


def hold(problem: TerritoryProblem) -> Held:
    """Return what is fixed and what may join, grid by grid. O((n + m) log m), and O(n + m) for a grid with bans."""
    row = groups(problem)
    n_rows, p = int(row.max()) + 1, problem.n_grids
    fixed = np.full(n_rows, NOBODY, dtype=np.int32)
    firm = np.flatnonzero(problem.fixed_grid >= 0)
    fixed[row[firm]] = problem.fixed_grid[firm]
    load = np.stack([np.bincount(row, of, n_rows).astype(np.int64) for of in problem.loads])
    edges = row[problem.edges[passable(problem)]].reshape(-1, 2)
    edges = edges[edges[:, 0] != edges[:, 1]]
    both = np.concatenate([edges, edges[:, ::-1]])
    outward = both[fixed[both[:, 0]] >= 0]
    outward = outward[np.argsort(fixed[outward[:, 0]], kind="stable")]
    begin = np.searchsorted(fixed[outward[:, 0]], np.arange(p + 1))
    plain = _parts_of(fixed < 0, edges)
    bans = problem.forbidden[np.argsort(problem.forbidden[:, 1], kind="stable")]
    first_ban = np.searchsorted(bans[:, 1], np.arange(p + 1))
    first_unit = np.unique(row, return_index=True)[1]
    total = np.zeros((len(load), p), dtype=np.int64)
    reach, torn = total.copy(), []
    is_closed, is_barred = np.zeros(p, dtype=bool), np.zeros(p, dtype=bool)
    for grid in range(p):
        part = _may_join(problem, grid, row[bans[first_ban[grid] : first_ban[grid + 1], 0]], fixed, edges, plain)
        own = np.flatnonzero(fixed == grid)
        is_free = part >= 0
        is_closed[grid] = len(own) > 0 and not is_free.any()
        is_barred[grid] = not len(own) and not is_free.any()
        total[:, grid] = load[:, own].sum(axis=1)
        if not len(own):
            sums = [np.bincount(part[is_free], of[is_free]) for of in load]
            reach[:, grid] = [int(of.max(initial=0)) for of in sums]
            continue
        piece, joined = _pieces(own, outward[begin[grid] : begin[grid + 1]], fixed, part)
        if len(other := np.flatnonzero(piece != piece[0])):
            torn.append((int(first_unit[own[0]]), int(first_unit[own[other[0]]]), grid))
        reach[:, grid] = total[:, grid] + load[:, np.isin(part, joined) & is_free].sum(axis=1)
    return Held(total, reach, is_closed, is_barred, fixed[row], tuple(torn))


def _may_join(
    problem: TerritoryProblem, grid: int, banned: IntArray, fixed: IntArray, edges: IntArray, plain: IntArray
) -> IntArray:
    """Return (n_rows,) the connected part of each free row that may join a grid, -1 for all others."""
    if grid in problem.locked:
        return np.full_like(plain, NOBODY)
    if not len(banned):
        return plain
    is_free = fixed < 0
    is_free[banned] = False
    return _parts_of(is_free, edges)


def _parts_of(chosen: BoolArray, edges: IntArray) -> IntArray:
    """Return (n_rows,) the connected part of each chosen row among the chosen ones, -1 for others."""
    if not chosen.any():
        return np.full(len(chosen), NOBODY, dtype=np.int32)
    a, b = edges[chosen[edges].all(axis=1)].T
    graph = coo_matrix((np.ones(len(a)), (a, b)), shape=(len(chosen), len(chosen)))
    return np.where(chosen, connected_components(graph, directed=False)[1], NOBODY).astype(np.int32)


def _pieces(own: NDArray[np.intp], outward: IntArray, fixed: IntArray, part: IntArray) -> tuple[IntArray, IntArray]:
    """Return (len(own),) the piece of each fixed row when parts of free rows join them, and the parts that any touches.

    Parameters
    ----------
    outward : (k, 2) edges from these rows to others
    """
    n = len(fixed)
    grid = fixed[own[0]]
    begin, end = outward[:, 0], outward[:, 1]
    leads_on = (fixed[end] == grid) | (part[end] >= 0)
    begin, end = begin[leads_on], end[leads_on]
    node = np.where(fixed[end] == grid, end, n + part[end])
    known, at = np.unique(np.concatenate([own, begin, node]), return_inverse=True)
    of_begin, of_node = np.split(at.ravel()[len(own) :], 2)
    graph = coo_matrix((np.ones(len(begin)), (of_begin, of_node)), shape=(len(known), len(known)))
    piece = np.asarray(connected_components(graph, directed=False)[1], dtype=np.int32)
    return piece[at.ravel()[: len(own)]], (known[known >= n] - n).astype(np.int32)

"""The problem as the search sees it: must-link groups contracted to rows, regions with staff quotas, arrays for moves.

A **row** is a unit or a whole must-link group. A **region** is a part of the map that no grid can leave: a connected
part, and within it a bureau when jurisdictions are given. Each region gets a number of grids by its load (largest
remainder).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import NDArray
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import breadth_first_order, connected_components
from scipy.spatial import cKDTree

from optimize.territory.anneal import Board
from optimize.territory.graph import neighbour_lists, rings
from optimize.territory.problem import NOBODY, FloatArray, IntArray, LoadArray, TerritoryProblem
from optimize.territory.starts import draw_centres, settle

FINE = 1024.0  # moments are kept in 1/1024 km, so that float64 adds them exactly
NO_BUDGET = 1e18


@dataclass(frozen=True, kw_only=True, eq=False)
class Layout:
    """A problem made ready for the search.

    Parameters
    ----------
    problem : what was made ready
    row_of_unit : (n,) row of each unit
    xy_km : (n_rows, 2) centred positions
    load : (n_rows,) whole numbers, all measures blended, for first plans
    fixed : (n_rows,) grid a row must stay in or -1
    edges : (m, 2) passable pairs of rows
    unit_km2 : mean squared distance of a retailer to its centre in an unbalanced division; the scale of all prices
    constant_km2 : what to add to the search's cost to get inertia plus prices
    """

    problem: TerritoryProblem
    board: Board
    row_of_unit: IntArray
    xy_km: FloatArray
    load: LoadArray
    fixed: IntArray
    edges: IntArray
    unit_km2: float
    constant_km2: float

    @property
    def n_rows(self) -> int:
        """Number of rows after contraction."""
        return len(self.load)

    @property
    def n_grids(self) -> int:
        """Number of grids."""
        return len(self.board.least)


def lay_out(problem: TerritoryProblem, row_of_unit: IntArray | None = None) -> Layout:
    """Return the problem made ready for the search. O((n + m) log m).

    Parameters
    ----------
    row_of_unit : (n,) rows to work on, from `contract` (default) or `coarsen`
    """
    row_of_unit = contract(problem) if row_of_unit is None else row_of_unit
    n_rows = int(row_of_unit.max()) + 1
    weight = _sums(row_of_unit, problem.weight, n_rows)
    middle = np.average(problem.xy_km, axis=0, weights=problem.weight if weight.sum() > 0 else None)
    xy_unit = problem.xy_km - middle
    moments = [_sums(row_of_unit, problem.weight * xy_unit[:, k], n_rows) for k in range(2)]
    plain = [_sums(row_of_unit, xy_unit[:, k], n_rows) / np.bincount(row_of_unit) for k in range(2)]
    xy_km = np.stack(
        [np.where(weight > 0, s / np.maximum(weight, 1e-300), c) for s, c in zip(moments, plain, strict=True)]
    )
    loads = np.stack([np.bincount(row_of_unit, load, n_rows).astype(np.int64) for load in problem.loads], axis=1)
    edges = row_of_unit[problem.edges]
    edges = _distinct(edges[edges[:, 0] != edges[:, 1]], n_rows)
    fixed = _of_rows(problem.fixed_grid, row_of_unit, n_rows)
    previous = _of_rows(problem.previous, row_of_unit, n_rows)
    previous[previous >= problem.n_grids] = NOBODY
    load = _blended(problem, loads)
    region = regions(_of_rows(problem.jurisdiction, row_of_unit, n_rows), edges, xy_km.T)
    region_of_grid, region = share_grids(region, load, np.where(fixed >= 0, fixed, previous), fixed, problem, xy_km.T)
    unit_km2 = _scale(xy_km.T, weight, problem.n_grids)
    start, neighbour, _ = neighbour_lists(n_rows, edges)
    ties = _ties(problem, row_of_unit, n_rows, unit_km2)
    bans = _bans(problem, row_of_unit, n_rows)
    least, most = problem.load_range
    closed = np.zeros(problem.n_grids, dtype=np.bool_)
    closed[problem.locked] = True
    board = Board(
        start, neighbour, rings(start, neighbour), *ties, weight, _fine(moments[0]), _fine(moments[1]),
        loads, np.ascontiguousarray(least.T), np.ascontiguousarray(most.T), previous, float(problem.churn_weight_km2),
        NO_BUDGET if problem.churn_budget is None else float(problem.churn_budget),
        fixed >= 0, *bans, region, region_of_grid, closed,
    )  # fmt: skip
    constant = float(
        problem.within_km2.sum() + (problem.weight * (xy_unit**2).sum(axis=1)).sum() + problem.price_km2.sum()
    )
    return Layout(
        problem=problem, board=board, row_of_unit=row_of_unit, xy_km=np.ascontiguousarray(xy_km.T), load=load,
        fixed=fixed, edges=edges, unit_km2=unit_km2, constant_km2=constant,
    )  # fmt: skip


def contract(problem: TerritoryProblem) -> IntArray:
    """Return (n,) the row of each unit: units of one must-link group share a row.

    A group that does not hang together is joined by the units on shortest ways between its parts, so that a row is
    always in one piece; where no way exists the group stays in pieces and the judge will say so.
    """
    n = problem.n_units
    links: list[tuple[int, int]] = []
    groups = np.unique(problem.must_link[problem.must_link >= 0])
    a, b = problem.edges[:, 0], problem.edges[:, 1]
    graph = coo_matrix((np.ones(len(a)), (a, b)), shape=(n, n)).tocsr()
    for group in groups.tolist():
        members = np.flatnonzero(problem.must_link == group)
        links += [(int(members[0]), int(u)) for u in members[1:]]
        order, before = breadth_first_order(graph, members[0], directed=False)
        reached = np.zeros(n, dtype=bool)
        reached[order] = True
        for unit in members[1:][reached[members[1:]]].tolist():
            while unit != members[0]:
                links.append((unit, int(before[unit])))
                unit = int(before[unit])  # noqa: PLW2901 - walks back to the first member
    if not links:
        return np.arange(n, dtype=np.int32)
    ends = np.array(links)
    joined = coo_matrix((np.ones(len(ends)), (ends[:, 0], ends[:, 1])), shape=(n, n))
    return np.asarray(connected_components(joined, directed=False)[1], dtype=np.int32)


def coarsen(problem: TerritoryProblem, row_of_unit: IntArray) -> IntArray:
    """Return (n,) rows in which every empty row without a rule of its own joins the loaded row nearest in steps.

    Empty units carry no inertia but most of the steps between loaded ones: without them an annealing moves what counts.
    Units join within their bureau only. O(n + m).
    """
    n_rows = int(row_of_unit.max()) + 1
    loaded = _sums(row_of_unit, problem.loads.sum(axis=0) + problem.weight, n_rows) > 0
    ruled = _of_rows(problem.fixed_grid, row_of_unit, n_rows) >= 0
    ruled[row_of_unit[problem.forbidden[:, 0]]] = True
    bureau = _of_rows(problem.jurisdiction, row_of_unit, n_rows)
    edges = row_of_unit[problem.edges].reshape(-1, 2)
    start, neighbour, _ = neighbour_lists(n_rows, edges[edges[:, 0] != edges[:, 1]].astype(np.int32))
    joined = np.full(n_rows, NOBODY, dtype=np.int32)
    joined[loaded | ruled] = np.flatnonzero(loaded | ruled)
    may_take = loaded & ~ruled
    spread_rows(start, neighbour, bureau, may_take, joined)
    joined[joined < 0] = np.flatnonzero(joined < 0)
    return np.unique(joined[row_of_unit], return_inverse=True)[1].astype(np.int32)


@njit(cache=True)
def spread_rows(
    start: IntArray, neighbour: IntArray, bureau: IntArray, may_take: NDArray[np.bool_], joined: IntArray
) -> None:
    """Let rows that may take others give their number in `joined` to free neighbours (-1), breadth first."""
    queue = np.empty(len(joined), np.int32)
    tail = 0
    for row in range(len(joined)):
        if may_take[row]:
            queue[tail] = row
            tail += 1
    head = 0
    while head < tail:
        row = queue[head]
        head += 1
        for k in range(start[row], start[row + 1]):
            other = neighbour[k]
            if joined[other] < 0 and bureau[other] == bureau[row]:
                joined[other] = joined[row]
                queue[tail] = other
                tail += 1


def regions(jurisdiction: IntArray, edges: IntArray, xy_km: FloatArray) -> IntArray:
    """Return (n_rows,) the region of each row, connected part x bureau; rows of any bureau join the nearest bureau."""
    n = len(jurisdiction)
    ours = jurisdiction.copy()
    free = ours < 0
    if free.any() and not free.all():
        ours[free] = ours[~free][cKDTree(xy_km[~free]).query(xy_km[free])[1]]
    inside = edges[ours[edges[:, 0]] == ours[edges[:, 1]]]
    graph = coo_matrix((np.ones(len(inside)), (inside[:, 0], inside[:, 1])), shape=(n, n))
    return np.asarray(connected_components(graph, directed=False)[1], dtype=np.int32)


def share_grids(
    region: IntArray, load: LoadArray, wish: IntArray, fixed: IntArray, problem: TerritoryProblem, xy_km: FloatArray
) -> tuple[IntArray, IntArray]:
    """Return (region of each grid, region of each row) with quotas by largest remainder on the load.

    A grid goes to the region of its fixed rows, else to the one where most of its present load lies, while quotas last.
    Rows of a region too small for a grid are given the region of the nearest row that has one: such a piece cannot be
    reached and the judge will name it.
    """
    p = problem.n_grids
    n_regions = int(region.max()) + 1
    if n_regions == 1:
        return np.zeros(p, dtype=np.int32), region
    total = np.bincount(region, load, n_regions) + 1e-9 * np.bincount(region, minlength=n_regions)
    quota = np.zeros(n_regions, dtype=np.int64)
    fixed_rows = np.flatnonzero(fixed >= 0)
    region_of_grid = np.full(p, NOBODY, dtype=np.int32)
    region_of_grid[fixed[fixed_rows]] = region[fixed_rows]
    exact = total / total.sum() * p
    forced = np.bincount(region_of_grid[region_of_grid >= 0], minlength=n_regions)
    quota = np.maximum(np.floor(exact + 1e-9).astype(np.int64), forced)
    while quota.sum() < p:
        quota[np.argmax(exact - quota)] += 1
    while quota.sum() > p:
        spare = np.where(quota > forced, quota - exact, -np.inf)
        quota[np.argmax(spare)] -= 1
    left = quota - forced
    overlap = np.zeros((p, n_regions))
    known = wish >= 0
    np.add.at(overlap, (wish[known], region[known]), load[known] + 1e-6)
    for grid in np.flatnonzero(region_of_grid < 0):
        best = int(np.argmax(np.where(left > 0, overlap[grid] + 1e-9 * left, -1.0)))
        region_of_grid[grid] = best
        left[best] -= 1
    served = np.isin(region, region_of_grid)
    if not served.all():
        region = region.copy()
        region[~served] = region[served][cKDTree(xy_km[served]).query(xy_km[~served])[1]]
    return region_of_grid, region


def _distinct(pairs: IntArray, n_rows: int) -> IntArray:
    """Return each unordered pair once, the lower row first, in order; one number a pair sorts faster than two."""
    low, high = pairs.min(axis=1).astype(np.int64), pairs.max(axis=1)
    both = np.unique(low * n_rows + high)
    return np.column_stack([both // n_rows, both % n_rows]).astype(np.int32)


def _sums(row_of_unit: IntArray, values: FloatArray, n_rows: int) -> FloatArray:
    """Return (n_rows,) the sum of each row's values."""
    return np.bincount(row_of_unit, values, n_rows).astype(np.float64)


def _of_rows(values: IntArray, row_of_unit: IntArray, n_rows: int) -> IntArray:
    """Return (n_rows,) the greatest value of each row's units; -1 gives way."""
    of_row = np.full(n_rows, NOBODY, dtype=np.int32)
    np.maximum.at(of_row, row_of_unit, values)
    return of_row


def _blended(problem: TerritoryProblem, loads: NDArray[np.int64]) -> LoadArray:
    """Return (n_rows,) one whole load: the measure itself, or the mean of all as shares of their totals."""
    if loads.shape[1] == 1:
        return np.ascontiguousarray(loads[:, 0])
    total = np.maximum(loads.sum(axis=0), 1)
    return np.asarray(np.round((loads / total).mean(axis=1) * 1e6), dtype=np.int64)


def _scale(xy_km: FloatArray, weight: FloatArray, p: int) -> float:
    """Return the mean squared distance to the nearest of p settled centres, the same for every seed of a run."""
    loaded = np.flatnonzero(weight > 0)
    if len(loaded) <= p or p == 0:
        return 1e-6
    w = np.ceil(weight[loaded]).astype(np.int64)
    centres = settle(xy_km[loaded], w, draw_centres(xy_km[loaded], w, p, np.random.default_rng(0)), 10)
    distance = cKDTree(centres).query(xy_km[loaded])[0]
    return max(float(np.average(distance**2, weights=weight[loaded])), 1e-6)


def _ties(
    problem: TerritoryProblem, row_of_unit: IntArray, n_rows: int, unit_km2: float
) -> tuple[IntArray, IntArray, FloatArray]:
    """Return for each row its border neighbours and what a border between two grids costs there."""
    length = (
        problem.border_km / max(float(problem.border_km.mean()), 1e-12) if len(problem.border_km) else problem.border_km
    )
    edges = np.concatenate([problem.border_edges, problem.priced_edges])
    cost = np.concatenate([problem.perimeter_weight * unit_km2 * length, -problem.price_km2])
    rows = row_of_unit[edges].reshape(-1, 2)
    apart = rows[:, 0] != rows[:, 1]
    fine = np.round(cost[apart] * 2.0**20) / 2.0**20
    return neighbour_lists(n_rows, rows[apart], fine)


def _bans(problem: TerritoryProblem, row_of_unit: IntArray, n_rows: int) -> tuple[IntArray, IntArray]:
    """Return for each row the grids it must not join."""
    rows = row_of_unit[problem.forbidden[:, 0]]
    order = np.argsort(rows, kind="stable")
    start = np.searchsorted(rows[order], np.arange(n_rows + 1)).astype(np.int32)
    return start, np.ascontiguousarray(problem.forbidden[order, 1])


def _fine(moment: FloatArray) -> FloatArray:
    return np.asarray(np.round(moment * FINE) / FINE)

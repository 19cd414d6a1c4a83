"""The least number of retailers that must change hands, as a linear programme over whole owners and parts of units."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_matrix, csr_matrix, vstack

from optimize.linear import Programme, solve_parts, solve_whole
from optimize.territory.layout import lay_out
from optimize.territory.problem import NOBODY, FloatArray, IntArray, TerritoryProblem
from optimize.territory.repair import make_whole


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LeastMoves:
    """What must move at the least.

    Parameters
    ----------
    weight : retailers that change hands in the cheapest division of units into parts; infinite when none keeps the
        tolerances
    flows : (k, 3) rows of (from grid, to grid, retailers), -1 or a number >= n_grids for an owner who has no grid
    """

    weight: float
    flows: FloatArray


def least_moves(problem: TerritoryProblem, owned: FloatArray | None = None, *, in_parts: bool = True) -> LeastMoves:
    """Return a lower bound of the retailers that change hands in any plan within every tolerance.

    It holds for every plan in which a unit stays with its present grid or joins one that touches that grid now (or that
    owns some of its retailers, or has no unit yet). Contiguity and whole units are relaxed, so no plan may reach it;
    pins, locks and forbidden pairs are kept. All measures are looked at.

    Parameters
    ----------
    owned : (n, n_grids) retailers of each unit that each grid's owner has now; default: all of a unit's weight by
        `previous`. Retailers without an owner move for nothing.
    in_parts : False for whole units: a greater bound, from an integer programme that may take long on a large map

    Notes
    -----
    A linear programme with about n_units x (1 + neighbours of a grid) variables, solved by GLOP.
    """
    owned, leaving = _owners(problem, owned)
    unit, grid = np.nonzero(_allowed(problem, owned))
    cost = leaving[unit] - owned[unit, grid]
    share = _transport(problem, unit, grid, cost, in_parts=in_parts)
    if share is None:
        return LeastMoves(weight=np.inf, flows=np.zeros((0, 3)))
    moved = cost * share
    return LeastMoves(weight=float(moved.sum()), flows=_flows(problem.previous[unit], grid, moved))


def near_plan(problem: TerritoryProblem, owned: FloatArray | None = None, *, price_km2: float) -> IntArray | None:
    """Return (n,) a balanced plan near the present one to begin a search with, or None when no tolerance can hold.

    Every unit goes where most of it goes in the transportation problem with the squared distance to the present centres
    plus `price_km2` for each retailer that changes hands. Neither whole grids nor balance after the rounding are
    promised. A grid without units has its centre amid the retailers of nobody, or in the heaviest grid.
    """
    owned, leaving = _owners(problem, owned)
    unit, grid = np.nonzero(_allowed(problem, owned))
    apart = problem.xy_km[unit] - _centres(problem)[grid]
    km2 = problem.weight[unit] * (apart**2).sum(axis=1)
    share = _transport(problem, unit, grid, km2 + price_km2 * (leaving[unit] - owned[unit, grid]))
    if share is None:
        return None
    of_unit = np.zeros((problem.n_units, problem.n_grids))
    of_unit[unit, grid] = share
    return np.asarray(of_unit.argmax(axis=1), dtype=np.int32)


def fill_empty(problem: TerritoryProblem) -> IntArray:
    """Return (n,) the present grids in which units without weight belong to the nearest grid, in steps between units.

    Present owners are known by their retailers; the empty units between them would tear every grid apart. Units with
    retailers of nobody stay nobody's. Ties go to the lowest grid. O(n + m) a step.
    """
    previous = problem.previous.copy()
    a, b = problem.edges[:, 0], problem.edges[:, 1]
    ends = np.concatenate([np.stack([a, b], axis=1), np.stack([b, a], axis=1)])
    top = np.iinfo(np.int32).max
    while True:
        into = ends[(previous[ends[:, 0]] >= 0) & (previous[ends[:, 1]] < 0) & (problem.weight[ends[:, 1]] <= 0)]
        if not len(into):
            return previous
        nearest = np.full(problem.n_units, top, dtype=np.int32)
        np.minimum.at(nearest, into[:, 1], previous[into[:, 0]])
        previous = np.where(nearest < top, nearest, previous)


def whole_present(problem: TerritoryProblem) -> IntArray:
    """Return (n,) the present grids with every one in one piece and every unit in one: its heaviest piece stays."""
    plain = replace(problem, churn_weight_km2=0.0, churn_budget=None)
    layout = lay_out(plain)
    wanted = np.full(layout.n_rows, NOBODY, dtype=np.int32)
    known = (problem.previous >= 0) & (problem.previous < problem.n_grids)
    wanted[layout.row_of_unit[known]] = problem.previous[known]
    return make_whole(layout, wanted)[layout.row_of_unit].astype(np.int32)


def _owners(problem: TerritoryProblem, owned: FloatArray | None) -> tuple[FloatArray, FloatArray]:
    """Return (n, n_grids) retailers by unit and owner, and (n,) retailers that have any owner."""
    p, has_left = problem.n_grids, problem.previous >= problem.n_grids
    if owned is not None:
        return owned, np.where(has_left, problem.weight, owned.sum(axis=1))
    owned = np.zeros((problem.n_units, p))
    known = np.flatnonzero((problem.previous >= 0) & ~has_left)
    owned[known, problem.previous[known]] = problem.weight[known]
    return owned, np.where(problem.previous >= 0, problem.weight, 0.0)


def _transport(
    problem: TerritoryProblem,
    unit: NDArray[np.intp],
    grid: NDArray[np.intp],
    cost: FloatArray,
    *,
    in_parts: bool = True,
) -> FloatArray | None:
    """Return the share of `unit[k]` that goes to `grid[k]` at the least cost within every tolerance, or None."""
    least, most = problem.load_range
    column = np.arange(len(unit))
    rows = [coo_matrix((load[unit], (grid, column)), (problem.n_grids, len(unit))) for load in problem.loads]
    whole = csr_matrix((np.ones(len(unit)), (unit, column)), (problem.n_units, len(unit)))
    programme = Programme(
        cost=cost,
        matrix=csr_matrix(vstack([*rows, whole])),
        least=np.concatenate([least.ravel(), np.ones(problem.n_units)]).astype(np.float64),
        most=np.concatenate([most.ravel(), np.ones(problem.n_units)]).astype(np.float64),
    )
    if in_parts:
        found = solve_parts(programme)
        return None if found is None else found.x
    taken = solve_whole(programme)
    return None if taken is None else taken.astype(np.float64)


def _centres(problem: TerritoryProblem) -> FloatArray:
    p, previous = problem.n_grids, problem.previous
    own = (previous >= 0) & (previous < p)
    weight = np.bincount(previous[own], problem.weight[own], p)
    centre = np.stack(
        [np.bincount(previous[own], (problem.weight * problem.xy_km[:, k])[own], p) for k in (0, 1)], axis=1
    ) / np.maximum(weight, 1e-300)[:, None]  # fmt: skip
    free = np.flatnonzero(~own & (problem.weight > 0))
    if not len(free):
        free = np.flatnonzero(previous == int(weight.argmax()))
    middle = np.average(problem.xy_km[free], axis=0, weights=problem.weight[free] + 1e-9)
    centre[weight <= 0] = middle
    return centre


def _allowed(problem: TerritoryProblem, owned: FloatArray) -> NDArray[np.bool_]:
    """Return (n, n_grids) whether a unit may lie in a grid in the relaxed problem."""
    p, previous = problem.n_grids, problem.previous
    top = max(p, int(previous.max(initial=NOBODY)) + 1)
    node = np.where(previous >= 0, previous, top)
    beside = np.eye(top + 1, dtype=np.bool_)
    ends = node[problem.edges]
    beside[ends[:, 0], ends[:, 1]] = beside[ends[:, 1], ends[:, 0]] = True
    beside = beside[:, :p]
    beside[:, np.setdiff1d(np.arange(p), previous)] = True  # an owner without units may begin anywhere
    if not beside[top].any():
        beside[top] = True
    allowed = beside[node] | (owned > 0)
    allowed[problem.forbidden[:, 0], problem.forbidden[:, 1]] = False
    for locked in problem.locked.tolist():
        allowed[:, locked] = False
    fixed = np.flatnonzero(problem.fixed_grid >= 0)
    allowed[fixed] = False
    allowed[fixed, problem.fixed_grid[fixed]] = True
    return allowed


def _flows(previous: NDArray[np.int32], grid: NDArray[np.intp], moved: FloatArray) -> FloatArray:
    leaves = (moved > 1e-9) & (previous != grid)
    pairs, row = np.unique(np.column_stack([previous[leaves], grid[leaves]]), axis=0, return_inverse=True)
    return np.column_stack([pairs, np.bincount(row.ravel(), moved[leaves], len(pairs))]).astype(np.float64)

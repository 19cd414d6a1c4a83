"""The least weight that leaves its present grid in any plan within the tolerances, wherever the grids end up.

`moves.least_moves` looks at grids that touch now, which a plan need not keep to; here whatever leaves goes into one
pool from which every grid may draw, so that the bound holds for every plan. Contiguity and whole units are relaxed.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix, hstack, vstack

from optimize.linear import Programme, solve_parts
from optimize.territory.held import Held
from optimize.territory.problem import FloatArray, TerritoryProblem

ROUNDING = 1e-6  # of the total weight, and of a target, by which a bound gives way to the solver's accuracy


class _Rows(NamedTuple):
    """Rows of a programme, and the least and most that each may be."""

    matrix: csr_matrix
    least: FloatArray
    most: FloatArray


class _Pool(NamedTuple):
    """The programme: who may leave for what, what stays for certain, and what is without a grid already."""

    unit: NDArray[np.intp]
    anyway: float  # weight that leaves in every plan
    firm: FloatArray  # (n_measures, n_grids) load that stays or joins in every plan
    loose: FloatArray  # (n_measures,) load that has to go somewhere and costs nothing more


def least_churn(problem: TerritoryProblem, held: Held) -> float | None:
    """Return weight that leaves its present grid at the least, or None when no cut of units keeps the tolerances."""
    pool = _pool(problem, held)
    k = len(problem.measures)
    cost = np.concatenate([problem.weight[pool.unit], np.zeros(k * problem.n_grids)])
    found = solve_parts(_programme(cost, _most(held, pool, k), _rows(problem, pool, range(k), None)))
    if found is None:
        return None
    return max(0.0, pool.anyway + float(cost @ found.x) - ROUNDING * float(problem.weight.sum()))


def least_tolerance(problem: TerritoryProblem, held: Held, m: int) -> float:
    """Return a tolerance of one measure below which no plan is within the churn budget; infinite when none can be.

    The other measures are left out.
    """
    budget = problem.churn_budget
    if budget is None or problem.target[m].max(initial=0.0) <= 0:
        return 0.0
    pool = _pool(problem, held)
    spare = budget - pool.anyway + ROUNDING * float(problem.weight.sum())
    if spare < 0:
        return float("inf")
    cost = np.zeros(len(pool.unit) + problem.n_grids + 1)
    cost[-1] = 1.0
    most = np.append(_most(held, pool, 1), np.inf)
    found = solve_parts(_programme(cost, most, _rows(problem, pool, range(m, m + 1), spare)))
    return 0.0 if found is None else max(0.0, float(found.x[-1]) - ROUNDING)


def _pool(problem: TerritoryProblem, held: Held) -> _Pool:
    p, previous, fixed = problem.n_grids, problem.previous, held.fixed_grid
    has_grid = (previous >= 0) & (previous < p)
    is_banned = np.zeros(problem.n_units, dtype=bool)
    unit, grid = problem.forbidden.T
    is_banned[unit[previous[unit] == grid]] = True
    closed = np.append(held.is_closed | held.is_barred, False)
    home = has_grid & ~is_banned & ~closed[np.where(has_grid, previous, p)]
    may_choose = (fixed < 0) & home
    leaves = (previous >= 0) & ~may_choose & (fixed != previous)
    firm = held.fixed.astype(np.float64)
    for m, load in enumerate(problem.loads):
        firm[m] += np.bincount(previous[may_choose], load[may_choose], p)
    loose = problem.loads[:, (fixed < 0) & ~may_choose].sum(axis=1).astype(np.float64)
    chooses = np.flatnonzero(may_choose & (problem.loads.sum(axis=0) > 0))
    return _Pool(chooses, float(problem.weight[leaves].sum()), firm, loose)


def _programme(cost: FloatArray, most: FloatArray, rows: list[_Rows]) -> Programme:
    matrix, below, above = zip(*rows, strict=True)
    return Programme(cost, csr_matrix(vstack(matrix)), np.concatenate(below), np.concatenate(above), most)


def _rows(problem: TerritoryProblem, pool: _Pool, measures: range, budget: float | None) -> list[_Rows]:
    """Return what (share of each unit that leaves, gain of each grid by measure, tolerance) must keep.

    Loads count in targets. Without a budget the tolerances are the problem's and there is no last column.
    """
    p, n, k = problem.n_grids, len(pool.unit), len(measures)
    home = problem.previous[pool.unit]
    kept: list[_Rows] = []
    never = np.full(p, np.inf)
    for place, m in enumerate(measures):
        target = np.maximum(problem.target[m], 1.0)
        load = problem.loads[m, pool.unit].astype(np.float64)
        lost = csr_matrix((-load / target[home], (home, np.arange(n))), (p, n))
        gained = csr_matrix((1 / target, (np.arange(p), place * p + np.arange(p))), (p, k * p))
        stays, aim = pool.firm[m] / target, problem.target[m] / target
        if budget is None:
            least, most = (limit[m] / target - stays for limit in problem.load_range)
            kept.append(_Rows(hstack([lost, gained], format="csr"), least, most))
        else:
            slack = csr_matrix(aim[:, None])
            kept.append(_Rows(hstack([lost, gained, -slack], format="csr"), -never, aim - stays))
            kept.append(_Rows(hstack([lost, gained, slack], format="csr"), aim - stays, never))
        scale = float(target.max())
        pooled = np.concatenate([-load, np.repeat(np.eye(k)[place], p), np.zeros(int(budget is not None))]) / scale
        exact = np.array([pool.loose[m] / scale])
        kept.append(_Rows(csr_matrix(pooled), exact, exact))
    if budget is not None:
        scale = max(float(problem.weight.sum()), 1e-9)
        spent = np.concatenate([problem.weight[pool.unit], np.zeros(k * p + 1)]) / scale
        kept.append(_Rows(csr_matrix(spent), -never[:1], np.array([budget / scale])))
    return kept


def _most(held: Held, pool: _Pool, n_measures: int) -> FloatArray:
    """Return the most that shares, 1, and gains may be: none where nothing may join."""
    top = np.where(held.is_closed | held.is_barred, 0.0, np.inf)
    return np.concatenate([np.ones(len(pool.unit)), np.tile(top, n_measures)])

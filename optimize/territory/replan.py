"""After a change: the repair of what was painted by hand, and the list of what is handed over."""

from __future__ import annotations

import time
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from optimize.stopping import AnyOf, MaxIterations, MaxSeconds
from optimize.territory import metrics
from optimize.territory.anneal import EXCESS, recount
from optimize.territory.ejection import bring_into_range
from optimize.territory.layout import Layout, lay_out
from optimize.territory.legs import new_state
from optimize.territory.painting import WAYS, paint
from optimize.territory.problem import NOBODY, IntArray, TerritoryProblem, TerritoryResult
from optimize.territory.repair import make_whole
from optimize.territory.solve import Engine, judged, solve, warm_up

REPAIR_ITERATIONS = 50
REPAIR_SECONDS = 0.5
REPAIR_PRICE = 20.0  # a retailer moved beside the painted unit costs this many mean squared distances


def repair(
    problem: TerritoryProblem,
    grid_of_unit: IntArray,
    unit: int,
    grid: int,
    *,
    iterations: int = REPAIR_ITERATIONS,
    most_seconds: float = REPAIR_SECONDS,
    layout: Layout | None = None,
    engine: Engine = "auto",
) -> TerritoryResult:
    """Return the plan in which `unit` lies in `grid` and as little else as possible changes to keep every rule.

    The painted unit is pinned; every other unit keeps its grid at a high price. Ejection chains are tried first; only
    where they leave a rule broken the map is searched, with exact solves only where that was in vain, too.
    `churn_share` of the result is measured from `grid_of_unit`. When no plan was found that keeps the rules, the least
    infeasible one has its violations.

    Parameters
    ----------
    most_seconds : CPU seconds of all searches, where chains and short annealings leave a rule broken; infinite makes
        those repairs repeatable, too
    layout : of this very problem, from `lay_out`; whoever paints many units gives it, so that it is made once
    engine : "ortools" leaves chains and annealings out: CP-SAT divides touching grids anew
    """
    pinned = problem.pinned.copy()
    pinned[unit] = grid
    plan = np.asarray(grid_of_unit, dtype=np.int32)
    price = REPAIR_PRICE * max(metrics.spread_km2(problem, plan), 1e-9)
    painted = replace(problem, pinned=pinned, previous=plan, churn_weight_km2=price, churn_budget=None)
    warm_up()
    if engine == "ortools":
        return solve(painted, AnyOf((MaxIterations(iterations), MaxSeconds(most_seconds))), 0, engine=engine)
    quick = paint(lay_out(problem) if layout is None else layout, plan, unit, grid, price) if _is_whole(plan) else None
    if quick is not None:
        found = judged(painted, quick, 0, 0)
        if found.feasible:
            return found
    began_s = time.process_time()  # whoever paints waits for it
    found = solve(painted, AnyOf((MaxIterations(iterations), MaxSeconds(most_seconds))), 0, exact=False)
    left_s = most_seconds - (time.process_time() - began_s)
    if found.feasible or left_s <= 0:
        return found
    mended = solve(painted, AnyOf((MaxIterations(iterations), MaxSeconds(left_s))), 0)
    return mended if _broken(mended) < _broken(found) else found


def even_out(
    problem: TerritoryProblem, grid_of_unit: IntArray, kept: IntArray, *, iterations: int = REPAIR_ITERATIONS
) -> TerritoryResult:
    """Return a plan that keeps every rule, with the kept units where they are and as little else changed as possible.

    As `repair` for any number of painted units, whose plan may be in pieces, uneven, and with units of nobody: grids
    are made whole, what is out of range is handed on along ejection chains, and only where that leaves a rule broken
    the map is searched. When no plan was found that keeps the rules, the least infeasible one has its violations.

    Parameters
    ----------
    grid_of_unit : (n,) the plan as it was drawn; NOBODY for units without a grid
    kept : rows of the units that were drawn by hand; those of nobody are not kept
    """
    plan = np.asarray(grid_of_unit, dtype=np.int32)
    pinned = problem.pinned.copy()
    own = kept[(pinned[kept] == NOBODY) & (plan[kept] != NOBODY)]
    pinned[own] = plan[own]
    price = REPAIR_PRICE * max(metrics.spread_km2(problem, plan), 1e-9)
    drawn = replace(problem, pinned=pinned, previous=plan, churn_weight_km2=price, churn_budget=None)
    warm_up()
    layout = lay_out(drawn)
    wished = np.full(layout.n_rows, NOBODY, dtype=np.int32)
    wished[layout.row_of_unit] = plan
    state = new_state(layout, make_whole(layout, wished), 1)
    recount(layout.board, state)
    bring_into_range(layout, state, ways=WAYS)
    if state.value[EXCESS] <= 0:
        found = judged(drawn, state.grid[layout.row_of_unit], 0, 0)
        if found.feasible:
            return found
    return solve(drawn, MaxIterations(iterations), 0, exact=False)  # whoever draws waits for it


def _broken(result: TerritoryResult) -> float:
    """Return how much is broken, comparable between plans of one problem."""
    return sum(violation.amount for violation in result.violations)


def _is_whole(plan: IntArray) -> bool:
    return bool((plan != NOBODY).all())


def handover(problem: TerritoryProblem, grid_of_unit: IntArray) -> NDArray[np.int64]:
    """Return (k, 3) rows (unit, from grid, to grid) of the units that leave their present grid, in row order."""
    moved = np.flatnonzero((problem.previous != NOBODY) & (problem.previous != grid_of_unit))
    return np.column_stack([moved, problem.previous[moved], grid_of_unit[moved]]).astype(np.int64)

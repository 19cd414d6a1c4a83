"""After a change: the repair of one painted unit, and the list of what is handed over."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from optimize.stopping import MaxIterations
from optimize.territory import metrics
from optimize.territory.layout import Layout, lay_out
from optimize.territory.painting import paint
from optimize.territory.problem import NOBODY, IntArray, TerritoryProblem, TerritoryResult
from optimize.territory.solve import judged, solve, warm_up

REPAIR_ITERATIONS = 50
REPAIR_PRICE = 20.0  # a retailer moved beside the painted unit costs this many mean squared distances


def repair(
    problem: TerritoryProblem,
    grid_of_unit: IntArray,
    unit: int,
    grid: int,
    *,
    iterations: int = REPAIR_ITERATIONS,
    layout: Layout | None = None,
) -> TerritoryResult:
    """Return the plan in which `unit` lies in `grid` and as little else as possible changes to keep every rule.

    The painted unit is pinned; every other unit keeps its grid at a high price. Ejection chains are tried first; only
    where they leave a rule broken the map is searched. `churn_share` of the result is measured from `grid_of_unit`.
    When no plan was found that keeps the rules, the least infeasible one has its violations.

    Parameters
    ----------
    layout : of this very problem, from `lay_out`; whoever paints many units gives it, so that it is made once
    """
    pinned = problem.pinned.copy()
    pinned[unit] = grid
    plan = np.asarray(grid_of_unit, dtype=np.int32)
    price = REPAIR_PRICE * max(metrics.spread_km2(problem, plan), 1e-9)
    painted = replace(problem, pinned=pinned, previous=plan, churn_weight_km2=price, churn_budget=None)
    warm_up()
    quick = paint(lay_out(problem) if layout is None else layout, plan, unit, grid, price) if _is_whole(plan) else None
    if quick is not None:
        found = judged(painted, quick, 0, 0)
        if found.feasible:
            return found
    return solve(painted, MaxIterations(iterations), 0)


def _is_whole(plan: IntArray) -> bool:
    return bool((plan != NOBODY).all())


def handover(problem: TerritoryProblem, grid_of_unit: IntArray) -> NDArray[np.int64]:
    """Return (k, 3) rows (unit, from grid, to grid) of the units that leave their present grid, in row order."""
    moved = np.flatnonzero((problem.previous != NOBODY) & (problem.previous != grid_of_unit))
    return np.column_stack([moved, problem.previous[moved], grid_of_unit[moved]]).astype(np.int64)

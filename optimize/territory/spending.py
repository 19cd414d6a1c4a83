"""What the next moves buy: the least spread of the loads that can be reached when only so many retailers may move."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from optimize.stopping import MaxIterations
from optimize.territory import checks, metrics
from optimize.territory.moves import least_moves, whole_present
from optimize.territory.problem import FloatArray, IntArray, TerritoryProblem
from optimize.territory.solve import Engine, solve

HALVINGS = 5  # of the spread between what is there and what is proven impossible
SPEND_ITERATIONS = 120
MOST_SHARE = 0.999  # a tolerance is below one
STAY_PRICE = 0.5  # a move costs so many mean squared distances: enough not to spend what buys nothing


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Purchase:
    """The most even plan found for a number of moves.

    Parameters
    ----------
    budget : retailers that may leave their grid of the plan at the beginning
    moved : retailers that do
    spread_share : greatest deviation of a grid from its target in the first measure
    least_share : no plan of units or parts of them that moves `budget` to touching grids is more even (to 0.1 %)
    grid_of_unit : (n,) the plan
    """

    budget: float
    moved: float
    spread_share: float
    least_share: float
    grid_of_unit: IntArray


def spread_of(problem: TerritoryProblem, plan: IntArray) -> float:
    """Return the greatest deviation of a grid from its target in the first measure, a share."""
    return metrics.deviation_share(problem, plan)[problem.measures[0]]


def buy(problem: TerritoryProblem, plan: IntArray, budget: float, *, seed: int = 0,
        iterations: int = SPEND_ITERATIONS, best: IntArray | None = None,
        engine: Engine = "auto") -> Purchase:  # fmt: skip
    """Return a plan that moves at most `budget` retailers of `plan` and is as even as was found.

    The tolerance is halved between what is reached and what is proven impossible. Grids stay whole, the other measures
    keep their tolerances (or stay as they are where these are broken), pins and bans hold. Nothing is promised about
    the distance from `least_share`.

    Parameters
    ----------
    best : a plan known already that keeps the budget; the answer is never less even
    engine : "ortools" searches by OR-Tools alone
    """
    start = np.asarray(plan, dtype=np.int32)
    here = replace(
        _lenient(problem, start), previous=start, churn_budget=float(budget), locked=np.zeros(0, dtype=np.int32),
        churn_weight_km2=STAY_PRICE * max(metrics.spread_km2(problem, start), 1e-9),
    )  # fmt: skip
    kept = start if best is None else best
    reached = spread_of(problem, kept)
    least = least_spread(here, budget, reached)
    low, high = least, min(reached, MOST_SHARE)
    for _ in range(HALVINGS):
        if budget <= 0 or high - low < 5e-4:
            break
        aim = (low + high) / 2
        found = solve(_within(here, aim), MaxIterations(iterations), seed, initial=kept, engine=engine)
        spread = spread_of(problem, found.grid_of_unit)
        if spread < reached and _holds(here, start, found.grid_of_unit):
            kept, reached = found.grid_of_unit, spread
        if found.feasible:
            high = min(aim, reached)
        else:
            low = aim
    moved = checks.moved_weight(here, kept)
    return Purchase(budget=budget, moved=moved, spread_share=reached, least_share=least, grid_of_unit=kept)


def curve(problem: TerritoryProblem, plan: IntArray, budgets: Sequence[float], *, seed: int = 0,
          iterations: int = SPEND_ITERATIONS, engine: Engine = "auto") -> list[Purchase]:  # fmt: skip
    """Return the purchases for rising budgets, each beginning with the one before: the spread never rises."""
    bought: list[Purchase] = []
    for budget in sorted(budgets):
        best = bought[-1].grid_of_unit if bought else None
        bought.append(buy(problem, plan, budget, seed=seed, iterations=iterations, best=best, engine=engine))
    return bought


def within_budget(problem: TerritoryProblem, *, seed: int = 0, engine: Engine = "auto") -> IntArray | None:
    """Return the most even plan found that keeps the churn budget of the problem, whatever it costs in evenness.

    The present grids are made whole first. Where that alone goes beyond the budget they stay as they are, in pieces:
    nobody changes hands but those whose owner has no grid any more. None where there is no budget.
    """
    if problem.churn_budget is None:
        return None
    start = whole_present(problem)
    left = problem.churn_budget - checks.moved_weight(problem, start)
    if left < 0:
        has_grid = (problem.previous >= 0) & (problem.previous < problem.n_grids)
        return np.where(has_grid, problem.previous, start).astype(np.int32)
    return buy(replace(problem, churn_budget=None), start, left, seed=seed, engine=engine).grid_of_unit


def least_spread(problem: TerritoryProblem, budget: float, most: float) -> float:
    """Return a spread, to 0.1 %, below which no plan within the budget is, if retailers go to touching grids only.

    `problem.previous` is what is there; see `least_moves` for what is relaxed.
    """
    low, high = 0.0, min(most, MOST_SHARE)
    while high - low > 1e-3:
        aim = (low + high) / 2
        if least_moves(_within(problem, aim)).weight <= budget + 1e-6:
            high = aim
        else:
            low = aim
    return low


def _lenient(problem: TerritoryProblem, plan: IntArray) -> TerritoryProblem:
    """Return the problem with tolerances that the plan keeps; further measures that are hopeless are left out."""
    apart = metrics.deviation_share(problem, plan)
    tolerance = np.maximum(problem.tolerance_share, [apart[measure] for measure in problem.measures])
    kept = np.flatnonzero(tolerance <= MOST_SHARE) if len(tolerance) > 1 else np.zeros(1, dtype=np.intp)
    kept = np.union1d([0], kept)
    return replace(
        problem,
        loads=problem.loads[kept],
        measures=tuple(problem.measures[m] for m in kept),
        tolerance_share=np.minimum(tolerance[kept], MOST_SHARE),
    )


def _within(problem: TerritoryProblem, share: float) -> TerritoryProblem:
    tolerance: FloatArray = problem.tolerance_share.copy()
    tolerance[0] = min(share, MOST_SHARE)
    return replace(problem, tolerance_share=tolerance)


def _holds(problem: TerritoryProblem, start: IntArray, plan: IntArray) -> bool:
    """Tell whether a plan breaks nothing that the plan at the beginning kept, loads of the first measure apart."""

    def broken(of: IntArray) -> tuple[float, ...]:
        found = checks.violations(problem, of)
        return tuple(sum(v.amount for v in found if v.rule == rule) for rule in sorted({v.rule for v in now}))

    now = checks.violations(problem, start)
    new = {v.rule for v in checks.violations(problem, plan)} - {v.rule for v in now}
    return not new and all(a <= b for a, b in zip(broken(plan), broken(start), strict=True))

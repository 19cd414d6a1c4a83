"""The territory engine after a change: the least that must move, plans close to it, and the grid of somebody away."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from gridsvc.engines.pool import EnginePool, Report, Task, is_asked_to_end
from gridsvc.engines.territory import PER_MINUTE, DesignOutcome, DesignRequest, Engine, outcome_of
from optimize.stopping import MaxIterations
from optimize.territory import checks, metrics
from optimize.territory.absence import split_grid
from optimize.territory.flows import flow_bound
from optimize.territory.moves import least_moves, near_plan, whole_present
from optimize.territory.problem import TerritoryProblem, TerritoryResult
from optimize.territory.replan import even_out
from optimize.territory.solve import solve
from optimize.territory.spending import buy, curve

# what a shop that changes hands costs, in mean squared distances: the first keeps grids rounder, the last moves fewer
PRICES = (5.0, 20.0)
LOOSEST = 1.1  # times the inertia of the rounder plan, up to which one with fewer moves is taken


@dataclass(frozen=True, slots=True, kw_only=True)
class MoveBound:
    """How few shops must change hands at the least.

    Parameters
    ----------
    n_least : a proof for every plan of whole or cut units in which shops go to grids that touch theirs; infinite when
        the tolerances cannot hold
    n_flow : the flow between touching grids that brings the minutes of each into its range, at the mean minutes of a
        shop, plus the shops that do not lie with the grid of their owner now
    flow_minutes : the same flow in minutes per cycle
    n_apart : shops that do not lie with the grid of their owner: in a unit of somebody else, or in a part of the grid
        that hangs together with none of the rest
    """

    n_least: float
    n_flow: float
    flow_minutes: float
    n_apart: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RepairRequest:
    """One layer to be brought back within its tolerances.

    Parameters
    ----------
    design : the layer; its `problem.previous` is what is there now
    owned : (n_units, n_grids) shops of each unit that each present owner has
    """

    design: DesignRequest
    owned: NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class RepairOutcome:
    """A layer repaired, and how far the least number of moves is away."""

    outcome: DesignOutcome
    bound: MoveBound


def split_among_neighbours(
    problem: TerritoryProblem, absent: int, *, away: Collection[int] = (), seed: int = 0
) -> NDArray[np.int32]:
    """Share the units of present grid `absent` among the grids that touch it, in-process; -1 where nobody is near."""
    return split_grid(problem, absent, away=away, seed=seed).grid_of_unit


def move_bound(problem: TerritoryProblem, owned: NDArray[np.float64]) -> MoveBound:
    """Say how few shops must change hands."""
    tidy, n_apart = _tidied(problem, owned)
    flow = flow_bound(replace(problem, previous=tidy)).load
    mean = float(problem.loads[0].sum()) / max(float(problem.weight.sum()), 1.0)
    return MoveBound(
        n_least=least_moves(problem, owned).weight,
        n_flow=n_apart + flow / max(mean, 1e-12),
        flow_minutes=flow / PER_MINUTE,
        n_apart=n_apart,
    )


def _tidied(problem: TerritoryProblem, owned: NDArray[np.float64]) -> tuple[NDArray[np.int32], int]:
    """Give the present grids with every one in one piece, and the shops that leave their owner by that alone."""
    whole = whole_present(problem)
    kept = owned[np.arange(len(owned)), np.maximum(whole, 0)]
    return whole, round(float(owned.sum() - kept.sum()))


def evened(problem: TerritoryProblem, grid_of_unit: NDArray[np.int32], kept: NDArray[np.int32]) -> NDArray[np.int32]:
    """Give the division in which the kept units stay, loads are in range again, and little else changes.

    In-process and quick; where no division was found that keeps every rule, the least infeasible one.
    """
    return even_out(problem, grid_of_unit, kept).grid_of_unit


def _repair_in_child(request: RepairRequest, report: Report) -> tuple[TerritoryResult, MoveBound]:
    design, owned = request.design, request.owned
    problem = design.problem
    scale = max(metrics.spread_km2(problem, problem.previous), 1e-9)
    plans: list[TerritoryResult] = []
    for step, price in enumerate(PRICES):
        report(step / len(PRICES), "looking for the fewest moves")
        begin = near_plan(problem, owned, price_km2=price * scale)
        priced = replace(problem, churn_weight_km2=price * scale)
        limit = MaxIterations(design.max_iterations or 1000)
        plans.append(
            solve(priced, limit, design.seed, initial=begin, engine=design.engine, is_cancelled=is_asked_to_end)
        )
        if is_asked_to_end():
            break
    return _fewest_moves(problem, owned, plans), move_bound(problem, owned)


def _fewest_moves(
    problem: TerritoryProblem, owned: NDArray[np.float64], plans: list[TerritoryResult]
) -> TerritoryResult:
    """Give the feasible plan with the fewest moves that is not much looser than the roundest; the first of equals."""
    inertia = [metrics.inertia_km2(problem, plan.grid_of_unit) for plan in plans]
    roundest = min((km2 for km2, plan in zip(inertia, plans, strict=True) if plan.feasible), default=np.inf)
    rows = np.arange(len(owned))
    ranks = [
        (not plan.feasible, km2 > LOOSEST * roundest, -float(owned[rows, np.maximum(plan.grid_of_unit, 0)].sum()))
        for km2, plan in zip(inertia, plans, strict=True)
    ]
    return plans[min(range(len(plans)), key=ranks.__getitem__)]


def repair(
    pool: EnginePool,
    requests: Sequence[RepairRequest],
    *,
    on_progress: Report | None = None,
    is_cancelled: Callable[[], bool] | None = None,
) -> list[RepairOutcome]:
    """Bring each layer back within its tolerances with few moves, side by side."""
    tasks = [Task(f"{__name__}._repair_in_child", request, limit_s=600.0, ends_softly=True) for request in requests]
    found = pool.run_all(tasks, on_progress=on_progress, is_cancelled=is_cancelled)
    return [
        RepairOutcome(outcome=outcome_of(request.design, result), bound=bound)
        for request, (result, bound) in zip(requests, found, strict=True)
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class BoughtSpread:
    """What a number of moves buys.

    Parameters
    ----------
    n_budget, n_moved : shops that may move, and that do
    spread_share : greatest deviation of a grid's minutes from its target
    least_share : proven: no such plan with that budget is more even
    """

    n_budget: int
    n_moved: int
    spread_share: float
    least_share: float


def drawn_shops(problem: TerritoryProblem) -> NDArray[np.float64]:
    """Give (n_units, n_grids) the shops of each unit in the grid in which it is drawn now."""
    owned = np.zeros((problem.n_units, problem.n_grids))
    known = np.flatnonzero((problem.previous >= 0) & (problem.previous < problem.n_grids))
    owned[known, problem.previous[known]] = problem.weight[known]
    return owned


def _spend_in_child(given: tuple[DesignRequest, int], report: Report) -> TerritoryResult:
    request, n_moves = given
    problem = request.problem
    bought = buy(problem, problem.previous, n_moves, seed=request.seed, engine=request.engine)
    broken = checks.violations(problem, bought.grid_of_unit)
    return TerritoryResult(
        grid_of_unit=bought.grid_of_unit,
        feasible=not broken,
        violations=broken,
        metrics=metrics.measure(problem, bought.grid_of_unit),
        iterations=0,
        seed=request.seed,
    )


def spend(
    pool: EnginePool,
    requests: Sequence[DesignRequest],
    n_moves: int,
    *,
    on_progress: Report | None = None,
    is_cancelled: Callable[[], bool] | None = None,
) -> list[DesignOutcome]:
    """Move at most `n_moves` shops of each layer from where they are drawn, for the most even minutes, side by side."""
    tasks = [Task(f"{__name__}._spend_in_child", (request, n_moves), limit_s=600.0) for request in requests]
    found = pool.run_all(tasks, on_progress=on_progress, is_cancelled=is_cancelled)
    return [outcome_of(request, result) for request, result in zip(requests, found, strict=True)]


def _price_in_child(given: tuple[TerritoryProblem, list[int], int, Engine], report: Report) -> list[BoughtSpread]:
    problem, budgets, seed, engine = given
    return [
        BoughtSpread(
            n_budget=int(point.budget),
            n_moved=round(point.moved),
            spread_share=round(point.spread_share, 5),
            least_share=round(point.least_share, 5),
        )
        for point in curve(problem, problem.previous, budgets, seed=seed, engine=engine)
    ]


def price(
    pool: EnginePool,
    problems: Sequence[TerritoryProblem],
    budgets: Sequence[int],
    seed: int,
    *,
    engine: Engine = "auto",
    on_progress: Report | None = None,
    is_cancelled: Callable[[], bool] | None = None,
) -> list[list[BoughtSpread]]:
    """Give each layer's curve of what moves buy, side by side."""
    tasks = [
        Task(f"{__name__}._price_in_child", (problem, list(budgets), seed, engine), limit_s=600.0)
        for problem in problems
    ]
    found: list[list[BoughtSpread]] = pool.run_all(tasks, on_progress=on_progress, is_cancelled=is_cancelled)
    return found

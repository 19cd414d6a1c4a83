"""What can be measured of a plan: each metric with its key, its unit and which way is better.

A metric that is not defined for a problem (no areas, no present owners) is None, never 0.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from optimize.territory import checks
from optimize.territory.problem import TerritoryProblem

Plan = NDArray[np.integer]
Value = float | int | None


@dataclass(frozen=True, slots=True)
class Metric:
    """A measured property of a plan; `version` rises when the definition changes."""

    key: str
    unit: str
    better: Literal["lower", "higher", "neither"]
    version: int
    function: Callable[[TerritoryProblem, Plan], Value]


def measure(problem: TerritoryProblem, grid_of_unit: ArrayLike) -> dict[str, Value]:
    """Return the value of every registered metric. O(n + m)."""
    plan = np.asarray(grid_of_unit)
    return {key: metric.function(problem, plan) for key, metric in REGISTRY.items()}


def deviation_share(problem: TerritoryProblem, plan: Plan) -> dict[str, float]:
    """Return, by measure, the greatest |load - target| / target over grids; 0 where nothing is to be shared."""
    load = checks.load_of_grid(problem, plan)
    shares = {}
    for row, target, name in zip(load, problem.target, problem.measures, strict=True):
        apart = np.abs(row - target)
        shares[name] = float((apart / np.where(target > 0, target, 1)).max()) if len(row) else 0.0
    return shares


def inertia_km2(problem: TerritoryProblem, plan: Plan) -> float:
    """Return the sum of squared km from every retailer to the centroid of its grid's retailers."""
    inside = plan >= 0
    grid, w, xy = plan[inside], problem.weight[inside], problem.xy_km[inside]
    p = max(problem.n_grids, 1)
    total = np.maximum(np.bincount(grid, w, p), 1e-300)
    centre = np.stack([np.bincount(grid, w * xy[:, k], p) / total for k in range(2)], axis=1)
    return float(problem.within_km2[inside].sum() + (w * ((xy - centre[grid]) ** 2).sum(axis=1)).sum())


def spread_km2(problem: TerritoryProblem, plan: Plan) -> float:
    """Return the mean squared km of a retailer to the centroid of its grid, over units that have one."""
    total = float(problem.weight[plan >= 0].sum())
    return inertia_km2(problem, plan) / total if total > 0 else 0.0


def perimeter_km_of_grid(problem: TerritoryProblem, plan: Plan) -> NDArray[np.float64]:
    """Return (n_grids,) the length of each grid's outline, its outer border included."""
    a, b = problem.border_edges[:, 0], problem.border_edges[:, 1]
    same = (plan[a] == plan[b]) & (plan[a] >= 0)
    inside = plan >= 0
    outline = np.bincount(plan[inside], problem.perimeter_km[inside], problem.n_grids)
    outline -= 2 * np.bincount(plan[a][same], problem.border_km[same], problem.n_grids)
    return np.asarray(outline, dtype=np.float64)


def polsby_popper(problem: TerritoryProblem, plan: Plan) -> float | None:
    """Return the mean of 4 pi area / perimeter^2 over grids that are not empty; 1 is a disc. None without areas."""
    if problem.area_km2 is None or not (plan >= 0).any():
        return None
    inside = plan >= 0
    area = np.bincount(plan[inside], problem.area_km2[inside], problem.n_grids)
    outline = perimeter_km_of_grid(problem, plan)
    if (outline[area > 0] <= 0).any():
        return None
    return float((4 * np.pi * area[area > 0] / outline[area > 0] ** 2).mean())


def churn_share(problem: TerritoryProblem, plan: Plan) -> float | None:
    """Return the share of the weight with a present grid that leaves it; None where nobody has one."""
    owned = float(problem.weight[problem.previous >= 0].sum())
    return checks.moved_weight(problem, plan) / owned if owned > 0 else None


def _n_cut_edges(problem: TerritoryProblem, plan: Plan) -> int:
    return int((plan[problem.edges[:, 0]] != plan[problem.edges[:, 1]]).sum())


def _priced_km2(problem: TerritoryProblem, plan: Plan) -> float:
    same = plan[problem.priced_edges[:, 0]] == plan[problem.priced_edges[:, 1]]
    return float(problem.price_km2[same].sum())


REGISTRY: dict[str, Metric] = {
    metric.key: metric
    for metric in (
        Metric("max_deviation_share", "share", "lower", 1, lambda t, g: max(deviation_share(t, g).values())),
        Metric("n_broken_grids", "grids", "lower", 1, lambda t, g: int((checks.pieces_of_grid(t, g) != 1).sum())),
        Metric("n_pieces", "pieces", "lower", 1, lambda t, g: int(checks.pieces_of_grid(t, g).sum())),
        Metric("inertia_km2", "km2", "lower", 1, inertia_km2),
        Metric("polsby_popper", "", "higher", 1, polsby_popper),
        Metric("n_cut_edges", "edges", "lower", 1, _n_cut_edges),
        Metric("border_price_km2", "km2", "lower", 1, _priced_km2),
        Metric("churn_share", "share", "lower", 1, churn_share),
    )
}

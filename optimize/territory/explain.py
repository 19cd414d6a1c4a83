"""What stands in a plan's way: how much nearer units could come to a centre across borders that they may not cross."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from optimize.territory.problem import FloatArray, IntArray, TerritoryProblem


def crossing_gains(problem: TerritoryProblem, grid_of_unit: IntArray, pairs: IntArray) -> FloatArray:
    """Return (k, 2) km2 that each unit of a pair would save in the grid of the other, both centres staying; >= 0.

    Parameters
    ----------
    pairs : (k, 2) units on two sides of a border; a pair within one grid, or with a unit of no grid, saves nothing

    Notes
    -----
    A first estimate, by which rules that stand in the way are ranked before they are lifted and solved again: neither
    balance nor contiguity is looked at. O(n + k).
    """
    plan = np.asarray(grid_of_unit)
    centres = centres_of(problem, plan)
    gains = np.zeros((len(pairs), 2))
    known = np.flatnonzero((plan[pairs] >= 0).all(axis=1)) if len(pairs) else np.zeros(0, dtype=np.intp)
    for side in (0, 1):
        unit, other = pairs[known, side], pairs[known, 1 - side]
        now = ((problem.xy_km[unit] - centres[plan[unit]]) ** 2).sum(axis=1)
        then = ((problem.xy_km[unit] - centres[plan[other]]) ** 2).sum(axis=1)
        gains[known, side] = problem.weight[unit] * np.maximum(now - then, 0.0)
    return gains


@dataclass(frozen=True, slots=True, kw_only=True)
class ClosedEnd:
    """A load of a grid that sits at an end of its range: no unit that would be nearer elsewhere can pass.

    Parameters
    ----------
    measure : row of the problem's loads
    is_upper : whether nothing fits in; else nothing can be spared
    deviation_share : from the mean, of which the tolerance is the end
    gain_km2 : what the units that cannot pass would save, the centres staying
    """

    grid: int
    measure: int
    is_upper: bool
    deviation_share: float
    gain_km2: float


def closed_ends(problem: TerritoryProblem, grid_of_unit: IntArray) -> list[ClosedEnd]:
    """Return, by grid and measure, the ends of ranges past which every unit that would save by crossing would lead.

    Units pass between grids that touch where nobody is barred. An end is closed where such units are there and the
    lightest of them does not fit. O(edges).
    """
    plan = np.asarray(grid_of_unit)
    joining, leaving = _wishes(problem, plan)
    inside = plan >= 0
    least, most = problem.load_range
    found = []
    for measure, load in enumerate(problem.loads):
        held = np.bincount(plan[inside], load[inside], problem.n_grids)
        mean = float(held.mean())
        for grid in range(problem.n_grids):
            room = float(most[measure, grid] - held[grid]), float(held[grid] - least[measure, grid])
            for is_upper, units, free in ((True, joining[grid], room[0]), (False, leaving[grid], room[1])):
                loaded = [unit for unit in units if load[unit] > 0]
                if loaded and min(load[unit] for unit in loaded) > free:
                    found.append(
                        ClosedEnd(
                            grid=grid, measure=measure, is_upper=is_upper, deviation_share=float(held[grid] / mean - 1),
                            gain_km2=sum(units[unit] for unit in loaded),
                        )
                    )  # fmt: skip
    return found


def _wishes(problem: TerritoryProblem, plan: IntArray) -> tuple[list[dict[int, float]], list[dict[int, float]]]:
    """Return by grid the units that would save by joining and by leaving it, with the km2 of the best way."""
    ends = plan[problem.edges]
    apart = problem.edges[(ends[:, 0] != ends[:, 1]) & (ends >= 0).all(axis=1)]
    gains = crossing_gains(problem, plan, apart)
    joining: list[dict[int, float]] = [{} for _ in range(problem.n_grids)]
    leaving: list[dict[int, float]] = [{} for _ in range(problem.n_grids)]
    for side in (0, 1):
        for unit, other, gain in zip(apart[:, side].tolist(), apart[:, 1 - side].tolist(), gains[:, side], strict=True):
            if gain > 0:
                joining[plan[other]][unit] = float(gain)
                leaving[plan[unit]][unit] = max(float(gain), leaving[plan[unit]].get(unit, 0.0))
    return joining, leaving


def centres_of(problem: TerritoryProblem, grid_of_unit: IntArray) -> FloatArray:
    """Return (n_grids, 2) the load centroid of each grid, km; that of all units for a grid without weight."""
    inside = (grid_of_unit >= 0) & (grid_of_unit < problem.n_grids)
    grid, weight = grid_of_unit[inside], problem.weight[inside]
    total = np.bincount(grid, weight, problem.n_grids)
    sums = np.stack([np.bincount(grid, weight * problem.xy_km[inside, k], problem.n_grids) for k in (0, 1)], axis=1)
    middle = problem.xy_km.mean(axis=0)
    return np.where(total[:, None] > 0, sums / np.maximum(total, 1e-300)[:, None], middle)

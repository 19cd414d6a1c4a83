"""What stands in a plan's way: how much nearer units could come to a centre across borders that they may not cross."""

from __future__ import annotations

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


def centres_of(problem: TerritoryProblem, grid_of_unit: IntArray) -> FloatArray:
    """Return (n_grids, 2) the load centroid of each grid, km; that of all units for a grid without weight."""
    inside = (grid_of_unit >= 0) & (grid_of_unit < problem.n_grids)
    grid, weight = grid_of_unit[inside], problem.weight[inside]
    total = np.bincount(grid, weight, problem.n_grids)
    sums = np.stack([np.bincount(grid, weight * problem.xy_km[inside, k], problem.n_grids) for k in (0, 1)], axis=1)
    middle = problem.xy_km.mean(axis=0)
    return np.where(total[:, None] > 0, sums / np.maximum(total, 1e-300)[:, None], middle)

"""Share the grid of somebody who is away among those who touch it; nobody else's units move."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from optimize.stopping import MaxIterations
from optimize.territory import checks
from optimize.territory.problem import NOBODY, FloatArray, IntArray, TerritoryProblem
from optimize.territory.solve import solve

LADDER = (0.02, 0.05, 0.10, 0.20, 0.50)  # deviations from the common level that are tried, the smallest first
SHARE_ITERATIONS = 60


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Split:
    """A grid shared out.

    Parameters
    ----------
    grid_of_unit : (n,) the plan without the absent grid; -1 where nobody present can be reached
    receivers : grids that touch the absent one and take part
    level : (n_measures, len(receivers)) load that each receiver should have afterwards: its own, filled up to a level
        that is common to all who lie below it, measured in the first measure
    deviation_share : greatest |load - level| / level of a receiver in the first measure, 0 without receivers
    """

    grid_of_unit: IntArray
    receivers: tuple[int, ...]
    level: FloatArray
    deviation_share: float


def split_grid(
    problem: TerritoryProblem, absent: int, *, away: Collection[int] = (), seed: int = 0,
    iterations: int = SHARE_ITERATIONS,
) -> Split:  # fmt: skip
    """Divide the units of grid `absent` of `problem.previous` among the grids that touch it.

    Each receiver's load ends as near to the common level as the smallest step of `LADDER` that was reached; among such
    splits the search looks for the least squared distance to the receivers' centres. Units of other grids keep theirs.
    Every receiver that was in one piece stays so. Not proven optimal.

    Parameters
    ----------
    away : further grids that cannot take anything
    """
    before = problem.previous
    plan = np.array(before, dtype=np.int32)
    given = np.flatnonzero(before == absent)
    receivers = _touching(problem, absent, set(away))
    if not len(given) or not len(receivers):
        plan[given] = NOBODY
        return Split(grid_of_unit=plan, receivers=(), level=np.zeros((len(problem.measures), 0)), deviation_share=0.0)
    load = checks.load_of_grid(problem, before)
    level = water_level(load[0, receivers].astype(np.float64), float(load[0, absent]))
    if len(receivers) == 1:
        plan[given] = receivers[0]
    else:
        units, part = _part(problem, absent, receivers, level)
        plan[units] = np.array([*receivers, NOBODY], dtype=np.int32)[_solved(part, iterations, seed)]
    after = checks.load_of_grid(problem, plan)[0, receivers]
    levels = np.repeat(level[None, :], len(problem.measures), axis=0)
    for m in range(1, len(problem.measures)):
        levels[m] = water_level(load[m, receivers].astype(np.float64), float(load[m, absent]))
    off = np.abs(after - level) / np.maximum(level, 1e-12)
    return Split(grid_of_unit=plan, receivers=tuple(receivers.tolist()), level=levels, deviation_share=float(off.max()))


def water_level(load: FloatArray, more: float) -> FloatArray:
    """Return the loads after `more` was poured over them: the lowest rise together, the highest stay as they are."""
    order = np.sort(load)
    for n in range(len(order), 0, -1):
        level = (order[:n].sum() + more) / n
        if level >= order[n - 1]:
            return np.asarray(np.maximum(load, level))
    return load


def _touching(problem: TerritoryProblem, absent: int, away: Collection[int]) -> NDArray[np.int64]:
    """Return the grids with a passable edge into the absent one; units of no grid do not count as a way."""
    ends = problem.previous[problem.edges].astype(np.int64)
    near = np.concatenate([ends[ends[:, 0] == absent, 1], ends[ends[:, 1] == absent, 0]])
    near = np.unique(near[(near >= 0) & (near < problem.n_grids) & (near != absent)])
    return near[~np.isin(near, list(away))]


def _part(
    problem: TerritoryProblem, absent: int, receivers: NDArray[np.int64], level: FloatArray
) -> tuple[NDArray[np.intp], TerritoryProblem]:
    """Return the units concerned and the small problem over them: only the absent grid's units are free."""
    before = problem.previous
    units = np.flatnonzero(np.isin(before, receivers) | (before == absent))
    number = np.full(problem.n_units, NOBODY, dtype=np.int32)
    number[units] = np.arange(len(units), dtype=np.int32)
    grid = np.full(max(problem.n_grids, int(before.max()) + 1) + 1, NOBODY, dtype=np.int32)
    grid[receivers] = np.arange(len(receivers), dtype=np.int32)

    def inside(pairs: IntArray) -> NDArray[np.bool_]:
        return np.asarray((number[pairs] >= 0).all(axis=1))

    borders = inside(problem.border_edges)
    priced = inside(problem.priced_edges)
    bans = problem.forbidden[(number[problem.forbidden[:, 0]] >= 0) & (grid[problem.forbidden[:, 1]] >= 0)]
    small = TerritoryProblem(
        n_grids=len(receivers),
        xy_km=problem.xy_km[units],
        loads=problem.loads[:1, units],
        measures=problem.measures[:1],
        edges=number[problem.edges[inside(problem.edges)]],
        weight=problem.weight[units],
        within_km2=problem.within_km2[units],
        border_edges=number[problem.border_edges[borders]],
        border_km=problem.border_km[borders],
        perimeter_km=problem.perimeter_km[units],
        perimeter_weight=problem.perimeter_weight,
        pinned=grid[before[units]],
        forbidden=np.column_stack([number[bans[:, 0]], grid[bans[:, 1]]]),
        priced_edges=number[problem.priced_edges[priced]],
        price_km2=problem.price_km2[priced],
        target_share=np.maximum(level, 1e-9 * max(level.sum(), 1.0)),
    )
    return units, small


def _solved(part: TerritoryProblem, iterations: int, seed: int) -> IntArray:
    """Return the plan at the smallest step of the ladder that holds, else the one with the least load outside."""
    start = np.where(part.pinned >= 0, part.pinned, NOBODY).astype(np.int32)
    plan = start
    for tolerance in LADDER:
        found = solve(
            replace(part, tolerance_share=np.array([tolerance])), MaxIterations(iterations), seed, initial=start
        )
        plan = found.grid_of_unit
        if not [v for v in found.violations if v.rule == "load"]:
            break
    return plan

"""One unit of a published instance painted by hand: its plan repaired around it, and told in words."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from gridsvc.domain.errors import BadInput
from gridsvc.engines.instances.territory_npz import read_labels, replan_from
from optimize.territory import checks
from optimize.territory.problem import TerritoryProblem, TerritoryResult
from optimize.territory.replan import handover, repair
from optimize.territory.solve import Engine


@dataclass(frozen=True, slots=True)
class PaintedInstance:
    """The repaired plan and one sentence for each unit that moves and each load of the grids between which it does."""

    result: TerritoryResult
    words: tuple[str, ...]


def read_plan(path: Path, problem: TerritoryProblem) -> NDArray[np.int32]:
    """Return (n_units,) the grid of each unit from a `unit,grid` file that lists every one.

    Raises
    ------
    BadInput
        as `read_labels`, and where units are left out.
    """
    plan = read_labels(path, n_units=problem.n_units, n_grids=problem.n_grids)
    missing = np.flatnonzero(plan < 0)
    if len(missing):
        raise BadInput(f"{path}: every unit needs a grid; {len(missing)} are not listed, the first is {missing[0]}.")
    return plan


def paint_instance(
    problem: TerritoryProblem, plan: NDArray[np.int32], unit: int, grid: int, engine: Engine = "auto"
) -> PaintedInstance:
    """Give the unit to the grid and repair around it: as few retailers as possible move to keep every rule.

    Raises
    ------
    BadInput
        where there is no such unit or grid, or the unit is pinned to another.
    """
    faults = []
    if not 0 <= unit < problem.n_units:
        faults.append(f"there is no unit {unit}, only 0 to {problem.n_units - 1}")
    elif problem.pinned[unit] not in (-1, grid):
        faults.append(f"unit {unit} is pinned to grid {problem.pinned[unit]}")
    if not 0 <= grid < problem.n_grids:
        faults.append(f"there is no grid {grid}, only 0 to {problem.n_grids - 1}")
    if faults:
        raise BadInput("; ".join(faults).capitalize() + ".")
    result = repair(problem, plan, unit, grid, engine=engine)
    return PaintedInstance(result, tuple(_words(problem, plan, result.grid_of_unit)))


def _words(problem: TerritoryProblem, before: NDArray[np.int32], after: NDArray[np.int32]) -> Iterator[str]:
    """Say which units move, and what the grids between which they move hold then."""
    moved = handover(replan_from(problem, before), after)
    if not len(moved):
        yield "Nothing moves."
    for unit, giver, taker in moved.tolist():
        yield f"Unit {unit} goes from grid {giver} to grid {taker}; retailers: {problem.weight[unit]:.0f}."
    old, new = checks.load_of_grid(problem, before), checks.load_of_grid(problem, after)
    for grid in np.unique(moved[:, 1:]).tolist():
        for measure, name in enumerate(problem.measures):
            target = f"its target is {problem.target[measure, grid]:.1f}"
            yield f"Grid {grid}: {name} {old[measure, grid]} before, {new[measure, grid]} after; {target}."

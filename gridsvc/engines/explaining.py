"""What a rule costs, by lifting it and solving again; and how much more compact any plan could be."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from gridsvc.engines.certificates import MOST_FREE_UNITS
from gridsvc.engines.pool import EnginePool, Report, Task
from gridsvc.engines.territory import LayerProblem
from optimize.stopping import MaxIterations
from optimize.territory import checks, metrics
from optimize.territory.bounds import Bound, fixed_centre_bound, free_centre_bound
from optimize.territory.problem import TerritoryResult
from optimize.territory.solve import solve


@dataclass(frozen=True, slots=True, kw_only=True)
class Solved:
    """What a search reached: squared km of all shops, greatest deviation of minutes, and whether every rule holds."""

    inertia_km2: float
    deviation_share: float
    is_feasible: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Resolved:
    """A layer solved from where it stands: with all its rules, and with each of them lifted.

    Both searches begin with the same plan and have the same limits; lifting a rule never ends worse than keeping it.
    """

    drawn: Solved
    kept: Solved
    lifted: tuple[Solved, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ProvenGap:
    """The share by which a plan could be more compact at most, and of which plans that is proven.

    Parameters
    ----------
    centres : "any" = wherever its grids lie, "these" = around the centres of the division that was looked at
    certifies : the same in one sentence, with what was relaxed
    """

    share: float
    centres: Literal["any", "these"]
    certifies: str


def _rank(problem: LayerProblem, grid_of_unit: NDArray[np.int32]) -> tuple[float, float]:
    """Give what a search looks for: broken rules first, then squared km."""
    broken = checks.violations(problem, grid_of_unit)
    return sum(v.amount for v in broken), metrics.inertia_km2(problem, grid_of_unit)


def _solved(problem: LayerProblem, grid_of_unit: NDArray[np.int32]) -> Solved:
    return Solved(
        inertia_km2=round(metrics.inertia_km2(problem, grid_of_unit), 3),
        deviation_share=round(metrics.deviation_share(problem, grid_of_unit)[problem.measures[0]], 6),
        is_feasible=not checks.violations(problem, grid_of_unit),
    )


def _search_in_child(
    given: tuple[LayerProblem, NDArray[np.int32], int, int], report: Report
) -> tuple[Solved, NDArray[np.int32]]:
    problem, begin, seed, iterations = given
    found: TerritoryResult = solve(problem, MaxIterations(iterations), seed, initial=begin)
    better = min((begin, found.grid_of_unit), key=lambda plan: _rank(problem, plan))
    return _solved(problem, better), better


def resolve_without(
    pool: EnginePool,
    problem: LayerProblem,
    grid_of_unit: NDArray[np.int32],
    lifted: Sequence[LayerProblem],
    *,
    seed: int,
    iterations: int,
    on_progress: Report | None = None,
    is_cancelled: Callable[[], bool] | None = None,
) -> Resolved:
    """Solve a layer from a division, then again from what that reached: as it is, and with each rule lifted."""
    watch = {"on_progress": on_progress, "is_cancelled": is_cancelled}

    def task(of: LayerProblem, begin: NDArray[np.int32]) -> Task:
        return Task(f"{__name__}._search_in_child", (of, begin, seed, iterations), limit_s=600.0)

    ((_, reached),) = pool.run_all([task(problem, grid_of_unit)], **watch)  # type: ignore[arg-type]
    again = pool.run_all([task(of, reached) for of in (problem, *lifted)], **watch)  # type: ignore[arg-type]
    kept, best = again[0]
    results = []
    for of, (_, plan) in zip(lifted, again[1:], strict=True):
        better = min((plan, best), key=lambda one, of=of: _rank(of, one))  # type: ignore[misc]
        results.append(_solved(of, better))
    return Resolved(drawn=_solved(problem, grid_of_unit), kept=kept, lifted=tuple(results))


def _bound_in_child(
    given: tuple[LayerProblem, NDArray[np.int32], int, int], report: Report
) -> tuple[Bound, Bound | None]:
    problem, plan, seed, steps = given
    report(0.1, "bounding from these centres")
    fixed = fixed_centre_bound(problem, plan)
    if not steps or int((problem.weight > 0).sum()) > MOST_FREE_UNITS:
        return fixed, None
    report(0.3, "bounding from any centres")
    return fixed, free_centre_bound(problem, MaxIterations(steps), seed, plan)


def prove_gaps(
    pool: EnginePool,
    problems: Mapping[str, tuple[LayerProblem, NDArray[np.int32]]],
    *,
    seed: int,
    steps: int,
    on_progress: Report | None = None,
    is_cancelled: Callable[[], bool] | None = None,
) -> dict[str, tuple[ProvenGap, ProvenGap | None]]:
    """Give for each layer what is proven from the centres of its division, and from any (None = too many units)."""
    tasks = [
        Task(f"{__name__}._bound_in_child", (problem, plan, seed, steps), limit_s=900.0)
        for problem, plan in problems.values()
    ]
    found = pool.run_all(tasks, on_progress=on_progress, is_cancelled=is_cancelled)
    gaps = {}
    for (key, (problem, plan)), (fixed, free) in zip(problems.items(), found, strict=True):
        inertia = metrics.inertia_km2(problem, plan)

        def gap(bound: Bound, centres: Literal["any", "these"], inertia: float = inertia) -> ProvenGap:
            return ProvenGap(share=round(bound.gap_share(inertia), 5), centres=centres, certifies=bound.certifies)

        gaps[key] = (gap(fixed, "these"), None if free is None else gap(free, "any"))
    return gaps

"""Divide units into grids: the one call of the territory engine."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from optimize.stopping import StoppingCriterion
from optimize.territory.problem import IntArray, TerritoryProblem, TerritoryResult

Engine = Literal["auto", "ortools"]
Progress = Callable[[int, float, IntArray], None]  # iterations, best objective, best grid_of_unit


def solve(
    problem: TerritoryProblem,
    stop: StoppingCriterion,
    seed: int,
    initial: IntArray | None = None,
    *,
    engine: Engine = "auto",
    on_progress: Progress | None = None,
) -> TerritoryResult:
    """Return the best plan found before `stop` says so; never raises for an infeasible problem."""
    raise NotImplementedError

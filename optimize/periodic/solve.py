"""Give every duty its days and every day its tours."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from optimize.periodic.problem import PeriodicProblem, PeriodicResult
from optimize.stopping import StoppingCriterion


def solve(
    problem: PeriodicProblem,
    stop: StoppingCriterion,
    seed: int,
    initial: PeriodicResult | None = None,
    *,
    engine: Literal["auto", "ortools"] = "auto",
    on_progress: Callable[[int, float], None] | None = None,
) -> PeriodicResult:
    """Choose days and tours of least cost until `stop` says so.

    Parameters
    ----------
    problem : the cycle
    stop : asked between chunks of iterations; `MaxIterations` makes the result repeatable byte for byte
    seed : >= 0; the only source of randomness apart from sealed draws made before
    initial : a result of the same problem to start from
    engine : "auto" is ruin-and-recreate over the whole cycle; "ortools" chooses days by CP-SAT and tours by OR-Tools
    on_progress : called between chunks with the iterations done and the best cost so far
    """
    raise NotImplementedError

"""Give every duty its days and every day its tours."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import numpy as np

from optimize.periodic.annealing import Annealing, anneal
from optimize.periodic.layout import lay_out
from optimize.periodic.ortools_engine import solve_by_ortools
from optimize.periodic.problem import PeriodicProblem, PeriodicResult
from optimize.periodic.result import load_result, read_result
from optimize.periodic.sealed import draw_sealed_days
from optimize.periodic.search import Settings
from optimize.periodic.tours import take_best
from optimize.stopping import StoppingCriterion

_FIRST_SHARE_FROM_INITIAL = 0.03
"""First temperature where a plan is given: hot enough to better it, too cold to lose it."""


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

    Returns
    -------
    PeriodicResult : judged by `checks`. `is_feasible` is False where a duty is not planned or a band does not hold;
        the plan is then the best found and `not_planned` says what stands in the way. Sealed duties with several
        patterns are drawn first, by a generator of their own seeded from `seed`; draw them with `draw_sealed_days`
        from a secret where secrecy matters.

    Notes
    -----
    Ruin and recreate by string removals (Christiaens & Vanden Berghe 2020) over all days at once. The same problem,
    seed and iteration limit give the same bytes on one machine.
    """
    if seed < 0:
        message = f"seed must be >= 0, not {seed}"
        raise ValueError(message)
    drawn = draw_sealed_days(problem, seed) if _is_undrawn(problem) else problem
    if engine == "ortools":
        return solve_by_ortools(drawn, stop, on_progress=on_progress)
    w = lay_out(drawn, seed)
    if initial is not None:
        load_result(drawn, w, initial)
    annealing = Annealing() if initial is None else Annealing(first_share=_FIRST_SHARE_FROM_INITIAL, relaxes=False)
    n_iterations = anneal(drawn, w, Settings(), annealing, stop, on_progress) if len(w.slots) else 0
    take_best(w)
    return read_result(drawn, w, n_iterations)


def _is_undrawn(problem: PeriodicProblem) -> bool:
    """Whether a sealed duty still has a choice."""
    return bool((np.diff(problem.pattern_start)[problem.sealed] > 1).any())

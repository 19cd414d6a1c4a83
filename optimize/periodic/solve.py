"""Give every duty its days and every day its tours."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from typing import Literal

import numpy as np

from optimize.periodic.alike import as_one_day, over_all_days
from optimize.periodic.annealing import Annealing, Steer, anneal
from optimize.periodic.fleet import is_fleet_of_several, n_visits
from optimize.periodic.inheritance import Shares, evolve
from optimize.periodic.layout import lay_out
from optimize.periodic.meetings import hold_meetings
from optimize.periodic.ortools_engine import solve_by_ortools
from optimize.periodic.placing import Settings
from optimize.periodic.problem import PeriodicProblem, PeriodicResult
from optimize.periodic.result import load_result, read_result
from optimize.periodic.sealed import draw_sealed_days
from optimize.periodic.stages import Budget, budget_of
from optimize.periodic.tours import take_best
from optimize.stopping import MaxIterations, StoppingCriterion

Progress = Callable[[int, float], None]

_SHARES_BY_VISITS = (
    (120, Shares(n_hot=6, of_hot=0.10, n_cooled=3, of_cooled=0.04, of_child=0.03)),
    (350, Shares(n_tried=20, of_tried=0.014, n_hot=7, of_hot=0.045, n_cooled=2, of_cooled=0.06, of_child=0.05)),
    (900, Shares(n_hot=2, of_hot=0.30, n_cooled=1, of_cooled=0.20, of_child=0.10)),
)
"""By number of visits: how a fleet's limit is shared out; the larger, the fewer and longer the searches."""
_REMOVED_FROM_FLEETS = 15.0
"""Visits removed a step where people are interchangeable; a territory's month is better served by smaller steps."""
_ALONE = Annealing(first_share=0.15)
"""Of a fleet's only search: a first share of 0.5 spends a third of it above any good plan (p04, 10 s: 1.20 % above the
best known with 0.5, 0.40 % with 0.15)."""
_FROM_INITIAL = Annealing(first_share=0.03, relaxes=False, is_soft=False)
"""Where a plan is given: hot enough to better it, too cold to lose it."""
_SEED_STEP = 1_000_003


def solve(
    problem: PeriodicProblem,
    stop: StoppingCriterion,
    seed: int,
    initial: PeriodicResult | None = None,
    *,
    engine: Literal["auto", "ortools"] = "auto",
    on_progress: Progress | None = None,
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
    Ruin and recreate by string removals (Christiaens & Vanden Berghe 2020) over all days at once. Where people are
    interchangeable, the limit is shared out between some searches, and more that go on from children of their plans.
    Where roles meet within a window, the tours of each day are ordered for that at the end, by a number of steps of its
    own. The same problem, seed and iteration limit give the same bytes on one machine.
    """
    if seed < 0:
        message = f"seed must be >= 0, not {seed}"
        raise ValueError(message)
    drawn = draw_sealed_days(problem, seed) if _is_undrawn(problem) else problem
    if engine == "ortools":
        return hold_meetings(drawn, solve_by_ortools(drawn, stop, on_progress=on_progress), seed)
    one_day = as_one_day(drawn) if initial is None else None
    if one_day is not None:
        spread = over_all_days(drawn, solve(one_day, stop, seed, on_progress=on_progress))
        judged = search_plan(drawn, MaxIterations(0), seed, spread, None)
        return replace(judged, n_iterations=spread.n_iterations)
    shares = _shares(drawn) if initial is None else None
    budget = budget_of(stop) if shares is not None else None
    if shares is not None and budget is not None:
        return _evolve(drawn, budget, shares, seed, on_progress)
    return hold_meetings(drawn, search_plan(drawn, stop, seed, initial, on_progress), seed)


def search_plan(
    problem: PeriodicProblem,
    stop: StoppingCriterion,
    seed: int,
    initial: PeriodicResult | None,
    on_progress: Progress | None,
    annealing: Annealing | None = None,
    steer: Steer | None = None,
) -> PeriodicResult:
    """Search once: one annealing from an empty plan, or a cold one from a given plan; `annealing` overrules both."""
    w = lay_out(problem, seed)
    if initial is not None:
        load_result(problem, w, initial)
    is_fleet = is_fleet_of_several(problem)
    if annealing is None and initial is not None:
        annealing = _FROM_INITIAL
    if annealing is None:
        annealing = _ALONE if is_fleet else Annealing()
    settings = Settings(mean_removed=_REMOVED_FROM_FLEETS, gives_up=True) if is_fleet else Settings()
    n_iterations = anneal(problem, w, settings, annealing, stop, on_progress, steer) if len(w.slots) else 0
    take_best(w)
    return read_result(problem, w, n_iterations)


def _evolve(
    problem: PeriodicProblem, budget: Budget, shares: Shares, seed: int, on_progress: Progress | None
) -> PeriodicResult:
    """Several searches and children of their plans; progress counts the steps of all of them."""
    n_done, best = 0, math.inf

    def tell(n_iterations: int, cost: float) -> None:
        if on_progress is not None:
            on_progress(n_done + n_iterations, min(best, cost))

    def search(
        stop: StoppingCriterion, number: int, start: PeriodicResult | None, annealing: Annealing
    ) -> PeriodicResult:
        nonlocal n_done, best
        found = search_plan(problem, stop, seed + number * _SEED_STEP, start, tell, annealing)
        n_done += found.n_iterations
        if not found.not_planned:
            best = min(best, found.cost)
        return found

    return replace(evolve(problem, budget, shares, seed, search), n_iterations=n_done)


def _shares(problem: PeriodicProblem) -> Shares | None:
    """How a limit is shared out; None = one search has all of it."""
    if not is_fleet_of_several(problem):
        return None
    return next((shares for most, shares in _SHARES_BY_VISITS if n_visits(problem) <= most), None)


def _is_undrawn(problem: PeriodicProblem) -> bool:
    """Whether a sealed duty still has a choice."""
    return bool((np.diff(problem.pattern_start)[problem.sealed] > 1).any())

"""Give every duty its days and every day its tours."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Literal

import numpy as np

from optimize.periodic.alike import as_one_day, over_all_days
from optimize.periodic.annealing import Annealing, anneal
from optimize.periodic.layout import lay_out
from optimize.periodic.meetings import hold_meetings
from optimize.periodic.ortools_engine import solve_by_ortools
from optimize.periodic.problem import PeriodicProblem, PeriodicResult
from optimize.periodic.recombine import TourPool, can_recombine, recombine
from optimize.periodic.result import load_result, read_result
from optimize.periodic.sealed import draw_sealed_days
from optimize.periodic.search import Settings
from optimize.periodic.stages import Shares, Stages, stages_of
from optimize.periodic.tours import take_best
from optimize.stopping import MaxIterations, StoppingCriterion

Progress = Callable[[int, float], None]

_SHARES_BY_VISITS = (
    (350, Shares((0.28, 0.28, 0.28), 0.05)),
    (900, Shares((0.42, 0.42), 0.05)),
)
"""By number of visits: how a fleet's limit is shared out; larger cycles need one long search."""
_REMOVED_FROM_FLEETS = 15.0
"""Visits removed a step where people are interchangeable; a territory's month is better served by smaller steps."""
_FIRST_SHARE_OF_FLEETS = 0.15
"""First temperature of a fleet's search: 0.5 spends a third of it above any good plan (p04, 10 s, one search: 1.20 %
above the best known with 0.5, 0.40 % with 0.15; in stages 0.06 and 0.00 %)."""
_SEED_STEP = 1_000_003
_FIRST_SHARE_FROM_INITIAL = 0.03
"""First temperature where a plan is given: hot enough to better it, too cold to lose it."""


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
    interchangeable, the limit is shared out between two searches, a recombination of their tours by set partitioning,
    and a cold search from there. Where roles meet within a window, the tours of each day are ordered for that at the
    end, by a number of steps of its own. The same problem, seed and iteration limit give the same bytes on one machine.
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
        judged = _search(drawn, MaxIterations(0), seed, spread, None, None)
        return replace(judged, n_iterations=spread.n_iterations)
    shares = _shares(drawn)
    stages = stages_of(stop, shares) if shares and initial is None and can_recombine(drawn) else None
    if stages is not None:
        return _solve_in_stages(drawn, stages, seed, on_progress)
    return hold_meetings(drawn, _search(drawn, stop, seed, initial, on_progress, None), seed)


def _search(
    problem: PeriodicProblem,
    stop: StoppingCriterion,
    seed: int,
    initial: PeriodicResult | None,
    on_progress: Progress | None,
    pool: TourPool | None,
) -> PeriodicResult:
    """One annealing from an empty plan, or a cold one from a given plan."""
    w = lay_out(problem, seed)
    if initial is not None:
        load_result(problem, w, initial)
    is_fleet = can_recombine(problem)
    annealing = Annealing(first_share=_FIRST_SHARE_OF_FLEETS) if is_fleet else Annealing()
    if initial is not None:
        annealing = Annealing(first_share=_FIRST_SHARE_FROM_INITIAL, relaxes=False, is_soft=False)
    settings = Settings(mean_removed=_REMOVED_FROM_FLEETS) if is_fleet else Settings()
    n_iterations = anneal(problem, w, settings, annealing, stop, on_progress, pool) if len(w.slots) else 0
    take_best(w)
    if pool is not None:
        pool.keep(w)
    return read_result(problem, w, n_iterations)


def _solve_in_stages(
    problem: PeriodicProblem, stages: Stages, seed: int, on_progress: Progress | None
) -> PeriodicResult:
    """Independent searches; then the best plan from all tours met, and a search that goes on from it."""
    pool = TourPool()
    best: PeriodicResult | None = None
    n_done = n_searches = 0

    def tell(n_iterations: int, cost: float) -> None:
        if on_progress is not None:
            known = [best.cost] if best is not None and not best.not_planned else []
            on_progress(n_done + n_iterations, min([cost, *known]))

    def search(stop: StoppingCriterion, start: PeriodicResult | None, pool: TourPool | None) -> PeriodicResult:
        nonlocal n_done, n_searches
        result = _search(problem, stop, seed + n_searches * _SEED_STEP, start, tell, pool)
        n_done, n_searches = n_done + result.n_iterations, n_searches + 1
        return result if best is None else min((best, result), key=_rank)

    for stop in stages.fresh:
        best = search(stop, None, pool)
    assert best is not None
    better = recombine(problem, pool, best, max_seconds=stages.recombine_s) if best.is_feasible else None
    return replace(search(stages.last(), better or best, None), n_iterations=n_done)


def _shares(problem: PeriodicProblem) -> Shares | None:
    """How a limit is shared out; None = one search has all of it."""
    named = np.bitwise_count(problem.pattern_mask).astype(np.int64)
    starts = problem.pattern_start[:-1][np.diff(problem.pattern_start) > 0]
    n_visits = int(np.maximum.reduceat(named, starts).sum()) if starts.size else 0
    return next((shares for most, shares in _SHARES_BY_VISITS if n_visits <= most), None)


def _rank(result: PeriodicResult) -> tuple[bool, int, float]:
    return not result.is_feasible, len(result.not_planned), result.cost


def _is_undrawn(problem: PeriodicProblem) -> bool:
    """Whether a sealed duty still has a choice."""
    return bool((np.diff(problem.pattern_start)[problem.sealed] > 1).any())

"""The front door of the routing engine: one problem in, one plan of the day out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

import numpy as np

from optimize.routing.parts import with_appointments, with_stops
from optimize.routing.problem import Engine, OnProgress, RoutingProblem
from optimize.routing.reasons import lasting_reason, one_of_each
from optimize.routing.result import RoutingResult
from optimize.routing.timing import day_of, unserved_price
from optimize.routing.together import Appointed
from optimize.stopping import StoppingCriterion

Orders = list[list[int]]
OrderSearch = Callable[
    [RoutingProblem, StoppingCriterion, int, Sequence[Sequence[int]] | None, OnProgress | None], tuple[Orders, int]
]
ENGINES: Final[tuple[Engine, ...]] = ("auto", "ortools", "pyvrp")


def solve(
    problem: RoutingProblem,
    stop: StoppingCriterion,
    seed: int,
    initial: RoutingResult | Sequence[Sequence[int]] | None = None,
    *,
    engine: Engine = "auto",
    on_progress: OnProgress | None = None,
) -> RoutingResult:
    """Order and time one day.

    Parameters
    ----------
    stop : asked between chunks of iterations with the iterations done and the best cost
    seed : of the search; the same problem, seed and iteration limit give the same result. OR-Tools ignores it
    initial : a plan to start from (its stop rows in order per staff member); what does not fit where it stands is
        moved or left out
    engine : "auto" is the engine of this package; the others are the libraries, their orders put on the exact clock
    on_progress : called now and then with the iterations done and the best cost so far, in the search's own units

    Returns
    -------
    RoutingResult
        Keeps every rule of the problem. Stops that fit nowhere are listed with a reason; when a required one is
        among them the result says `feasible=False`. Never worse than an `initial` that keeps every rule.

    Raises
    ------
    ValueError
        When the engine is unknown.
    """
    if engine not in ENGINES:
        raise ValueError(f"engine must be one of {', '.join(ENGINES)}, not {engine!r}")
    from optimize.routing.timetable import timetable

    possible = possible_stops(problem)
    part = with_stops(problem, possible)
    row_of = {stop_row: row for row, stop_row in enumerate(possible)}
    given = initial.orders if isinstance(initial, RoutingResult) else initial
    start = None if given is None else [[row_of[int(s)] for s in order if int(s) in row_of] for order in given]
    given_s = _starts_of(initial, row_of) if isinstance(initial, RoutingResult) else {}
    if part.same_time_groups or part.has_wishes:
        candidates, iterations = _solve_tied(part, stop, seed, start, given_s, engine, on_progress)
    else:
        found, iterations = _search_of(engine)(part, stop, seed, start, on_progress)
        candidates = [Appointed(found, {})]
    if start is not None:
        tied = {s for group in part.same_time_groups for s in group}
        candidates.append(Appointed(start, {s: at for s, at in given_s.items() if s in tied}))
    results = []
    for orders, starts in candidates:
        rows = [[possible[row] for row in order] for order in _on_exact_clock(part, orders, starts)]
        appointments = {possible[row]: start_s for row, start_s in starts.items()}
        results.append(timetable(problem, rows, appointments, iterations=iterations, engine=engine))
    return min(results, key=lambda result: _price_of(problem, result))


def _price_of(problem: RoutingProblem, result: RoutingResult) -> int:
    """Return the cost with the price of required stops left out; the first of equal plans wins."""
    left = [item.stop for item in result.unserved if problem.is_required[item.stop]]
    return result.cost + int(unserved_price(problem)[left].sum())


def _starts_of(initial: RoutingResult, row_of: dict[int, int]) -> dict[int, int]:
    return {
        row_of[int(s)]: int(start_s)
        for route in initial.routes
        for s, start_s in zip(route.stops, route.start_s, strict=True)
        if int(s) in row_of
    }


def _solve_tied(
    problem: RoutingProblem,
    stop: StoppingCriterion,
    seed: int,
    initial: Sequence[Sequence[int]] | None,
    initial_start_s: dict[int, int],
    engine: Engine,
    on_progress: OnProgress | None,
) -> tuple[list[Appointed], int]:
    """Solve a problem with same-time groups or soft windows; PyVRP knows none, so it leaves them to the own search."""
    if engine == "ortools":
        from optimize.routing.ortools_engine import appointed_by_ortools

        found, n_asked = appointed_by_ortools(problem, stop, initial, on_progress)
        return [found], n_asked
    from optimize.routing.relay import search_tied

    return search_tied(problem, stop, seed, initial, initial_start_s, on_progress)


def _on_exact_clock(problem: RoutingProblem, orders: Orders, starts: dict[int, int]) -> Orders:
    """Put orders on the exact clock; a group that is not served whole is left out whole."""
    from optimize.routing.search import complete

    untied = {s for group in problem.same_time_groups for s in group if any(t not in starts for t in group)}
    while True:
        rows = [s for s in range(problem.n_stops) if s not in untied]
        row_of = {s: row for row, s in enumerate(rows)}
        part = with_stops(with_appointments(problem, starts), rows)
        kept = complete(part, [[row_of[s] for s in order if s in row_of] for order in orders])
        orders = [[rows[row] for row in order] for order in kept]
        served = {s for order in orders for s in order}
        broken = {s for g in problem.same_time_groups for s in g if not served.issuperset(g)} - untied
        if not broken:
            return orders
        untied |= broken


def possible_stops(problem: RoutingProblem) -> list[int]:
    """Return the stops that somebody could serve on an empty day; the others only cost the search time."""
    day, alike = day_of(problem), one_of_each(problem)
    lasting = {s for s in range(problem.n_stops) if lasting_reason(problem, day, s, alike) is not None}
    lasting |= {s for group in problem.same_time_groups if lasting.intersection(group) for s in group}
    return [int(s) for s in np.setdiff1d(np.arange(problem.n_stops), np.array(sorted(lasting), dtype=np.int64))]


def _search_of(engine: Engine) -> OrderSearch:
    if engine == "pyvrp":
        from optimize.routing.pyvrp_engine import orders_by_pyvrp

        return orders_by_pyvrp
    if engine == "ortools":
        from optimize.routing.ortools_engine import orders_by_ortools

        return orders_by_ortools
    from optimize.routing.relay import search_auto

    return search_auto

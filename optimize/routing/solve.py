"""The front door of the routing engine: one problem in, one plan of the day out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

import numpy as np

from optimize.routing.parts import with_stops
from optimize.routing.problem import Engine, OnProgress, RoutingProblem
from optimize.routing.reasons import lasting_reason, one_of_each
from optimize.routing.result import RoutingResult
from optimize.routing.timing import day_of
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
    from optimize.routing.search import complete
    from optimize.routing.timetable import timetable

    possible = possible_stops(problem)
    part = with_stops(problem, possible)
    row_of = {stop_row: row for row, stop_row in enumerate(possible)}
    given = initial.orders if isinstance(initial, RoutingResult) else initial
    start = None if given is None else [[row_of[int(s)] for s in order if int(s) in row_of] for order in given]
    found, iterations = _search_of(engine)(part, stop, seed, start, on_progress)
    orders = complete(part, found)
    orders = [[possible[row] for row in order] for order in orders]
    return timetable(problem, orders, iterations=iterations, engine=engine)


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
    from optimize.routing.search import search_orders

    return search_orders

"""PyVRP's iterated local search behind our problem: what it cannot say is repaired by the exact clock afterwards.

PyVRP 0.14 (Wouda, Lan, Kool 2024) knows one time window per client, no breaks and no stops tied to a common time. A
noon break that all staff share is taken out of the clock (times become working time), several windows become their
hull; `search.complete` then puts the orders on the exact clock and moves what does not fit.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
import pyvrp
from numpy.typing import NDArray
from pyvrp.solve import SolveParams

from optimize.routing.parts import classes_of
from optimize.routing.problem import UNREACHABLE, IntArray, OnProgress, RoutingProblem
from optimize.routing.timing import unserved_price
from optimize.stopping import StoppingCriterion

REPORT_EVERY: Final = 500
FAR: Final = 10**9  # above every real arc, far enough from overflow in sums


class _Stop:
    """Asks our criterion in PyVRP's place; PyVRP asks once per iteration."""

    def __init__(self, stop: StoppingCriterion, on_progress: OnProgress | None) -> None:
        self._stop, self._on_progress = stop, on_progress
        self.n_iterations = -1

    def __call__(self, best_cost: float) -> bool:
        self.n_iterations += 1
        if self._on_progress is not None and self.n_iterations % REPORT_EVERY == 0:
            self._on_progress(self.n_iterations, best_cost)
        return self._stop(self.n_iterations, best_cost)


def orders_by_pyvrp(
    problem: RoutingProblem,
    stop: StoppingCriterion,
    seed: int,
    initial: Sequence[Sequence[int]] | None = None,
    on_progress: OnProgress | None = None,
) -> tuple[list[list[int]], int]:
    """Order the day by PyVRP; the orders keep its view of the rules only.

    Returns
    -------
    orders : stop rows per staff member
    iterations : number done
    """
    data, staff_of_type = _data(problem)
    asked = _Stop(stop, on_progress)
    start = _solution(data, staff_of_type, initial) if initial else None
    found = pyvrp.solve(
        data, asked, seed=seed % 2**32, collect_stats=False, params=SolveParams(), initial_solution=start
    )
    free = {kind: list(staff) for kind, staff in enumerate(staff_of_type)}
    orders: list[list[int]] = [[] for _ in range(problem.n_staff)]
    for route in found.best.routes():
        staff = free[route.vehicle_type()].pop(0)
        orders[staff] = [int(activity.idx) for activity in route if activity.is_client()]
    return orders, found.num_iterations


def _data(problem: RoutingProblem) -> tuple[pyvrp.ProblemData, list[list[int]]]:
    staff_of_type = _types(problem)
    clock = _WorkingClock(problem)
    price = unserved_price(problem)
    clients = []
    for s in range(problem.n_stops):
        open_s, close_s = clock.window(s)
        required = bool(problem.is_required[s])
        clients.append(
            pyvrp.Client(
                location=int(problem.stop_place[s]),
                delivery=[int(problem.demand[s])],
                service_duration=int(problem.service_s[s]),
                tw_early=open_s,
                tw_late=close_s,
                # a required stop that fits nowhere must not spoil the rest: it is optional at a high price
                prize=int(price[s]),
                required=required and len(clock.breaks) == 0 and problem.allowed is None,
            )
        )
    depots, types = [], []
    for kind, staff in enumerate(staff_of_type):
        v = staff[0]
        depots += [pyvrp.Depot(int(problem.start_place[v])), pyvrp.Depot(int(problem.end_place[v]))]
        open_s, close_s = clock.shift(v)
        types.append(
            pyvrp.VehicleType(
                len(staff),
                capacity=[int(problem.capacity[v])],
                start_depot=len(depots) - 2,
                end_depot=len(depots) - 1,
                tw_early=open_s,
                tw_late=close_s,
                profile=kind if problem.allowed is not None else 0,
            )
        )
    distances: list[Any] = _matrices(problem, problem.arc_cost, staff_of_type)
    durations: list[Any] = _matrices(problem, problem.travel_s, staff_of_type)
    places = [pyvrp.Location(0, 0) for _ in range(len(problem.travel_s))]
    return pyvrp.ProblemData(places, clients, depots, types, distances, durations), staff_of_type


def _types(problem: RoutingProblem) -> list[list[int]]:
    classes = classes_of(problem)
    return [np.flatnonzero(classes == kind).tolist() for kind in range(int(classes.max()) + 1)]


def _matrices(
    problem: RoutingProblem, matrix: NDArray[np.int32], staff_of_type: list[list[int]]
) -> list[NDArray[np.int64]]:
    base = np.where(matrix == UNREACHABLE, FAR, matrix).astype(np.int64)
    if problem.allowed is None:
        return [base]
    profiles = []
    for staff in staff_of_type:
        banned = np.ones(len(base), dtype=np.bool_)
        banned[problem.stop_place[problem.allowed[:, staff[0]]]] = False
        banned[problem.start_place] = banned[problem.end_place] = False
        own = base.copy()
        own[:, banned] = FAR
        own[np.arange(len(base)), np.arange(len(base))] = 0
        profiles.append(own)
    return profiles


class _WorkingClock:
    """Times without the breaks that all staff share, shifted to begin at 0 because PyVRP knows no negative times."""

    def __init__(self, problem: RoutingProblem) -> None:
        self._problem = problem
        first = problem.breaks_of(0)
        shared = all(problem.breaks_of(v) == first for v in range(problem.n_staff))
        self.breaks = first if shared else []
        self._zero_s = int(problem.shift_s[:, 0].min())

    def _at(self, time_s: int) -> int:
        worked_s = time_s - self._zero_s
        for begin_s, end_s in self.breaks:
            worked_s -= max(0, min(time_s, end_s) - max(begin_s, self._zero_s))
        return max(0, worked_s)

    def shift(self, staff: int) -> tuple[int, int]:
        open_s, close_s = self._problem.shift_s[staff].tolist()
        return self._at(open_s), self._at(close_s)

    def window(self, stop: int) -> tuple[int, int]:
        windows = self._problem.windows_of(stop)
        if not windows:
            return 0, self._at(int(self._problem.shift_s[:, 1].max()))
        return self._at(windows[0][0]), self._at(max(close_s for _, close_s in windows))


def _solution(
    data: pyvrp.ProblemData, staff_of_type: list[list[int]], orders: Sequence[Sequence[int]]
) -> pyvrp.Solution:
    type_of: dict[int, int] = {v: kind for kind, staff in enumerate(staff_of_type) for v in staff}
    routes = [pyvrp.Route(data, list(map(int, order)), type_of[v]) for v, order in enumerate(orders) if len(order)]
    return pyvrp.Solution(data, routes)


def supports_exactly(problem: RoutingProblem) -> bool:
    """Say whether PyVRP's view of the rules is the whole truth for this problem."""
    plain = len(problem.breaks_s) == 0 and not problem.same_time_groups
    counts: IntArray = np.diff(problem.window_ptr)
    return plain and bool((counts <= 1).all())

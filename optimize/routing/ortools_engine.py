"""OR-Tools' routing library behind our problem: one model for everything, ties between staff members included.

Breaks are `SetBreakIntervalsOfVehicle`: a visit never overlaps a break, travel is extended by it, as in our rules.
Same-time stops share the value of their cumul variables; a group that it serves in part is left out whole afterwards.
OR-Tools ignores seeds and holds Python's global lock for the whole solve, so a service runs it in a child process.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any, Final

import numpy as np
from ortools.constraint_solver import pywrapcp, routing_enums_pb2

from optimize.routing.problem import UNREACHABLE, OnProgress, RoutingProblem
from optimize.routing.timing import unserved_price
from optimize.routing.together import Appointed
from optimize.stopping import StoppingCriterion

FAR: Final = 10**10
SECONDS_A_MINUTE: Final = 60  # costs are counted in sixtieths where minutes outside soft windows have a price
REPORT_EVERY: Final = 2000


def orders_by_ortools(
    problem: RoutingProblem,
    stop: StoppingCriterion,
    seed: int,
    initial: Sequence[Sequence[int]] | None = None,
    on_progress: OnProgress | None = None,
) -> tuple[list[list[int]], int]:
    """Order the day by OR-Tools alone; see `solve_model` for the times it found.

    Returns
    -------
    orders : stop rows per staff member; all empty when OR-Tools found no plan
    iterations : times that the library asked whether to go on
    """
    model = Model(problem)
    n_asked = model.search(stop, initial, on_progress)
    return model.orders(), n_asked


def appointed_by_ortools(
    problem: RoutingProblem,
    stop: StoppingCriterion,
    initial: Sequence[Sequence[int]] | None = None,
    on_progress: OnProgress | None = None,
) -> tuple[Appointed, int]:
    """Order the days of people who are tied to each other; starts of tied stops and of those with soft windows."""
    model = Model(problem)
    n_asked = model.search(stop, initial, on_progress)
    timed = {s for group in problem.same_time_groups for s in group} | set(np.flatnonzero(problem.wish_price).tolist())
    starts = {s: start_s for s, start_s in model.start_s_of_stop().items() if s in timed}
    return Appointed(model.orders(), starts), n_asked


class Model:
    """A routing model of the problem and what the search found."""

    def __init__(self, problem: RoutingProblem) -> None:
        self._problem = problem
        self._scale = SECONDS_A_MINUTE if problem.has_wishes else 1
        n = problem.n_stops
        ends, rows = np.unique(np.concatenate([problem.start_place, problem.end_place]), return_inverse=True)
        rows = rows.reshape(-1) + n
        self._places = np.concatenate([problem.stop_place, ends])
        self._manager = pywrapcp.RoutingIndexManager(
            len(self._places), problem.n_staff, rows[: problem.n_staff].tolist(), rows[problem.n_staff :].tolist()
        )
        self._routing = pywrapcp.RoutingModel(self._manager)
        self._found: Any = None
        self._best_cost = float("inf")
        self._add_arcs()
        self._time = self._add_clock()
        self._add_loads()
        self._add_stops()
        self._add_groups()

    def _matrix(self, matrix: np.ndarray[Any, Any]) -> list[list[int]]:
        values = matrix[np.ix_(self._places, self._places)].astype(np.int64)
        values[values == UNREACHABLE] = FAR
        return values.tolist()  # type: ignore[no-any-return]

    def _index(self, stop: int) -> int:
        return int(self._manager.NodeToIndex(stop))

    def _add_arcs(self) -> None:
        costs = np.array(self._matrix(self._problem.arc_cost)) * self._scale
        arcs = self._routing.RegisterTransitMatrix(costs.tolist())
        self._routing.SetArcCostEvaluatorOfAllVehicles(arcs)

    def _add_clock(self) -> Any:
        problem, routing = self._problem, self._routing
        service_s = np.concatenate([problem.service_s, np.zeros(len(self._places) - problem.n_stops, dtype=np.int64)])
        travel = np.array(self._matrix(problem.travel_s)) + service_s[:, None]
        horizon_s = int(problem.shift_s[:, 1].max())
        transit = routing.RegisterTransitMatrix(travel.tolist())
        routing.AddDimension(transit, horizon_s, horizon_s, False, "time")
        clock = routing.GetDimensionOrDie("time")
        visit_s = [0] * routing.Size()
        for stop in range(problem.n_stops):
            visit_s[self._index(stop)] = int(problem.service_s[stop])
        for v in range(problem.n_staff):
            open_s, close_s = problem.shift_s[v].tolist()
            clock.CumulVar(routing.Start(v)).SetRange(open_s, close_s)
            clock.CumulVar(routing.End(v)).SetRange(open_s, close_s)
            breaks = [
                routing.solver().FixedDurationIntervalVar(begin_s, begin_s, end_s - begin_s, False, f"break {v} {i}")
                for i, (begin_s, end_s) in enumerate(problem.breaks_of(v))
            ]
            if breaks:
                clock.SetBreakIntervalsOfVehicle(breaks, v, visit_s)
            routing.AddVariableMinimizedByFinalizer(clock.CumulVar(routing.End(v)))
        return clock

    def _add_loads(self) -> None:
        problem, routing = self._problem, self._routing
        loads = [*problem.demand.tolist(), *([0] * (len(self._places) - problem.n_stops))]
        if not any(loads):
            return
        demand = routing.RegisterUnaryTransitVector(loads)
        routing.AddDimensionWithVehicleCapacity(demand, 0, problem.capacity.tolist(), True, "load")

    def _add_stops(self) -> None:
        problem, routing = self._problem, self._routing
        price = unserved_price(problem)
        for stop in range(problem.n_stops):
            index = self._index(stop)
            routing.AddDisjunction([index], int(price[stop]) * self._scale)
            if problem.wish_price[stop]:
                open_s, close_s = problem.wish_s[stop].tolist()
                self._time.SetCumulVarSoftLowerBound(index, max(0, open_s), int(problem.wish_price[stop]))
                self._time.SetCumulVarSoftUpperBound(index, max(0, close_s), int(problem.wish_price[stop]))
            windows = problem.windows_of(stop)
            if windows:
                moment = self._time.CumulVar(index)
                moment.SetRange(max(0, windows[0][0]), max(close_s for _, close_s in windows))
                for (_, before_s), (after_s, _) in pairwise(windows):
                    if before_s + 1 <= after_s - 1:
                        moment.RemoveInterval(before_s + 1, after_s - 1)
            if problem.allowed is not None:
                # SetAllowedVehiclesForIndex fails from Python in 9.15
                routing.VehicleVar(index).SetValues([-1, *np.flatnonzero(problem.allowed[stop]).tolist()])

    def _add_groups(self) -> None:
        routing = self._routing
        solver = routing.solver()
        for group in self._problem.same_time_groups:
            first, *others = (self._index(stop) for stop in group)
            for other in others:
                solver.Add(self._time.CumulVar(first) == self._time.CumulVar(other))
                together = (routing.VehicleVar(first) == routing.VehicleVar(other)).Var()
                solver.Add(together + routing.ActiveVar(first) <= 1)

    def search(
        self,
        stop: StoppingCriterion,
        initial: Sequence[Sequence[int]] | None,
        on_progress: OnProgress | None,
    ) -> int:
        """Run guided local search until the criterion says so; returns how often it was asked."""
        routing = self._routing
        parameters = pywrapcp.DefaultRoutingSearchParameters()
        parameters.first_solution_strategy = routing_enums_pb2.FirstSolutionStrategy.PARALLEL_CHEAPEST_INSERTION
        parameters.local_search_metaheuristic = routing_enums_pb2.LocalSearchMetaheuristic.GUIDED_LOCAL_SEARCH
        parameters.time_limit.seconds = 10**7  # the criterion ends the search; without a limit the library warns
        n_asked = 0

        def is_over() -> bool:
            nonlocal n_asked
            n_asked += 1
            if on_progress is not None and n_asked % REPORT_EVERY == 0:
                on_progress(n_asked, self._best_cost)
            return stop(n_asked - 1, self._best_cost)

        def note_cost() -> None:
            self._best_cost = min(self._best_cost, float(routing.CostVar().Max()))

        routing.AddAtSolutionCallback(note_cost)
        routing.AddSearchMonitor(routing.solver().CustomLimit(is_over))
        routing.CloseModelWithParameters(parameters)
        start = None
        if initial is not None:
            routes = [[self._index(s) for s in order] for order in initial]
            start = routing.ReadAssignmentFromRoutes(routes, True)
        if start is not None:
            self._found = routing.SolveFromAssignmentWithParameters(start, parameters)
        else:
            self._found = routing.SolveWithParameters(parameters)
        return n_asked

    def orders(self) -> list[list[int]]:
        """Return the stop rows per staff member; all empty when nothing was found."""
        orders: list[list[int]] = [[] for _ in range(self._problem.n_staff)]
        if self._found is None:
            return orders
        for v, order in enumerate(orders):
            index = self._found.Value(self._routing.NextVar(self._routing.Start(v)))
            while not self._routing.IsEnd(index):
                order.append(int(self._manager.IndexToNode(index)))
                index = self._found.Value(self._routing.NextVar(index))
        return orders

    def start_s_of_stop(self) -> dict[int, int]:
        """Return the start of service of every stop on a route."""
        served = [stop for order in self.orders() for stop in order]
        return {stop: int(self._found.Min(self._time.CumulVar(self._index(stop)))) for stop in served}

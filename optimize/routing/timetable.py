"""Turns orders into a result: the times of every stop, the totals of every route, and reasons for what is left out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from optimize.routing.parts import with_appointments
from optimize.routing.problem import IntArray, RoutingProblem
from optimize.routing.reasons import explain
from optimize.routing.result import Route, RoutingResult
from optimize.routing.timing import (
    Day,
    day_of,
    earliest_start,
    latest_leave,
    time_route,
    travel_end,
    wait_for_wishes,
    wish_cost,
)


def timetable(
    problem: RoutingProblem,
    orders: Sequence[Sequence[int]],
    appointments: Mapping[int, int] | None = None,
    *,
    iterations: int = 0,
    engine: str = "",
) -> RoutingResult:
    """Time the orders as early as possible and explain every stop that is on none of them.

    Only a stop with a soft window waits for it, where everything behind stays in time.

    Parameters
    ----------
    orders : stop rows per staff member; they have to keep the problem's rules
    appointments : stop -> start of service, for the stops of same-time groups

    Raises
    ------
    ValueError
        When a stop stands twice or an order is not in time.
    """
    day = day_of(problem)
    clock = day_of(with_appointments(problem, appointments)) if appointments else day
    served = [stop for order in orders for stop in order]
    if len(served) != len(set(served)):
        raise ValueError("a stop stands twice in the orders")
    routes = tuple(time_order(problem, clock, v, order) for v, order in enumerate(orders))
    missing = np.setdiff1d(np.arange(problem.n_stops), np.array(served, dtype=np.int64))
    arcs = problem.arc_cost
    cost = sum(int(arcs[row[:-1], row[1:]].sum()) for row in (places_of(problem, r.staff, r.stops) for r in routes))
    cost += int(problem.prize[missing][~problem.is_required[missing]].sum())
    cost += sum(wish_cost(day, int(s), int(at)) for r in routes for s, at in zip(r.stops, r.start_s, strict=True))
    return RoutingResult(
        routes=routes,
        unserved=tuple(explain(problem, day, orders, missing)),
        cost=cost,
        feasible=not problem.is_required[missing].any(),
        iterations=iterations,
        engine=engine,
    )


def places_of(problem: RoutingProblem, staff: int, stops: IntArray) -> IntArray:
    """Return the places of a route from start to end; empty for a day without stops, because nobody goes."""
    if not len(stops):
        return np.zeros(0, dtype=np.int64)
    start, end = problem.start_place[staff], problem.end_place[staff]
    return np.concatenate([[start], problem.stop_place[stops], [end]])


def time_order(problem: RoutingProblem, day: Day, staff: int, order: Sequence[int]) -> Route:
    """Time one order as early as possible; the departure from the start as late as costs nothing.

    Raises
    ------
    ValueError
        When the order is not in time.
    """
    k = len(order)
    stops = np.array(order, dtype=np.int64)
    depart_s, latest_s = np.zeros(k + 1, dtype=np.int64), np.zeros(k + 1, dtype=np.int64)
    return_s = time_route(day, staff, stops, k, depart_s, latest_s)
    if k and return_s > latest_s[k]:
        raise ValueError(f"the order of staff {staff} is not in time")
    if k and problem.has_wishes:
        wait_for_wishes(day, staff, stops, k, depart_s, latest_s)
    row = places_of(problem, staff, stops)
    legs_s = problem.travel_s[row[:-1], row[1:]]
    start_s = depart_s[1:] - problem.service_s[stops]
    leave_s = latest_leave(day, staff, int(start_s[0]), int(legs_s[0])) if k else int(depart_s[0])
    left_s = np.concatenate([[leave_s], depart_s[1:-1]]) if k else depart_s[:0]
    arrival_s = np.array([travel_end(day, staff, int(left_s[j]), int(legs_s[j])) for j in range(k)], dtype=np.int64)
    earliest_s = [earliest_start(day, staff, int(stops[j]), int(arrival_s[j])) for j in range(k)]
    waits = problem.wish_price[stops] > 0
    assert all(start_s[j] == earliest_s[j] or (waits[j] and start_s[j] > earliest_s[j]) for j in range(k))
    if k:  # the end is reached from the last stop as it is timed now
        return_s = travel_end(day, staff, int(depart_s[k]), int(legs_s[-1]))
    return Route(
        staff=staff,
        stops=stops,
        arrival_s=arrival_s,
        start_s=start_s,
        departure_s=depart_s[1:].copy(),
        slack_s=latest_s[:k] - start_s,
        leave_s=leave_s,
        return_s=int(return_s) if k else leave_s,
        travel_s=int(legs_s.sum()),
        distance_m=int(problem.distance_m[row[:-1], row[1:]].sum()),
        load=int(problem.demand[stops].sum()),
    )

"""The registry of what a plan of the day is measured by: key, unit, better-is, version and function."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Literal

from optimize.routing.problem import RoutingProblem
from optimize.routing.result import Route, RoutingResult

Better = Literal["lower", "higher"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Metric:
    """One number about a plan; a change of its meaning raises its version."""

    key: str
    unit: str
    better: Better
    version: int
    function: Callable[[RoutingProblem, RoutingResult], float]


def _waiting_s(problem: RoutingProblem, result: RoutingResult) -> float:
    """Seconds between arrival and start of service that fall into no break."""
    total = 0
    for route in result.routes:
        breaks = problem.breaks_of(route.staff)
        for arrival_s, start_s in zip(route.arrival_s.tolist(), route.start_s.tolist(), strict=True):
            total += start_s - arrival_s - sum(_overlap(arrival_s, start_s, a, b) for a, b in breaks)
    return total


def _overlap(a: int, b: int, c: int, d: int) -> int:
    return max(0, min(b, d) - max(a, c))


def worked_s(problem: RoutingProblem, route: Route) -> int:
    """Return a staff member's working seconds from leaving to returning, breaks excluded."""
    if not len(route.stops):
        return 0
    breaks = problem.breaks_of(route.staff)
    return route.return_s - route.leave_s - sum(_overlap(route.leave_s, route.return_s, a, b) for a, b in breaks)


def _overtime_s(problem: RoutingProblem, result: RoutingResult) -> float:
    return sum(max(0, r.return_s - int(problem.shift_s[r.staff, 1])) for r in result.routes if len(r.stops))


def _least_slack_s(problem: RoutingProblem, result: RoutingResult) -> float:
    slacks = [int(r.slack_s.min()) for r in result.routes if len(r.stops)]
    return float(min(slacks, default=0))


def _outside_wish_s(problem: RoutingProblem, result: RoutingResult) -> float:
    """Seconds by which services with a priced soft window start before or after it."""
    total = 0
    for route in result.routes:
        for stop, start_s in zip(route.stops.tolist(), route.start_s.tolist(), strict=True):
            if problem.wish_price[stop]:
                open_s, close_s = problem.wish_s[stop].tolist()
                total += max(0, open_s - start_s, start_s - close_s)
    return total


METRICS: Final = (
    Metric(
        key="travel_s",
        unit="s",
        better="lower",
        version=1,
        function=lambda _, result: float(sum(r.travel_s for r in result.routes)),
    ),
    Metric(
        key="distance_m",
        unit="m",
        better="lower",
        version=1,
        function=lambda _, result: float(sum(r.distance_m for r in result.routes)),
    ),
    Metric(
        key="service_s",
        unit="s",
        better="higher",
        version=1,
        function=lambda p, result: float(sum(int(p.service_s[r.stops].sum()) for r in result.routes)),
    ),
    Metric(key="outside_wish_s", unit="s", better="lower", version=1, function=_outside_wish_s),
    Metric(key="waiting_s", unit="s", better="lower", version=1, function=_waiting_s),
    Metric(
        key="worked_s",
        unit="s",
        better="lower",
        version=1,
        function=lambda p, result: float(sum(worked_s(p, r) for r in result.routes)),
    ),
    Metric(key="overtime_s", unit="s", better="lower", version=1, function=_overtime_s),
    Metric(key="least_slack_s", unit="s", better="higher", version=1, function=_least_slack_s),
    Metric(
        key="n_unserved",
        unit="stops",
        better="lower",
        version=1,
        function=lambda _, result: float(len(result.unserved)),
    ),
    Metric(
        key="n_routes",
        unit="routes",
        better="lower",
        version=1,
        function=lambda _, result: float(sum(1 for r in result.routes if len(r.stops))),
    ),
)


def measure(problem: RoutingProblem, result: RoutingResult) -> dict[str, float]:
    """Measure a plan by every metric of the registry, by key."""
    return {metric.key: metric.function(problem, result) for metric in METRICS}

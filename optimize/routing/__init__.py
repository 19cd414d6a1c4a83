"""The routing engine: the order and times of one day, for one staff member or many.

A `RoutingProblem` says what the day holds: places with travel times between them, stops with service durations, time
windows, demands and priorities, and staff with shifts, breaks and capacities. `solve` answers with a `RoutingResult`:
who goes where, when they arrive, how much slack each stop has, and which stops are on no route and why.

The normal day is two half-days with a noon break. Service is never interrupted by a break; travel is suspended and
goes on afterwards. Time windows bound the start of service.
"""

from optimize.routing.problem import (
    UNREACHABLE,
    Objective,
    ProblemError,
    RoutingProblem,
    pack_intervals,
)
from optimize.routing.result import Route, RoutingResult, UnservedReason, UnservedStop
from optimize.routing.solve import solve

__all__ = [
    "UNREACHABLE",
    "Objective",
    "ProblemError",
    "Route",
    "RoutingProblem",
    "RoutingResult",
    "UnservedReason",
    "UnservedStop",
    "pack_intervals",
    "solve",
]

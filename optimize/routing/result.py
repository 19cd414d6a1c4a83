"""The results of the routing engine: routes with their times, and every stop left out with its reason."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from optimize.routing.problem import IntArray


class UnservedReason(Enum):
    """Why a stop is on no route."""

    NOT_ALLOWED = "not_allowed"
    DEMAND_ABOVE_CAPACITY = "demand_above_capacity"
    UNREACHABLE = "unreachable"
    WINDOW_OUTSIDE_SHIFT = "window_outside_shift"
    SERVICE_TOO_LONG = "service_too_long"
    NO_CAPACITY_LEFT = "no_capacity_left"
    NO_TIME_LEFT = "no_time_left"
    PARTNER_UNSERVED = "partner_unserved"
    NOT_WORTH_IT = "not_worth_it"


@dataclass(frozen=True, slots=True, kw_only=True)
class UnservedStop:
    """A stop on no route, with its reason as a value and in words."""

    stop: int
    reason: UnservedReason
    words: str


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Route:
    """One staff member's day in order; empty arrays for a day without stops.

    Parameters
    ----------
    staff : row of the staff member
    stops : (k,) stop rows in order of service
    arrival_s, start_s, departure_s : (k,) at the shop, when service starts (after waiting), and ends
    slack_s : (k,) how much later service could start with everything after it still in time; same-time partners
        are taken as fixed appointments
    leave_s, return_s : departure from the start place (as late as costs nothing) and arrival at the end place
    travel_s, distance_m, load : totals of the route
    """

    staff: int
    stops: IntArray
    arrival_s: IntArray
    start_s: IntArray
    departure_s: IntArray
    slack_s: IntArray
    leave_s: int
    return_s: int
    travel_s: int
    distance_m: int
    load: int


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RoutingResult:
    """A plan of the day; every stop is on exactly one route or in `unserved`.

    Parameters
    ----------
    routes : one per staff member, in staff order
    unserved : stops on no route, in stop order, each with its reason
    cost : arcs of the objective plus the prizes of optional stops left out and of starts outside soft windows
    feasible : every required stop is served; the routes given keep all rules in any case
    iterations : iterations of the search
    engine : what found it, in words for the log
    """

    routes: tuple[Route, ...]
    unserved: tuple[UnservedStop, ...]
    cost: int
    feasible: bool
    iterations: int
    engine: str = ""

    @property
    def orders(self) -> list[list[int]]:
        """The stop rows of each route, in order: what `solve` takes as `initial`."""
        return [[int(stop) for stop in route.stops] for route in self.routes]

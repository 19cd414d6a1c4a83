"""Exact clockwork of one route in compiled code: breaks, several windows, earliest and latest times.

An earlier arrival is never worse, because waiting is allowed. So each position of a route has one latest arrival from
which everything after it is still in time, and an insertion is tested in O(1) against it. The inverses here
(`latest_leave`, `latest_start`) are exact, which makes that test exact for breaks and several windows too.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from optimize.compiled import compiled, inlined
from optimize.routing.problem import UNREACHABLE, IntArray, RoutingProblem

NEVER: Final = 1 << 40
"""Later than every time of a problem, far from overflow."""


class Day(NamedTuple):
    """A problem laid out for compiled code; node < n_stops is a stop, then come the starts, then the ends."""

    travel_s: NDArray[np.int32]
    arc_cost: NDArray[np.int32]
    arc_into: NDArray[np.int32]  # arc_cost and travel_s with rows and columns changed: what leads into a place
    travel_into: NDArray[np.int32]  # lies together
    place: IntArray
    shift_s: IntArray
    service_s: IntArray
    window_ptr: IntArray
    windows_s: IntArray
    break_ptr: IntArray
    breaks_s: IntArray
    demand: IntArray
    capacity: IntArray
    allowed: NDArray[np.bool_]
    price: IntArray
    dearest: int  # the greatest price
    wish_s: IntArray
    wish_price: IntArray


def day_of(problem: RoutingProblem) -> Day:
    """Lay the problem out for compiled code; a required stop's price outweighs any detour."""
    no_way = (problem.travel_s == UNREACHABLE) | (problem.distance_m == UNREACHABLE)
    travel_s = np.where(no_way, np.int32(UNREACHABLE), problem.travel_s)
    allowed = problem.allowed
    if allowed is None:
        allowed = np.ones((problem.n_stops, problem.n_staff), dtype=np.bool_)
    price = unserved_price(problem)
    return Day(
        travel_s=travel_s,
        arc_cost=problem.arc_cost.copy(),
        arc_into=np.ascontiguousarray(problem.arc_cost.T),
        travel_into=np.ascontiguousarray(travel_s.T),
        place=np.concatenate([problem.stop_place, problem.start_place, problem.end_place]),
        shift_s=problem.shift_s.copy(),
        service_s=problem.service_s.copy(),
        window_ptr=problem.window_ptr.copy(),
        windows_s=problem.windows_s.copy(),
        break_ptr=problem.break_ptr.copy(),
        breaks_s=problem.breaks_s.copy(),
        demand=problem.demand.copy(),
        capacity=problem.capacity.copy(),
        allowed=allowed.copy(),
        price=price,
        dearest=int(price.max(initial=0)),
        wish_s=problem.wish_s.copy(),
        wish_price=problem.wish_price.copy(),
    )


def unserved_price(problem: RoutingProblem) -> IntArray:
    """Return the price of leaving each stop out: its prize, and for a required stop more than any detour."""
    arcs = problem.arc_cost[problem.arc_cost < UNREACHABLE]
    longest = int(arcs.max()) if arcs.size else 0
    must = int(problem.prize.max(initial=0)) + 2 * longest + 1
    return np.where(problem.is_required, problem.prize + must, problem.prize)


@inlined
def travel_end(day: Day, staff: int, leave_s: int, travel_s: int) -> int:
    """Arrive after `travel_s` seconds of travel that is suspended in breaks."""
    if travel_s == 0:
        return leave_s
    for b in range(day.break_ptr[staff], day.break_ptr[staff + 1]):
        begin_s, end_s = day.breaks_s[b, 0], day.breaks_s[b, 1]
        if leave_s < end_s and leave_s + travel_s > begin_s:
            if leave_s < begin_s:
                travel_s -= begin_s - leave_s
            leave_s = end_s
    return leave_s + travel_s


@inlined
def latest_leave(day: Day, staff: int, arrive_s: int, travel_s: int) -> int:
    """Leave as late as possible and still arrive by `arrive_s`; the inverse of `travel_end`."""
    if travel_s == 0:
        return arrive_s
    for b in range(day.break_ptr[staff + 1] - 1, day.break_ptr[staff] - 1, -1):
        begin_s, end_s = day.breaks_s[b, 0], day.breaks_s[b, 1]
        if arrive_s > begin_s and arrive_s - travel_s < end_s:
            if arrive_s > end_s:
                travel_s -= arrive_s - end_s
            arrive_s = begin_s
    return arrive_s - travel_s


@inlined
def earliest_start(day: Day, staff: int, stop: int, arrive_s: int) -> int:
    """Start service as early as possible after arrival; NEVER when no window is left."""
    start_s = arrive_s
    service_s = int(day.service_s[stop])
    w, w_end = day.window_ptr[stop], day.window_ptr[stop + 1]
    b, b_end = day.break_ptr[staff], day.break_ptr[staff + 1]
    has_windows = w < w_end
    while True:
        while w < w_end and day.windows_s[w, 1] < start_s:
            w += 1
        if has_windows:
            if w == w_end:
                return NEVER
            start_s = max(start_s, int(day.windows_s[w, 0]))
        while b < b_end and day.breaks_s[b, 1] <= start_s:
            b += 1
        if b == b_end or start_s + service_s <= day.breaks_s[b, 0]:
            return start_s
        start_s = day.breaks_s[b, 1]


@inlined
def latest_start(day: Day, staff: int, stop: int, depart_s: int) -> int:
    """Start service as late as possible and still depart by `depart_s`; -NEVER when no window is left."""
    service_s = int(day.service_s[stop])
    start_s = depart_s - service_s
    w, w_begin = day.window_ptr[stop + 1] - 1, day.window_ptr[stop]
    b, b_begin = day.break_ptr[staff + 1] - 1, day.break_ptr[staff]
    has_windows = w >= w_begin
    while True:
        while w >= w_begin and day.windows_s[w, 0] > start_s:
            w -= 1
        if has_windows:
            if w < w_begin:
                return -NEVER
            start_s = min(start_s, int(day.windows_s[w, 1]))
        while b >= b_begin and day.breaks_s[b, 0] >= start_s + service_s:
            b -= 1
        if b < b_begin or start_s >= day.breaks_s[b, 1]:
            return start_s
        start_s = day.breaks_s[b, 0] - service_s


@inlined
def plain_start(day: Day, stop: int, arrive_s: int) -> int:
    """Return `earliest_start` for somebody without breaks at a stop with one window or none."""
    w = day.window_ptr[stop]
    if w == day.window_ptr[stop + 1]:
        return arrive_s
    return NEVER if arrive_s > day.windows_s[w, 1] else max(arrive_s, day.windows_s[w, 0])


@inlined
def time_route(day: Day, staff: int, seq: IntArray, k: int, depart_s: IntArray, latest_s: IntArray) -> int:
    """Fill departures (0 = from the start) and latest arrivals (k = at the end place) of a route.

    `depart_s` and `latest_s` have at least k + 1 entries; entry j + 1 of the first and j of the second belong to
    stop j. Returns the arrival at the end place; the route is in time when that is <= `latest_s[k]`.
    """
    n, n_staff = day.service_s.size, day.shift_s.shape[0]
    at_s = day.shift_s[staff, 0]
    depart_s[0] = at_s
    here = day.place[n + staff]
    has_breaks = day.break_ptr[staff] < day.break_ptr[staff + 1]
    for j in range(k):
        stop = seq[j]
        there = day.place[stop]
        if has_breaks or day.window_ptr[stop + 1] > day.window_ptr[stop] + 1:
            at_s = travel_end(day, staff, at_s, int(day.travel_s[here, there]))
            at_s = earliest_start(day, staff, stop, at_s) + day.service_s[stop]
        else:
            at_s = plain_start(day, stop, at_s + day.travel_s[here, there]) + day.service_s[stop]
        depart_s[j + 1] = at_s
        here = there
    end = day.place[n + n_staff + staff]
    return_s = travel_end(day, staff, at_s, int(day.travel_s[here, end]))
    late_s = day.shift_s[staff, 1]
    latest_s[k] = late_s
    there = end
    for j in range(k - 1, -1, -1):
        stop = seq[j]
        here = day.place[stop]
        w = day.window_ptr[stop]
        n_windows = day.window_ptr[stop + 1] - w
        if has_breaks or n_windows > 1:
            late_s = latest_leave(day, staff, late_s, int(day.travel_s[here, there]))
            late_s = latest_start(day, staff, stop, late_s)
        else:
            late_s -= day.travel_s[here, there] + day.service_s[stop]
            if n_windows == 1:
                late_s = -NEVER if late_s < day.windows_s[w, 0] else min(late_s, day.windows_s[w, 1])
        latest_s[j] = late_s
        there = here
    return return_s


@compiled
def wait_for_wishes(day: Day, staff: int, seq: IntArray, k: int, depart_s: IntArray, latest_s: IntArray) -> int:
    """Re-time a route that is in time: a stop waits for its soft window where everything behind stays in time.

    `latest_s` is as `time_route` left it. Returns the price of the starts outside their soft windows; `depart_s` is
    overwritten.
    """
    n = day.service_s.size
    at_s, here, price = depart_s[0], day.place[n + staff], 0
    for j in range(k):
        stop = seq[j]
        there = day.place[stop]
        at_s = travel_end(day, staff, at_s, int(day.travel_s[here, there]))
        if day.wish_price[stop] > 0:
            at_s = max(at_s, min(day.wish_s[stop, 0], latest_s[j]))
        at_s = earliest_start(day, staff, stop, at_s)
        price += wish_cost(day, stop, at_s)
        at_s += day.service_s[stop]
        depart_s[j + 1] = at_s
        here = there
    return price


@compiled
def wish_cost(day: Day, stop: int, start_s: int) -> int:
    """Return the price of a start outside the stop's soft window; a part of the objective's unit is dropped."""
    outside_s = max(0, day.wish_s[stop, 0] - start_s, start_s - day.wish_s[stop, 1])
    return int(outside_s * day.wish_price[stop] // 60)

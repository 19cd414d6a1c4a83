"""Compiled ruin and recreate with appointments: groups of stops that start at one moment on different routes."""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from optimize.compiled import compiled
from optimize.routing import annealing
from optimize.routing.annealing import BLINK_SHARE, MAX_RETRIED, Plan, best_insertion, insert, route_cost, take_out
from optimize.routing.problem import IntArray
from optimize.routing.timing import NEVER, Day, travel_end, wait_for_wishes

NO_TIME: Final = -(1 << 30)  # the appointment of a group that has none: nobody can keep it
MOMENTS: Final = 16  # tried when a group is put back
RASTER_SHARE: Final = 0.2  # of the moments are drawn from the shift, the others are natural starts
KEPT_SHARE: Final = 0.3  # of the opened groups try to keep their moment
GROUPS_FIRST_SHARE: Final = 0.75


class Ties(NamedTuple):
    """Groups for compiled code: `members[group_ptr[g]:group_ptr[g + 1]]`, their window rows in the day, their moments.

    `window_ptr` and `windows_s` are the stops' own windows, which the day's slots stand in for. `taken[i, v]` is room:
    staff v is closed to the i-th member of a group for the moment.
    """

    group_ptr: IntArray
    members: IntArray
    group_of: IntArray
    slot: IntArray
    at_s: IntArray
    window_ptr: IntArray
    windows_s: IntArray
    taken: NDArray[np.bool_]


@compiled
def set_moment(day: Day, ties: Ties, group: int, moment: int) -> None:
    """Appoint a group for a moment: its stops may start then and at no other time."""
    ties.at_s[group] = moment
    for i in range(ties.group_ptr[group], ties.group_ptr[group + 1]):
        day.windows_s[ties.slot[i], 0] = moment
        day.windows_s[ties.slot[i], 1] = moment


@compiled
def _common_moment(ties: Ties, group: int, from_s: int) -> int:
    """Return the first moment from `from_s` on that lies in a window of every member; NEVER when there is none."""
    moment, is_settled = from_s, False
    while not is_settled:
        is_settled = True
        for i in range(ties.group_ptr[group], ties.group_ptr[group + 1]):
            w, w_end = ties.window_ptr[ties.members[i]], ties.window_ptr[ties.members[i] + 1]
            if w == w_end:
                continue
            while w < w_end and ties.windows_s[w, 1] < moment:
                w += 1
            if w == w_end:
                return NEVER
            if ties.windows_s[w, 0] > moment:
                moment, is_settled = int(ties.windows_s[w, 0]), False
    return moment


@compiled
def _draw_moment(day: Day, plan: Plan, ties: Ties, group: int, rng: NDArray[np.uint64]) -> int:
    """Draw a moment at which a member could start at some position of some route, or any moment of a shift."""
    first, behind = ties.group_ptr[group], ties.group_ptr[group + 1]
    n_staff = plan.length.size
    v = int(annealing.next_random(rng) * n_staff)
    if annealing.next_random(rng) < RASTER_SHARE:
        length_s = float(day.shift_s[v, 1] - day.shift_s[v, 0])
        from_s = day.shift_s[v, 0] + int(annealing.next_random(rng) * length_s / 300.0) * 300
        return _common_moment(ties, group, int(from_s))
    stop = ties.members[first + int(annealing.next_random(rng) * (behind - first))]
    j = int(annealing.next_random(rng) * (plan.length[v] + 1))
    here = plan.place[v, j]
    at_s = travel_end(day, v, plan.depart_s[v, j], int(day.travel_s[here, day.place[stop]]))
    at_s = _common_moment(ties, group, int(at_s))
    for b in range(day.break_ptr[v], day.break_ptr[v + 1]):
        if at_s < day.breaks_s[b, 1] and at_s + day.service_s[stop] > day.breaks_s[b, 0]:
            at_s = _common_moment(ties, group, int(day.breaks_s[b, 1]))
    return at_s


@compiled
def _insert_at(
    day: Day, plan: Plan, staff_class: IntArray, ties: Ties, group: int, limit: int, rng: NDArray[np.uint64], keep: bool
) -> int:
    """Insert a group at its moment, each member where it costs least on a route of its own; its cost, or `limit`.

    Without `keep` nothing is inserted; members then do not see each other's stops, which are on other routes anyway.
    """
    first, behind = ties.group_ptr[group], ties.group_ptr[group + 1]
    cost, n_in = 0, 0
    for i in range(first, behind):
        stop = ties.members[i]
        extra, v, j = best_insertion(day, plan, staff_class, stop, 0.0, rng)
        if v < 0 or cost + extra >= limit:
            cost = limit
            break
        cost += extra
        n_in += 1
        if keep:
            insert(day, plan, stop, v, j)
        for later in range(i + 1, behind):
            if day.allowed[ties.members[later], v]:
                day.allowed[ties.members[later], v] = False
                ties.taken[later - first, v] = True
    for i in range(first, behind):
        for v in range(plan.length.size):
            if ties.taken[i - first, v]:
                ties.taken[i - first, v] = False
                day.allowed[ties.members[i], v] = True
    if keep and cost >= limit:
        for i in range(first, first + n_in):
            take_out(day, plan, ties.members[i])
    return cost


@compiled
def appoint(
    day: Day, plan: Plan, staff_class: IntArray, ties: Ties, group: int, n_moments: int, rng: NDArray[np.uint64]
) -> None:
    """Put a group whose members are on no route back at the cheapest of some moments, or leave it out.

    The plan's cost is not kept up to date; see `whole_cost`.
    """
    limit = 0
    for i in range(ties.group_ptr[group], ties.group_ptr[group + 1]):
        limit += day.price[ties.members[i]]
    best, best_cost = NO_TIME, limit
    for _ in range(n_moments):
        moment = _draw_moment(day, plan, ties, group, rng)
        if moment >= NEVER:
            continue
        set_moment(day, ties, group, moment)
        cost = _insert_at(day, plan, staff_class, ties, group, best_cost, rng, False)
        if cost < best_cost:
            best, best_cost = moment, cost
    set_moment(day, ties, group, best)
    if best != NO_TIME:
        _insert_at(day, plan, staff_class, ties, group, limit, rng, True)


@compiled
def whole_cost(day: Day, plan: Plan, room: Plan) -> int:
    """Add up arcs, prices of stops left out and of starts outside soft windows; `room` is overwritten."""
    total = 0
    has_wishes = False
    for stop in range(day.wish_price.size):
        has_wishes = has_wishes or day.wish_price[stop] > 0
    for v in range(plan.length.size):
        total += route_cost(plan, v)
        if has_wishes and plan.length[v] > 0:
            k = plan.length[v]
            for j in range(k + 1):
                room.depart_s[v, j] = plan.depart_s[v, j]
            total += wait_for_wishes(day, v, plan.seq[v], k, room.depart_s[v], plan.latest_s[v])
    for stop in range(plan.route_of.size):
        if plan.route_of[stop] < 0:
            total += int(day.price[stop])
    return total


@compiled
def _put_groups(day: Day, plan: Plan, staff_class: IntArray, ties: Ties, rng: NDArray[np.uint64]) -> None:
    """Put back every opened group, from a random one on: some at their old moment, the others where it is best."""
    n_groups = ties.at_s.size
    offset = int(annealing.next_random(rng) * n_groups)
    for i in range(n_groups):
        group = (offset + i) % n_groups
        if plan.route_of[ties.members[ties.group_ptr[group]]] >= 0:
            continue
        if ties.at_s[group] != NO_TIME and annealing.next_random(rng) < KEPT_SHARE:
            limit = 1 << 60
            if _insert_at(day, plan, staff_class, ties, group, limit, rng, True) < limit:
                continue
        appoint(day, plan, staff_class, ties, group, MOMENTS, rng)


@compiled
def _open_groups(day: Day, plan: Plan, ties: Ties) -> None:
    """Take the rest of every group that lost a stop off the routes."""
    for group in range(ties.at_s.size):
        first, behind = ties.group_ptr[group], ties.group_ptr[group + 1]
        is_open = False
        for i in range(first, behind):
            is_open = is_open or plan.route_of[ties.members[i]] < 0
        if is_open:
            for i in range(first, behind):
                take_out(day, plan, ties.members[i])


@compiled
def _put_singles(
    day: Day,
    plan: Plan,
    staff_class: IntArray,
    ties: Ties,
    rng: NDArray[np.uint64],
    loose: IntArray,
    key: NDArray[np.float64],
    n_removed: int,
) -> None:
    """Put back the stops that belong to no group, and offer some of those left out again."""
    n, m, n_out = plan.route_of.size, 0, 0
    offset = int(annealing.next_random(rng) * n)
    for i in range(n):
        stop = (offset + i) % n
        if plan.route_of[stop] < 0 and ties.group_of[stop] < 0 and n_out < n_removed + MAX_RETRIED:
            loose[m] = stop
            m += 1
            n_out += 1
    annealing.order_removed(day, loose, m, rng, key)
    for i in range(m):
        extra, v, j = best_insertion(day, plan, staff_class, loose[i], BLINK_SHARE, rng)
        if v >= 0 and extra < day.price[loose[i]]:
            insert(day, plan, loose[i], v, j)


@njit(cache=True)
def anneal(
    day: Day,
    plan: Plan,
    best: Plan,
    before: Plan,
    saved: Plan,
    neighbours: IntArray,
    staff_class: IntArray,
    ties: Ties,
    best_at: IntArray,
    rng: NDArray[np.uint64],
    n_iterations: int,
    temperature: float,
) -> None:
    """Run a chunk of iterations in place; `plan` with the ties' moments is current, `best` with `best_at` the best."""
    n, n_staff = plan.route_of.size, plan.length.size
    scratch = annealing.Scratch(
        np.empty(n + 1, np.int64), np.empty(n_staff + 1, np.int64), np.zeros(n, np.int8), np.empty(n + 1, np.float64)
    )
    before_at, loose = ties.at_s.copy(), np.empty(n + 1, np.int64)
    _anneal(
        day, plan, best, before, saved, scratch, loose, neighbours, staff_class, ties, best_at, before_at, rng,
        n_iterations, temperature,
    )  # fmt: skip


@compiled
def _anneal(
    day: Day,
    plan: Plan,
    best: Plan,
    before: Plan,
    saved: Plan,
    scratch: annealing.Scratch,
    loose: IntArray,
    neighbours: IntArray,
    staff_class: IntArray,
    ties: Ties,
    best_at: IntArray,
    before_at: IntArray,
    rng: NDArray[np.uint64],
    n_iterations: int,
    temperature: float,
) -> None:
    for _ in range(n_iterations):
        annealing.copy_plan(plan, before)
        for group in range(ties.at_s.size):
            before_at[group] = ties.at_s[group]
        m, _n_touched = annealing.ruin(
            day, plan, neighbours, rng, scratch.removed, scratch.touched, saved, scratch.loose
        )
        _open_groups(day, plan, ties)
        groups_first = annealing.next_random(rng) < GROUPS_FIRST_SHARE
        if groups_first:
            _put_groups(day, plan, staff_class, ties, rng)
        _put_singles(day, plan, staff_class, ties, rng, loose, scratch.key, m)
        if not groups_first:
            _put_groups(day, plan, staff_class, ties, rng)
        plan.cost[0] = whole_cost(day, plan, saved)
        change = plan.cost[0] - before.cost[0]
        if change <= 0 or change < -temperature * np.log(1.0 - annealing.next_random(rng)):
            if plan.cost[0] < best.cost[0]:
                annealing.copy_plan(plan, best)
                for group in range(ties.at_s.size):
                    best_at[group] = ties.at_s[group]
        else:
            annealing.copy_plan(before, plan)
            for group in range(ties.at_s.size):
                if ties.at_s[group] != before_at[group]:
                    set_moment(day, ties, group, before_at[group])

"""Ruin and recreate under simulated annealing for a day with breaks, several windows, priorities and skills.

The method is SISR: Christiaens and Vanden Berghe, "Slack Induction by String Removals for Vehicle Routing Problems",
Transportation Science 54(2), 2020. Strings of neighbouring stops are removed from a few routes near one stop and put
back greedily, now and then blind to a position; worse plans are accepted with falling probability. Here every
insertion is tested exactly against `timing`, stops may stay out at their price, and costs are integers.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from optimize.compiled import compiled, inlined
from optimize.routing.problem import IntArray
from optimize.routing.timing import NEVER, Day, earliest_start, plain_start, time_route, travel_end

MEAN_REMOVED: Final = 10.0
MAX_STRING: Final = 10.0
BLINK_SHARE: Final = 0.01
SPLIT_DEPTH: Final = 0.01
MAX_RETRIED: Final = 20  # absent stops offered again in one iteration
MAX_NEIGHBOURS: Final = 200

# what happens to a stop in one iteration
FIXED: Final = 0
REMOVED: Final = 1
WAS_OUT: Final = 2


class Plan(NamedTuple):
    """The state of the search: one row per staff member, kept in time at every moment.

    `seq[v, :length[v]]` are the stops of staff v; `depart_s` and `latest_s` as in `timing.time_route`; `route_of` is
    -1 for a stop left out; `cost[0]` is the current cost with the prices of stops left out. `place[v, :length[v] + 2]`
    are the places from start to end, and `arc[v, j]` what the way into `place[v, j]` costs: nothing where nobody goes.
    """

    seq: IntArray
    length: IntArray
    load: IntArray
    depart_s: IntArray
    latest_s: IntArray
    route_of: IntArray
    cost: IntArray
    place: IntArray
    arc: IntArray


class Scratch(NamedTuple):
    """Room for one iteration: stops taken out, routes touched, what happened to each stop, keys of their order."""

    removed: IntArray
    touched: IntArray
    loose: NDArray[np.int8]
    key: NDArray[np.float64]


@inlined
def next_random(state: NDArray[np.uint64]) -> float:
    """Draw from [0, 1) by splitmix64 (Steele, Lea, Flood 2014); the state is the caller's, nothing is global."""
    state[0] += np.uint64(0x9E3779B97F4A7C15)
    z = state[0]
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    z = z ^ (z >> np.uint64(31))
    return float(z >> np.uint64(11)) * (1.0 / 9007199254740992.0)


@inlined
def retime(day: Day, plan: Plan, v: int) -> int:
    """Bring times, places and arcs of route v up to date with its stops; returns the arrival at the end place."""
    k, n = plan.length[v], day.service_s.size
    place, arc = plan.place[v], plan.arc[v]
    place[0] = day.place[n + v]
    for j in range(k):
        place[j + 1] = day.place[plan.seq[v, j]]
    place[k + 1] = day.place[n + day.shift_s.shape[0] + v]
    for j in range(1, k + 2):
        arc[j] = day.arc_cost[place[j - 1], place[j]] if k > 0 else 0
    return int(time_route(day, v, plan.seq[v], k, plan.depart_s[v], plan.latest_s[v]))


@inlined
def best_insertion(
    day: Day, plan: Plan, staff_class: IntArray, stop: int, blink: float, rng: NDArray[np.uint64], below: int = NEVER
) -> tuple[int, int, int]:
    """Find the cheapest position in time that costs less than `below`; (cost, staff, position), staff -1 without one.

    Of several unused staff members who are alike only the first is tried. O(stops on routes).
    """
    best, best_v, best_j = np.int64(below), -1, -1
    place = day.place[stop]
    out, into = day.arc_cost[place], day.arc_into[place]
    travel_out, travel_into = day.travel_s[place], day.travel_into[place]
    service_s, has_one_window = day.service_s[stop], day.window_ptr[stop + 1] <= day.window_ptr[stop] + 1
    demand = day.demand[stop]
    tried_class = -1
    w_end = day.window_ptr[stop + 1]
    last_s = day.windows_s[w_end - 1, 1] if w_end > day.window_ptr[stop] else np.int64(NEVER)
    for v in range(plan.length.size):
        k = plan.length[v]
        if k == 0 and staff_class[v] == tried_class:
            continue
        if plan.load[v] + demand > day.capacity[v] or not day.allowed[stop, v]:
            continue
        if k == 0:
            tried_class = staff_class[v]  # only now: a partner's own person is closed to the stop for the moment
        places, arcs, depart_s, latest_s = plan.place[v], plan.arc[v], plan.depart_s[v], plan.latest_s[v]
        is_plain = has_one_window and day.break_ptr[v] == day.break_ptr[v + 1]
        for j in range(k + 1):
            if depart_s[j] > last_s:
                break  # departures only grow along the route
            here, there = places[j], places[j + 1]
            extra = np.int64(into[here]) + np.int64(out[there]) - arcs[j + 1]
            if extra < best and (blink <= 0.0 or next_random(rng) >= blink):
                if is_plain:
                    back_s = plain_start(day, stop, depart_s[j] + travel_into[here]) + service_s + travel_out[there]
                else:
                    at_s = travel_end(day, v, depart_s[j], int(travel_into[here]))
                    start_s = earliest_start(day, v, stop, at_s)
                    back_s = travel_end(day, v, start_s + service_s, int(travel_out[there]))
                if back_s <= latest_s[j]:
                    best, best_v, best_j = extra, v, j
    return int(best), best_v, best_j


@inlined
def insert(day: Day, plan: Plan, stop: int, v: int, j: int) -> None:
    """Put the stop at position j of route v and re-time the route."""
    k = plan.length[v]
    for i in range(k, j, -1):
        plan.seq[v, i] = plan.seq[v, i - 1]
    plan.seq[v, j] = stop
    plan.length[v] = k + 1
    plan.load[v] += day.demand[stop]
    plan.route_of[stop] = v
    retime(day, plan, v)


@compiled
def take_last(day: Day, plan: Plan, v: int) -> None:
    """Take the last stop off route v and re-time the route."""
    k = plan.length[v] - 1
    stop = plan.seq[v, k]
    plan.length[v] = k
    plan.load[v] -= day.demand[stop]
    plan.route_of[stop] = -1
    retime(day, plan, v)


@compiled
def take_out(day: Day, plan: Plan, stop: int) -> None:
    """Take a stop off its route, wherever it stands, and re-time the route; updates the plan's cost."""
    v = plan.route_of[stop]
    if v < 0:
        return
    before = route_cost(plan, v)
    at = 0
    while plan.seq[v, at] != stop:
        at += 1
    for j in range(at, plan.length[v] - 1):
        plan.seq[v, j] = plan.seq[v, j + 1]
    plan.seq[v, plan.length[v] - 1] = stop
    take_last(day, plan, v)
    plan.cost[0] += route_cost(plan, v) - before + day.price[stop]


@compiled
def insert_all(day: Day, plan: Plan, staff_class: IntArray, rng: NDArray[np.uint64], stops: IntArray) -> None:
    """Insert the given stops one after the other, each where it costs least; updates the plan's cost."""
    for stop in stops:
        extra, v, j = best_insertion(day, plan, staff_class, stop, 0.0, rng)
        if v >= 0 and extra < day.price[stop]:
            insert(day, plan, stop, v, j)
            plan.cost[0] += extra - day.price[stop]


@inlined
def route_cost(plan: Plan, v: int) -> int:
    """Add up the arcs of a route; an unused staff member costs nothing."""
    total = 0
    for j in range(1, plan.length[v] + 2):
        total += plan.arc[v, j]
    return int(total)


@inlined
def ruin(
    day: Day,
    plan: Plan,
    neighbours: IntArray,
    rng: NDArray[np.uint64],
    removed: IntArray,
    touched: IntArray,
    saved: Plan,
    loose: NDArray[np.int8],
) -> tuple[int, int]:
    """Take strings of stops near a random one off their routes; saves each touched route before. (removed, touched)."""
    n = plan.route_of.size
    n_used, n_served = 0, 0
    for v in range(plan.length.size):
        if plan.length[v] > 0:
            n_used += 1
            n_served += plan.length[v]
    if n_used == 0:
        return 0, 0
    string_max = min(MAX_STRING, max(1.0, n_served / n_used))
    n_strings = int(next_random(rng) * (4.0 * MEAN_REMOVED / (1.0 + string_max) - 1.0) + 1.0)
    seed = int(next_random(rng) * n)
    n_removed, n_touched = 0, 0
    for a in range(neighbours.shape[1]):
        if n_touched >= n_strings:
            break
        stop = neighbours[seed, a]
        v = plan.route_of[stop]
        if v < 0:
            continue
        fresh = True
        for i in range(n_touched):
            if touched[i] == v:
                fresh = False
                break
        if not fresh:
            continue
        save_route(plan, saved, v)
        touched[n_touched] = v
        n_touched += 1
        k = plan.length[v]
        size = min(int(k), int(next_random(rng) * min(float(k), string_max) + 1.0))
        n_kept = 0
        if next_random(rng) < 0.5 and size > 1:
            while size + n_kept < k and next_random(rng) > SPLIT_DEPTH:
                n_kept += 1
        n_removed = cut_string(day, plan, v, stop, size, n_kept, rng, removed, n_removed, loose)
    return n_removed, n_touched


@inlined
def cut_string(
    day: Day,
    plan: Plan,
    v: int,
    stop: int,
    size: int,
    n_kept: int,
    rng: NDArray[np.uint64],
    removed: IntArray,
    n_removed: int,
    loose: NDArray[np.int8],
) -> int:
    """Remove a string of `size` stops of route v around `stop`, leaving `n_kept` stops inside it on the route."""
    k = plan.length[v]
    at = 0
    while plan.seq[v, at] != stop:
        at += 1
    span = size + n_kept
    low, high = max(0, at - span + 1), min(at, k - span)
    first = low + int(next_random(rng) * (high - low + 1))
    keep_from = first + int(next_random(rng) * (size + 1))
    w = first
    for j in range(first, k):
        node = plan.seq[v, j]
        inside = j < first + span and not (keep_from <= j < keep_from + n_kept)
        if inside:
            removed[n_removed] = node
            n_removed += 1
            plan.route_of[node] = -1
            plan.load[v] -= day.demand[node]
            loose[node] = REMOVED
        else:
            plan.seq[v, w] = node
            w += 1
    plan.length[v] = w
    retime(day, plan, v)
    return n_removed


@inlined
def save_route(plan: Plan, saved: Plan, v: int) -> None:
    """Copy route v so that a rejected iteration can be undone."""
    k = plan.length[v]
    saved.length[v], saved.load[v] = k, plan.load[v]
    for j in range(k + 1):
        saved.seq[v, j] = plan.seq[v, j]
        saved.depart_s[v, j] = plan.depart_s[v, j]
        saved.latest_s[v, j] = plan.latest_s[v, j]
    for j in range(k + 2):
        saved.place[v, j] = plan.place[v, j]
        saved.arc[v, j] = plan.arc[v, j]


@inlined
def order_removed(day: Day, removed: IntArray, m: int, rng: NDArray[np.uint64], key: NDArray[np.float64]) -> None:
    """Sort the loose stops by one of the paper's orders, drawn by its weights; dearer stops always come first."""
    draw = next_random(rng) * 17.0
    depot = day.place[day.service_s.size]
    for i in range(m):
        stop = removed[i]
        w, w_end = day.window_ptr[stop], day.window_ptr[stop + 1]
        if draw < 4.0:
            key[i] = next_random(rng)
        elif draw < 8.0:
            key[i] = -float(day.demand[stop])
        elif draw < 10.0:
            key[i] = -float(day.arc_cost[depot, day.place[stop]])
        elif draw < 11.0:
            key[i] = float(day.arc_cost[depot, day.place[stop]])
        elif w == w_end:
            key[i] = next_random(rng) + 1e9
        elif draw < 13.0:
            key[i] = float(day.windows_s[w_end - 1, 1] - day.windows_s[w, 0])
        elif draw < 15.0:
            key[i] = float(day.windows_s[w, 0])
        else:
            key[i] = -float(day.windows_s[w_end - 1, 1])
        if 2 * day.price[stop] < day.dearest:
            key[i] += 1e12
    for i in range(1, m):  # few, so by insertion; nothing is allocated
        stop, own, at = removed[i], key[i], i
        while at > 0 and key[at - 1] > own:
            removed[at], key[at] = removed[at - 1], key[at - 1]
            at -= 1
        removed[at], key[at] = stop, own


@inlined
def recreate(
    day: Day,
    plan: Plan,
    staff_class: IntArray,
    rng: NDArray[np.uint64],
    removed: IntArray,
    m: int,
    touched: IntArray,
    n_touched: int,
    saved: Plan,
    loose: NDArray[np.int8],
    blink: float,
    most: int,
) -> tuple[int, bool]:
    """Put the loose stops back where each costs least, or leave them out at their price.

    `most` is what they may cost in all. Once they cannot be put back for that, the rest is not tried: stops that were
    on routes cost something wherever they go (where a detour may be shorter than the way itself this is a guess).

    Returns
    -------
    n_touched : routes touched
    is_hopeless : the iteration costs more than `most`; stops may be missing
    """
    is_strict = True
    for i in range(m):
        is_strict = is_strict and loose[removed[i]] == REMOVED
    for i in range(m):
        stop = removed[i]
        price = day.price[stop]
        extra, v, j = best_insertion(
            day, plan, staff_class, stop, blink, rng, min(price, most + 1) if is_strict else price
        )
        if v < 0:
            most -= price
            if is_strict and most < 0:
                return n_touched, True
            continue
        most -= extra
        fresh = True
        for t in range(n_touched):
            if touched[t] == v:
                fresh = False
                break
        if fresh:
            save_route(plan, saved, v)
            touched[n_touched] = v
            n_touched += 1
        insert(day, plan, stop, v, j)
    return n_touched, False


@inlined
def add_absent(
    plan: Plan, removed: IntArray, m: int, loose: NDArray[np.int8], n_absent: int, rng: NDArray[np.uint64]
) -> int:
    """Offer some of the stops left out again; from a random place on, so that each gets its turn."""
    if n_absent == 0:
        return m
    n = plan.route_of.size
    offset = int(next_random(rng) * n)
    n_added = 0
    for i in range(n):
        stop = (offset + i) % n
        if plan.route_of[stop] < 0 and loose[stop] == FIXED:
            removed[m] = stop
            m += 1
            loose[stop] = WAS_OUT
            n_added += 1
            if n_added >= min(MAX_RETRIED, n_absent):
                break
    return m


@njit(cache=True)
def anneal(
    day: Day,
    plan: Plan,
    best: Plan,
    saved: Plan,
    neighbours: IntArray,
    staff_class: IntArray,
    rng: NDArray[np.uint64],
    n_iterations: int,
    temperature: float,
    cooling: float,
) -> float:
    """Run a chunk of iterations in place; returns the temperature reached, which the next chunk goes on from.

    `plan` is the current plan, `best` the best one so far, `saved` room for undoing. Neither ever breaks a rule.
    """
    n, n_staff = plan.route_of.size, plan.length.size
    scratch = Scratch(
        np.empty(n + 1, np.int64), np.empty(n_staff + 1, np.int64), np.zeros(n, np.int8), np.empty(n + 1, np.float64)
    )
    return _anneal(day, plan, best, saved, scratch, neighbours, staff_class, rng, n_iterations, temperature, cooling)


@compiled
def _anneal(
    day: Day,
    plan: Plan,
    best: Plan,
    saved: Plan,
    scratch: Scratch,
    neighbours: IntArray,
    staff_class: IntArray,
    rng: NDArray[np.uint64],
    n_iterations: int,
    temperature: float,
    cooling: float,
) -> float:
    n = plan.route_of.size
    removed, touched, loose, key = scratch.removed, scratch.touched, scratch.loose, scratch.key
    n_absent = 0
    for stop in range(n):
        if plan.route_of[stop] < 0:
            n_absent += 1
    for _ in range(n_iterations):
        temperature *= cooling
        m, n_touched = ruin(day, plan, neighbours, rng, removed, touched, saved, loose)
        m = add_absent(plan, removed, m, loose, n_absent, rng)
        order_removed(day, removed, m, rng, key)
        may_cost = int(-temperature * np.log(1.0 - next_random(rng)))
        most = may_cost
        for i in range(n_touched):
            most += route_cost(saved, touched[i]) - route_cost(plan, touched[i])
        n_touched, is_hopeless = recreate(
            day, plan, staff_class, rng, removed, m, touched, n_touched, saved, loose, BLINK_SHARE, most
        )
        change, more_absent = 0, 0
        for i in range(n_touched):
            change += route_cost(plan, touched[i]) - route_cost(saved, touched[i])
        for i in range(m):
            stop = removed[i]
            if plan.route_of[stop] < 0 and loose[stop] == REMOVED:
                change += day.price[stop]
                more_absent += 1
            elif plan.route_of[stop] >= 0 and loose[stop] == WAS_OUT:
                change -= day.price[stop]
                more_absent -= 1
        if not is_hopeless and change <= may_cost:
            plan.cost[0] += change
            n_absent += more_absent
            if plan.cost[0] < best.cost[0]:
                copy_plan(plan, best)
        else:
            undo(plan, saved, removed, m, touched, n_touched)
        for i in range(m):
            loose[removed[i]] = FIXED
    return temperature


@inlined
def undo(plan: Plan, saved: Plan, removed: IntArray, m: int, touched: IntArray, n_touched: int) -> None:
    """Put the touched routes back as they were saved."""
    for i in range(m):
        plan.route_of[removed[i]] = -1
    for t in range(n_touched):
        v = touched[t]
        save_route(saved, plan, v)
        for j in range(plan.length[v]):
            plan.route_of[plan.seq[v, j]] = v


@compiled
def copy_plan(source: Plan, target: Plan) -> None:
    """Copy the orders, routes and cost of a plan."""
    for v in range(source.length.size):
        save_route(source, target, v)
    for stop in range(source.route_of.size):
        target.route_of[stop] = source.route_of[stop]
    target.cost[0] = source.cost[0]

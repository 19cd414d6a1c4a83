"""Order the tours of one day so that people meet, compiled.

Visits that meet start within a window of each other: whoever is early waits. The times of a day are the least that
satisfy every tour's order and every meeting that is held, found by passing over the tours until nothing moves. Orders
that contradict each other have no such times: the passes then run past the horizon.

Simulated annealing over the orders and over which meetings are held.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from optimize.compiled import compiled
from optimize.periodic.draws import GOLDEN, unit_of
from optimize.periodic.layout import NO_LIMIT, Ints

_OUTSIDE = 100
"""Ticks charged for a tick outside a person's bounds of the day."""
_MOST_PASSES = 60


class MeetingDay(NamedTuple):
    """One day's tours and what may meet on it; times in ticks, visits numbered as they stand at first.

    Attributes
    ----------
    to : travel between the locations that the day uses
    order, first : tour `i` is `order[first[i]:first[i + 1]]`
    old_order, best_order, old_held, best_held : copies
    place, service : of each visit
    office, people, low, high : of each tour: where it starts, how many people it holds, the bounds of its length
    pair : (n_pairs, 2) visits that may meet
    window, saving, held : of each pair
    pair_first, pair_of : pairs of a visit (CSR)
    start, end : of each visit and tour, as priced last
    horizon : (1,) no day is longer
    random : one counter
    """

    to: Ints
    order: Ints
    first: Ints
    old_order: Ints
    best_order: Ints
    place: Ints
    service: Ints
    office: Ints
    people: Ints
    low: Ints
    high: Ints
    pair: Ints
    window: Ints
    saving: Ints
    held: NDArray[np.bool_]
    old_held: NDArray[np.bool_]
    best_held: NDArray[np.bool_]
    pair_first: Ints
    pair_of: Ints
    start: Ints
    end: Ints
    horizon: Ints
    random: Any


@compiled
def chance(d: MeetingDay) -> float:
    """The next number in [0, 1)."""
    d.random[0] += np.uint64(GOLDEN)
    return float(unit_of(d.random[0]))


@compiled
def least_start(d: MeetingDay, visit: int, earliest: int) -> int:
    """When a visit starts at the earliest, held meetings considered."""
    least = earliest
    for k in range(d.pair_first[visit], d.pair_first[visit + 1]):
        pair = d.pair_of[k]
        if d.held[pair]:
            other = d.pair[pair, 1] if d.pair[pair, 0] == visit else d.pair[pair, 0]
            least = max(least, d.start[other] - d.window[pair])
    return int(max(least, d.start[visit]))


@compiled
def set_times(d: MeetingDay) -> bool:
    """Find the least times; False where orders and meetings contradict each other."""
    for visit in range(len(d.start)):
        d.start[visit] = 0
    for _ in range(_MOST_PASSES):
        is_moved = False
        for tour in range(len(d.office)):
            at, now = d.office[tour], 0
            for k in range(d.first[tour], d.first[tour + 1]):
                visit = d.order[k]
                begins = least_start(d, visit, now + d.to[at, d.place[visit]])
                if begins > d.start[visit]:
                    d.start[visit] = begins
                    is_moved = True
                at, now = d.place[visit], begins + d.service[visit]
            d.end[tour] = now + d.to[at, d.office[tour]]
            if d.end[tour] > d.horizon[0]:
                return False
        if not is_moved:
            return True
    return False


@compiled
def price(d: MeetingDay) -> int:
    """Person-ticks of the day outside included, less what its meetings are worth; NO_LIMIT = impossible."""
    if not set_times(d):
        return NO_LIMIT
    total = 0
    for tour in range(len(d.office)):
        end = d.end[tour]
        total += d.people[tour] * end
        total += _OUTSIDE * (max(0, end - d.high[tour]) + max(0, d.low[tour] - end))
    for pair in range(len(d.held)):
        if d.held[pair]:
            total -= d.saving[pair]
    return int(total)


@compiled
def tour_of(d: MeetingDay, at: int) -> int:
    """The tour that a position of the order belongs to."""
    tour = 0
    while d.first[tour + 1] <= at:
        tour += 1
    return tour


@compiled
def find(d: MeetingDay, visit: int) -> int:
    """The position of a visit."""
    at = 0
    while d.order[at] != visit:
        at += 1
    return at


@compiled
def shift(d: MeetingDay, source: int, target: int) -> None:
    """Move the visit at `source` to `target`; both lie in one tour."""
    visit = d.order[source]
    step = 1 if target > source else -1
    for k in range(source, target, step):
        d.order[k] = d.order[k + step]
    d.order[target] = visit


@compiled
def shift_any(d: MeetingDay) -> None:
    """Move a random visit within its tour."""
    source = int(chance(d) * len(d.order))
    tour = tour_of(d, source)
    first, n = d.first[tour], d.first[tour + 1] - d.first[tour]
    shift(d, source, first + int(chance(d) * n))


@compiled
def shift_meeting(d: MeetingDay) -> None:
    """Move both visits of a pair beside those of another pair, so that the tours still agree."""
    pair = int(chance(d) * len(d.held))
    beside = int(chance(d) * len(d.held))
    is_after = chance(d) < 0.5
    d.held[pair] = True
    for side in range(2):
        visit = d.pair[pair, side]
        source = find(d, visit)
        tour = tour_of(d, source)
        for other_side in range(2):
            target = find(d, d.pair[beside, other_side])
            if target == source or tour_of(d, target) != tour:
                continue
            if is_after and target < source:
                target += 1
            elif not is_after and target > source:
                target -= 1
            shift(d, source, target)
            break


@compiled
def turn_part(d: MeetingDay) -> None:
    """Reverse a part of a tour."""
    at = int(chance(d) * len(d.order))
    tour = tour_of(d, at)
    other = d.first[tour] + int(chance(d) * (d.first[tour + 1] - d.first[tour]))
    low, high = min(at, other), max(at, other)
    while low < high:
        visit = d.order[low]
        d.order[low] = d.order[high]
        d.order[high] = visit
        low, high = low + 1, high - 1


@compiled
def align(d: MeetingDay) -> None:
    """Hold every meeting, and let the visits of each tour that meet earlier tours follow the order of those."""
    for pair in range(len(d.held)):
        d.held[pair] = True
    for tour in range(1, len(d.office)):
        for k in range(d.first[tour] + 1, d.first[tour + 1]):
            at = k
            while at > d.first[tour] and rank(d, d.order[at - 1]) > rank(d, d.order[at]) >= 0:
                shift(d, at, at - 1)
                at -= 1


@compiled
def rank(d: MeetingDay, visit: int) -> int:
    """Where the visit's meeting stands in an earlier tour, -1 = it meets nobody there."""
    own = find(d, visit)
    best = -1
    for k in range(d.pair_first[visit], d.pair_first[visit + 1]):
        pair = d.pair_of[k]
        other = d.pair[pair, 1] if d.pair[pair, 0] == visit else d.pair[pair, 0]
        at = find(d, other)
        if tour_of(d, at) < tour_of(d, own):
            best = max(best, at)
    return best


@compiled
def copy(order: Ints, held: NDArray[np.bool_], into_order: Ints, into_held: NDArray[np.bool_]) -> None:
    """Copy an order and the meetings that are held."""
    for k in range(len(order)):
        into_order[k] = order[k]
    for pair in range(len(held)):
        into_held[pair] = held[pair]


@compiled
def hold_none(d: MeetingDay) -> None:
    """Let nobody meet."""
    for pair in range(len(d.held)):
        d.held[pair] = False


@compiled
def change(d: MeetingDay) -> None:
    """Try something: move a visit or a meeting, turn a part of a tour, hold a meeting or let it go."""
    kind = chance(d)
    if kind < 0.35:
        shift_any(d)
    elif kind < 0.65:
        shift_meeting(d)
    elif kind < 0.85:
        turn_part(d)
    else:
        pair = int(chance(d) * len(d.held))
        d.held[pair] = not d.held[pair]


@compiled
def first_price(d: MeetingDay) -> int:
    """Begin with every meeting held where the orders can be made to agree, else with none."""
    align(d)
    cost = price(d)
    if cost == NO_LIMIT:
        hold_none(d)
        cost = price(d)
    return int(cost)


@compiled
def meet(d: MeetingDay, n_steps: int, hot: float, cold: float) -> None:
    """Anneal one day from `hot` to `cold` ticks; the best day met stands in it afterwards.

    The day as it is given, without any meeting, is the first best: the result is never worse than that.
    """
    hold_none(d)
    best = price(d)
    copy(d.order, d.held, d.best_order, d.best_held)
    cost = first_price(d)
    temperature, cooling = hot, (cold / hot) ** (1.0 / max(1, n_steps))
    for _ in range(n_steps):
        if cost < best:
            best = cost
            copy(d.order, d.held, d.best_order, d.best_held)
        temperature *= cooling
        copy(d.order, d.held, d.old_order, d.old_held)
        change(d)
        new = price(d)
        if new < NO_LIMIT and new - cost < -temperature * math.log(1.0 - chance(d)):
            cost = new
        else:
            copy(d.old_order, d.old_held, d.order, d.held)
    if best <= cost:
        copy(d.best_order, d.best_held, d.order, d.held)

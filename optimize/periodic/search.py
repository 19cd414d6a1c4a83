"""Ruin and recreate over the whole cycle, compiled.

Slack Induction by String Removals (Christiaens & Vanden Berghe, Transportation Science 54(2), 2020), carried over to
several days: strings of visits near a random duty are taken out of several tours on several days at once. A part of the
duties so met leaves all of its days and comes back with the pattern whose days together are cheapest; the others come
back on the day they left. Simulated annealing decides whether a step stays.
"""

from __future__ import annotations

import math

from optimize.compiled import compiled, inlined
from optimize.periodic.layout import CALLED_AGAIN, NO_LIMIT, World
from optimize.periodic.placing import Settings, place_whole, quote_day, uniform
from optimize.periodic.tours import (
    insert,
    keep_best,
    pattern_price,
    remove,
    shared_saving,
    undo_slots,
)

WHOLE = -1
"""Marks a duty that left all of its days."""


@compiled
def search_chunk(w: World, settings: Settings, n_steps: int, temperature: float, cooling: float) -> None:
    """Do `n_steps` steps from `temperature` ticks, times `cooling` after each."""
    state = w.state[0]
    state.n_waiting = 0
    for duty in range(len(w.duties)):
        state.n_waiting += is_waiting(w, duty)
    for _ in range(n_steps):
        for row in range(len(w.rows)):
            w.rows[row].old_minutes = w.rows[row].minutes
        state.old_excess = state.excess
        allowed = worsening(w, temperature) if settings.gives_up else 0.0
        change = ruin(w, settings)
        call_again(w)
        change += recreate(w, settings, allowed - change)
        if not settings.gives_up:
            allowed = worsening(w, temperature)
        if change < allowed:
            state.cost += change
            for k in range(state.n_touched):
                w.slots[w.touched[k]].is_stale = True
            for k in range(state.n_out):
                duty = w.out[k].duty
                state.n_waiting += is_waiting(w, duty) - (w.duties[duty].old_mask == 0)
            if state.cost < state.best_cost and state.excess <= 0:
                state.best_cost = state.cost
                keep_best(w)
        else:
            undo_slots(w)
            undo_duties(w)
        for k in range(state.n_touched):
            w.slots[w.touched[k]].is_touched = False
        for k in range(state.n_out):
            w.duties[w.out[k].duty].is_out = False
        state.n_touched = 0
        state.n_out = 0
        state.n_fitting += state.excess <= 0
        temperature *= cooling


@compiled
def worsening(w: World, temperature: float) -> float:
    """Ticks that a step may add and stay, drawn at random."""
    return float(-temperature * math.log(1.0 - uniform(w)))


@compiled
def is_waiting(w: World, duty: int) -> bool:
    """Whether a duty has no days and could have some."""
    d = w.duties[duty]
    return bool(d.mask == 0 and d.pattern_end > d.pattern_first)


@compiled
def undo_duties(w: World) -> None:
    """Bring back the days of every duty that was out."""
    for k in range(w.state[0].n_out):
        duty = w.out[k].duty
        w.duties[duty].mask = w.duties[duty].old_mask
        for day in range(w.state[0].n_days):
            w.slot_of[duty, day] = w.slot_of[len(w.duties) + duty, day]


@compiled
def take_out(w: World, duty: int, day: int) -> None:
    """Note that a duty leaves `day`, or all of its days; the caller removes its visits."""
    d = w.duties[duty]
    d.old_mask = d.mask
    d.is_out = True
    for k in range(w.state[0].n_days):
        w.slot_of[len(w.duties) + duty, k] = w.slot_of[duty, k]
    w.out[w.state[0].n_out].duty = duty
    w.out[w.state[0].n_out].day = day
    w.state[0].n_out += 1


@inlined
def remove_all_days(w: World, duty: int) -> int:
    """Take every visit of a duty out and give back its pattern's price and shared-day savings."""
    d = w.duties[duty]
    if d.mask == 0:
        return 0
    change = d.drop_price - pattern_price(w, duty)
    if w.state[0].has_saving:
        change += shared_saving(w, duty, d.mask)
    for k in range(d.day_first, d.day_end):
        day = w.duty_day[k]
        if w.slot_of[duty, day] >= 0:
            change += remove(w, duty, day)
    d.mask = 0
    return int(change)


@inlined
def ruin(w: World, settings: Settings) -> int:
    """Take strings of visits near a random duty out of several tours; return the ticks added."""
    centre = int(uniform(w) * len(w.duties))
    day_wanted = int(uniform(w) * w.state[0].n_days)
    n_tours, n_visits = 0, 0
    for slot in range(w.day_slot[day_wanted], w.day_slot[day_wanted + 1]):
        if w.slots[slot].length > 0:
            n_tours += 1
            n_visits += w.slots[slot].length
    if n_tours == 0:
        return 0
    longest = min(settings.longest_string, n_visits / n_tours)
    n_strings = max(1, int(uniform(w) * (4.0 * settings.mean_removed / (1.0 + longest) - 1.0) + 1.0))
    is_whole = uniform(w) < settings.whole_share
    is_many_days = uniform(w) < settings.many_days_share
    with_siblings = w.state[0].has_siblings and uniform(w) < settings.siblings_share
    n_cut, change = 0, 0
    for k in range(w.near.shape[1]):
        duty = w.near[centre, k]
        if w.duties[duty].mask == 0 or w.duties[duty].is_out:
            continue
        day = a_day_of(w, duty) if is_many_days else day_wanted
        slot = w.slot_of[duty, day]
        if slot < 0 or w.slots[slot].is_hit:
            continue
        w.slots[slot].is_hit = True
        change += cut_string(w, settings, slot, duty, longest, is_whole, with_siblings)
        n_cut += 1
        if n_cut == n_strings:
            break
    for slot in range(len(w.slots)):
        w.slots[slot].is_hit = False
    return int(change)


@compiled
def a_day_of(w: World, duty: int) -> int:
    """One of the days on which a planned duty is served, at random."""
    first, n_named = w.duties[duty].day_first, w.duties[duty].day_end - w.duties[duty].day_first
    offset = int(uniform(w) * n_named)
    for k in range(n_named):
        day = w.duty_day[first + (offset + k) % n_named]
        if w.slot_of[duty, day] >= 0:
            return int(day)
    return int(w.duty_day[first])


@inlined
def cut_string(
    w: World, settings: Settings, slot: int, duty: int, longest: float, is_whole: bool, with_siblings: bool
) -> int:
    """Remove a string of visits around `duty` from a slot; part of them may be kept in the middle."""
    length, day = w.slots[slot].length, w.slots[slot].day
    size = min(length, int(uniform(w) * min(float(length), longest) + 1.0))
    at = 0
    while w.visit[slot, at] != duty:
        at += 1
    n_kept, kept_from = 0, 0
    if 1 < size < length and uniform(w) < settings.split_share:
        n_kept = 1
        while size + n_kept < length and uniform(w) < 0.5:
            n_kept += 1
        kept_from = 1 + int(uniform(w) * (size - 1))
    span = size + n_kept
    lowest, highest = max(0, at - span + 1), min(at, length - span)
    start = lowest + int(uniform(w) * (highest - lowest + 1))
    first_out = w.state[0].n_out
    for i in range(span):
        other = w.visit[slot, start + i]
        if (i < kept_from or i >= kept_from + n_kept) and not w.duties[other].is_out:
            is_free = w.duties[other].pattern_end - w.duties[other].pattern_first > 1
            take_out(w, other, WHOLE if is_whole and is_free else day)
    change = 0
    for k in range(first_out, w.state[0].n_out):
        other = w.out[k].duty
        if w.out[k].day != WHOLE:
            change += remove(w, other, day)
            continue
        change += remove_all_days(w, other)
        if with_siblings:
            change += take_siblings(w, other)
    return int(change)


@compiled
def take_siblings(w: World, duty: int) -> int:
    """Take the other roles' open duties of the same retailer out of all of their days."""
    change = 0
    for k in range(w.duties[duty].sibling_first, w.duties[duty].sibling_end):
        other = w.siblings[k]
        d = w.duties[other]
        if not d.is_out and d.mask != 0 and d.pattern_end - d.pattern_first > 1:
            take_out(w, other, WHOLE)
            change += remove_all_days(w, other)
    return int(change)


@compiled
def call_again(w: World) -> None:
    """Add some duties that are not planned to the list, so that each step tries them again."""
    n_duties = len(w.duties)
    offset = int(uniform(w) * n_duties)
    if w.state[0].n_waiting == 0:
        return
    n_called = 0
    for k in range(n_duties):
        duty = (offset + k) % n_duties
        if is_waiting(w, duty) and not w.duties[duty].is_out:
            take_out(w, duty, WHOLE)
            n_called += 1
            if n_called == CALLED_AGAIN:
                break


@inlined
def recreate(w: World, settings: Settings, allowed: float) -> int:
    """Put the duties back, each where it is cheapest, in an order drawn at random; return the ticks added.

    Where no insertion saves anything, it ends early once more than `allowed` is spent: the step is undone anyway.
    """
    n_out = w.state[0].n_out
    sort_out(w, uniform(w))
    change, owed = 0, 0
    for k in range(n_out):
        if w.duties[w.out[k].duty].mask == 0:
            owed += w.duties[w.out[k].duty].drop_price
    for k in range(n_out):
        if settings.gives_up and change - owed >= allowed:
            break
        duty, day = w.out[k].duty, w.out[k].day
        if day != WHOLE:
            quote_day(w, settings, duty, day, 0)
            if w.quotes[0, day].price < NO_LIMIT:
                change += insert(w, duty, w.quotes[0, day].slot, w.quotes[0, day].place)
                continue
            change += remove_all_days(w, duty)
            owed += w.duties[duty].drop_price
        if w.duties[duty].mask == 0:
            change += place_whole(w, settings, duty)
            owed -= w.duties[duty].drop_price
    return int(change)


@compiled
def sort_out(w: World, rule: float) -> None:
    """Sort the duties out of the plan: at random, largest first, far or near first, by a rule drawn in [0, 1)."""
    for k in range(w.state[0].n_out):
        duty, day, noise = w.out[k].duty, w.out[k].day, uniform(w)
        d = w.duties[duty]
        if rule < 0.36:
            key = noise
        elif rule < 0.60:
            key = -float(d.demand) - noise
        elif rule < 0.72:
            key = -float(d.demand * d.n_visits) - noise
        elif rule < 0.90:
            key = -float(d.office_distance) - noise
        else:
            key = float(d.office_distance) + noise
        at = k
        while at > 0 and w.out[at - 1].key > key:
            w.out[at].duty, w.out[at].day, w.out[at].key = w.out[at - 1].duty, w.out[at - 1].day, w.out[at - 1].key
            at -= 1
        w.out[at].duty, w.out[at].day, w.out[at].key = duty, day, key

"""Put a duty where it is cheapest, compiled: a day, a pattern, or the patterns of all roles of its retailer."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from optimize.compiled import compiled, inlined
from optimize.periodic.draws import GOLDEN, unit_of
from optimize.periodic.layout import NO_LIMIT, World
from optimize.periodic.tours import (
    band_price,
    cheapest_place,
    insert,
    load_price,
    minute_price,
    over,
    overlap_with,
    remembered_place,
    shared_saving,
)


class Settings(NamedTuple):
    """Free parameters of the search; docs/algorithms/periodic.md says how the defaults were chosen.

    mean_removed : visits removed by a step on average
    longest_string : visits removed from one tour at most
    whole_share : share of steps in which the duties met may change their days
    many_days_share : share of steps that ruin several days at once
    split_share : share of strings that keep some visits in their middle
    skip_share : chance that a slot is overlooked while pricing (a blink)
    siblings_share : share of steps that take all roles of a retailer along, where sharing days saves
    gives_up : whether a step ends once it has cost more than is allowed; only where no insertion saves anything
    """

    mean_removed: float = 10.0
    longest_string: float = 10.0
    whole_share: float = 0.6
    many_days_share: float = 0.6
    split_share: float = 0.5
    skip_share: float = 0.01
    siblings_share: float = 0.95
    gives_up: bool = False


@compiled
def uniform(w: World) -> float:
    """The next number in [0, 1) of the search."""
    w.state[0].random += np.uint64(GOLDEN)
    return float(unit_of(w.state[0].random))


@inlined
def quote_day(w: World, settings: Settings, duty: int, day: int, which: int) -> None:
    """Cheapest allowed insertion of a duty on a day, into `quotes[which, day]`; NO_LIMIT where there is none."""
    best, best_slot, empty_kind = NO_LIMIT, -1, -1
    for slot in range(w.day_slot[day], w.day_slot[day + 1]):
        s = w.slots[slot]
        if not w.staff_ok[duty, s.staff]:
            continue
        if s.length == 0:
            if s.kind == empty_kind:
                continue
            empty_kind = s.kind
        price = quote_slot(w, duty, slot, best)
        if price < best and uniform(w) >= settings.skip_share:
            best, best_slot = price, slot
    quote = w.quotes[which, day]
    quote.price, quote.slot = best, best_slot
    if best_slot >= 0:
        quote.place = remembered_place(w, duty, best_slot)


@inlined
def quote_slot(w: World, duty: int, slot: int, best: int) -> int:
    """Price of a duty's cheapest place in a tour, with what its minutes and load cost there; NO_LIMIT = no room.

    A tour whose load alone costs `best` is not looked at; detours are taken to be no shortcuts there.
    """
    d, s = w.duties[duty], w.slots[slot]
    more_load = over(s.load + d.demand, s.capacity)
    for_load = 0
    if more_load > 0:
        if w.state[0].load_weight == 0.0 or d.demand > s.capacity:
            return NO_LIMIT
        for_load = load_price(w, more_load) - load_price(w, over(s.load, s.capacity))
        if for_load >= best:
            return NO_LIMIT
    price = cheapest_place(w, duty, slot) - overlap_with(w, duty, s.staff, s.day)
    row = w.rows[s.row]
    after = row.minutes + price + d.service
    if after > row.limit:
        if w.state[0].minute_weight == 0.0 or s.length == 0:
            return NO_LIMIT
        price += minute_price(w, after - row.limit) - minute_price(w, over(row.minutes, row.limit))
    price += for_load
    if row.minutes < row.low or after > row.high:
        price += band_price(w, after, row.low, row.high) - band_price(w, row.minutes, row.low, row.high)
    if d.is_crew and s.partner_row >= 0:
        second = w.rows[s.partner_row]
        after = second.minutes + d.service
        if after > second.limit:
            return NO_LIMIT
        price += band_price(w, after, second.low, second.high)
        price -= band_price(w, second.minutes, second.low, second.high)
    return int(price)


@inlined
def quote_all_days(w: World, settings: Settings, duty: int, which: int) -> None:
    """Quotes of every day that a pattern of the duty names, shared-day savings taken off."""
    for k in range(w.duties[duty].day_first, w.duties[duty].day_end):
        day = w.duty_day[k]
        quote_day(w, settings, duty, day, which)
        if w.state[0].has_saving and w.quotes[which, day].price < NO_LIMIT:
            w.quotes[which, day].price -= shared_saving(w, duty, 1 << day)


@compiled
def quote_pattern(w: World, pattern: int, which: int) -> int:
    """Sum of a pattern's day quotes and its own cost; NO_LIMIT where a day has no room."""
    total = w.patterns[pattern].cost
    for k in range(w.patterns[pattern].day_first, w.patterns[pattern].day_end):
        price = w.quotes[which, w.pattern_day[k]].price
        if price == NO_LIMIT:
            return NO_LIMIT
        total += price
    return int(total)


@inlined
def place_whole(w: World, settings: Settings, duty: int) -> int:
    """Give an unplanned duty its cheapest pattern, together with siblings that wait too; return the ticks added."""
    quote_all_days(w, settings, duty, 0)
    if w.state[0].has_siblings:
        n_family = gather_family(w, duty)
        change = 0
        if n_family == 2:
            change = place_pair(w, settings, duty, w.family[0, 1])
        elif n_family > 2:
            change = place_family(w, settings, n_family)
        if w.duties[duty].mask != 0:
            return change
    best, best_pattern = NO_LIMIT, -1
    for pattern in range(w.duties[duty].pattern_first, w.duties[duty].pattern_end):
        price = quote_pattern(w, pattern, 0)
        if price < best:
            best, best_pattern = price, pattern
    return serve(w, duty, best_pattern, 0) if best_pattern >= 0 else 0


@inlined
def serve(w: World, duty: int, pattern: int, which: int) -> int:
    """Insert a duty on the days of a pattern where the quotes say."""
    p = w.patterns[pattern]
    change = p.cost - w.duties[duty].drop_price
    if w.state[0].has_saving:
        change -= shared_saving(w, duty, p.mask)
    for k in range(p.day_first, p.day_end):
        quote = w.quotes[which, w.pattern_day[k]]
        change += insert(w, duty, quote.slot, quote.place)
    w.duties[duty].mask = p.mask
    return int(change)


@compiled
def gather_family(w: World, duty: int) -> int:
    """List a duty and the other roles' duties of its retailer that wait to be placed; return how many they are."""
    d = w.duties[duty]
    w.family[0, 0] = duty
    n_family = 1
    for k in range(d.sibling_first, d.sibling_end):
        other = w.siblings[k]
        if w.duties[other].mask == 0 and w.duties[other].is_out and w.duties[other].role != d.role:
            w.family[0, n_family] = other
            n_family += 1
    return n_family


@compiled
def place_family(w: World, settings: Settings, n_family: int) -> int:
    """Serve three or more roles' duties of one retailer together; 0 where no patterns fit.

    The one with the most visits tries each of its patterns; the others follow in turn, each with the pattern that is
    cheapest beside those before it.
    """
    anchor = 0
    for k in range(n_family):
        if k > 0:
            quote_all_days(w, settings, w.family[0, k], k)
        if w.duties[w.family[0, k]].n_visits > w.duties[w.family[0, anchor]].n_visits:
            anchor = k
    best = NO_LIMIT
    leader = w.duties[w.family[0, anchor]]
    for pattern in range(leader.pattern_first, leader.pattern_end):
        total = quote_pattern(w, pattern, anchor)
        w.family[1, anchor] = pattern
        for k in range(n_family):
            if k != anchor and total != NO_LIMIT:
                price = follow(w, n_family, anchor, k)
                total = NO_LIMIT if price == NO_LIMIT else total + price
        if total < best:
            best = total
            for k in range(n_family):
                w.family[2, k] = w.family[1, k]
    if best == NO_LIMIT:
        return 0
    change = 0
    for k in range(n_family):
        change += serve(w, w.family[0, k], w.family[2, k], k)
    return int(change)


@compiled
def follow(w: World, n_family: int, anchor: int, k: int) -> int:
    """Choose the cheapest pattern of family member `k` beside the leader's and those of members before it."""
    best = NO_LIMIT
    d = w.duties[w.family[0, k]]
    for pattern in range(d.pattern_first, d.pattern_end):
        price = quote_pattern(w, pattern, k)
        if price == NO_LIMIT:
            continue
        for other in range(n_family):
            if other == anchor or other < k:
                both = w.patterns[pattern].mask & w.patterns[w.family[1, other]].mask
                while both:
                    price -= w.saving[d.role, w.duties[w.family[0, other]].role]
                    both &= both - 1
        if price < best:
            best = price
            w.family[1, k] = pattern
    return int(best)


@compiled
def place_pair(w: World, settings: Settings, duty: int, other: int) -> int:
    """Serve two roles' duties of one retailer with the patterns that are cheapest together; 0 where none fit."""
    quote_all_days(w, settings, other, 1)
    saving = w.saving[w.duties[duty].role, w.duties[other].role]
    best, mine, theirs = NO_LIMIT, -1, -1
    for a in range(w.duties[duty].pattern_first, w.duties[duty].pattern_end):
        price_a = quote_pattern(w, a, 0)
        if price_a == NO_LIMIT:
            continue
        for b in range(w.duties[other].pattern_first, w.duties[other].pattern_end):
            price = quote_pattern(w, b, 1)
            if price == NO_LIMIT:
                continue
            price += price_a
            both = w.patterns[a].mask & w.patterns[b].mask
            while both:
                price -= saving
                both &= both - 1
            if price < best:
                best, mine, theirs = price, a, b
    if mine < 0:
        return 0
    change = serve(w, duty, mine, 0)
    return int(change + serve(w, other, theirs, 1))

"""Compiled steps on tours: price an insertion, insert, remove, undo.

A tour is kept with the locations of its visits between two copies of its office and with the length of each arc, so
that pricing a position reads two matrix rows. The cheapest position of a duty in a slot is remembered until that slot
changes; undoing a step brings back the slot's old version number and with it everything remembered about it.
"""

from __future__ import annotations

from optimize.compiled import compiled, inlined
from optimize.periodic.layout import NO_LIMIT, PLACE_BITS, TICKS_A_MINUTE, World


@compiled
def band_price(w: World, minutes: int, low: int, high: int) -> int:
    """Ticks charged for a staff-day outside its band: `band_weight` minutes per squared minute."""
    if low <= minutes <= high:
        return 0
    outside = (low - minutes if minutes < low else minutes - high) / TICKS_A_MINUTE
    return int(outside * outside * w.state[0].band_weight * TICKS_A_MINUTE)


@compiled
def over(amount: int, limit: int) -> int:
    """What an amount has above its limit."""
    return amount - limit if amount > limit else 0


@compiled
def minute_price(w: World, more: int) -> int:
    """Ticks charged for ticks above a staff-day's limit; 0 unless the search may go beyond it for a while."""
    return int(more * w.state[0].minute_weight)


@compiled
def load_price(w: World, more: int) -> int:
    """Ticks charged for load above a tour's capacity."""
    return int(more * w.state[0].load_weight)


@compiled
def book(w: World, row: int, minutes: int) -> int:
    """Add minutes to a staff-day; return the change of its band price and of the price above its limit."""
    day = w.rows[row]
    change = -band_price(w, day.minutes, day.low, day.high)
    before = over(day.minutes, day.limit)
    day.minutes += minutes
    after = over(day.minutes, day.limit)
    if after != before:
        w.state[0].excess += after - before
        change += minute_price(w, after) - minute_price(w, before)
    return int(change + band_price(w, day.minutes, day.low, day.high))


@compiled
def carry(w: World, slot: int, demand: int) -> int:
    """Add demand to a tour; return the change of the price above its capacity."""
    s = w.slots[slot]
    before = over(s.load, s.capacity)
    s.load += demand
    after = over(s.load, s.capacity)
    if after == before:
        return 0
    w.state[0].excess += after - before
    return int(load_price(w, after) - load_price(w, before))


@compiled
def touch(w: World, slot: int) -> None:
    """Copy a slot before its first change in a step."""
    s = w.slots[slot]
    if s.is_touched:
        return
    s.is_touched = True
    w.touched[w.state[0].n_touched] = slot
    w.state[0].n_touched += 1
    s.old_length, s.old_load, s.old_version = s.length, s.load, s.version
    copy = len(w.slots) + slot
    for i in range(s.length + 1):
        w.visit[copy, i] = w.visit[slot, i]
        w.stop[copy, i] = w.stop[slot, i]
        w.arc[copy, i] = w.arc[slot, i]


@compiled
def undo_slots(w: World) -> None:
    """Bring back every touched slot and all staff-day minutes."""
    for k in range(w.state[0].n_touched):
        slot = w.touched[k]
        s = w.slots[slot]
        s.length, s.load, s.version = s.old_length, s.old_load, s.old_version
        copy = len(w.slots) + slot
        for i in range(s.length + 1):
            w.visit[slot, i] = w.visit[copy, i]
            w.stop[slot, i] = w.stop[copy, i]
            w.arc[slot, i] = w.arc[copy, i]
        w.stop[slot, s.length + 1] = w.stop[slot, 0]
    for row in range(len(w.rows)):
        w.rows[row].minutes = w.rows[row].old_minutes
    w.state[0].excess = w.state[0].old_excess


@compiled
def overlap_with(w: World, duty: int, staff: int, day: int) -> int:
    """Ticks of service that a duty shares with the retailer's other roles in the same staff-day."""
    if not w.state[0].has_overlap:
        return 0
    total = 0
    d = w.duties[duty]
    for k in range(d.sibling_first, d.sibling_end):
        other = w.siblings[k]
        if other == duty:
            continue
        slot = w.slot_of[other, day]
        if slot >= 0 and w.slots[slot].staff == staff:
            shorter = min(d.service, w.duties[other].service)
            total += int(w.overlap[d.role, w.duties[other].role] * shorter)
    return int(total)


@inlined
def insert(w: World, duty: int, slot: int, at: int) -> int:
    """Serve a duty in a slot before its visit number `at`; return the ticks added, band price included."""
    touch(w, slot)
    s, d = w.slots[slot], w.duties[duty]
    length, here = s.length, d.location
    into, out = w.to[w.stop[slot, at], here], w.to[here, w.stop[slot, at + 1]]
    added = into + out - w.arc[slot, at]
    for i in range(length, at, -1):
        w.visit[slot, i] = w.visit[slot, i - 1]
    for i in range(length + 2, at + 1, -1):
        w.stop[slot, i] = w.stop[slot, i - 1]
    for i in range(length + 1, at, -1):
        w.arc[slot, i] = w.arc[slot, i - 1]
    w.visit[slot, at] = duty
    w.stop[slot, at + 1] = here
    w.arc[slot, at] = into
    w.arc[slot, at + 1] = out
    s.length = length + 1
    w.state[0].last_version += 1
    s.version = w.state[0].last_version
    overlap = overlap_with(w, duty, s.staff, s.day)
    w.slot_of[duty, s.day] = slot
    change = added - overlap + carry(w, slot, d.demand) + book(w, s.row, added + d.service - overlap)
    if d.is_crew and s.partner_row >= 0:
        change += book(w, s.partner_row, d.service)
    return int(change)


@inlined
def remove(w: World, duty: int, day: int) -> int:
    """Take a duty out of a day; return the ticks added (mostly negative), band price included."""
    slot = w.slot_of[duty, day]
    touch(w, slot)
    s, d = w.slots[slot], w.duties[duty]
    length = s.length
    at = 0
    while w.visit[slot, at] != duty:
        at += 1
    joined = w.to[w.stop[slot, at], w.stop[slot, at + 2]]
    added = joined - w.arc[slot, at] - w.arc[slot, at + 1]
    for i in range(at, length - 1):
        w.visit[slot, i] = w.visit[slot, i + 1]
    for i in range(at + 1, length + 1):
        w.stop[slot, i] = w.stop[slot, i + 1]
    for i in range(at + 1, length):
        w.arc[slot, i] = w.arc[slot, i + 1]
    w.arc[slot, at] = joined
    s.length = length - 1
    w.state[0].last_version += 1
    s.version = w.state[0].last_version
    w.slot_of[duty, day] = -1
    overlap = overlap_with(w, duty, s.staff, day)
    change = added + overlap + carry(w, slot, -d.demand) + book(w, s.row, added - d.service + overlap)
    if d.is_crew and s.partner_row >= 0:
        change += book(w, s.partner_row, -d.service)
    return int(change)


@compiled
def cheapest_place(w: World, duty: int, slot: int) -> int:
    """Travel added at the cheapest position of a slot; `remembered_place` gives the position.

    What is found in a slot that this step has changed is remembered apart, so that undoing the step loses nothing.
    """
    s = w.slots[slot]
    for k in range(2):
        if w.memory[duty, slot, 2 * k + 1] >> PLACE_BITS == s.version:
            return int(w.memory[duty, slot, 2 * k])
    here = w.duties[duty].location
    best, best_at = NO_LIMIT, 0
    into = w.back[here, w.stop[slot, 0]]
    for at in range(s.length + 1):
        after = w.stop[slot, at + 1]
        added = into + w.to[here, after] - w.arc[slot, at]
        if added < best:
            best, best_at = added, at
        into = w.back[here, after]
    k = 2 if s.is_touched else 0
    w.memory[duty, slot, k] = best
    w.memory[duty, slot, k + 1] = (s.version << PLACE_BITS) + best_at
    return int(best)


@compiled
def remembered_place(w: World, duty: int, slot: int) -> int:
    """Position of the cheapest place that was priced last."""
    k = 1 if w.memory[duty, slot, 1] >> PLACE_BITS == w.slots[slot].version else 3
    return int(w.memory[duty, slot, k] & ((1 << PLACE_BITS) - 1))


@compiled
def pattern_price(w: World, duty: int) -> int:
    """Ticks charged for the pattern a duty has."""
    for pattern in range(w.duties[duty].pattern_first, w.duties[duty].pattern_end):
        if w.patterns[pattern].mask == w.duties[duty].mask:
            return int(w.patterns[pattern].cost)
    return 0


@compiled
def shared_saving(w: World, duty: int, mask: int) -> int:
    """Ticks saved by the days that `mask` shares with the planned duties of other roles at the retailer."""
    total = 0
    d = w.duties[duty]
    for k in range(d.sibling_first, d.sibling_end):
        other = w.siblings[k]
        if other == duty:
            continue
        both = mask & w.duties[other].mask
        while both:
            total += w.saving[d.role, w.duties[other].role]
            both &= both - 1
    return int(total)


@compiled
def objective(w: World) -> int:
    """Everything the search minimises, added up afresh."""
    twice_saved, total = 0, 0
    for slot in range(len(w.slots)):
        for i in range(w.slots[slot].length + 1):
            total += w.to[w.stop[slot, i], w.stop[slot, i + 1]]
        total += load_price(w, over(w.slots[slot].load, w.slots[slot].capacity))
    for row in range(len(w.rows)):
        total += minute_price(w, over(w.rows[row].minutes, w.rows[row].limit))
        total += band_price(w, w.rows[row].minutes, w.rows[row].low, w.rows[row].high)
    for duty in range(len(w.duties)):
        if w.duties[duty].mask == 0:
            total += w.duties[duty].drop_price
        else:
            total += pattern_price(w, duty)
            twice_saved += shared_saving(w, duty, w.duties[duty].mask)
            for day in range(w.state[0].n_days):
                if w.slot_of[duty, day] >= 0:
                    twice_saved += overlap_with(w, duty, w.slots[w.slot_of[duty, day]].staff, day)
    return int(total - twice_saved // 2)


@compiled
def refill(w: World) -> None:
    """Derive everything of a plan from its visits and their number in each slot."""
    for row in range(len(w.rows)):
        w.rows[row].minutes = w.rows[row].reserved
    for duty in range(len(w.duties)):
        for day in range(w.state[0].n_days):
            w.slot_of[duty, day] = -1
    for slot in range(len(w.slots)):
        s = w.slots[slot]
        s.load = 0
        for i in range(s.length):
            duty = w.visit[slot, i]
            d = w.duties[duty]
            w.stop[slot, i + 1] = d.location
            s.load += d.demand
            w.slot_of[duty, s.day] = slot
            w.rows[s.row].minutes += d.service
            if d.is_crew and s.partner_row >= 0:
                w.rows[s.partner_row].minutes += d.service
        w.stop[slot, s.length + 1] = w.stop[slot, 0]
        for i in range(s.length + 1):
            w.arc[slot, i] = w.to[w.stop[slot, i], w.stop[slot, i + 1]]
            w.rows[s.row].minutes += w.arc[slot, i]
        w.state[0].last_version += 1
        s.version = w.state[0].last_version
    for duty in range(len(w.duties)):
        for day in range(w.state[0].n_days):
            slot = w.slot_of[duty, day]
            if slot >= 0:
                w.rows[w.slots[slot].row].minutes -= overlap_once(w, duty, slot, day)
    w.state[0].excess = 0
    for slot in range(len(w.slots)):
        w.state[0].excess += over(w.slots[slot].load, w.slots[slot].capacity)
    for row in range(len(w.rows)):
        w.state[0].excess += over(w.rows[row].minutes, w.rows[row].limit)


@compiled
def overlap_once(w: World, duty: int, slot: int, day: int) -> int:
    """Overlaps with siblings of a higher row, so that a pair counts once."""
    if not w.state[0].has_overlap:
        return 0
    total = 0
    d = w.duties[duty]
    for k in range(d.sibling_first, d.sibling_end):
        other = w.siblings[k]
        there = w.slot_of[other, day]
        if other > duty and there >= 0 and w.slots[there].staff == w.slots[slot].staff:
            shorter = min(d.service, w.duties[other].service)
            total += int(w.overlap[d.role, w.duties[other].role] * shorter)
    return int(total)


@compiled
def keep_best(w: World) -> None:
    """Make the plan as it stands the best one, copying only slots that differ."""
    for slot in range(len(w.slots)):
        s = w.slots[slot]
        if s.is_stale:
            s.is_stale = False
            s.best_length = s.length
            for i in range(s.length):
                w.best_visit[slot, i] = w.visit[slot, i]
    for duty in range(len(w.duties)):
        w.duties[duty].best_mask = w.duties[duty].mask


@compiled
def take_best(w: World) -> None:
    """Go back to the best plan met."""
    for slot in range(len(w.slots)):
        s = w.slots[slot]
        s.is_stale = False
        s.length = s.best_length
        for i in range(s.length):
            w.visit[slot, i] = w.best_visit[slot, i]
    for duty in range(len(w.duties)):
        w.duties[duty].mask = w.duties[duty].best_mask
    refill(w)

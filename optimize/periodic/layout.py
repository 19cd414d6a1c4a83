"""Turn a problem into the tables that the compiled search walks over.

Minutes become **ticks** (integers, 2^24 a minute), so that costs add up exactly in any order and a run gives the same
bytes each time. A **slot** is one tour that may be used: a day, a person present on it, and a trip number; slots are
sorted by day. A **row** is a staff-day, `staff * n_days + day`.

Everything the search reads or writes stands in one `World` of about twenty arrays, most of them record tables: few
arguments keep the compiled functions fast to call and quick to compile.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from optimize.periodic.problem import PeriodicProblem

TICKS_A_MINUTE = 1 << 24
"""Rounding costs at most 3e-8 minutes an arc; 10^10 minutes still fit in an int64."""

NO_LIMIT = 1 << 61
PLACE_BITS = 20
"""Low bits of a remembered version that hold a position in the tour."""
_MAX_NEAR = 240
_MOST_MINUTES = 1e10
CALLED_AGAIN = 12
"""Duties without a place that each step tries again at most."""

Ints = NDArray[np.int64]
Table = NDArray[Any]

DUTY = np.dtype(
    [
        ("location", np.int64),
        ("service", np.int64),
        ("demand", np.int64),
        ("role", np.int64),
        ("pattern_first", np.int64),
        ("pattern_end", np.int64),
        ("day_first", np.int64),
        ("day_end", np.int64),
        ("sibling_first", np.int64),
        ("sibling_end", np.int64),
        ("n_visits", np.int64),
        ("drop_price", np.int64),
        ("office_distance", np.int64),
        ("mask", np.int64),
        ("old_mask", np.int64),
        ("best_mask", np.int64),
        ("is_crew", np.bool_),
        ("is_out", np.bool_),
    ],
    align=True,
)
PATTERN = np.dtype([("mask", np.int64), ("cost", np.int64), ("day_first", np.int64), ("day_end", np.int64)], align=True)
SLOT = np.dtype(
    [
        ("day", np.int64),
        ("staff", np.int64),
        ("row", np.int64),
        ("partner_row", np.int64),
        ("capacity", np.int64),
        ("kind", np.int64),
        ("length", np.int64),
        ("load", np.int64),
        ("version", np.int64),
        ("old_length", np.int64),
        ("old_load", np.int64),
        ("old_version", np.int64),
        ("best_length", np.int64),
        ("is_touched", np.bool_),
        ("is_hit", np.bool_),
        ("is_stale", np.bool_),
    ],
    align=True,
)
ROW = np.dtype(
    [
        ("minutes", np.int64),
        ("old_minutes", np.int64),
        ("limit", np.int64),
        ("low", np.int64),
        ("high", np.int64),
        ("reserved", np.int64),
    ],
    align=True,
)
OUT = np.dtype([("duty", np.int64), ("day", np.int64), ("key", np.float64)], align=True)
QUOTE = np.dtype([("price", np.int64), ("slot", np.int64), ("place", np.int64)], align=True)
STATE = np.dtype(
    [
        ("n_days", np.int64),
        ("has_saving", np.bool_),
        ("has_overlap", np.bool_),
        ("has_siblings", np.bool_),
        ("n_out", np.int64),
        ("n_touched", np.int64),
        ("last_version", np.int64),
        ("cost", np.int64),
        ("best_cost", np.int64),
        ("excess", np.int64),
        ("old_excess", np.int64),
        ("n_fitting", np.int64),
        ("n_waiting", np.int64),
        ("random", np.uint64),
        ("band_weight", np.float64),
        ("load_weight", np.float64),
        ("minute_weight", np.float64),
    ],
    align=True,
)


class World(NamedTuple):
    """All arrays of one search; times in ticks.

    Attributes
    ----------
    to, back : `to[a, b]` is the travel from a to b and `back[b, a]` the same number, so that both are read along a row
    duties, patterns, slots, rows : one record per duty, pattern, slot, staff-day
    pattern_day, duty_day : days of each pattern, days of any pattern of each duty (CSR)
    siblings : duties of one retailer that may share days (CSR); sealed duties have none
    near : (n_duties, <= 240) duties by rising distance, itself first
    saving : (n_roles, n_roles) per shared day
    overlap : (n_roles, n_roles) share of the shorter service that one staff-day saves by doing both side by side
    day_slot : (n_days + 1,) slots of a day
    staff_ok : (n_duties, n_staff)
    visit, stop, arc : `visit[s, :length]` duties of slot `s`; `stop[s, 0]` its office, `stop[s, 1 + i]` the location of
        visit `i`; `arc[s, i]` travel into stop `i + 1`. Row `n_slots + s` is the copy that undoes a step
    best_visit : visits of the best plan met; lengths and masks stand in `slots` and `duties`
    slot_of : (2 * n_duties, n_days) slot that serves a duty on a day, -1 = none; second half = copies
    memory : (n_duties, n_slots, 4) price, and version with place, of the cheapest insertion: as it was before the step,
        and as the step has left it
    out, quotes, touched : the duties out of the plan in this step, prices by day of a family's duties, slots changed
    family : (3, largest family) duties of one retailer that come back together, the pattern in view of each, the best
    state : one record of counters, costs and the random number
    """

    to: Ints
    back: Ints
    duties: Table
    patterns: Table
    pattern_day: Ints
    duty_day: Ints
    siblings: Ints
    near: NDArray[np.int32]
    saving: Ints
    overlap: NDArray[np.float64]
    slots: Table
    day_slot: Ints
    rows: Table
    staff_ok: NDArray[np.bool_]
    visit: NDArray[np.int32]
    stop: NDArray[np.int32]
    arc: Ints
    best_visit: NDArray[np.int32]
    slot_of: NDArray[np.int32]
    memory: Ints
    out: Table
    quotes: Table
    family: Ints
    touched: Ints
    state: Table


def ticks(minutes: NDArray[np.floating] | float) -> Ints:
    """Minutes as ticks, rounded to nearest; infinite, or more than could be added up, becomes NO_LIMIT."""
    values = np.asarray(minutes, np.float64)
    is_limit = values < NO_LIMIT / TICKS_A_MINUTE
    return np.where(is_limit, np.rint(np.where(is_limit, values, 0.0) * TICKS_A_MINUTE).astype(np.int64), NO_LIMIT)


def lay_out(problem: PeriodicProblem, seed: int) -> World:
    """The tables of a problem with an empty plan; O(n_duties^2 log n_duties), memory O(n_duties x n_slots)."""
    p = problem
    to = ticks(p.travel_min)
    location = p.location_of_retailer[p.retailer_of_duty]
    slots = _slots(p)
    n_duties, n_slots, widest = p.n_duties, len(slots), p.n_duties + 3
    duties, siblings, duty_day = _duties(p, to)
    patterns, pattern_day = _patterns(p)
    state = np.zeros(1, STATE)
    largest = max(2, int((duties["sibling_end"] - duties["sibling_first"]).max(initial=0)))
    state["n_days"], state["band_weight"] = p.n_days, 1.0
    meet = (duties["sibling_end"] - duties["sibling_first"] > 1).any()
    state["has_saving"] = p.shared_day_saving_min.any() and meet
    state["has_overlap"] = p.overlap_share.any() and meet
    state["has_siblings"] = state["has_saving"] | state["has_overlap"]
    state["last_version"] = n_slots  # the slots hold 1..n_slots; a number given twice would bring back a wrong memory
    state["random"] = np.random.SeedSequence(seed).generate_state(1, np.uint64)
    return World(
        to=to,
        back=to if np.array_equal(to, to.T) else np.ascontiguousarray(to.T),
        duties=duties,
        patterns=patterns,
        pattern_day=pattern_day,
        duty_day=duty_day,
        siblings=siblings,
        near=_near(to, location),
        saving=ticks(p.shared_day_saving_min),
        overlap=p.overlap_share,
        slots=slots,
        day_slot=np.searchsorted(slots["day"], np.arange(p.n_days + 1)).astype(np.int64),
        rows=_rows(p),
        staff_ok=p.staff_of_duty,
        visit=np.zeros((2 * n_slots, widest), np.int32),
        stop=np.repeat(p.office_of_staff[np.tile(slots["staff"], 2)].astype(np.int32)[:, None], widest, axis=1),
        arc=np.zeros((2 * n_slots, widest), np.int64),
        best_visit=np.zeros((n_slots, widest), np.int32),
        slot_of=np.full((2 * n_duties, p.n_days), -1, np.int32),
        memory=np.zeros((n_duties, n_slots, 4), np.int64),
        out=np.zeros(2 * n_duties + CALLED_AGAIN, OUT),
        quotes=np.zeros((largest, p.n_days), QUOTE),
        family=np.zeros((3, largest), np.int64),
        touched=np.zeros(n_slots, np.int64),
        state=state,
    )


def _duties(p: PeriodicProblem, to: Ints) -> tuple[Table, Ints, Ints]:
    """One record per duty, the CSR of siblings and the CSR of days."""
    table = np.zeros(p.n_duties, DUTY)
    named = (p.pattern_mask[:, None] >> np.arange(p.n_days)) & 1
    owner = np.repeat(np.arange(p.n_duties), np.diff(p.pattern_start))
    np.maximum.at(table["n_visits"], owner, named.sum(axis=1))
    any_day = np.zeros((p.n_duties, p.n_days), np.bool_)
    np.logical_or.at(any_day, owner, named.astype(np.bool_))
    day_end = np.cumsum(any_day.sum(axis=1))
    table["location"] = p.location_of_retailer[p.retailer_of_duty]
    table["service"], table["demand"] = ticks(p.service_min), ticks(p.demand)
    table["role"], table["is_crew"] = p.role_of_duty, p.crew_size > 1
    table["pattern_first"], table["pattern_end"] = p.pattern_start[:-1], p.pattern_start[1:]
    table["day_first"], table["day_end"] = day_end - any_day.sum(axis=1), day_end
    dear = 20 * int(to.max(initial=0)) + 1000 * TICKS_A_MINUTE
    table["drop_price"] = (dear + table["service"]) * np.maximum(table["n_visits"], 1)
    if p.n_duties:
        far = to[np.ix_(p.office_of_staff, table["location"])].T
        table["office_distance"] = np.where(p.staff_of_duty, far, NO_LIMIT).min(axis=1)
    siblings = _siblings(p, table)
    return table, siblings, np.nonzero(any_day)[1].astype(np.int64)


def _siblings(p: PeriodicProblem, table: Table) -> Ints:
    """Open duties sorted by retailer; writes each one's range of siblings, itself included."""
    open_duties = np.flatnonzero(~p.sealed)
    order: Ints = open_duties[np.argsort(p.retailer_of_duty[open_duties], kind="stable")].astype(np.int64)
    retailer = p.retailer_of_duty[order]
    table["sibling_first"][order] = np.searchsorted(retailer, retailer, side="left")
    table["sibling_end"][order] = np.searchsorted(retailer, retailer, side="right")
    return order


def _patterns(p: PeriodicProblem) -> tuple[Table, Ints]:
    """One record per pattern with every charge for taking it, and the CSR of its days."""
    named = (p.pattern_mask[:, None] >> np.arange(p.n_days)) & 1
    before = p.previous_mask[np.repeat(np.arange(p.n_duties), np.diff(p.pattern_start))]
    table = np.zeros(len(p.pattern_mask), PATTERN)
    table["mask"] = p.pattern_mask
    table["cost"] = ticks(p.pattern_cost + stability_charge(p, p.pattern_mask, before))
    table["day_end"] = np.cumsum(named.sum(axis=1))
    table["day_first"] = table["day_end"] - named.sum(axis=1)
    return table, np.nonzero(named)[1].astype(np.int64)


def stability_charge(p: PeriodicProblem, mask: Ints, before: Ints) -> NDArray[np.float64]:
    """Minutes charged for visit days that the plan in force does not have; 0 where there was none."""
    new_days = np.bitwise_count(mask & ~before).astype(np.float64)
    return np.where(before > 0, new_days * p.stability_min, 0.0)


def _slots(p: PeriodicProblem) -> Table:
    """Tours that may be used, sorted by day, interchangeable people side by side."""
    kinds = _kinds(p)
    found = [
        (day, staff)
        for day in range(p.n_days)
        for staff in sorted(range(p.n_staff), key=lambda k: (kinds[k], k))
        if p.minutes_of_staff_day[staff, day] > 0
        for _ in range(p.trips_of_staff[staff])
    ]
    table = np.zeros(len(found), SLOT)
    if found:
        day, staff = np.array(found, np.int64).T
        partner = p.partner_of_staff[staff]
        table["day"], table["staff"], table["row"] = day, staff, staff * p.n_days + day
        table["partner_row"] = np.where(partner >= 0, partner * p.n_days + day, -1)
        table["capacity"] = ticks(p.capacity_of_staff_day[staff, day])
        table["kind"] = np.array(kinds)[staff]
        table["version"], table["is_stale"] = np.arange(1, len(found) + 1), True
    return table


def _kinds(p: PeriodicProblem) -> list[int]:
    """One number per group of people whose empty tours are interchangeable on every day."""
    numbers: dict[tuple[object, ...], int] = {}
    partners = set(p.partner_of_staff.tolist())
    kinds = []
    for k in range(p.n_staff):
        is_alone = k in partners or p.partner_of_staff[k] >= 0 or np.isfinite(p.band_ratio_of_staff[k])
        key = (
            k if is_alone else -1,
            int(p.role_of_staff[k]),
            int(p.office_of_staff[k]),
            int(p.trips_of_staff[k]),
            p.minutes_of_staff_day[k].tobytes(),
            p.capacity_of_staff_day[k].tobytes(),
            p.reserved_min[k].tobytes(),
            p.staff_of_duty[:, k].tobytes(),
        )
        kinds.append(numbers.setdefault(key, len(numbers)))
    return kinds


def _rows(p: PeriodicProblem) -> Table:
    """Staff-days with their reserved minutes and no band."""
    table = np.zeros(p.n_staff * p.n_days, ROW)
    table["reserved"] = table["minutes"] = ticks(p.reserved_min).reshape(-1)
    allowed = np.minimum(p.minutes_of_staff_day, _MOST_MINUTES)
    table["limit"] = np.floor(allowed * TICKS_A_MINUTE).astype(np.int64).reshape(-1)
    table["low"], table["high"] = -NO_LIMIT, NO_LIMIT
    return table


def _near(to: Ints, location: NDArray[np.int32]) -> NDArray[np.int32]:
    """Duties by rising distance there and back, itself first."""
    both = (to + to.T)[np.ix_(location, location)].astype(np.float64)
    np.fill_diagonal(both, -1.0)
    width = min(len(location), _MAX_NEAR)
    return np.ascontiguousarray(np.argsort(both, axis=1, kind="stable")[:, :width]).astype(np.int32)

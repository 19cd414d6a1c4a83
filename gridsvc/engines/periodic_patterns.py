"""Legal day patterns of a duty: its frequency, and everything that the trade adds to it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from optimize.periodic.patterns import Patterns, days_of, mask_of, patterns_for

_OTHER_WEEKDAY_MIN = 15.0  # price of leaving the weekday that the shop knows, as much as a visit
_HOLIDAY_MIN = 2.0  # a visit moved by a holiday: little, because it has to move
_OFF_CADENCE_MIN = 30.0  # a first visit a whole cadence too late or too early
_CADENCE_SLACK = 0.25  # share of the cadence by which a first visit may be off for nothing
_CYCLE_DAYS = 28
_DAYS_A_WEEK = 7
_MOST_REPAIRS = 64  # ways to move the visits that an absence or a holiday took

__all__ = ["Patterns"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Duty:
    """What one person owes one shop in the cycle.

    Parameters
    ----------
    shop : row of the territory's shops, >= 0
    person : row of the territory's people who owes it; `substitutes` are others who may do it instead
    role : index of the role whose work it is
    frequency : visits a cycle, >= 1
    fixed_days : rows of the working days on which it has to be, instead of choosing; used for sealed draws
    fixed_weekday : 0 = Monday .. 6, where the order batch sets it; a holiday may move a visit within its week
    preferred_weekday : the weekday that the shop knows now, or None
    due_row : the first visit has to be on this working day or before: a deadline in working days, or None
    seen_within : rows of the first and last working day between which one visit has to be, or None: a new owner is
        introduced. Where no pattern has a visit there, one visit more is made
    days_since_visit : calendar days from the last real visit to the cycle's first day, or None = not known
    credit_of_day : (n_days,) minutes credited for each day, because another territory's people are there; or empty
    previous_mask : the days of the plan in force, 0 = none
    kept_days : rows of the working days that are over: the pattern has to agree with the plan in force on them
    is_strict : False = any weekdays that keep half the gap: what a relaxation may use
    """

    shop: int
    person: int
    role: int
    frequency: int
    service_min: float
    demand: float = 0.0
    crew_size: int = 1
    is_sealed: bool = False
    substitutes: tuple[int, ...] = ()
    fixed_days: tuple[int, ...] | None = None
    fixed_weekday: int | None = None
    preferred_weekday: int | None = None
    due_row: int | None = None
    seen_within: tuple[int, int] | None = None
    days_since_visit: int | None = None
    credit_of_day: tuple[float, ...] = ()
    previous_mask: int = 0
    kept_days: int = 0
    is_strict: bool = True


def legal_patterns(
    duty: Duty,
    weekday_of_day: NDArray[np.int32],
    week_of_day: NDArray[np.int32],
    is_present: NDArray[np.bool_] | None = None,
) -> Patterns:
    """Give the patterns that a duty may have, each with its price in minutes; empty where the calendar holds none.

    Days on which the person is away count as holidays: a visit that would fall on one moves within its week. Nothing
    new is planned on days that are over.
    """
    if duty.fixed_days is not None:
        fixed = [mask_of(list(duty.fixed_days))] if duty.fixed_days else []
        return Patterns(np.array(fixed, np.int64), np.zeros(len(fixed)))
    n_days = len(weekday_of_day)
    open_days = np.ones(n_days, np.bool_) if is_present is None else is_present
    open_days = open_days & ((duty.kept_days >> np.arange(n_days) & 1) == 0)
    rows = np.flatnonzero(open_days)
    frequency = duty.frequency
    if duty.kept_days:
        left = n_days - duty.kept_days.bit_count()
        frequency = max(1, round(frequency * left / n_days)) if left else 0
    cost_of: dict[int, float] = {}
    if len(rows) and frequency:
        found = patterns_for(
            frequency,
            weekday_of_day[rows],
            week_of_day[rows] - week_of_day[rows].min() if duty.kept_days else week_of_day[rows],
            holiday_cost=_HOLIDAY_MIN,
            other_weekday_cost=None if duty.is_strict else _OTHER_WEEKDAY_MIN,
            spreads_holidays=True,
        )
        for mask, cost in zip(found.mask.tolist(), found.cost.tolist(), strict=True):
            cost_of[mask_of(rows[list(days_of(mask))].tolist())] = cost
    if duty.previous_mask:
        cost_of = _with_previous(cost_of, duty, week_of_day, open_days)
    masks = [mask for mask in cost_of if _is_allowed(mask, duty, weekday_of_day, week_of_day, open_days)]
    if duty.seen_within is not None and duty.is_strict:
        masks = _seen_between(masks, cost_of, *duty.seen_within, open_days)
    cost = np.array([cost_of[mask] + _price(mask, duty, weekday_of_day, week_of_day) for mask in masks], np.float64)
    return Patterns(np.array(masks, np.int64), cost - min(0.0, cost.min(initial=0.0)))


def _with_previous(
    cost_of: dict[int, float], duty: Duty, week_of_day: NDArray[np.int32], open_days: NDArray[np.bool_]
) -> dict[int, float]:
    """Add the plan in force and its repairs: visits that are still to come move within their weeks, one or all lost.

    What was done on days that are over stays part of every pattern; new patterns only hold days to come.
    """
    done = duty.previous_mask & duty.kept_days
    lost = [day for day in days_of(duty.previous_mask & ~duty.kept_days) if not open_days[day]]
    base = duty.previous_mask & ~mask_of(lost) if lost else duty.previous_mask
    wider = {} if duty.kept_days else dict(cost_of)
    if not lost:
        wider[duty.previous_mask] = 0.0
    to_move = lost or list(days_of(duty.previous_mask & ~duty.kept_days))
    repaired = {base}
    for day in to_move:
        around = np.flatnonzero(open_days & (week_of_day == week_of_day[day]))
        around = around if around.size else np.flatnonzero(open_days)
        start = repaired if lost else {duty.previous_mask & ~(1 << day)}
        moved = {mask | 1 << int(other) for mask in start for other in around.tolist() if not mask >> int(other) & 1}
        if lost:
            repaired = moved
        else:
            for mask in moved:
                wider.setdefault(mask, _OTHER_WEEKDAY_MIN)
    if lost:
        for mask in sorted(repaired)[:_MOST_REPAIRS]:
            wider.setdefault(mask, _HOLIDAY_MIN * len(lost))
    return {mask: cost for mask, cost in wider.items() if mask & duty.kept_days == done and mask}


def _is_allowed(
    mask: int,
    duty: Duty,
    weekday_of_day: NDArray[np.int32],
    week_of_day: NDArray[np.int32],
    open_days: NDArray[np.bool_],
) -> bool:
    days = days_of(mask)
    if duty.due_row is not None and days[0] > duty.due_row:
        return False
    if duty.fixed_weekday is None or not duty.is_strict:
        return True
    for day in days_of(mask & ~duty.kept_days):
        is_regular = open_days & (week_of_day == week_of_day[day]) & (weekday_of_day == duty.fixed_weekday)
        regular = np.flatnonzero(is_regular)
        if weekday_of_day[day] != duty.fixed_weekday and regular.size:
            return False  # the week has the weekday, and this pattern leaves it
    return True


def _seen_between(
    masks: list[int], cost_of: dict[int, float], first_row: int, last_row: int, open_days: NDArray[np.bool_]
) -> list[int]:
    """The patterns with a visit between two days, else all with one visit more; as they are where nobody is there."""
    between = mask_of(list(range(first_row, last_row + 1)))
    inside = [mask for mask in masks if mask & between]
    if inside:
        return inside
    there = [row for row in range(first_row, last_row + 1) if open_days[row]]
    for mask in masks[:_MOST_REPAIRS]:
        for row in there:
            cost_of.setdefault(mask | 1 << row, cost_of[mask])
            inside.append(mask | 1 << row)
    return sorted(set(inside)) or masks


def _price(mask: int, duty: Duty, weekday_of_day: NDArray[np.int32], week_of_day: NDArray[np.int32]) -> float:
    days = days_of(mask)
    price = 0.0
    if duty.preferred_weekday is not None:
        price += _OTHER_WEEKDAY_MIN * sum(weekday_of_day[day] != duty.preferred_weekday for day in days)
    if duty.credit_of_day:
        price -= sum(duty.credit_of_day[day] for day in days)
    if duty.days_since_visit is not None:
        cadence = _CYCLE_DAYS / duty.frequency
        first = int(week_of_day[days[0]]) * _DAYS_A_WEEK + int(weekday_of_day[days[0]])
        off = abs(duty.days_since_visit + first - cadence) / cadence
        price += _OFF_CADENCE_MIN * max(0.0, off - _CADENCE_SLACK)
    return price

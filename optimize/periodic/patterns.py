"""Turn a visit frequency and a working-day calendar into legal day patterns.

A pattern is an int64 bit mask over the rows of the calendar: bit `d` set means a visit on working day `d`. The cycle
repeats, so gaps are measured around its end as well.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import combinations, product

import numpy as np
from numpy.typing import ArrayLike, NDArray

_DAYS_A_WEEK = 7
_MAX_SEALED_FREQUENCY = 4
_MOST_SPREADS = 64
"""Ways to move several holidays' visits at once that are listed; beyond, each goes to the nearest working day."""


@dataclass(frozen=True, slots=True)
class Patterns:
    """Legal patterns of one duty, cheapest first.

    Attributes
    ----------
    mask : (n,) int64, distinct, each with exactly the frequency's number of days
    cost : (n,) minutes charged for taking the pattern, 0 for the same weekday throughout
    """

    mask: NDArray[np.int64]
    cost: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.mask)


def patterns_for(
    frequency: int,
    weekday_of_day: ArrayLike,
    week_of_day: ArrayLike,
    *,
    min_gap_days: int | None = None,
    holiday_cost: float = 0.0,
    other_weekday_cost: float | None = None,
    spreads_holidays: bool = False,
) -> Patterns:
    """Spread `frequency` visits evenly over the cycle, on the same weekday where the calendar lets them.

    Up to one visit a week, a pattern is a weekday and evenly spaced weeks; above, the same evenly spaced weekdays each
    week. Frequencies that are no multiple of the weeks are spread over calendar days instead. A visit that falls on a
    holiday moves to the nearest working day (the earlier one on a tie) that the pattern has not used yet.

    Parameters
    ----------
    frequency : visits a cycle, >= 1
    weekday_of_day, week_of_day : (n_days,) weekday 0 = Monday .. 6 = Sunday (a make-up day is 5 or 6), week 0 = first;
        rows in order of time
    min_gap_days : fewest calendar days between two visits, around the end of the cycle too. Default: half the even
        gap, at least 1
    holiday_cost : minutes charged per visit moved by a holiday
    spreads_holidays : a visit that falls on a holiday may move to any working day of its week, not only the nearest:
        a short week's days can then be balanced
    other_weekday_cost : if given, each visit may also fall one working day beside the pattern's weekday in the same
        week, for so many minutes; None = same weekday only

    Returns
    -------
    Patterns, empty where the calendar cannot hold the frequency. O(frequency x n_days) per pattern.
    """
    if frequency < 1:
        raise ValueError(f"frequency must be >= 1, not {frequency}")
    weekday, week = np.asarray(weekday_of_day, np.int64), np.asarray(week_of_day, np.int64)
    if weekday.shape != week.shape or weekday.ndim != 1:
        msg = "weekday_of_day and week_of_day must be one-dimensional and of one length"
        raise ValueError(msg)
    position = week * _DAYS_A_WEEK + weekday
    if (np.diff(position) <= 0).any():
        msg = "working days must rise in time"
        raise ValueError(msg)
    if not len(position) or frequency > len(position):
        return Patterns(np.zeros(0, np.int64), np.zeros(0))
    n_weeks = int(week.max()) + 1
    length = n_weeks * _DAYS_A_WEEK
    gap = max(1, length // frequency // 2) if min_gap_days is None else min_gap_days
    cheapest: dict[int, float] = {}
    for ideal in _ideal_positions(frequency, n_weeks, weekday):
        chosen, n_moved = _nearest_working_days(ideal, position)
        _keep(cheapest, chosen, n_moved * holiday_cost, position, length, gap)
        if spreads_holidays and n_moved:
            for spread in _spread(ideal, chosen, position):
                _keep(cheapest, spread, n_moved * holiday_cost, position, length, gap)
        if other_weekday_cost is None:
            continue
        for place, row in enumerate(chosen):
            for beside in (row - 1, row + 1):
                if 0 <= beside < len(position) and week[beside] == week[row] and beside not in chosen:
                    moved = (*chosen[:place], beside, *chosen[place + 1 :])
                    cost = n_moved * holiday_cost + other_weekday_cost
                    _keep(cheapest, moved, cost, position, length, gap)
    ranked = sorted(cheapest.items(), key=lambda item: (item[1], item[0]))
    return Patterns(np.array([m for m, _ in ranked], np.int64), np.array([c for _, c in ranked], np.float64))


def sealed_patterns_for(
    frequency: int, weekday_of_day: ArrayLike, week_of_day: ArrayLike, *, min_gap_days: int = 1
) -> Patterns:
    """Every set of `frequency` working days that keeps the minimum gap: what an unpredictable duty is drawn from.

    Frequencies above 4 would need too many patterns to list and are a ValueError.
    """
    if not 1 <= frequency <= _MAX_SEALED_FREQUENCY:
        raise ValueError(f"frequency of a sealed duty must be 1..{_MAX_SEALED_FREQUENCY}, not {frequency}")
    position = np.asarray(week_of_day, np.int64) * _DAYS_A_WEEK + np.asarray(weekday_of_day, np.int64)
    length = (int(np.asarray(week_of_day).max(initial=0)) + 1) * _DAYS_A_WEEK
    kept: dict[int, float] = {}
    for days in combinations(range(len(position)), frequency):
        _keep(kept, days, 0.0, position, length, min_gap_days)
    masks = np.array(sorted(kept), np.int64)
    return Patterns(masks, np.zeros(len(masks)))


def days_of(mask: int) -> tuple[int, ...]:
    """Rows of the calendar that a mask names, in order."""
    return tuple(day for day in range(int(mask).bit_length()) if mask >> day & 1)


def mask_of(days: tuple[int, ...] | list[int]) -> int:
    """The mask that names the given rows."""
    return sum(1 << day for day in set(days))


def _ideal_positions(frequency: int, n_weeks: int, weekday: NDArray[np.int64]) -> list[tuple[int, ...]]:
    """Calendar positions (week x 7 + weekday) that an undisturbed calendar would use."""
    weekdays = [day for day in range(_DAYS_A_WEEK) if day < 5 or _is_regular(day, weekday, n_weeks)]
    if frequency <= n_weeks:
        weeks = _even_subsets(range(n_weeks), frequency, n_weeks)
        return [tuple(w * _DAYS_A_WEEK + day for w in subset) for day in weekdays for subset in weeks]
    if frequency % n_weeks == 0 and frequency // n_weeks <= len(weekdays):
        sets = _even_subsets(weekdays, frequency // n_weeks, _DAYS_A_WEEK)
        return [tuple(w * _DAYS_A_WEEK + day for w in range(n_weeks) for day in days) for days in sets]
    length = n_weeks * _DAYS_A_WEEK
    step = length / frequency
    return [tuple(sorted({int(start + i * step) % length for i in range(frequency)})) for start in range(int(step) + 1)]


def _is_regular(day: int, weekday: NDArray[np.int64], n_weeks: int) -> bool:
    """Whether a weekend day is worked in at least half the weeks, so that it is no mere make-up day."""
    return bool(2 * np.count_nonzero(weekday == day) >= n_weeks)


def _even_subsets(items: range | list[int], size: int, around: int) -> list[tuple[int, ...]]:
    """Subsets whose smallest gap around the circle is the largest possible."""
    subsets = list(combinations(items, size))
    gaps = [_smallest_gap(np.array(subset), around) for subset in subsets]
    return [subset for subset, gap in zip(subsets, gaps, strict=True) if gap == max(gaps)]


def _smallest_gap(positions: NDArray[np.int64], around: int) -> int:
    ordered = np.sort(positions)
    return int(np.diff(np.append(ordered, ordered[0] + around)).min())


def _nearest_working_days(ideal: tuple[int, ...], position: NDArray[np.int64]) -> tuple[tuple[int, ...], int]:
    """Rows nearest to the ideal positions, each used once, and how many of them had to move."""
    rows_at = {int(at): row for row, at in enumerate(position)}
    chosen: dict[int, int] = {at: rows_at[at] for at in ideal if at in rows_at}
    for at in ideal:
        if at in chosen:
            continue
        used = set(chosen.values())
        free = [row for row in range(len(position)) if row not in used]
        if free:
            chosen[at] = min(free, key=lambda row: (abs(int(position[row]) - at), row))
    n_moved = sum(int(position[row]) != at for at, row in chosen.items())
    return tuple(sorted(chosen.values())), n_moved


def _spread(ideal: tuple[int, ...], chosen: tuple[int, ...], position: NDArray[np.int64]) -> list[tuple[int, ...]]:
    """The chosen rows with each moved visit on any other working day of the week it was meant for."""
    rows_at = {int(at): row for row, at in enumerate(position)}
    stays = [rows_at[at] for at in ideal if at in rows_at]
    weeks = [at // _DAYS_A_WEEK for at in ideal if at not in rows_at]
    options = [[row for row in range(len(position)) if position[row] // _DAYS_A_WEEK == week] for week in weeks]
    if any(not rows for rows in options) or math.prod(len(rows) for rows in options) > _MOST_SPREADS:
        return []
    found = [tuple(sorted((*stays, *moved))) for moved in product(*options)]
    return [rows for rows in found if len(set(rows)) == len(rows) and rows != chosen]


def _keep(
    cheapest: dict[int, float],
    days: tuple[int, ...],
    cost: float,
    position: NDArray[np.int64],
    length: int,
    min_gap_days: int,
) -> None:
    """Remember a pattern that keeps its gaps, at its lowest cost."""
    if len(days) > 1 and _smallest_gap(position[list(days)], length) < min_gap_days:
        return
    mask = mask_of(days)
    cheapest[mask] = min(cost, cheapest.get(mask, np.inf))

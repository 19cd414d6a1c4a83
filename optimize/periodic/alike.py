"""Treat days that are alike as one day with more people.

Where everything is visited once, on any day, and every day has the same people, a cycle is a plain day with as many
tours as the cycle has: which day a tour falls on is of no consequence. The search then never moves a visit from one day
to another, which would be a step that changes nothing but the name of the day.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from optimize.periodic.fleet import is_plain_fleet
from optimize.periodic.problem import PeriodicProblem, PeriodicResult


def as_one_day(problem: PeriodicProblem) -> PeriodicProblem | None:
    """The same problem with all of its days as one, each person there once a day; None where days differ."""
    p = problem
    if p.n_days < 2 or not is_plain_fleet(p) or p.sealed.any() or (p.stability_min and p.previous_mask.any()):
        return None
    if (p.minutes_of_staff_day != p.minutes_of_staff_day[:, :1]).any():
        return None
    if (p.capacity_of_staff_day != p.capacity_of_staff_day[:, :1]).any():
        return None
    n_patterns = np.diff(p.pattern_start)
    if not np.isin(n_patterns, (0, p.n_days)).all() or (np.bitwise_count(p.pattern_mask) != 1).any():
        return None
    has_days = n_patterns > 0
    first = p.pattern_start[:-1][has_days]
    if (p.pattern_cost != np.repeat(p.pattern_cost[first], p.n_days)).any():
        return None

    def each_day(values: np.ndarray) -> np.ndarray:
        return np.repeat(values, p.n_days, axis=0)

    return replace(
        p,
        n_days=1,
        role_of_staff=each_day(p.role_of_staff),
        office_of_staff=each_day(p.office_of_staff),
        trips_of_staff=each_day(p.trips_of_staff),
        partner_of_staff=each_day(p.partner_of_staff),
        band_ratio_of_staff=each_day(p.band_ratio_of_staff),
        people_of_staff=each_day(p.people_of_staff),
        staff_of_duty=np.repeat(p.staff_of_duty, p.n_days, axis=1),
        pattern_start=np.concatenate(([0], np.cumsum(has_days))).astype(np.int32),
        pattern_mask=np.ones(len(first), np.int64),
        pattern_cost=p.pattern_cost[first],
        previous_mask=np.zeros(p.n_duties, np.int64),
        weekday_of_day=p.weekday_of_day[:1],
        week_of_day=p.week_of_day[:1],
        minutes_of_staff_day=each_day(p.minutes_of_staff_day[:, :1]),
        capacity_of_staff_day=each_day(p.capacity_of_staff_day[:, :1]),
        reserved_min=each_day(p.reserved_min[:, :1]),
        band_share_of_staff_day=each_day(p.band_share_of_staff_day[:, :1]),
    )


def over_all_days(problem: PeriodicProblem, of_one_day: PeriodicResult) -> PeriodicResult:
    """The tours of the one day dealt out to the days and people of `problem`; numbers and verdict are the old ones."""
    staff, day = np.divmod(of_one_day.tour_staff, problem.n_days)
    masks = np.zeros(problem.n_duties, np.int64)
    for tour, its_day in enumerate(day.tolist()):
        masks[of_one_day.tour(tour)] = 1 << its_day
    order = np.lexsort((staff, day))
    tours = [of_one_day.tour(tour) for tour in order.tolist()]
    return replace(
        of_one_day,
        mask_of_duty=masks,
        tour_staff=staff[order].astype(np.int32),
        tour_day=day[order].astype(np.int32),
        tour_start=np.concatenate(([0], np.cumsum([len(tour) for tour in tours]))).astype(np.int32),
        tour_duty=np.concatenate([*tours, np.zeros(0, np.int32)]).astype(np.int32),
    )

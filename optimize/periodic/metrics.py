"""Name, unit and direction of every number by which a cycle is judged, each with the function that takes it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from optimize.periodic import checks
from optimize.periodic.problem import PeriodicProblem, PeriodicResult


@dataclass(frozen=True, slots=True)
class Metric:
    """One number: `version` rises when its definition changes, so that old values are never compared with new ones."""

    key: str
    unit: str
    better: Literal["lower", "higher"]
    version: int
    take: Callable[[PeriodicProblem, PeriodicResult], float]


def travel_min(problem: PeriodicProblem, result: PeriodicResult) -> float:
    """Minutes on the road of everybody over the cycle."""
    return float(
        sum(checks.tour_travel(problem, int(s), result.tour(i)) for i, s in enumerate(result.tour_staff.tolist()))
    )


def travel_km(problem: PeriodicProblem, result: PeriodicResult) -> float:
    """Kilometres of everybody over the cycle; nan without a matrix of kilometres."""
    if problem.travel_km is None:
        return float("nan")
    total = 0.0
    for index, staff in enumerate(result.tour_staff.tolist()):
        office = problem.office_of_staff[staff]
        places = problem.location_of_retailer[problem.retailer_of_duty[result.tour(index)]]
        stops = np.concatenate(([office], places, [office]))
        total += float(problem.travel_km[stops[:-1], stops[1:]].sum(dtype=np.float64))
    return total


def day_ratio(problem: PeriodicProblem, result: PeriodicResult) -> float:
    """Longest over shortest day, the widest of all people who have a band (of all people if nobody has one)."""
    work = checks.work_of_staff_day(problem, result)
    banded = np.flatnonzero(np.isfinite(problem.band_ratio_of_staff)).tolist()
    people = banded or range(problem.n_staff)
    return max((checks.widest_band(problem, work, staff) for staff in people), default=1.0)


def same_weekday_share(problem: PeriodicProblem, result: PeriodicResult) -> float:
    """Share of the planned duties with several visits whose visits all fall on one weekday; 1 without such duties.

    Duties visited more often than once a week are left out: they cannot keep to one weekday.
    """
    n_weeks = len(np.unique(problem.week_of_day))
    named = _named_days(problem, result)
    several = (named.sum(axis=1) > 1) & (named.sum(axis=1) <= n_weeks) & ~problem.sealed
    if not several.any():
        return 1.0
    same = [len(np.unique(problem.weekday_of_day[days])) == 1 for days in named[several]]
    return float(np.mean(same))


def disturbed_days_per_retailer(problem: PeriodicProblem, result: PeriodicResult) -> float:
    """Mean number of days on which a retailer is visited by anybody, sealed duties left out."""
    named = _named_days(problem, result)[~problem.sealed]
    disturbed = np.zeros((problem.n_retailers, problem.n_days), np.bool_)
    np.logical_or.at(disturbed, problem.retailer_of_duty[~problem.sealed], named)
    return float(disturbed.sum() / max(1, np.count_nonzero(disturbed.any(axis=1))))


def shared_days(problem: PeriodicProblem, result: PeriodicResult) -> float:
    """Visits, sealed ones left out, that meet another role at the same retailer on the same day, beyond the first."""
    named = _named_days(problem, result)[~problem.sealed]
    visits = np.zeros((problem.n_retailers, problem.n_days), np.int64)
    np.add.at(visits, problem.retailer_of_duty[~problem.sealed], named.astype(np.int64))
    return float(np.maximum(visits - 1, 0).sum())


def waiting_min(problem: PeriodicProblem, result: PeriodicResult) -> float:
    """Minutes that people wait at retailers for those whom they meet there."""
    return float(sum(minutes for _, _, minutes in checks.waiting(problem, result)))


def changed_days(problem: PeriodicProblem, result: PeriodicResult) -> float:
    """Visit days that the plan in force does not have, over the duties it had."""
    had = problem.previous_mask > 0
    return float(np.bitwise_count(result.mask_of_duty[had] & ~problem.previous_mask[had]).sum())


def _named_days(problem: PeriodicProblem, result: PeriodicResult) -> NDArray[np.bool_]:
    """(n_duties, n_days) True where a duty is planned."""
    return ((result.mask_of_duty[:, None] >> np.arange(problem.n_days)) & 1).astype(np.bool_)


METRICS: tuple[Metric, ...] = (
    Metric("travel_min", "min", "lower", 1, travel_min),
    Metric("travel_km", "km", "lower", 1, travel_km),
    Metric("day_ratio", "1", "lower", 1, day_ratio),
    Metric("same_weekday_share", "1", "higher", 1, same_weekday_share),
    Metric("disturbed_days_per_retailer", "days", "lower", 1, disturbed_days_per_retailer),
    Metric("shared_days", "visits", "higher", 1, shared_days),
    Metric("n_meetings", "meetings", "higher", 1, lambda _, result: float(len(result.meetings))),
    Metric("waiting_min", "min", "lower", 1, waiting_min),
    Metric("changed_days", "days", "lower", 1, changed_days),
    Metric("n_not_planned", "duties", "lower", 1, lambda _, result: float(len(result.not_planned))),
    Metric("n_visits", "visits", "higher", 1, lambda _, result: float(len(result.tour_duty))),
)


def measure(problem: PeriodicProblem, result: PeriodicResult) -> dict[str, float]:
    """All metrics of a result by key."""
    return {metric.key: metric.take(problem, result) for metric in METRICS}

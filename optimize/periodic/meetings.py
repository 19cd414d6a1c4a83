"""Let the people of a cycle meet: reorder the tours of each day so that visits start within a shared window.

The days are chosen before, with a credit for each shared day. Here every day is searched by itself: an order of the
tours, and which of the possible meetings are held, so that waiting and detours cost less than the meetings are worth.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from optimize.periodic.layout import NO_LIMIT, ticks
from optimize.periodic.meeting_search import MeetingDay, meet
from optimize.periodic.problem import PeriodicProblem, PeriodicResult
from optimize.periodic.result import finish_result

_STEPS_A_VISIT = 400
_HOT_MIN, _COLD_MIN = 4.0, 0.05
_HORIZON_MIN = 1440.0
_SEED_STEP = 7919


def hold_meetings(problem: PeriodicProblem, result: PeriodicResult, seed: int) -> PeriodicResult:
    """The same days with tours that meet where that is worth its waiting; never worse than without meetings.

    A day stays within its minutes, and within the day band as far as the given plan kept it: nobody's day becomes
    longer than the band allows above that person's shortest. Some 400 steps a visit, each O(visits of the day); the
    same bytes for the same seed.
    """
    if not np.isfinite(problem.meeting_window_min).any():
        return result
    bounds = _bounds(problem, result)
    order = result.tour_duty.copy()
    met: list[tuple[int, int, int]] = []
    for day in range(problem.n_days):
        plan = _day_plan(problem, result, day, bounds, seed)
        if plan is None:
            continue
        meet(plan.arrays, _STEPS_A_VISIT * len(plan.visits), float(ticks(_HOT_MIN)), float(ticks(_COLD_MIN)))
        order[plan.visits] = result.tour_duty[plan.visits][plan.arrays.order]
        met += [(*pair, day) for pair, is_held in zip(plan.duties, plan.arrays.held.tolist(), strict=True) if is_held]
    rows = np.array(sorted(met, key=lambda row: (row[2], row[0], row[1])), np.int32).reshape(-1, 3)
    held = finish_result(problem, replace(result, tour_duty=order, meetings=rows))
    apart = finish_result(problem, result)
    return held if (not held.is_feasible, held.cost) < (not apart.is_feasible, apart.cost) else apart


@dataclass(frozen=True, slots=True)
class _DayPlan:
    """A day as the search takes it: rows of its visits in `tour_duty`, and the duties of each pair."""

    visits: NDArray[np.int64]
    duties: list[tuple[int, int]]
    arrays: MeetingDay


def pairs_of_day(problem: PeriodicProblem, result: PeriodicResult, day: int) -> Iterator[tuple[int, int]]:
    """Rows of `tour_duty` of two visits that may meet: one retailer, two people, two roles that meet."""
    at_retailer: dict[int, list[tuple[int, int]]] = {}
    for index in np.flatnonzero(result.tour_day == day).tolist():
        for row in range(int(result.tour_start[index]), int(result.tour_start[index + 1])):
            duty = int(result.tour_duty[row])
            if not problem.sealed[duty]:
                known = at_retailer.setdefault(int(problem.retailer_of_duty[duty]), [])
                known.append((row, int(result.tour_staff[index])))
    for visits in at_retailer.values():
        for place, (a, first) in enumerate(visits):
            for b, second in visits[place + 1 :]:
                roles = problem.role_of_duty[result.tour_duty[[a, b]]]
                if first != second and np.isfinite(problem.meeting_window_min[roles[0], roles[1]]):
                    yield a, b


def _day_plan(
    problem: PeriodicProblem,
    result: PeriodicResult,
    day: int,
    bounds: tuple[NDArray[np.float64], NDArray[np.float64]],
    seed: int,
) -> _DayPlan | None:
    pairs = list(pairs_of_day(problem, result, day))
    if not pairs:
        return None
    rows_met = {row for pair in pairs for row in pair}
    tours = [
        index
        for index in np.flatnonzero(result.tour_day == day).tolist()
        if rows_met & set(range(int(result.tour_start[index]), int(result.tour_start[index + 1])))
    ]
    visits = np.concatenate([np.arange(result.tour_start[i], result.tour_start[i + 1]) for i in tours])
    number = {int(row): at for at, row in enumerate(visits.tolist())}
    duty = result.tour_duty[visits]
    staff = result.tour_staff[tours]
    lengths = [int(result.tour_start[i + 1] - result.tour_start[i]) for i in tours]
    pair = np.array([(number[a], number[b]) for a, b in pairs], np.int64)
    roles = problem.role_of_duty[duty[pair]]
    pairs_of: list[list[int]] = [[] for _ in visits]
    for at, (a, b) in enumerate(pair.tolist()):
        pairs_of[a].append(at)
        pairs_of[b].append(at)
    location = problem.location_of_retailer[problem.retailer_of_duty[duty]]
    used, place = np.unique(np.concatenate((location, problem.office_of_staff[staff])), return_inverse=True)
    least, most = bounds
    arrays = MeetingDay(
        to=ticks(problem.travel_min[np.ix_(used, used)]),
        order=np.arange(len(visits)),
        first=np.concatenate(([0], np.cumsum(lengths))).astype(np.int64),
        old_order=np.zeros(len(visits), np.int64),
        best_order=np.zeros(len(visits), np.int64),
        place=place[: len(visits)].astype(np.int64),
        service=ticks(problem.service_min[duty]),
        office=place[len(visits) :].astype(np.int64),
        people=problem.people_of_staff[staff].astype(np.int64),
        low=ticks(least[staff, day]),
        high=np.minimum(ticks(most[staff, day]), NO_LIMIT),
        pair=pair,
        window=ticks(problem.meeting_window_min[roles[:, 0], roles[:, 1]]),
        saving=ticks(problem.shared_day_saving_min[roles[:, 0], roles[:, 1]]),
        held=np.zeros(len(pair), np.bool_),
        old_held=np.zeros(len(pair), np.bool_),
        best_held=np.zeros(len(pair), np.bool_),
        pair_first=np.concatenate(([0], np.cumsum([len(own) for own in pairs_of]))).astype(np.int64),
        pair_of=np.array([at for own in pairs_of for at in own], np.int64),
        start=np.zeros(len(visits), np.int64),
        end=np.zeros(len(tours), np.int64),
        horizon=ticks(np.array([_HORIZON_MIN])),
        random=np.random.SeedSequence([seed, _SEED_STEP, day]).generate_state(1, np.uint64),
    )
    duties = [(int(duty[a]), int(duty[b])) for a, b in pair.tolist()]
    return _DayPlan(visits=visits, duties=duties, arrays=arrays)


def _bounds(problem: PeriodicProblem, result: PeriodicResult) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """(n_staff, n_days) least and most minutes of travel, service and waiting that each day may have."""
    share = np.where(problem.minutes_of_staff_day > 0, problem.band_share_of_staff_day, np.inf)
    shortest = (result.work_of_staff_day / share).min(axis=1, where=np.isfinite(share), initial=np.inf)[:, None]
    share = np.where(np.isfinite(share), share, 0.0)
    is_banded = np.isfinite(problem.band_ratio_of_staff)[:, None] & np.isfinite(shortest)
    shortest = np.where(is_banded, shortest, 0.0)
    ratio = np.where(is_banded, problem.band_ratio_of_staff[:, None], 1.0)
    band = np.where(is_banded, ratio * shortest * share, np.inf)
    assisted = _assisted(problem, result)
    least = np.where(is_banded, shortest * share - problem.reserved_min - assisted, 0.0)
    most = np.minimum(problem.minutes_of_staff_day, band) - problem.reserved_min - assisted
    return np.maximum(least, 0.0), np.maximum(most, 0.0)


def _assisted(problem: PeriodicProblem, result: PeriodicResult) -> NDArray[np.float64]:
    """(n_staff, n_days) minutes that a person stands beside a partner's crews."""
    minutes = np.zeros((problem.n_staff, problem.n_days))
    for index, (staff, day) in enumerate(zip(result.tour_staff.tolist(), result.tour_day.tolist(), strict=True)):
        duties = result.tour(index)
        partner = int(problem.partner_of_staff[staff])
        if partner >= 0:
            minutes[partner, day] += float(problem.service_min[duties[problem.crew_size[duties] > 1]].sum())
    return minutes

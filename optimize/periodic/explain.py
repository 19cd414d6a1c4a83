"""Say of every duty without days why, and what least change would plan it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from optimize.periodic.layout import TICKS_A_MINUTE, World
from optimize.periodic.patterns import days_of
from optimize.periodic.problem import NO_WAY_MIN, NotPlanned, PeriodicProblem, Reason
from optimize.periodic.tours import cheapest_place

_IMPOSSIBLE = float("inf")
_LEAST_SHOWN_MIN = 0.05  # shorter relaxations are shown as 0.0 minutes


def explain_not_planned(problem: PeriodicProblem, w: World) -> tuple[NotPlanned, ...]:
    """One entry per duty without days, for the plan that stands in `w`.

    The relaxation is the least found for this duty alone with all others where they are: minutes first, then capacity,
    then both. Re-solving may need less. A duty that lacks nothing to speak of was left out because the search ended.
    """
    return tuple(_explain(problem, w, int(duty)) for duty in np.flatnonzero(w.duties["mask"] == 0))


def _explain(problem: PeriodicProblem, w: World, duty: int) -> NotPlanned:
    own = problem.pattern_mask[problem.pattern_start[duty] : problem.pattern_start[duty + 1]].tolist()
    if not own:
        return NotPlanned(
            duty=duty,
            reason=Reason.NO_PATTERN,
            sentence="The calendar holds no day pattern for its frequency; visit it less often or add working days.",
        )
    people = np.flatnonzero(problem.staff_of_duty[duty])
    minutes = problem.minutes_of_staff_day[people]
    attended = [mask for mask in own if all((minutes[:, day] > 0).any() for day in days_of(mask))]
    if not attended:
        return NotPlanned(
            duty=duty,
            reason=Reason.NOBODY_PRESENT,
            sentence="On some day of each of its patterns nobody who may serve it is present; allow another person.",
            best_mask=int(own[0]),
        )
    if not _has_way(problem, duty, people):
        return NotPlanned(
            duty=duty,
            reason=Reason.NO_WAY,
            sentence="No way on the streets leads there and back; check its point, or add the street that is missing.",
            best_mask=int(attended[0]),
        )
    alone = _lack_alone(problem, duty, people)
    lacking = min(attended, key=lambda mask: (*_worst(alone, mask), mask))
    extra_minutes, extra_capacity = _worst(alone, lacking)
    if extra_capacity > 0:
        return NotPlanned(
            duty=duty,
            reason=Reason.DEMAND_TOO_LARGE,
            sentence=f"Its demand is {extra_capacity:g} above what any empty tour carries.",
            extra_capacity=extra_capacity,
            best_mask=lacking,
        )
    if extra_minutes > 0:
        return NotPlanned(
            duty=duty,
            reason=Reason.VISIT_TOO_LONG,
            sentence=f"One visit with the way there and back is {extra_minutes:.1f} minutes longer than any empty day.",
            extra_minutes=extra_minutes,
            best_mask=lacking,
        )
    return _explain_crowded(problem, w, duty, attended)


def _has_way(problem: PeriodicProblem, duty: int, people: NDArray[np.int64]) -> bool:
    """Whether somebody who may serve the duty can go there and come back."""
    place = problem.location_of_retailer[problem.retailer_of_duty[duty]]
    offices = problem.office_of_staff[people]
    there, back = problem.travel_min[offices, place], problem.travel_min[place, offices]
    return bool(((there != NO_WAY_MIN) & (back != NO_WAY_MIN)).any())


def _lack_alone(problem: PeriodicProblem, duty: int, people: NDArray[np.int64]) -> NDArray[np.float64]:
    """(n_days, 2) minutes and capacity that the best person lacks on an empty day."""
    place = problem.location_of_retailer[problem.retailer_of_duty[duty]]
    offices = problem.office_of_staff[people]
    travel = problem.travel_min[offices, place].astype(np.float64) + problem.travel_min[place, offices]
    need = (travel + problem.service_min[duty])[:, None] + problem.reserved_min[people]
    lack_minutes = np.maximum(0.0, need - problem.minutes_of_staff_day[people])
    lack_capacity = np.maximum(0.0, problem.demand[duty] - problem.capacity_of_staff_day[people])
    absent = problem.minutes_of_staff_day[people] <= 0
    order = np.where(absent, _IMPOSSIBLE, lack_capacity * 1e6 + lack_minutes).argmin(axis=0)
    days = np.arange(problem.n_days)
    return np.stack((lack_minutes[order, days], lack_capacity[order, days]), axis=1)


def _worst(lack: NDArray[np.float64], mask: int) -> tuple[float, float]:
    """Minutes and capacity lacking on the tightest day of a pattern."""
    rows = lack[list(days_of(mask))]
    return float(rows[:, 0].max()), float(rows[:, 1].max())


def _explain_crowded(problem: PeriodicProblem, w: World, duty: int, attended: list[int]) -> NotPlanned:
    """The duty would fit into empty days: find what the planned ones lack."""
    by_minutes, by_capacity, by_both = _lack_among_others(problem, w, duty)
    for lack, is_minutes in ((by_minutes, True), (by_capacity, False)):
        best = min(attended, key=lambda mask: (max(lack[day] for day in days_of(mask)), mask))
        worst = max(lack[day] for day in days_of(best))
        if is_minutes and worst < _LEAST_SHOWN_MIN:
            return NotPlanned(
                duty=duty,
                reason=Reason.NO_MINUTES_LEFT,
                sentence="The search ended before it found room for it; more iterations may find some.",
                best_mask=best,
            )
        if np.isfinite(worst):
            unit = f"{worst:.1f} minutes" if is_minutes else f"{worst:g} units of capacity"
            return NotPlanned(
                duty=duty,
                reason=Reason.NO_MINUTES_LEFT if is_minutes else Reason.NO_CAPACITY_LEFT,
                sentence=f"The other duties leave no room; {unit} more on the tightest day of its best pattern would.",
                extra_minutes=worst if is_minutes else 0.0,
                extra_capacity=0.0 if is_minutes else worst,
                best_mask=best,
            )
    best = min(attended, key=lambda mask: (*_worst(by_both, mask), mask))
    extra_minutes, extra_capacity = _worst(by_both, best)
    return NotPlanned(
        duty=duty,
        reason=Reason.NO_CAPACITY_LEFT,
        sentence=f"The others leave no room; {extra_minutes:.1f} minutes and {extra_capacity:g} units more would.",
        extra_minutes=extra_minutes,
        extra_capacity=extra_capacity,
        best_mask=best,
    )


def _lack_among_others(
    problem: PeriodicProblem, w: World, duty: int
) -> tuple[list[float], list[float], NDArray[np.float64]]:
    """Per day: least minutes lacking where capacity fits, least capacity lacking where minutes fit, least of both."""
    by_minutes, by_capacity = [_IMPOSSIBLE] * problem.n_days, [_IMPOSSIBLE] * problem.n_days
    by_both = np.full((problem.n_days, 2), _IMPOSSIBLE)
    record = w.duties[duty]
    for slot, s in enumerate(w.slots):
        if not w.staff_ok[duty, s["staff"]]:
            continue
        day, row = int(s["day"]), w.rows[s["row"]]
        need = int(row["minutes"]) + cheapest_place(w, duty, slot) + int(record["service"]) - int(row["limit"])
        minutes = max(0, need) / TICKS_A_MINUTE
        capacity = max(0, int(s["load"]) + int(record["demand"]) - int(s["capacity"])) / TICKS_A_MINUTE
        if capacity == 0:
            by_minutes[day] = min(by_minutes[day], minutes)
        if minutes == 0:
            by_capacity[day] = min(by_capacity[day], capacity)
        by_both[day] = min(by_both[day].tolist(), [minutes, capacity])
    return by_minutes, by_capacity, by_both

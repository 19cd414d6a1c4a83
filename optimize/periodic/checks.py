"""Judge a result by the rules of the problem, sharing no code with the search.

The judge reads the tours as they are given and adds everything up again in floating point. It trusts no number in the
result except days, tours and the not-planned list, and compares the others with its own.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from itertools import combinations, pairwise

import numpy as np
from numpy.typing import NDArray

from optimize.periodic.problem import PeriodicProblem, PeriodicResult

TOLERANCE_MIN = 1e-4
"""Minutes by which a limit may be passed: rounding, not work."""


def broken_rules(problem: PeriodicProblem, result: PeriodicResult) -> list[str]:
    """Every rule that a result breaks, in words; empty = feasible. Duties listed as not planned count as broken.

    O(visits + n_staff x n_days).
    """
    structure = list(_broken_structure(problem, result))
    if structure:
        return structure
    found = [f"duty {item.duty} is not planned: {item.sentence}" for item in result.not_planned]
    found += _broken_days(problem, result)
    found += _broken_tours(problem, result)
    impossible = list(_broken_meetings(problem, result))
    if impossible:
        return found + impossible
    work = work_of_staff_day(problem, result)
    found += _broken_minutes(problem, work)
    found += _broken_band(problem, work)
    if not np.allclose(work, result.work_of_staff_day, atol=TOLERANCE_MIN):
        found.append("work_of_staff_day is not what the tours add up to")
    return found


def work_of_staff_day(problem: PeriodicProblem, result: PeriodicResult) -> NDArray[np.float64]:
    """(n_staff, n_days) minutes of travel, service, second officers and reserved time, added up from the tours.

    Service that two riders of one vehicle do side by side counts once (`overlap_share`).
    """
    work = problem.reserved_min.copy()
    for index in range(len(result.tour_day)):
        staff, day, duties = int(result.tour_staff[index]), int(result.tour_day[index]), result.tour(index)
        work[staff, day] += tour_travel(problem, staff, duties) + float(problem.service_min[duties].sum())
        partner = int(problem.partner_of_staff[staff])
        if partner >= 0:
            work[partner, day] += float(problem.service_min[duties[problem.crew_size[duties] > 1]].sum())
    for staff, day, minutes in overlaps(problem, result):
        work[staff, day] -= minutes
    for staff, day, minutes in waiting(problem, result):
        work[staff, day] += minutes
    return work


def start_of_visit(problem: PeriodicProblem, result: PeriodicResult) -> NDArray[np.float64]:
    """(n_visits,) minutes after the start of the day at which each visit of `tour_duty` begins at the earliest.

    Whoever is early for a meeting waits. inf = the orders of the tours contradict the meetings.
    """
    place = {
        (int(duty), int(result.tour_day[index])): int(result.tour_start[index]) + at
        for index in range(len(result.tour_day))
        for at, duty in enumerate(result.tour(index).tolist())
    }
    met: dict[int, list[tuple[int, float]]] = {}
    for a, b, day in result.meetings.tolist():
        window = float(problem.meeting_window_min[problem.role_of_duty[a], problem.role_of_duty[b]])
        first, second = place[a, day], place[b, day]
        met.setdefault(first, []).append((second, window))
        met.setdefault(second, []).append((first, window))
    starts = np.zeros(len(result.tour_duty))
    for _ in range(2 * len(result.meetings) + 2):
        before = starts.copy()
        for index, staff in enumerate(result.tour_staff.tolist()):
            at, now = int(problem.office_of_staff[staff]), 0.0
            for row in range(int(result.tour_start[index]), int(result.tour_start[index + 1])):
                duty = int(result.tour_duty[row])
                here = int(problem.location_of_retailer[problem.retailer_of_duty[duty]])
                now += float(problem.travel_min[at, here])
                now = max([now, *(starts[other] - window for other, window in met.get(row, []))])
                starts[row], at, now = now, here, now + float(problem.service_min[duty])
        if np.array_equal(before, starts):
            return starts
    return np.full_like(starts, np.inf) if len(result.meetings) else starts


def waiting(problem: PeriodicProblem, result: PeriodicResult) -> Iterator[tuple[int, int, float]]:
    """Staff, day and minutes that a tour waits at retailers for those whom it meets there."""
    if not len(result.meetings):
        return
    starts = start_of_visit(problem, result)
    for index, (staff, day) in enumerate(zip(result.tour_staff.tolist(), result.tour_day.tolist(), strict=True)):
        duties = result.tour(index)
        last = int(duties[-1])
        here = int(problem.location_of_retailer[problem.retailer_of_duty[last]])
        home = float(problem.travel_min[here, problem.office_of_staff[staff]])
        ends = starts[int(result.tour_start[index + 1]) - 1] + float(problem.service_min[last]) + home
        yield staff, day, ends - tour_travel(problem, staff, duties) - float(problem.service_min[duties].sum())


def overlaps(problem: PeriodicProblem, result: PeriodicResult) -> Iterator[tuple[int, int, float]]:
    """Staff, day and minutes of service done side by side: two roles' open duties of a retailer in one staff-day."""
    if not problem.overlap_share.any():
        return
    met: dict[tuple[int, int, int], list[int]] = {}
    for index in range(len(result.tour_day)):
        for duty in result.tour(index).tolist():
            if not problem.sealed[duty]:
                key = (int(result.tour_staff[index]), int(result.tour_day[index]), int(problem.retailer_of_duty[duty]))
                met.setdefault(key, []).append(duty)
    for (staff, day, _), duties in met.items():
        for a, b in combinations(duties, 2):
            share = float(problem.overlap_share[problem.role_of_duty[a], problem.role_of_duty[b]])
            if share > 0:
                yield staff, day, share * float(min(problem.service_min[a], problem.service_min[b]))


def tour_travel(problem: PeriodicProblem, staff: int, duties: NDArray[np.int32]) -> float:
    """Minutes on the road from the office through the duties' retailers and back."""
    office = int(problem.office_of_staff[staff])
    places = problem.location_of_retailer[problem.retailer_of_duty[duties]]
    return sum(float(problem.travel_min[a, b]) for a, b in pairwise([office, *places.tolist(), office]))


def widest_band(problem: PeriodicProblem, work: NDArray[np.float64], staff: int) -> float:
    """Longest day over shortest day of a person, each divided by its share of the usual minutes; 1 with < 2 days."""
    minutes = problem.minutes_of_staff_day[staff]
    present = minutes > 0
    if np.count_nonzero(present) < 2:
        return 1.0
    share = problem.band_share_of_staff_day[staff, present]
    days = work[staff, present] / share
    if days.max() == 0:
        return 1.0
    return float(days.max() / days.min()) if days.min() > 0 else float("inf")


def _broken_structure(problem: PeriodicProblem, result: PeriodicResult) -> Iterator[str]:
    """Faults that make the rest unreadable."""
    n_tours = len(result.tour_day)
    if len(result.tour_staff) != n_tours or len(result.tour_start) != n_tours + 1:
        yield "tour_staff, tour_day and tour_start do not fit each other"
        return
    if result.tour_start[0] != 0 or result.tour_start[-1] != len(result.tour_duty):
        yield "tour_start does not run from 0 to the number of visits"
    if (np.diff(result.tour_start) < 1).any():
        yield "a tour without a visit is listed"
    if len(result.mask_of_duty) != problem.n_duties:
        yield "mask_of_duty does not have one entry per duty"
    for name, values, size in (
        ("tour_staff", result.tour_staff, problem.n_staff),
        ("tour_day", result.tour_day, problem.n_days),
        ("tour_duty", result.tour_duty, problem.n_duties),
    ):
        if ((values < 0) | (values >= size)).any():
            yield f"{name} points outside the problem"


def _broken_days(problem: PeriodicProblem, result: PeriodicResult) -> Iterator[str]:
    """Each duty is served on exactly the days of one of its patterns, or listed once as not planned."""
    served: Counter[tuple[int, int]] = Counter()
    for index in range(len(result.tour_day)):
        for duty in result.tour(index).tolist():
            served[duty, int(result.tour_day[index])] += 1
    days_served = np.zeros(problem.n_duties, np.int64)
    for (duty, day), times in served.items():
        days_served[duty] |= 1 << day
        if times > 1:
            yield f"duty {duty} is visited {times} times on day {day}"
    listed = Counter(item.duty for item in result.not_planned)
    for duty in range(problem.n_duties):
        mask = int(result.mask_of_duty[duty])
        legal = problem.pattern_mask[problem.pattern_start[duty] : problem.pattern_start[duty + 1]]
        if int(days_served[duty]) != mask:
            yield f"duty {duty} is served on days {int(days_served[duty]):b} and its pattern says {mask:b}"
        if mask == 0 and listed[duty] != 1:
            yield f"duty {duty} has no days and is listed {listed[duty]} times as not planned"
        if mask != 0 and listed[duty]:
            yield f"duty {duty} has days and is listed as not planned"
        if mask != 0 and mask not in legal:
            yield f"duty {duty} has pattern {mask:b}, which is none of its own"


def _broken_tours(problem: PeriodicProblem, result: PeriodicResult) -> Iterator[str]:
    """The right person, capacity, and no more tours a day than allowed."""
    tours: Counter[tuple[int, int]] = Counter()
    for index in range(len(result.tour_day)):
        staff, day, duties = int(result.tour_staff[index]), int(result.tour_day[index]), result.tour(index)
        tours[staff, day] += 1
        yield from (
            f"duty {duty} is served by staff {staff}, who may not"
            for duty in duties.tolist()
            if not problem.staff_of_duty[duty, staff]
        )
        load, room = float(problem.demand[duties].sum()), float(problem.capacity_of_staff_day[staff, day])
        if load > room + TOLERANCE_MIN:
            yield f"a tour of staff {staff} on day {day} carries {load:g} of {room:g}"
    for (staff, day), count in tours.items():
        if count > problem.trips_of_staff[staff]:
            yield f"staff {staff} has {count} tours on day {day}, at most {problem.trips_of_staff[staff]} are allowed"


def _broken_meetings(problem: PeriodicProblem, result: PeriodicResult) -> Iterator[str]:
    """Who is said to meet serves one retailer on that day, is somebody else, may meet, and can keep the window."""
    server = {
        (int(duty), int(result.tour_day[index])): int(result.tour_staff[index])
        for index in range(len(result.tour_day))
        for duty in result.tour(index).tolist()
    }
    sound = True
    for a, b, day in result.meetings.tolist():
        words = f"duties {a} and {b} are said to meet on day {day}"
        if not {(a, day), (b, day)} <= server.keys():
            yield f"{words} and are not both served then"
        elif server[a, day] == server[b, day] or problem.retailer_of_duty[a] != problem.retailer_of_duty[b]:
            yield f"{words} and are not two people at one retailer"
        elif problem.sealed[a] or problem.sealed[b]:
            yield f"{words} and one is sealed"
        elif not np.isfinite(problem.meeting_window_min[problem.role_of_duty[a], problem.role_of_duty[b]]):
            yield f"{words} and their roles do not meet"
        else:
            continue
        sound = False
    if sound and len(result.meetings) and np.isinf(start_of_visit(problem, result)).any():
        yield "the tours' orders contradict the meetings"


def _broken_minutes(problem: PeriodicProblem, work: NDArray[np.float64]) -> Iterator[str]:
    used = work > problem.reserved_min
    for staff, day in np.argwhere(used & (work > problem.minutes_of_staff_day + TOLERANCE_MIN)).tolist():
        allowed = problem.minutes_of_staff_day[staff, day]
        yield f"staff {staff} works {work[staff, day]:.2f} minutes on day {day}, {allowed:.2f} are available"


def _broken_band(problem: PeriodicProblem, work: NDArray[np.float64]) -> Iterator[str]:
    for staff in np.flatnonzero(np.isfinite(problem.band_ratio_of_staff)).tolist():
        ratio, allowed = widest_band(problem, work, staff), float(problem.band_ratio_of_staff[staff])
        if ratio > allowed * (1 + 1e-6):
            yield f"the longest day of staff {staff} is {ratio:.3f} times the shortest, {allowed:.3f} is allowed"

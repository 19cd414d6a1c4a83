"""Take some duties of a cycle apart from the others, and put plans of disjoint duties side by side again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from optimize.periodic.problem import PeriodicProblem, PeriodicResult
from optimize.periodic.result import finish_result


def only_duties(problem: PeriodicProblem, rows: NDArray[np.int64]) -> PeriodicProblem:
    """The problem with some of its duties; the people stay, those without work are idle and have no band."""
    counts = np.diff(problem.pattern_start)
    owner = np.repeat(np.arange(problem.n_duties), counts)
    kept = np.isin(owner, rows)
    works = problem.staff_of_duty[rows].any(axis=0)
    return replace(
        problem,
        retailer_of_duty=problem.retailer_of_duty[rows],
        role_of_duty=problem.role_of_duty[rows],
        staff_of_duty=problem.staff_of_duty[rows],
        service_min=problem.service_min[rows],
        demand=problem.demand[rows],
        crew_size=problem.crew_size[rows],
        sealed=problem.sealed[rows],
        previous_mask=problem.previous_mask[rows],
        pattern_start=np.concatenate(([0], np.cumsum(counts[rows]))).astype(np.int32),
        pattern_mask=problem.pattern_mask[kept],
        pattern_cost=problem.pattern_cost[kept],
        band_ratio_of_staff=np.where(works, problem.band_ratio_of_staff, np.inf),
    )


def side_by_side(problem: PeriodicProblem, parts: Sequence[tuple[NDArray[np.int64], PeriodicResult]]) -> PeriodicResult:
    """One result from plans of disjoint duties and people; `parts` holds the duties' rows and their plan."""
    masks = np.zeros(problem.n_duties, np.int64)
    tours: list[tuple[int, int, NDArray[np.int32]]] = []
    left = []
    for rows, plan in parts:
        masks[rows] = plan.mask_of_duty
        left += [replace(item, duty=int(rows[item.duty])) for item in plan.not_planned]
        for index, (staff, day) in enumerate(zip(plan.tour_staff.tolist(), plan.tour_day.tolist(), strict=True)):
            tours.append((day, staff, rows[plan.tour(index)].astype(np.int32)))
    tours.sort(key=lambda tour: tour[:2])
    return finish_result(
        problem,
        PeriodicResult(
            mask_of_duty=masks,
            tour_staff=np.array([staff for _, staff, _ in tours], np.int32),
            tour_day=np.array([day for day, _, _ in tours], np.int32),
            tour_start=np.concatenate(([0], np.cumsum([len(duties) for _, _, duties in tours]))).astype(np.int32),
            tour_duty=np.concatenate([*(duties for _, _, duties in tours), np.zeros(0, np.int32)]).astype(np.int32),
            travel_of_staff_day=np.zeros((problem.n_staff, problem.n_days)),
            work_of_staff_day=np.zeros((problem.n_staff, problem.n_days)),
            not_planned=tuple(sorted(left, key=lambda item: item.duty)),
            cost=0.0,
            is_feasible=False,
            n_iterations=sum(plan.n_iterations for _, plan in parts),
        ),
    )

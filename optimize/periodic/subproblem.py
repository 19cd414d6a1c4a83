"""Take some duties of a cycle apart from the others, and put plans of disjoint duties side by side again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from optimize.periodic.problem import PeriodicProblem, PeriodicResult
from optimize.periodic.result import plan_of_tours


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
    tours: list[tuple[int, int, list[int]]] = []
    left = []
    for rows, plan in parts:
        left += [replace(item, duty=int(rows[item.duty])) for item in plan.not_planned]
        for index, (staff, day) in enumerate(zip(plan.tour_staff.tolist(), plan.tour_day.tolist(), strict=True)):
            tours.append((staff, day, rows[plan.tour(index)].tolist()))
    left.sort(key=lambda item: item.duty)
    n_iterations = sum(plan.n_iterations for _, plan in parts)
    return plan_of_tours(problem, tours, not_planned=left, n_iterations=n_iterations)

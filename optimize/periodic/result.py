"""Carry plans across the border between the compiled tables and results."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from optimize.periodic.checks import broken_rules, overlaps, tour_travel, waiting, work_of_staff_day
from optimize.periodic.explain import explain_not_planned
from optimize.periodic.layout import World, stability_charge
from optimize.periodic.metrics import measure
from optimize.periodic.problem import NotPlanned, PeriodicProblem, PeriodicResult
from optimize.periodic.tours import objective, refill

Tour = tuple[int, int, Sequence[int]]
"""Staff, day row, and the duties in their order."""


def read_result(problem: PeriodicProblem, w: World, n_iterations: int) -> PeriodicResult:
    """The plan that stands in `w` as a judged result with its metrics."""
    used = np.flatnonzero(w.slots["length"] > 0)
    lengths, staff, day = w.slots["length"][used], w.slots["staff"][used], w.slots["day"][used]
    tours = [
        (who, when, w.visit[slot, :length].tolist())
        for slot, length, who, when in zip(used.tolist(), lengths.tolist(), staff.tolist(), day.tolist(), strict=True)
    ]
    return plan_of_tours(problem, tours, not_planned=explain_not_planned(problem, w), n_iterations=n_iterations)


def plan_of_tours(
    problem: PeriodicProblem,
    tours: Iterable[Tour],
    *,
    not_planned: Sequence[NotPlanned] = (),
    n_iterations: int = 0,
) -> PeriodicResult:
    """Judge a plan given as tours.

    Parameters
    ----------
    tours : staff, day row, and the duties in their order; a duty's days are those of its tours
    not_planned : why duties are in none of them, where that is known
    n_iterations : steps that the plan took
    """
    ordered = sorted(tours, key=lambda tour: (tour[1], tour[0]))
    masks = np.zeros(problem.n_duties, np.int64)
    for _, day, duties in ordered:
        masks[list(duties)] |= 1 << day
    draft = PeriodicResult(
        mask_of_duty=masks,
        tour_staff=np.array([staff for staff, _, _ in ordered], np.int32),
        tour_day=np.array([day for _, day, _ in ordered], np.int32),
        tour_start=np.concatenate(([0], np.cumsum([len(duties) for _, _, duties in ordered]))).astype(np.int32),
        tour_duty=np.array([duty for _, _, duties in ordered for duty in duties], np.int32),
        travel_of_staff_day=np.zeros((problem.n_staff, problem.n_days)),
        work_of_staff_day=np.zeros((problem.n_staff, problem.n_days)),
        not_planned=tuple(not_planned),
        cost=0.0,
        is_feasible=False,
        n_iterations=n_iterations,
    )
    return finish_result(problem, draft)


def finish_result(problem: PeriodicProblem, draft: PeriodicResult) -> PeriodicResult:
    """Fill in minutes, cost, verdict and metrics from a draft's days and tours."""
    travel = np.zeros((problem.n_staff, problem.n_days))
    for index, (staff, day) in enumerate(zip(draft.tour_staff.tolist(), draft.tour_day.tolist(), strict=True)):
        travel[staff, day] += tour_travel(problem, staff, draft.tour(index))
    work = work_of_staff_day(problem, draft)
    result = draft.with_numbers(travel=travel, work=work, cost=float(travel.sum()) + charges(problem, draft))
    for array in (result.mask_of_duty, result.tour_duty, result.tour_start, result.tour_staff, result.tour_day):
        array.flags.writeable = False
    return result.with_verdict(is_feasible=not broken_rules(problem, result), metrics=measure(problem, result))


def charges(problem: PeriodicProblem, result: PeriodicResult) -> float:
    """Minutes of pattern costs, stability charges and waiting, less shared days, meetings and service side by side."""
    total = 0.0
    masks = result.mask_of_duty
    for duty in np.flatnonzero(masks).tolist():
        own = slice(int(problem.pattern_start[duty]), int(problem.pattern_start[duty + 1]))
        total += float(problem.pattern_cost[own][problem.pattern_mask[own] == masks[duty]].min(initial=np.inf))
    total += float(stability_charge(problem, masks, problem.previous_mask).sum())
    total -= sum(minutes for _, _, minutes in overlaps(problem, result))
    total += sum(minutes for _, _, minutes in waiting(problem, result))
    total -= sum(
        float(problem.shared_day_saving_min[problem.role_of_duty[a], problem.role_of_duty[b]])
        for a, b, _ in result.meetings.tolist()
    )
    if not problem.shared_day_saving_min.any():
        return total
    open_duties = np.flatnonzero((masks != 0) & ~problem.sealed)
    order = open_duties[np.argsort(problem.retailer_of_duty[open_duties], kind="stable")]
    for own_duties in np.split(order, np.flatnonzero(np.diff(problem.retailer_of_duty[order])) + 1):
        for place, a in enumerate(own_duties.tolist()):
            for b in own_duties[place + 1 :].tolist():
                if np.isfinite(problem.meeting_window_min[problem.role_of_duty[a], problem.role_of_duty[b]]):
                    continue  # credited for meetings, not for days
                n_shared = int(masks[a] & masks[b]).bit_count()
                total -= n_shared * float(
                    problem.shared_day_saving_min[problem.role_of_duty[a], problem.role_of_duty[b]]
                )
    return total


def load_result(problem: PeriodicProblem, w: World, initial: PeriodicResult) -> None:
    """Put a result's tours into the tables; duties whose days are no longer legal are left out, to be placed anew."""
    legal = np.zeros(problem.n_duties, np.bool_)
    for duty, mask in enumerate(initial.mask_of_duty.tolist()):
        own = problem.pattern_mask[problem.pattern_start[duty] : problem.pattern_start[duty + 1]]
        legal[duty] = mask != 0 and mask in own
    free: dict[tuple[int, int], list[int]] = {}
    for slot, (staff, day) in enumerate(zip(w.slots["staff"].tolist(), w.slots["day"].tolist(), strict=True)):
        free.setdefault((staff, day), []).append(slot)
    places: list[tuple[int, np.ndarray]] = []
    for index, (staff, day) in enumerate(zip(initial.tour_staff.tolist(), initial.tour_day.tolist(), strict=True)):
        duties = initial.tour(index)
        allowed = problem.staff_of_duty[duties, staff]
        if not free.get((staff, day)):
            legal[duties] = False
            continue
        legal[duties[~allowed]] = False
        places.append((free[staff, day].pop(0), duties))
    for slot, duties in places:
        kept = duties[legal[duties]]
        w.visit[slot, : len(kept)] = kept
        w.slots["length"][slot] = len(kept)
    w.duties["mask"] = np.where(legal, initial.mask_of_duty, 0)
    refill(w)
    _lighten(problem, w)
    w.slots["is_stale"] = True
    w.state["cost"] = objective(w)


def _lighten(problem: PeriodicProblem, w: World) -> None:
    """Leave out whole duties from tours that break a limit of minutes or capacity, the last visit first."""
    while True:
        over_minutes = w.rows["minutes"][w.slots["row"]] > w.rows["limit"][w.slots["row"]]
        over = np.flatnonzero((over_minutes | (w.slots["load"] > w.slots["capacity"])) & (w.slots["length"] > 0))
        if not over.size:
            return
        duty = int(w.visit[over[0], w.slots["length"][over[0]] - 1])
        for slot in np.unique(w.slot_of[duty, w.slot_of[duty] >= 0]).tolist():
            length = int(w.slots["length"][slot])
            rest = w.visit[slot, :length][w.visit[slot, :length] != duty]
            w.visit[slot, : len(rest)] = rest
            w.slots["length"][slot] = len(rest)
        w.duties["mask"][duty] = 0
        refill(w)

"""The periodic engine as the service calls it: one person's cycle is sent to a child process and comes back in days."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gridsvc.engines.pool import EnginePool, Report, Task
from optimize.periodic import sealed
from optimize.periodic.patterns import days_of, mask_of, patterns_for
from optimize.periodic.problem import PeriodicProblem, PeriodicResult
from optimize.periodic.solve import solve
from optimize.stopping import MaxIterations

_FAR_MIN = 24.0 * 60  # stands for "no way" inside the engine: no working day can hold it
_OTHER_WEEKDAY_MIN = 15.0  # price of leaving the weekday that the shop knows, as much as a visit


@dataclass(frozen=True, slots=True, kw_only=True)
class Duty:
    """What one person owes one shop in the cycle.

    Parameters
    ----------
    shop : row of the person's shops, >= 0
    frequency : visits a cycle, >= 1
    fixed_days : rows of the working days on which it has to be, instead of choosing; used for sealed draws
    preferred_weekday : 0 = Monday .. 6, the weekday that the shop knows now, or None
    """

    shop: int
    frequency: int
    service_min: float
    demand: float = 0.0
    crew_size: int = 1
    is_sealed: bool = False
    fixed_days: tuple[int, ...] | None = None
    preferred_weekday: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonCycle:
    """One person's cycle to be planned.

    Parameters
    ----------
    travel_min, travel_km : (n + 1, n + 1) row 0 the office, row 1 + i shop i; infinite where there is no way
    weekday_of_day, week_of_day : (n_days,) of each working day; weekday 0 = Monday, week 0 = first
    minutes_of_day : (n_days,) working minutes, 0 = absent
    reserved_min : (n_days,) spoken for already: the crews that this person assists
    capacity : cartons that one tour carries, infinite where nothing is carried
    trips : tours a day
    band_ratio : greatest ratio between the longest and the shortest day
    """

    travel_min: NDArray[np.float32]
    travel_km: NDArray[np.float32]
    duties: tuple[Duty, ...]
    weekday_of_day: NDArray[np.int32]
    week_of_day: NDArray[np.int32]
    minutes_of_day: NDArray[np.float64]
    reserved_min: NDArray[np.float64]
    capacity: float
    trips: int
    band_ratio: float
    seed: int
    max_iterations: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Unplanned:
    """A duty without days: the reason as a key, in words, and the smallest change that would make room."""

    duty: int
    reason: str
    words: str
    relaxation: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CycleOutcome:
    """One person's cycle, planned.

    `days_of_duty` holds rows of the working days, empty for an unplanned duty; `travel_min` and `work_min` are per day.
    """

    days_of_duty: tuple[tuple[int, ...], ...]
    unplanned: tuple[Unplanned, ...]
    travel_min: NDArray[np.float64]
    work_min: NDArray[np.float64]
    is_feasible: bool
    metrics: dict[str, float]


def commitment(secret: bytes) -> str:
    """Give the hash that is published before a sealed draw; the secret itself is shown when the cycle is over."""
    return sealed.commitment(secret)


def cycle_problem(given: PersonCycle) -> PeriodicProblem:
    """State one person's cycle as the engine's problem: one role, one office, duties with their legal patterns."""
    n_duties, n_days = len(given.duties), len(given.weekday_of_day)
    masks: list[NDArray[np.int64]] = []
    costs: list[NDArray[np.float64]] = []
    for duty in given.duties:
        mask, cost = _patterns(duty, given)
        masks.append(mask)
        costs.append(cost)
    return PeriodicProblem(
        n_days=n_days,
        travel_min=np.where(np.isfinite(given.travel_min), given.travel_min, np.float32(_FAR_MIN)),
        travel_km=np.where(np.isfinite(given.travel_km), given.travel_km, np.float32(0)),
        location_of_retailer=np.arange(1, len(given.travel_min), dtype=np.int32),
        role_of_staff=np.zeros(1, np.int32),
        office_of_staff=np.zeros(1, np.int32),
        minutes_of_staff_day=given.minutes_of_day[None, :],
        capacity_of_staff_day=np.full((1, n_days), given.capacity),
        trips_of_staff=np.array([given.trips], np.int32),
        retailer_of_duty=np.array([duty.shop for duty in given.duties], np.int32),
        role_of_duty=np.zeros(n_duties, np.int32),
        staff_of_duty=np.ones((n_duties, 1), np.bool_),
        service_min=np.array([duty.service_min for duty in given.duties], np.float64),
        demand=np.array([duty.demand for duty in given.duties], np.float64),
        pattern_start=np.concatenate([[0], np.cumsum([len(mask) for mask in masks])]).astype(np.int32),
        pattern_mask=np.concatenate(masks) if masks else np.zeros(0, np.int64),
        pattern_cost=np.concatenate(costs) if costs else np.zeros(0),
        crew_size=np.array([duty.crew_size for duty in given.duties], np.int32),
        sealed=np.array([duty.is_sealed for duty in given.duties], np.bool_),
        reserved_min=given.reserved_min[None, :],
        band_ratio_of_staff=np.array([given.band_ratio]),
        weekday_of_day=given.weekday_of_day,
        week_of_day=given.week_of_day,
    )


def _patterns(duty: Duty, given: PersonCycle) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    if duty.fixed_days is not None:
        return np.array([mask_of(list(duty.fixed_days))], np.int64), np.zeros(1)
    patterns = patterns_for(duty.frequency, given.weekday_of_day, given.week_of_day)
    cost = patterns.cost.copy()
    if duty.preferred_weekday is not None:
        for row, mask in enumerate(patterns.mask.tolist()):
            elsewhere = sum(given.weekday_of_day[day] != duty.preferred_weekday for day in days_of(mask))
            cost[row] += _OTHER_WEEKDAY_MIN * elsewhere
    return patterns.mask, cost


def _solve_in_child(given: PersonCycle, report: Report) -> PeriodicResult:
    return solve(cycle_problem(given), MaxIterations(given.max_iterations), given.seed)


def plan_cycles(
    pool: EnginePool,
    people: Sequence[PersonCycle],
    *,
    on_progress: Report | None = None,
    is_cancelled: Callable[[], bool] | None = None,
) -> list[CycleOutcome]:
    """Plan each person's cycle, side by side; the same input and seeds give the same days."""
    tasks = [Task(f"{__name__}._solve_in_child", person, limit_s=600.0) for person in people]
    results = pool.run_all(tasks, on_progress=on_progress, is_cancelled=is_cancelled)
    return [_outcome(result) for result in results]


def _outcome(result: PeriodicResult) -> CycleOutcome:
    unplanned = []
    for item in result.not_planned:
        relaxation = None
        if item.extra_minutes > 0:
            relaxation = f"{item.extra_minutes:.0f} more minutes on one day"
        elif item.extra_capacity > 0:
            relaxation = f"room for {item.extra_capacity:.0f} more cartons"
        unplanned.append(
            Unplanned(duty=item.duty, reason=item.reason.value, words=item.sentence, relaxation=relaxation)
        )
    metrics: dict[str, Any] = dict(result.metrics)
    return CycleOutcome(
        days_of_duty=tuple(days_of(mask) for mask in result.mask_of_duty.tolist()),
        unplanned=tuple(unplanned),
        travel_min=result.travel_of_staff_day[0],
        work_min=result.work_of_staff_day[0],
        is_feasible=result.is_feasible,
        metrics=metrics,
    )

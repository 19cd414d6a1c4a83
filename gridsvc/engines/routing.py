"""The routing engine as the service calls it: one day of one person, or of people who meet at a stop."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gridsvc.engines.pool import EnginePool, Report, Task
from optimize.routing.problem import END_OF_TIME_S, UNREACHABLE, Engine, RoutingProblem, pack_intervals
from optimize.routing.relay import ASKS_AN_ITERATION
from optimize.routing.result import Route, RoutingResult
from optimize.routing.solve import solve
from optimize.stopping import MaxIterations

WISH_PRICE_S = 20  # a minute outside a soft window weighs a third of a minute of travel
_SERVE_FIRST = 10_000_000  # an enforcement inspection is served before anything that can move to another day


@dataclass(frozen=True, slots=True, kw_only=True)
class DayPerson:
    """One person of the day; times are seconds after local midnight."""

    place: int
    shift_s: tuple[int, int]
    break_s: tuple[int, int] | None
    capacity: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class DayTask:
    """One stop; `people` may serve it, `window_s` is when service may start, None = any time of the shift.

    Tasks with the same `meeting` number start at the same moment: the two officers of a crew. `wish_s` is when service
    had better start; each minute outside costs `WISH_PRICE_S` seconds of travel.
    """

    place: int
    people: tuple[int, ...]
    service_s: int
    window_s: tuple[int, int] | None
    demand: int
    meeting: int | None = None
    wish_s: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DayRequest:
    """One day to be ordered and timed.

    Parameters
    ----------
    travel_s, distance_m : (n_places, n_places), infinite where there is no way
    engine : see `optimize.routing.solve`
    """

    travel_s: NDArray[np.float32]
    distance_m: NDArray[np.float32]
    people: tuple[DayPerson, ...]
    tasks: tuple[DayTask, ...]
    seed: int
    max_iterations: int
    engine: Engine = "auto"


@dataclass(frozen=True, slots=True, kw_only=True)
class DayRoute:
    """One person's route: rows of the tasks in order, and their times in seconds after local midnight."""

    person: int
    tasks: tuple[int, ...]
    arrival_s: tuple[int, ...]
    start_s: tuple[int, ...]
    departure_s: tuple[int, ...]
    slack_s: tuple[int, ...]
    leave_s: int
    return_s: int
    travel_s: int
    distance_m: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DayOutcome:
    """The routes of a day, and every task that is on none with its reason as a key and in words."""

    routes: tuple[DayRoute, ...]
    unserved: tuple[tuple[int, str, str], ...]


def _whole(matrix: NDArray[np.float32]) -> NDArray[np.int32]:
    rounded = np.where(np.isfinite(matrix), np.rint(matrix), UNREACHABLE)
    return np.minimum(rounded, UNREACHABLE).astype(np.int64).astype(np.int32)


def day_problem(given: DayRequest) -> RoutingProblem:
    """State a day as the engine's problem."""
    windows = [[task.window_s] if task.window_s is not None else [] for task in given.tasks]
    window_ptr, windows_s = pack_intervals(windows)
    break_ptr, breaks_s = pack_intervals(
        [[person.break_s] if person.break_s is not None else [] for person in given.people]
    )
    allowed = np.zeros((len(given.tasks), len(given.people)), dtype=np.bool_)
    meetings: dict[int, list[int]] = {}
    for row, task in enumerate(given.tasks):
        allowed[row, list(task.people)] = True
        if task.meeting is not None:
            meetings.setdefault(task.meeting, []).append(row)
    office = np.array([person.place for person in given.people])
    unlimited = sum(task.demand for task in given.tasks)
    return RoutingProblem(
        travel_s=_whole(given.travel_s),
        distance_m=_whole(given.distance_m),
        stop_place=np.array([task.place for task in given.tasks], dtype=np.int64),
        start_place=office,
        end_place=office,
        shift_s=np.array([person.shift_s for person in given.people]),
        service_s=np.array([task.service_s for task in given.tasks], dtype=np.int64),
        window_ptr=window_ptr,
        windows_s=windows_s,
        break_ptr=break_ptr,
        breaks_s=breaks_s,
        demand=np.array([task.demand for task in given.tasks], dtype=np.int64),
        capacity=np.array([unlimited if p.capacity is None else p.capacity for p in given.people]),
        prize=np.array([_SERVE_FIRST if task.meeting is not None else 0 for task in given.tasks], dtype=np.int64),
        allowed=allowed,
        same_time_groups=tuple(tuple(rows) for rows in meetings.values() if len(rows) > 1),
        wish_s=np.array([task.wish_s or (-END_OF_TIME_S, END_OF_TIME_S) for task in given.tasks]).reshape(-1, 2),
        wish_price=np.array([WISH_PRICE_S if task.wish_s else 0 for task in given.tasks], dtype=np.int64),
    )


def _solve_in_child(given: DayRequest, report: Report) -> RoutingResult:
    n_iterations = given.max_iterations * (ASKS_AN_ITERATION if given.engine == "ortools" else 1)
    return solve(day_problem(given), MaxIterations(n_iterations), given.seed, engine=given.engine)


def plan_days(
    pool: EnginePool,
    days: Sequence[DayRequest],
    *,
    on_progress: Report | None = None,
    is_cancelled: Callable[[], bool] | None = None,
) -> list[DayOutcome]:
    """Order and time each day, side by side; every task is on one route or in `unserved`."""
    tasks = [Task(f"{__name__}._solve_in_child", day, limit_s=600.0) for day in days]
    results = pool.run_all(tasks, on_progress=on_progress, is_cancelled=is_cancelled)
    return [_outcome(result) for result in results]


def day_route(route: Route, rows: NDArray[np.int64] | None = None) -> DayRoute:
    """Give a route of the engine; `rows` names the tasks where the engine saw only some of them."""
    stops = route.stops if rows is None else rows[route.stops]
    return DayRoute(
        person=route.staff,
        tasks=tuple(stops.tolist()),
        arrival_s=tuple(route.arrival_s.tolist()),
        start_s=tuple(route.start_s.tolist()),
        departure_s=tuple(route.departure_s.tolist()),
        slack_s=tuple(route.slack_s.tolist()),
        leave_s=route.leave_s,
        return_s=route.return_s,
        travel_s=route.travel_s,
        distance_m=route.distance_m,
    )


def _outcome(result: RoutingResult) -> DayOutcome:
    return DayOutcome(
        routes=tuple(day_route(route) for route in result.routes),
        unserved=tuple((item.stop, item.reason.value, item.words) for item in result.unserved),
    )

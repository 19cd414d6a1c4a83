"""The live re-plan as the service calls it: a day under way, in a warm child process of its own."""

from __future__ import annotations

import logging
import threading
from dataclasses import dataclass

import numpy as np

from gridsvc.engines.pool import EnginePool, Report, SolveStopped, Task
from gridsvc.engines.routing import DayRequest, DayRoute, day_problem, day_route
from optimize.routing.replan import Progress, Proposal, replan
from optimize.routing.result import Route, RoutingResult

_LIMIT_S = 60.0
_WARM_LIMIT_S = 300.0  # the first start on a machine compiles
logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Where one person (or one load of a van) stands; see `optimize.routing.replan.Progress`."""

    n_done: int
    free_at_s: int
    free_place: int
    is_absent: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplanRequest:
    """A day under way.

    Parameters
    ----------
    day : the whole day as it now is; new tasks stand behind those of the given plan
    orders : the given plan, rows of tasks per person, the done part in front
    start_s : of each task in the given plan; None = it is on no route
    closed, urgent : rows of tasks that are not to be served any more, and of new ones
    """

    day: DayRequest
    orders: tuple[tuple[int, ...], ...]
    start_s: tuple[int | None, ...]
    standing: tuple[Standing, ...]
    closed: tuple[int, ...]
    urgent: tuple[int, ...]
    max_moved: int
    overtime_s: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplanOutcome:
    """What is proposed: rows of tasks are those of the request; routes hold the rest of the day only."""

    level: str
    routes: tuple[DayRoute, ...]
    unserved: tuple[tuple[int, str, str], ...]
    moved: tuple[int, ...]
    dropped: tuple[int, ...]
    extra_travel_s: int
    latest_delay_s: int


class ReplanEngine:
    """Keeps one child process ready; safe to use from several threads, which wait for each other."""

    def __init__(self) -> None:
        self._pool = EnginePool(1)
        self._is_warm = threading.Event()

    def replan(self, given: ReplanRequest) -> ReplanOutcome:
        """Propose a rest of the day; raises `SolveStopped` when it takes longer than 60 s or the child dies."""
        self._is_warm.set()
        found: ReplanOutcome = self._pool.run(Task(f"{__name__}._replan_in_child", given, _LIMIT_S))
        return found

    def warm(self) -> None:
        """Start and compile in the background, once: whoever reads a day may soon need it."""
        if self._is_warm.is_set():
            return
        self._is_warm.set()
        threading.Thread(target=self._warm, daemon=True, name="warm-replan").start()

    def _warm(self) -> None:
        try:
            self._pool.run(Task(f"{__name__}._warm_in_child", None, _WARM_LIMIT_S))
        except SolveStopped as stopped:
            logger.warning("the re-plan's process is not warm: %s", stopped)
            self._is_warm.clear()

    def close(self) -> None:
        """End the child."""
        self._pool.close()


def _result_of(given: ReplanRequest) -> RoutingResult:
    """State the given plan as the engine's result; only orders and starts are read."""
    nothing = np.zeros(0, dtype=np.int64)
    routes = tuple(
        Route(
            staff=person,
            stops=np.array(order, dtype=np.int64),
            arrival_s=nothing,
            start_s=np.array([given.start_s[task] or 0 for task in order], dtype=np.int64),
            departure_s=nothing,
            slack_s=nothing,
            leave_s=0,
            return_s=0,
            travel_s=0,
            distance_m=0,
            load=0,
        )
        for person, order in enumerate(given.orders)
    )
    return RoutingResult(routes=routes, unserved=(), cost=0, feasible=True, iterations=0)


def _replan_in_child(given: ReplanRequest, report: Report) -> ReplanOutcome:
    progress = [
        Progress(n_done=s.n_done, free_at_s=s.free_at_s, free_place=s.free_place, is_absent=s.is_absent)
        for s in given.standing
    ]
    found: Proposal = replan(
        day_problem(given.day),
        _result_of(given),
        progress,
        closed=given.closed,
        urgent=given.urgent,
        max_moved=given.max_moved,
        overtime_s=given.overtime_s,
    )
    return ReplanOutcome(
        level=found.level.value,
        routes=tuple(day_route(route, found.rows) for route in found.result.routes),
        unserved=tuple((int(found.rows[item.stop]), item.reason.value, item.words) for item in found.result.unserved),
        moved=found.moved,
        dropped=found.dropped,
        extra_travel_s=found.extra_travel_s,
        latest_delay_s=found.latest_delay_s,
    )


def _warm_in_child(given: None, report: Report) -> None:
    """Re-plan a day of two shops, so that everything is imported and compiled."""
    from gridsvc.engines.routing import DayPerson, DayTask

    away = np.array([[0, 60, 90], [60, 0, 60], [90, 60, 0]], dtype=np.float32)
    person = DayPerson(place=0, shift_s=(0, 30_000), break_s=(10_000, 12_000), capacity=None)
    tasks = tuple(DayTask(place=p, people=(0,), service_s=600, window_s=(0, 20_000), demand=0) for p in (1, 2))
    day = DayRequest(travel_s=away, distance_m=away, people=(person,), tasks=tasks, seed=1, max_iterations=1)
    standing = (Standing(n_done=0, free_at_s=0, free_place=0),)
    request = ReplanRequest(
        day=day, orders=((0,),), start_s=(60, None), standing=standing, closed=(), urgent=(1,), max_moved=1
    )
    _replan_in_child(request, report)

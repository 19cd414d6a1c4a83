"""Search with stops that start at the same moment on routes of different staff: joint stops and crews.

A group's common start is an appointment: with appointments given, the routes are apart again and the annealing of
`annealing` holds. So the search alternates: all routes are improved with the appointments fixed, then single groups
are taken out and put back at the moment that costs least, tried over the arrivals that the routes make natural.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from optimize.routing import annealing
from optimize.routing.annealing import Plan, best_insertion, insert
from optimize.routing.parts import classes_of
from optimize.routing.problem import IntArray, OnProgress, RoutingProblem
from optimize.routing.search import COLD, HOT, Progress, empty_plan, fill, neighbours_of, orders_of, restore
from optimize.routing.timing import NEVER, Day, day_of, earliest_start, travel_end
from optimize.stopping import StoppingCriterion

RASTER_S: Final = 900  # appointments tried besides the natural arrivals
BEFORE_TIME: Final = -(1 << 30)  # the appointment of a group that has none: nobody can keep it


class Appointed(NamedTuple):
    """Orders and the common start of every group that is served."""

    orders: list[list[int]]
    start_s_of_stop: dict[int, int]


def search_together(
    problem: RoutingProblem,
    stop: StoppingCriterion,
    seed: int,
    initial: Sequence[Sequence[int]] | None = None,
    on_progress: OnProgress | None = None,
) -> tuple[Appointed, int]:
    """Search orders and appointments; every group in the answer is served whole and at one moment.

    Returns
    -------
    appointed : orders per staff member and the start of every stop that belongs to a served group
    iterations : number done
    """
    search = _Search(problem, seed)
    stop(0, float("inf"))  # a clock in the criterion starts here, after compilation
    progress = Progress(stop)
    search.begin(initial or [])
    n_done = 0
    while not stop(n_done, float(search.best_cost)):
        n_round = progress.chunk_size(n_done)
        search.improve_round(n_round, progress.share_done(n_done))
        n_done += n_round
        if on_progress is not None:
            on_progress(n_done, float(search.best_cost))
    return search.best, n_done


class _Search:
    def __init__(self, problem: RoutingProblem, seed: int) -> None:
        self._problem, self._groups = problem, problem.same_time_groups
        self._own_windows = day_of(problem)
        self._day = _with_slots(problem, self._own_windows)
        self._slot_of = {s: int(self._day.window_ptr[s]) for group in self._groups for s in group}
        self._plan, self._saved, self._inner = (empty_plan(problem) for _ in range(3))
        self._rng = np.array([seed * 0x9E3779B9 + 1], dtype=np.uint64)
        self._classes = classes_of(problem)
        self._neighbours, self._short_arc = neighbours_of(problem)
        self._anneal(0, 1.0)
        best_appointment(
            self._day, self._plan, self._classes, *self._rows(self._groups[0]), np.zeros(0, np.int64), self._rng
        )
        self.best = Appointed([[] for _ in range(problem.n_staff)], {})
        self.best_cost = int(self._day.price.sum())

    def begin(self, initial: Sequence[Sequence[int]]) -> None:
        """Start from the stops that belong to no group, then give every group its first appointment."""
        tied = set(self._slot_of)
        restore(self._day, self._plan, [[s for s in order if s not in tied] for order in initial])
        fill(self._day, self._plan, self._classes, self._rng)
        for group in self._groups:
            self._appoint(group)
        self._keep_best()

    def improve_round(self, n_iterations: int, share_done: float) -> None:
        """Anneal with the appointments fixed, then give one random group and all broken ones new appointments."""
        temperature = self._short_arc * HOT * (COLD / HOT) ** share_done
        self._anneal(n_iterations, temperature)
        picked = int(annealing.next_random(self._rng) * len(self._groups))
        self._mend()
        self._keep_best()
        self._appoint(self._groups[picked])
        self._mend()
        self._keep_best()

    def _mend(self) -> None:
        for group in self._groups:
            if any(self._plan.route_of[s] < 0 for s in group):
                self._appoint(group)

    def _anneal(self, n_iterations: int, temperature: float) -> None:
        annealing.copy_plan(self._plan, self._inner)
        day, plan, inner = self._day, self._plan, self._inner
        annealing.anneal(
            day, plan, inner, self._saved, self._neighbours, self._classes, self._rng, n_iterations, temperature, 1.0
        )

    def _appoint(self, group: tuple[int, ...]) -> None:
        members, slots = self._rows(group)
        for member in group:
            annealing.take_out(self._day, self._plan, member)
        moments = self._moments(group)
        best_appointment(self._day, self._plan, self._classes, members, slots, moments, self._rng)

    def _rows(self, group: tuple[int, ...]) -> tuple[IntArray, IntArray]:
        return np.array(group, dtype=np.int64), np.array([self._slot_of[s] for s in group], dtype=np.int64)

    def _moments(self, group: tuple[int, ...]) -> IntArray:
        """Moments at which some member could start naturally, and a raster; only those that suit every member."""
        day, plan, own = self._day, self._plan, self._own_windows
        shift_s = self._problem.shift_s
        found = set(range(int(shift_s[:, 0].min()), int(shift_s[:, 1].max()), RASTER_S))
        for member in group:
            place = int(day.place[member])
            for v in range(self._problem.n_staff):
                for j in range(int(plan.length[v]) + 1):
                    here = annealing.node_before(day, plan, v, j)
                    at_s = travel_end(day, v, int(plan.depart_s[v, j]), int(day.travel_s[here, place]))
                    found.add(earliest_start(own, v, member, at_s))
        found.discard(NEVER)
        windows = [self._problem.windows_of(member) for member in group]
        fine = [t for t in found if all(not spans or any(a <= t <= b for a, b in spans) for spans in windows)]
        return np.array(sorted(fine), dtype=np.int64)

    def _keep_best(self) -> None:
        staff_of_groups = ([int(self._plan.route_of[s]) for s in group] for group in self._groups)
        whole = all(max(staff) < 0 or (min(staff) >= 0 and len(set(staff)) == len(staff)) for staff in staff_of_groups)
        cost = int(self._plan.cost[0])
        if whole and (cost < self.best_cost or not any(self.best.orders)):
            served = [s for s in self._slot_of if self._plan.route_of[s] >= 0]
            starts = {s: int(self._day.windows_s[self._slot_of[s], 0]) for s in served}
            self.best, self.best_cost = Appointed(orders_of(self._plan), starts), cost


def _with_slots(problem: RoutingProblem, own: Day) -> Day:
    """Give every stop of a group one window of its own, which appointments overwrite; at first none can be met."""
    tied = {s for group in problem.same_time_groups for s in group}
    spans = [[(BEFORE_TIME, BEFORE_TIME)] if s in tied else problem.windows_of(s) for s in range(problem.n_stops)]
    ptr = np.zeros(len(spans) + 1, dtype=np.int64)
    ptr[1:] = np.cumsum([len(span) for span in spans])
    flat = np.array([pair for span in spans for pair in span], dtype=np.int64).reshape(-1, 2)
    return own._replace(window_ptr=ptr, windows_s=flat)


@njit(cache=True)
def best_appointment(
    day: Day,
    plan: Plan,
    staff_class: IntArray,
    members: IntArray,
    slots: IntArray,
    moments: IntArray,
    rng: NDArray[np.uint64],
) -> None:
    """Insert a group's members at the moment that costs least, on routes of different staff, or leave all out.

    Of equal moments the first wins. The members have to be on no route; their window slots are left at the moment.
    """
    k, n_staff = members.size, plan.length.size
    was_allowed = np.empty((k, n_staff), np.bool_)
    limit = 0
    for i in range(k):
        was_allowed[i] = day.allowed[members[i]]
        limit += day.price[members[i]]
    best_cost, best_moment = limit, np.int64(BEFORE_TIME)
    for moment in moments:
        cost = 0
        for i in range(k):
            day.windows_s[slots[i], 0] = moment
            day.windows_s[slots[i], 1] = moment
            extra, v, _ = best_insertion(day, plan, staff_class, members[i], 0.0, rng)
            if v < 0:
                cost = limit
                break
            cost += extra
            for later in range(i + 1, k):
                day.allowed[members[later], v] = False
        for i in range(k):
            day.allowed[members[i]] = was_allowed[i]
        if cost < best_cost:
            best_cost, best_moment = cost, moment
    for i in range(k):
        day.windows_s[slots[i], 0] = best_moment
        day.windows_s[slots[i], 1] = best_moment
    if best_moment == BEFORE_TIME:
        return
    for i in range(k):
        extra, v, j = best_insertion(day, plan, staff_class, members[i], 0.0, rng)
        insert(day, plan, members[i], v, j)
        plan.cost[0] += extra - day.price[members[i]]
        for later in range(i + 1, k):
            day.allowed[members[later], v] = False
    for i in range(k):
        day.allowed[members[i]] = was_allowed[i]

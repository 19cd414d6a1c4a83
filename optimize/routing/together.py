"""Search over people who are tied to each other: joint stops, crews, and wished times.

A group's common start is an appointment. One iteration of ruin and recreate opens every group that loses a stop, gives
it the moment that costs least among moments at which some member could naturally start (`ties.appoint`), and puts the
other stops back around it. Plans are compared with the price of starts outside soft windows, which wait for their
wish where nothing behind gets late (`timing.wait_for_wishes`).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np

from optimize.routing import annealing, ties
from optimize.routing.parts import classes_of
from optimize.routing.problem import OnProgress, RoutingProblem
from optimize.routing.search import COLD, WARM, Progress, empty_plan, fill, heat, neighbours_of, orders_of, restore
from optimize.routing.ties import NO_TIME, Ties
from optimize.routing.timing import Day, day_of
from optimize.stopping import StoppingCriterion

MANY_MOMENTS: Final = 400  # tried for the first appointment of a group


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
    initial_start_s: dict[int, int] | None = None,
    progress: Progress | None = None,
) -> tuple[Appointed, int]:
    """Search orders and appointments; every group in the answer is served whole and at one moment.

    Parameters
    ----------
    initial_start_s : starts of the groups' stops in the plan given; groups without get the best moment first
    progress : of this search, where the criterion is not its own

    Returns
    -------
    appointed : orders per staff member and the start of every stop that belongs to a served group
    iterations : number done
    """
    search = _Search(problem, seed)
    stop(0, float("inf"))  # a clock in the criterion starts here, after compilation
    progress = progress or Progress(stop)
    search.begin(initial or [], initial_start_s or {})
    n_done = 0
    while problem.n_stops and not stop(n_done, float(search.best_cost)):
        n_round = progress.chunk_size(n_done)
        search.improve(n_round, progress.share_done(n_done))
        n_done += n_round
        if on_progress is not None:
            on_progress(n_done, float(search.best_cost))
    return search.best(), n_done


class _Search:
    def __init__(self, problem: RoutingProblem, seed: int) -> None:
        self._problem, self._groups = problem, problem.same_time_groups
        own = day_of(problem)
        self._day = _with_slots(problem, own)
        self._ties = _ties(problem, own, self._day)
        self._plan, self._best, self._before, self._saved = (empty_plan(problem) for _ in range(4))
        self._best_at = self._ties.at_s.copy()
        self._rng = np.array([seed * 0x9E3779B9 + 1], dtype=np.uint64)
        self._classes = classes_of(problem)
        self._neighbours, self._short_arc = neighbours_of(problem)
        self._hot = 1.0
        self._anneal(0, 1.0)
        for group in range(len(self._groups)):
            ties.appoint(self._day, self._plan, self._classes, self._ties, group, 0, self._rng)
        self._set_cost()
        annealing.copy_plan(self._plan, self._best)

    @property
    def best_cost(self) -> int:
        return int(self._best.cost[0])

    def begin(self, initial: Sequence[Sequence[int]], start_s: dict[int, int]) -> None:
        """Start from the plan given: groups keep their moments, the others get their first appointment."""
        for group, members in enumerate(self._groups):
            moments = {start_s.get(member, NO_TIME) for member in members}
            if len(moments) == 1:
                ties.set_moment(self._day, self._ties, group, moments.pop())
        untimed = {s for g, members in enumerate(self._groups) for s in members if self._ties.at_s[g] == NO_TIME}
        restore(self._day, self._plan, [[s for s in order if s not in untimed] for order in initial])
        self._appoint_broken()
        fill(self._day, self._plan, self._classes, self._rng)
        self._appoint_broken()
        self._set_cost()
        annealing.copy_plan(self._plan, self._best)
        self._best_at[:] = self._ties.at_s
        self._hot = self._short_arc * (WARM if initial else heat(self._plan))

    def improve(self, n_iterations: int, share_done: float) -> None:
        """Anneal for a while at the temperature of this share of the search."""
        cold = self._short_arc * COLD
        self._anneal(n_iterations, max(1e-9, self._hot * (cold / self._hot) ** share_done))

    def best(self) -> Appointed:
        """The best plan so far."""
        starts = {
            member: int(self._best_at[group])
            for group, members in enumerate(self._groups)
            if self._best_at[group] != NO_TIME
            for member in members
        }
        return Appointed(orders_of(self._best), starts)

    def _anneal(self, n_iterations: int, temperature: float) -> None:
        ties.anneal(
            self._day, self._plan, self._best, self._before, self._saved, self._neighbours, self._classes, self._ties,
            self._best_at, self._rng, n_iterations, temperature,
        )  # fmt: skip

    def _appoint_broken(self) -> None:
        for group, members in enumerate(self._groups):
            if any(self._plan.route_of[s] < 0 for s in members):
                for member in members:
                    annealing.take_out(self._day, self._plan, member)
                ties.appoint(self._day, self._plan, self._classes, self._ties, group, MANY_MOMENTS, self._rng)

    def _set_cost(self) -> None:
        self._plan.cost[0] = ties.whole_cost(self._day, self._plan, self._saved)


def _with_slots(problem: RoutingProblem, own: Day) -> Day:
    """Give every stop of a group one window of its own, which appointments overwrite; at first none can be met."""
    tied = {s for group in problem.same_time_groups for s in group}
    spans = [[(NO_TIME, NO_TIME)] if s in tied else problem.windows_of(s) for s in range(problem.n_stops)]
    ptr = np.zeros(len(spans) + 1, dtype=np.int64)
    ptr[1:] = np.cumsum([len(span) for span in spans])
    flat = np.array([pair for span in spans for pair in span], dtype=np.int64).reshape(-1, 2)
    return own._replace(window_ptr=ptr, windows_s=flat)


def _ties(problem: RoutingProblem, own: Day, day: Day) -> Ties:
    members = [s for group in problem.same_time_groups for s in group]
    ptr = np.zeros(len(problem.same_time_groups) + 1, dtype=np.int64)
    ptr[1:] = np.cumsum([len(group) for group in problem.same_time_groups])
    group_of = np.full(problem.n_stops, -1, dtype=np.int64)
    for number, group in enumerate(problem.same_time_groups):
        group_of[list(group)] = number
    return Ties(
        group_ptr=ptr,
        members=np.array(members, dtype=np.int64),
        group_of=group_of,
        slot=day.window_ptr[np.array(members, dtype=np.int64)],
        at_s=np.full(len(problem.same_time_groups), NO_TIME, dtype=np.int64),
        window_ptr=own.window_ptr,
        windows_s=own.windows_s,
        taken=np.zeros((max(map(len, problem.same_time_groups), default=0), problem.n_staff), dtype=np.bool_),
    )

"""Drives the compiled annealing in chunks: start plan, temperatures, stopping, progress."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from optimize.routing import annealing
from optimize.routing.annealing import Plan
from optimize.routing.parts import classes_of
from optimize.routing.problem import IntArray, OnProgress, RoutingProblem
from optimize.routing.timing import Day, day_of
from optimize.stopping import AnyOf, MaxIterations, MaxSeconds, StoppingCriterion

CHUNK: Final = 200
HOT: Final = 1.0  # first temperature in units of a typical short arc
HOTTEST: Final = 20.0
COLD: Final = 0.02
FAR: Final = np.int32(10**9)  # stands for no way; two of them still fit
WARM: Final = 0.1  # first temperature when a plan is given
CYCLE_ITERATIONS: Final = 20_000  # one cooling when the criterion has no known end


def search_orders(
    problem: RoutingProblem,
    stop: StoppingCriterion,
    seed: int,
    initial: Sequence[Sequence[int]] | None = None,
    on_progress: OnProgress | None = None,
    progress: Progress | None = None,
    n_before: int = 0,
    warmth: float = WARM,
) -> tuple[list[list[int]], int]:
    """Search good orders for every staff member by ruin and recreate.

    Parameters
    ----------
    warmth : first temperature where a plan is given, in units of a typical short arc: `HOT` leaves the plan, which is
        then kept as the best one only
    progress, n_before : given by a search that did the first part and spent iterations and time of the same criterion

    Returns
    -------
    orders : stop rows per staff member; always in time, within capacity, allowed. Stops not in it are left out
    iterations : number done
    """
    day = day_of(problem)
    rng = np.array([seed * 0x9E3779B9 + 1], dtype=np.uint64)
    plan, best, saved = (empty_plan(problem) for _ in range(3))
    staff_class = classes_of(problem)
    _load(day, plan, best, saved, staff_class, rng)
    stop(n_before, float("inf"))  # a clock in the criterion starts here, after compilation
    progress = progress or Progress(stop)
    restore(day, plan, initial or [])
    fill(day, plan, staff_class, rng)
    annealing.copy_plan(plan, best)
    neighbours, short_arc = neighbours_of(problem)
    hot = short_arc * (warmth if initial else heat(plan))
    cold = short_arc * COLD
    n_done = n_before
    began = progress.share_done(n_done)
    while not stop(n_done, float(best.cost[0])) and problem.n_stops:
        share = (progress.share_done(n_done) - began) / max(1e-9, 1.0 - began)
        n_chunk = progress.chunk_size(n_done)
        temperature = max(hot * (cold / hot) ** min(1.0, max(0.0, share)), 1e-9)
        annealing.anneal(day, plan, best, saved, neighbours, staff_class, rng, n_chunk, temperature, 1.0)
        n_done += n_chunk
        if on_progress is not None:
            on_progress(n_done, float(best.cost[0]))
    return orders_of(best), n_done


def heat(plan: Plan) -> float:
    """Return the first temperature in units of a short arc: long routes have to be taken further apart.

    Measured: with 5-10 stops a route 1 is best; with 50 a start that cold stays 4-20 % behind, 20 reaches the best.
    """
    lengths = plan.length[plan.length > 0]
    mean = float(lengths.mean()) if lengths.size else 1.0
    return float(np.clip((mean / 10.0) ** 2, HOT, HOTTEST))


def _load(day: Day, plan: Plan, best: Plan, saved: Plan, staff_class: IntArray, rng: NDArray[np.uint64]) -> None:
    """Have the compiled functions loaded, so that no limit on seconds pays for it."""
    restore(day, plan, [])
    fill(day, plan, staff_class, rng, limit=0)
    nobody = np.zeros((plan.route_of.size, 1), dtype=np.int64)
    annealing.anneal(day, plan, best, saved, nobody, staff_class, rng, 0, 1.0, 1.0)


def complete(problem: RoutingProblem, orders: Sequence[Sequence[int]]) -> list[list[int]]:
    """Put orders on the exact clock: what does not fit where it stands is moved to its cheapest place, or left out."""
    day, plan = day_of(problem), empty_plan(problem)
    restore(day, plan, orders)
    fill(day, plan, classes_of(problem), np.zeros(1, dtype=np.uint64))
    return orders_of(plan)


def orders_of(plan: Plan) -> list[list[int]]:
    """Return a plan's stop rows per staff member."""
    return [[int(s) for s in plan.seq[v, : plan.length[v]]] for v in range(plan.length.size)]


class Progress:
    """Knows how far a search is towards the end that its stopping criterion sets."""

    def __init__(self, stop: StoppingCriterion) -> None:
        parts = list(_parts(stop))
        self._iterations = [c.limit for c in parts if isinstance(c, MaxIterations)]
        self._seconds = [(c, c.clock()) for c in parts if isinstance(c, MaxSeconds)]

    def share_done(self, n_done: int) -> float:
        """Say how much of the search is done, 0..1; in cycles when the criterion has no known end."""
        shares = [n_done / max(1, limit) for limit in self._iterations]
        shares += [(c.clock() - began_s) / max(1e-9, c.limit_s) for c, began_s in self._seconds]
        if not shares:
            return (n_done % CYCLE_ITERATIONS) / CYCLE_ITERATIONS
        return min(1.0, max(shares))

    def chunk_size(self, n_done: int) -> int:
        """Iterations until the criterion is asked again; never beyond an iteration limit."""
        return max(1, min([CHUNK, *(limit - n_done for limit in self._iterations)]))


def _parts(stop: StoppingCriterion) -> Iterator[StoppingCriterion]:
    if isinstance(stop, AnyOf):
        for criterion in stop.criteria:
            yield from _parts(criterion)
    else:
        yield stop


def empty_plan(problem: RoutingProblem) -> Plan:
    """Make a plan in which nobody goes anywhere."""
    n, n_staff = problem.n_stops, problem.n_staff
    return Plan(
        seq=np.zeros((n_staff, n + 1), np.int64),
        length=np.zeros(n_staff, np.int64),
        load=np.zeros(n_staff, np.int64),
        depart_s=np.zeros((n_staff, n + 2), np.int64),
        latest_s=np.zeros((n_staff, n + 2), np.int64),
        route_of=np.full(n, -1, np.int64),
        cost=np.zeros(1, np.int64),
        place=np.zeros((n_staff, n + 2), np.int64),
        arc=np.zeros((n_staff, n + 2), np.int64),
    )


def restore(day: Day, plan: Plan, orders: Sequence[Sequence[int]]) -> None:
    """Put given orders on the routes; a stop that breaks a rule where it stands is left out."""
    for v in range(plan.length.size):
        annealing.retime(day, plan, v)
    for v, order in enumerate(orders):
        for stop in order:
            k = int(plan.length[v])
            fits = day.allowed[stop, v] and plan.load[v] + day.demand[stop] <= day.capacity[v]
            if not fits or plan.route_of[stop] >= 0:
                continue
            annealing.insert(day, plan, stop, v, k)
            if not is_in_time(day, plan, v):
                annealing.take_last(day, plan, v)
    plan.cost[0] = sum(annealing.route_cost(plan, v) for v in range(plan.length.size))
    plan.cost[0] += int(day.price[plan.route_of < 0].sum())


def is_in_time(day: Day, plan: Plan, v: int) -> bool:
    """Say whether route v keeps its windows and its shift."""
    return bool(annealing.retime(day, plan, v) <= plan.latest_s[v, plan.length[v]])


def fill(day: Day, plan: Plan, staff_class: IntArray, rng: NDArray[np.uint64], limit: int | None = None) -> None:
    """Insert the stops left out (or the first `limit` of them), dearest first, each where it costs least."""
    absent = np.flatnonzero(plan.route_of < 0)
    order = absent[np.lexsort((absent, -day.demand[absent], -day.price[absent]))]
    annealing.insert_all(day, plan, staff_class, rng, order[:limit])


def neighbours_of(problem: RoutingProblem) -> tuple[IntArray, float]:
    """Rank each stop's neighbours by arc cost, itself first; the second value is a typical short arc."""
    n = problem.n_stops
    if n < 2:
        return np.zeros((n, n), np.int64), 1.0
    arcs = np.minimum(problem.arc_cost[np.ix_(problem.stop_place, problem.stop_place)], FAR)
    arcs = arcs + arcs.T
    np.fill_diagonal(arcs, -1)
    k = min(n, annealing.MAX_NEIGHBOURS)
    nearest = np.sort(np.argpartition(arcs, k - 1, axis=1)[:, :k], axis=1)
    order = np.argsort(np.take_along_axis(arcs, nearest, axis=1), axis=1, kind="stable")
    ranked = np.take_along_axis(nearest, order, axis=1)
    near = np.take_along_axis(arcs, ranked[:, 1:6], axis=1)
    near = near[near < FAR]
    return np.ascontiguousarray(ranked, dtype=np.int64), max(1.0, float(near.mean()) / 2 if near.size else 1.0)

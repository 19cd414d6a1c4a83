"""Live re-planning of a day under way: the done part is locked, few stops move, and nothing promised is given up.

A change (a shop is closed, an urgent stop comes in, somebody is late or ill) is met at the gentlest level that serves
everything: first only times shift, then the order changes, then the person, last the shift is overrun where that is
allowed. Each level tries all single moves, keeps the best few plans, and moves again, up to `max_moved` stops; a move
has a price, so a stop moves only where that saves more. The search is exhaustive per step and uses no chance.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import Enum
from typing import Final

import numpy as np

from optimize.routing import annealing
from optimize.routing.annealing import Plan
from optimize.routing.parts import classes_of, with_appointments, with_stops
from optimize.routing.problem import IntArray, RoutingProblem
from optimize.routing.result import RoutingResult
from optimize.routing.search import COLD, HOT, empty_plan, neighbours_of, orders_of, restore
from optimize.routing.timetable import timetable
from optimize.routing.timing import Day, day_of, unserved_price

BEAM: Final = 4  # plans kept after each step
FREE_ITERATIONS: Final = 4000
MOVE_PRICE: Final = 120  # a stop moves only where that saves more than two minutes (or 120 m)


class Level(Enum):
    """What a proposal lets change, from gentle to hard."""

    TIMES = "times"
    ORDER = "order"
    FREE_ORDER = "free_order"
    PERSON = "person"
    OVERTIME = "overtime"


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """Where a staff member stands.

    Parameters
    ----------
    n_done : stops of the given route that are done, under way, or being served: they stay as they are
    free_at_s : when the next stop may be set out for
    free_place : row of the matrices where that happens
    is_absent : goes nowhere any more (ill, vehicle broken down)
    """

    n_done: int
    free_at_s: int
    free_place: int
    is_absent: bool = False


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Proposal:
    """One proposal with its consequence.

    Parameters
    ----------
    level : what had to change
    problem, result : the rest of the day; its stop rows are those of `rows`
    rows : (n_left,) stop row of the whole day for each stop of the rest
    orders : the whole day's stop rows per staff member, the done part in front
    moved : stops of the whole day whose place in the order or person changed, new and closed ones not counted
    dropped : promised stops that nobody can serve any more; empty unless keeping the given order drops them too
    extra_travel_s : travel of the rest of the day against the given plan's rest; negative = less
    latest_delay_s : most that a promised stop starts later than promised
    words : the consequence in one line
    """

    level: Level
    problem: RoutingProblem
    result: RoutingResult
    rows: IntArray
    orders: list[list[int]]
    moved: tuple[int, ...]
    dropped: tuple[int, ...]
    extra_travel_s: int
    latest_delay_s: int
    words: str


def replan(
    problem: RoutingProblem,
    given: RoutingResult,
    progress: Sequence[Progress],
    *,
    closed: Sequence[int] = (),
    urgent: Sequence[int] = (),
    max_moved: int = 3,
    overtime_s: int = 0,
) -> Proposal:
    """Propose one new rest of the day.

    Parameters
    ----------
    problem : the whole day as it now is; new stops have rows behind those of `given`
    given : the plan under way
    progress : one per staff member
    closed : stop rows that are not to be served any more
    urgent : stop rows not in `given` that are to be served if nothing promised is lost by it
    max_moved : stops that may change their place or person, at most; stops of absent staff come on top. More move
        only where a promised stop would be dropped otherwise, and never with 0
    overtime_s : how much later than the shift end a day may end when nothing else helps

    Returns
    -------
    Proposal
        Serves every promised stop that keeping the given order would still serve, and as many more as it can.
        Of equally good proposals the one found first, which moves fewer stops.
    """
    rest = _Rest(problem, given, progress, closed, urgent)
    best: _Candidate | None = None
    level = Level.TIMES
    for tried in Level:
        if tried is Level.OVERTIME and overtime_s <= 0:
            break
        if tried is Level.FREE_ORDER and max_moved == 0:
            continue
        found = rest.search(tried, 0 if tried is Level.TIMES else max_moved, overtime_s, best)
        gentle = tried is Level.ORDER
        if best is None or found.n_dropped < best.n_dropped or (gentle and found.key < best.key):
            best, level = found, tried
        if best.n_dropped <= rest.surely_dropped and tried is not Level.TIMES:
            break
    assert best is not None
    return rest.proposal(best, level, overtime_s)


@dataclass(frozen=True, slots=True)
class _Candidate:
    n_dropped: int
    unserved_price: int
    cost: int
    n_moved: int
    orders: tuple[tuple[int, ...], ...]

    @property
    def key(self) -> tuple[int, int, int]:
        return self.n_dropped, self.unserved_price, self.cost + MOVE_PRICE * self.n_moved


class _Rest:
    """The rest of the day as a problem of its own, in its own rows."""

    def __init__(
        self,
        problem: RoutingProblem,
        given: RoutingResult,
        progress: Sequence[Progress],
        closed: Sequence[int],
        urgent: Sequence[int],
    ) -> None:
        done = [route.stops[: at.n_done].tolist() for route, at in zip(given.routes, progress, strict=True)]
        gone = {s for order in done for s in order} | set(closed)
        ahead = [[int(s) for s in route.stops if int(s) not in gone] for route in given.routes]
        promised = {s for order in ahead for s in order}
        known = promised | set(urgent) | {u.stop for u in given.unserved if u.stop not in gone}
        self.rows = np.array(sorted(known), dtype=np.int64)
        row_of = {int(s): row for row, s in enumerate(self.rows)}
        self._done, self._given = done, given
        self._ahead = [[row_of[s] for s in order] for order in ahead]
        self._promised = {row_of[s] for s in promised}
        self._start_s = {
            row_of[int(s)]: int(t)
            for route in given.routes
            for s, t in zip(route.stops, route.start_s, strict=True)
            if int(s) in row_of
        }
        part = with_stops(problem, self.rows.tolist())
        tied = {s: t for group in part.same_time_groups for s in group if (t := self._start_s.get(s)) is not None}
        self._groups = part.same_time_groups
        self.problem = _from_here(with_appointments(part, tied), problem, done, progress)
        self._sure: set[int] = set()  # promised stops that the given order still serves
        self._absent = {v for v, at in enumerate(progress) if at.is_absent}
        self._homeless = {s for v in self._absent for s in self._ahead[v]}
        self._given_travel_s = _travel_left(problem, given, progress, self._ahead, self.rows)

    @property
    def surely_dropped(self) -> int:
        """Promised stops that nobody can take along, however small the ones that are: no level can do better."""
        room = sum(int(self.problem.capacity[v]) for v in range(self.problem.n_staff) if v not in self._absent)
        loads = np.cumsum(np.sort(self.problem.demand[sorted(self._promised)].astype(np.int64)))
        return int(np.count_nonzero(loads > room))

    def _day(self, level: Level, overtime_s: int) -> Day:
        problem = self.problem
        if level is Level.OVERTIME:
            present = np.array([v not in self._absent for v in range(problem.n_staff)])
            problem = replace(problem, shift_s=problem.shift_s + np.outer(present * overtime_s, [0, 1]))
        day = day_of(problem)
        price = unserved_price(problem)
        # what was promised outweighs everything that was not
        price[list(self._promised)] += int(price.sum()) + 1
        if level in (Level.TIMES, Level.ORDER):
            allowed = day.allowed.copy()
            for v, order in enumerate(self._ahead):
                if v not in self._absent:
                    allowed[order] = False
                    allowed[order, v] = self.problem.allowed is None or self.problem.allowed[order, v]
            day = day._replace(allowed=allowed)
        return day._replace(price=price, dearest=int(price.max(initial=0)))

    def search(self, level: Level, max_moved: int, overtime_s: int, so_far: _Candidate | None) -> _Candidate:
        """Find the best plan of a level; `so_far` is the best of the gentler ones."""
        if level is Level.FREE_ORDER:
            assert so_far is not None
            return self._reorder(so_far)
        return self._move_few(level, max_moved, overtime_s)

    def _reorder(self, so_far: _Candidate) -> _Candidate:
        """Anneal the order of every staff member without a limit on moves."""
        day, plan = self._day(Level.ORDER, 0), empty_plan(self.problem)
        best, saved = empty_plan(self.problem), empty_plan(self.problem)
        restore(day, plan, so_far.orders)
        annealing.copy_plan(plan, best)
        neighbours, short_arc = neighbours_of(self.problem)
        rng, classes = np.ones(1, dtype=np.uint64), classes_of(self.problem)
        cooling = (COLD / HOT) ** (1.0 / FREE_ITERATIONS)
        annealing.anneal(day, plan, best, saved, neighbours, classes, rng, FREE_ITERATIONS, HOT * short_arc, cooling)
        found = self._candidate(day, best)
        is_kept = all(best.route_of[s] >= 0 for s in self._sure)
        return found if is_kept else so_far

    def _move_few(self, level: Level, max_moved: int, overtime_s: int) -> _Candidate:
        """Find the best plan that moves at most so many stops; beam search over single moves."""
        day, plan = self._day(level, overtime_s), empty_plan(self.problem)
        classes, rng = classes_of(self.problem), np.zeros(1, dtype=np.uint64)

        def put_back(stops: Sequence[int]) -> None:
            order = np.array(sorted(stops, key=lambda s: (-int(day.price[s]), s)), dtype=np.int64)
            annealing.insert_all(day, plan, classes, rng, order)

        def load(orders: Sequence[Sequence[int]]) -> None:
            _clear(plan)
            restore(day, plan, orders)

        load(self._ahead)
        homeless = self._homeless if level in (Level.PERSON, Level.OVERTIME) else set()
        put_back([s for s in np.flatnonzero(plan.route_of < 0).tolist() if s not in self._promised or s in homeless])
        best = self._candidate(day, plan)
        if level is Level.TIMES:
            self._sure = self._promised.intersection(s for order in best.orders for s in order)
        beam, seen = [best], {best.orders}
        base = empty_plan(self.problem)
        for _ in range(max_moved):
            next_beam: list[_Candidate] = []
            for candidate in beam:
                load(candidate.orders)
                annealing.copy_plan(plan, base)
                for stop in sorted(self._promised):
                    for is_absent_first in (True, False):
                        annealing.copy_plan(base, plan)
                        annealing.take_out(day, plan, stop)
                        absent = np.flatnonzero(plan.route_of < 0).tolist()
                        put_back([s for s in absent if s != stop] if is_absent_first else [stop])
                        put_back([stop] if is_absent_first else [])
                        orders = tuple(map(tuple, orders_of(plan)))
                        if orders in seen or any(plan.route_of[s] < 0 for s in self._sure):
                            continue
                        seen.add(orders)
                        found = self._candidate(day, plan)
                        if found.n_moved <= max_moved:
                            next_beam.append(found)
            next_beam.sort(key=lambda c: c.key)
            beam = next_beam[:BEAM]
            if beam and beam[0].key < best.key:
                best = beam[0]
        return best

    def _candidate(self, day: Day, plan: Plan) -> _Candidate:
        for group in self._groups:
            if any(plan.route_of[s] < 0 for s in group):
                for s in group:
                    annealing.take_out(day, plan, s)
        orders = orders_of(plan)
        unserved = int(day.price[plan.route_of < 0].sum())
        n_moved = len(_moved_stops(self._ahead, orders) - self._homeless)
        n_dropped = sum(1 for s in self._promised if plan.route_of[s] < 0)
        return _Candidate(n_dropped, unserved, int(plan.cost[0]) - unserved, n_moved, tuple(map(tuple, orders)))

    def _changes_hands(self, orders: Sequence[Sequence[int]]) -> bool:
        """Whether a promised stop is served by somebody else than promised: an absent person's may be at any level."""
        given_to = {s: v for v, order in enumerate(self._ahead) for s in order}
        return any(given_to.get(s, v) != v for v, order in enumerate(orders) for s in order)

    def proposal(self, best: _Candidate, level: Level, overtime_s: int) -> Proposal:
        """Time the plan and put its consequence into words; a level that changed nothing counts as gentle."""
        problem = self.problem
        if level is not Level.OVERTIME and not _moved_stops(self._ahead, best.orders):
            level = Level.TIMES
        if level in (Level.ORDER, Level.FREE_ORDER) and self._changes_hands(best.orders):
            level = Level.PERSON
        if level is Level.OVERTIME:
            problem = replace(problem, shift_s=problem.shift_s + np.array([0, overtime_s]))
        result = timetable(problem, best.orders, engine="replan")
        served = {int(s): int(t) for r in result.routes for s, t in zip(r.stops, r.start_s, strict=True)}
        dropped = tuple(int(self.rows[s]) for s in sorted(self._promised) if s not in served)
        delays = [t - self._start_s[s] for s, t in served.items() if s in self._promised]
        moved = tuple(int(self.rows[s]) for s in sorted(_moved_stops(self._ahead, best.orders)))
        extra_s = sum(r.travel_s for r in result.routes) - self._given_travel_s
        delay_s = max([0, *delays])
        whole = [
            [*done, *(int(self.rows[s]) for s in order)] for done, order in zip(self._done, best.orders, strict=True)
        ]
        return Proposal(
            level=level,
            problem=problem,
            result=result,
            rows=self.rows,
            orders=whole,
            moved=moved,
            dropped=dropped,
            extra_travel_s=extra_s,
            latest_delay_s=delay_s,
            words=_words(extra_s, delay_s, len(moved), len(dropped)),
        )


def _from_here(
    part: RoutingProblem, whole: RoutingProblem, done: Sequence[Sequence[int]], progress: Sequence[Progress]
) -> RoutingProblem:
    """Let every day begin where and when its staff member is free, with the capacity that is left."""
    shift_s = part.shift_s.copy()
    start_place, capacity = part.start_place.copy(), part.capacity.copy()
    allowed = np.ones((part.n_stops, part.n_staff), dtype=np.bool_) if part.allowed is None else part.allowed.copy()
    for v, at in enumerate(progress):
        shift_s[v, 0] = min(max(int(shift_s[v, 0]), at.free_at_s), int(shift_s[v, 1]))
        start_place[v] = at.free_place
        capacity[v] = max(0, int(capacity[v]) - int(whole.demand[list(done[v])].sum()))
        if at.is_absent:
            allowed[:, v] = False
    return replace(part, shift_s=shift_s, start_place=start_place, capacity=capacity, allowed=allowed)


def _travel_left(
    problem: RoutingProblem,
    given: RoutingResult,
    progress: Sequence[Progress],
    ahead: Sequence[Sequence[int]],
    rows: IntArray,
) -> int:
    """Add up the travel that the given plan still had before it, closed stops included."""
    total = 0
    for route, at in zip(given.routes, progress, strict=True):
        left = route.stops[at.n_done :]
        if len(left):
            end = problem.end_place[route.staff]
            row = np.concatenate([[at.free_place], problem.stop_place[left], [end]])
            total += int(problem.travel_s[row[:-1], row[1:]].sum())
    return total


def _clear(plan: Plan) -> None:
    plan.length[:] = 0
    plan.load[:] = 0
    plan.route_of[:] = -1


def _moved_stops(before: Sequence[Sequence[int]], after: Sequence[Sequence[int]]) -> set[int]:
    """Return the fewest stops whose moving turns one plan into the other, apart from new and dropped ones."""
    kept_anywhere = {s for order in after for s in order}
    moved: set[int] = set()
    for old, new in zip(before, after, strict=True):
        old_here = [s for s in old if s in kept_anywhere]
        new_rank = {s: i for i, s in enumerate(new)}
        stayed = _longest_rising([(s, new_rank[s]) for s in old_here if s in new_rank])
        moved |= set(old_here) - stayed
    return moved


def _longest_rising(ranked: Sequence[tuple[int, int]]) -> set[int]:
    """Return the stops of a longest subsequence with rising ranks, O(k^2)."""
    best: list[tuple[int, int]] = []  # length, index before
    for i, (_, rank) in enumerate(ranked):
        options = [(best[j][0] + 1, j) for j in range(i) if ranked[j][1] < rank]
        best.append(max(options, default=(1, -1)))
    at = max(range(len(best)), key=lambda i: best[i][0], default=-1)
    stayed = set()
    while at >= 0:
        stayed.add(ranked[at][0])
        at = best[at][1]
    return stayed


def _words(extra_s: int, delay_s: int, n_moved: int, n_dropped: int) -> str:
    minutes = round(extra_s / 60)
    drops = "drops nobody" if n_dropped == 0 else f"drops {n_dropped}"
    later = f", up to {round(delay_s / 60)} min later" if delay_s >= 60 else ""
    moves = f", moves {n_moved}" if n_moved else ""
    return f"{minutes:+d} min of travel{later}{moves}, {drops}"

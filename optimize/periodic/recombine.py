"""Recombine the tours of several searches: the best plan that can be put together from tours already met.

Each search meets thousands of good tours and keeps only those of one plan. Choosing among all of them is a set
partitioning problem with patterns (after Subramanian, Uchoa & Ochi 2013, Computers & Operations Research 40(10), who
do it for plain vehicle routing): a binary for each tour and day, a binary for each duty and pattern, and for each duty
and day as many tours as the pattern says. HiGHS solves it; columns that the relaxation's prices rule out are left away.

Only fleets whose people are interchangeable on each day are recombined: a band, a partner, trips, a shared day or a
reserved hour ties tours together in ways that the model does not know.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import Bounds, LinearConstraint, linprog, milp
from scipy.sparse import csr_matrix

from optimize.periodic.layout import TICKS_A_MINUTE, World
from optimize.periodic.problem import PeriodicProblem, PeriodicResult

_MOST_TOURS = 6000
_MOST_COLUMNS = 2500
"""Tour columns that go into the integer program, the cheapest by reduced cost."""


def can_recombine(problem: PeriodicProblem) -> bool:
    """Whether tours are interchangeable between all people and there are several, so that the model is exact."""
    return problem.n_staff > 1 and is_plain_fleet(problem)


def is_plain_fleet(problem: PeriodicProblem) -> bool:
    """Whether all people are alike and nothing but their limits ties tours to each other."""
    p = problem
    alike = all(
        (values == values[:1]).all()
        for values in (p.minutes_of_staff_day, p.capacity_of_staff_day, p.office_of_staff, p.staff_of_duty.T)
    )
    plain = not (p.reserved_min.any() or (p.partner_of_staff >= 0).any() or np.isfinite(p.band_ratio_of_staff).any())
    alone = not (p.shared_day_saving_min.any() or p.overlap_share.any()) and bool((p.trips_of_staff == 1).all())
    return bool(alike and plain and alone and p.n_duties > 0)


@dataclass(slots=True)
class TourPool:
    """Tours met so far, the shortest order of each (day, set of duties)."""

    tours: dict[tuple[int, frozenset[int]], tuple[int, tuple[int, ...]]] = field(default_factory=dict)

    def keep(self, w: World) -> None:
        """Add the tours of the plan as it stands that keep their limits. O(visits)."""
        fits = w.rows["minutes"][w.slots["row"]] <= w.rows["limit"][w.slots["row"]]
        fits &= w.slots["load"] <= w.slots["capacity"]
        for slot in np.flatnonzero(fits & (w.slots["length"] > 0)).tolist():
            length = int(w.slots["length"][slot])
            duties = tuple(w.visit[slot, :length].tolist())
            cost = int(w.arc[slot, : length + 1].sum())
            key = (int(w.slots["day"][slot]), frozenset(duties))
            known = self.tours.get(key)
            if known is None or cost < known[0]:
                self.tours[key] = (cost, duties)

    def __len__(self) -> int:
        return len(self.tours)


@dataclass(frozen=True, slots=True)
class _Program:
    """The integer program: costs, rows, and what each column means."""

    cost: NDArray[np.float64]
    matrix: csr_matrix
    least: NDArray[np.float64]
    most: NDArray[np.float64]
    tours: list[tuple[int, tuple[int, ...]]]


def recombine(
    problem: PeriodicProblem, pool: TourPool, best: PeriodicResult, *, max_seconds: float | None, max_nodes: int = 400
) -> PeriodicResult | None:
    """The best plan from the pool's tours, or None where none is better than `best` or none was found in time.

    Duties that two chosen tours both serve are left in one of them. `max_seconds` None keeps the run repeatable: only
    nodes are counted then.
    """
    items = sorted(pool.tours.items(), key=lambda item: (item[1][0] / len(item[1][1]), item[0][0], item[1][1]))
    tours = [(day, duties) for (day, _), (_, duties) in items[:_MOST_TOURS]]
    costs = np.array([cost for _, (cost, _) in items[:_MOST_TOURS]], np.float64) / TICKS_A_MINUTE
    program = _program(problem, tours, costs)
    relaxed = cast(Any, linprog)(
        program.cost,
        A_ub=-program.matrix,
        b_ub=-program.least,
        bounds=(0, 1),
        method="highs",
        options={"time_limit": max_seconds} if max_seconds else {},
    )
    if relaxed.status != 0:
        return None
    reduced = program.cost + program.matrix.T @ relaxed.ineqlin.marginals
    room = max(0.0, best.cost - relaxed.fun)
    n_tours = len(tours)
    worth = np.flatnonzero(reduced[:n_tours] <= room + 1e-9)
    worth = worth[np.argsort(reduced[worth], kind="stable")][:_MOST_COLUMNS]
    kept = np.concatenate((np.sort(worth), np.arange(n_tours, len(program.cost))))
    options: dict[str, float] = {"node_limit": max_nodes, "mip_rel_gap": 1e-6}
    if max_seconds:
        options["time_limit"] = max_seconds
    found = cast(Any, milp)(
        program.cost[kept],
        integrality=np.ones(len(kept), np.int64),
        bounds=Bounds(0, 1),
        constraints=LinearConstraint(program.matrix[:, kept], program.least, program.most),
        options=options,
    )
    if found.x is None or found.fun >= best.cost - 1e-6:
        return None
    chosen = found.x[: len(worth)] > 0.5
    picked = [tours[row] for row in np.sort(worth)[chosen].tolist()]
    return _as_result(problem, best, picked, found.x[len(worth) :])


def _program(
    problem: PeriodicProblem, tours: list[tuple[int, tuple[int, ...]]], costs: NDArray[np.float64]
) -> _Program:
    """Rows: each duty and day is served as its pattern says, each duty has a pattern, each day has its people.

    All rows are `least <= row`: served at least, one pattern at least, tours at most (negated).
    """
    p = problem
    n_tours, n_patterns = len(tours), len(p.pattern_mask)
    owner = np.repeat(np.arange(p.n_duties), np.diff(p.pattern_start))
    row_of = np.arange(p.n_duties * p.n_days).reshape(p.n_duties, p.n_days)
    pattern_row, pattern_day = np.nonzero((p.pattern_mask[:, None] >> np.arange(p.n_days)) & 1)
    tour_index = np.repeat(np.arange(n_tours), [len(duties) for _, duties in tours])
    tour_day = np.repeat([day for day, _ in tours], [len(duties) for _, duties in tours])
    duty = np.array([duty for _, duties in tours for duty in duties], np.int64)
    first = p.n_duties * p.n_days
    rows = np.concatenate(
        (
            row_of[duty, tour_day],
            row_of[owner[pattern_row], pattern_day],
            first + owner,
            first + p.n_duties + np.array([day for day, _ in tours], np.int64),
        )
    )
    columns = np.concatenate((tour_index, n_tours + pattern_row, n_tours + np.arange(n_patterns), np.arange(n_tours)))
    values = np.concatenate((np.ones(len(duty)), -np.ones(len(pattern_row)), np.ones(n_patterns), -np.ones(n_tours)))
    present = (p.minutes_of_staff_day > 0).sum(axis=0)
    least = np.concatenate((np.zeros(first), np.ones(p.n_duties), -present.astype(np.float64)))
    shape = (first + p.n_duties + p.n_days, n_tours + n_patterns)
    matrix = csr_matrix((values, (rows, columns)), shape=shape)
    cost = np.concatenate((costs, p.pattern_cost))
    return _Program(cost, matrix, least, np.full(shape[0], np.inf), tours)


def _as_result(
    problem: PeriodicProblem,
    best: PeriodicResult,
    picked: list[tuple[int, tuple[int, ...]]],
    patterns: NDArray[np.float64],
) -> PeriodicResult:
    """The picked tours as a draft of a result, each duty once a day and on the days of one pattern."""
    masks = np.zeros(problem.n_duties, np.int64)
    for row in np.flatnonzero(patterns > 0.5).tolist():
        owner = int(np.searchsorted(problem.pattern_start, row, side="right")) - 1
        masks[owner] = problem.pattern_mask[row]
    served: set[tuple[int, int]] = set()
    staff_of_day: dict[int, int] = {}
    rows: list[tuple[int, int, list[int]]] = []
    for day, duties in sorted(picked):
        kept = [duty for duty in duties if masks[duty] >> day & 1 and (duty, day) not in served]
        served.update((duty, day) for duty in kept)
        if kept:
            people = np.flatnonzero(problem.minutes_of_staff_day[:, day] > 0)
            rows.append((day, int(people[staff_of_day.get(day, 0)]), kept))
            staff_of_day[day] = staff_of_day.get(day, 0) + 1
    lengths = [len(duties) for _, _, duties in rows]
    return replace(
        best,
        mask_of_duty=masks,
        tour_day=np.array([day for day, _, _ in rows], np.int32),
        tour_staff=np.array([staff for _, staff, _ in rows], np.int32),
        tour_start=np.concatenate(([0], np.cumsum(lengths))).astype(np.int32),
        tour_duty=np.array([duty for _, _, duties in rows for duty in duties], np.int32),
    )

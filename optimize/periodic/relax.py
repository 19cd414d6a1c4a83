"""Find the smallest change that plans a duty left over, and verify each by solving again.

`explain` says what a duty lacks with all others where they are. Here the change is made, the plan is solved again from
where it stands, and only a change that gave the duty its days without taking any other's counts.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from optimize.periodic.patterns import days_of
from optimize.periodic.problem import NotPlanned, PeriodicProblem, PeriodicResult
from optimize.periodic.solve import solve
from optimize.stopping import MaxIterations

_HALVINGS = 3
_ROUNDING_MIN = 0.1

Kind = Literal["other_day", "other_person", "minutes", "capacity"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Relaxation:
    """One change that plans a duty, verified.

    Attributes
    ----------
    kind : days outside its patterns, another person, more minutes on some days, more capacity on some tours
    amount : minutes or demand units that are added; 0 for the other kinds
    staff : the person who serves it then, -1 = the same as before
    mask : the days that it gets then
    words : the change in words
    """

    kind: Kind
    amount: float
    staff: int
    mask: int
    words: str


def smallest_relaxations(
    problem: PeriodicProblem,
    result: PeriodicResult,
    duties: Sequence[int],
    *,
    other_days: Mapping[int, NDArray[np.int64]],
    other_staff: NDArray[np.bool_],
    max_iterations: int,
    seed: int,
) -> dict[int, Relaxation]:
    """For each duty the first change that plans it, from the least to the most: days, person, minutes, capacity.

    Parameters
    ----------
    duties : rows that `result` left over
    other_days : wider patterns of a duty, tried before anything costs minutes
    other_staff : (n_duties, n_staff) people who might serve a duty and may not so far
    max_iterations : of each solve

    Returns
    -------
    One verified relaxation per duty; a duty that no single change plans is not in it.
    """
    items = {item.duty: item for item in result.not_planned}
    found: dict[int, Relaxation] = {}
    for duty in duties:
        for trial, named in _trials(problem, items[duty], other_days.get(duty), other_staff[duty]):
            solved = _solve_again(trial, duty, result, max_iterations, seed)
            if solved is not None:
                found[duty] = _with_less(problem, result, duty, named(solved), max_iterations, seed)
                break
    return found


def _solve_again(
    trial: PeriodicProblem, duty: int, before: PeriodicResult, max_iterations: int, seed: int
) -> PeriodicResult | None:
    """A plan that gives the duty its days and takes none from another: placed into the plan, or searched."""
    for n_iterations in (0, max_iterations):
        solved = solve(trial, MaxIterations(n_iterations), seed, initial=before)
        if _plans(duty, solved, before):
            return solved
    return None


def _plans(duty: int, solved: PeriodicResult, before: PeriodicResult) -> bool:
    """Whether the duty has days now and no other lost its own."""
    left = {item.duty for item in solved.not_planned}
    return duty not in left and left <= {item.duty for item in before.not_planned}


def _trials(
    problem: PeriodicProblem, item: NotPlanned, wider: NDArray[np.int64] | None, others: NDArray[np.bool_]
) -> Iterator[tuple[PeriodicProblem, _Named]]:
    duty = item.duty
    if wider is not None and len(wider):
        yield _with_patterns(problem, duty, wider), _Named("other_day", 0.0, problem, duty)
    if others.any() and problem.pattern_start[duty + 1] > problem.pattern_start[duty]:
        allowed = problem.staff_of_duty.copy()
        allowed[duty] |= others
        yield replace(problem, staff_of_duty=allowed), _Named("other_person", 0.0, problem, duty)
    if item.extra_minutes > 0 and item.best_mask:
        amount = item.extra_minutes + _ROUNDING_MIN
        if not item.extra_capacity:
            yield _longer(problem, item.duty, item.best_mask, amount), _Named("minutes", amount, problem, duty)
    elif item.extra_capacity > 0 and item.best_mask:
        amount = item.extra_capacity
        yield _roomier(problem, duty, item.best_mask, amount), _Named("capacity", amount, problem, duty)


@dataclass(frozen=True, slots=True)
class _Named:
    """Words a change once its days are known."""

    kind: Kind
    amount: float
    problem: PeriodicProblem
    duty: int

    def __call__(self, solved: PeriodicResult) -> Relaxation:
        mask = int(solved.mask_of_duty[self.duty])
        staff = _server(solved, self.duty) if self.kind == "other_person" else -1
        return Relaxation(
            kind=self.kind, amount=self.amount, staff=staff, mask=mask, words=_words(self.kind, self.amount)
        )


def _words(kind: Kind, amount: float) -> str:
    return {
        "other_day": "other weekdays than its own",
        "other_person": "another person of the same role",
        "minutes": f"{amount:.0f} more minutes on a day",
        "capacity": f"room for {amount:g} more units on a tour",
    }[kind]


def _server(solved: PeriodicResult, duty: int) -> int:
    for index, staff in enumerate(solved.tour_staff.tolist()):
        if duty in solved.tour(index):
            return int(staff)
    return -1


def _with_less(
    problem: PeriodicProblem, result: PeriodicResult, duty: int, relaxation: Relaxation, max_iterations: int, seed: int
) -> Relaxation:
    """Halve the interval of minutes a few times: re-solving may need less than the duty alone lacks."""
    if relaxation.kind != "minutes":
        return relaxation
    low, best = 0.0, relaxation
    for _ in range(_HALVINGS):
        amount = (low + best.amount) / 2
        trial = _longer(problem, duty, relaxation.mask, amount)
        solved = _solve_again(trial, duty, result, max_iterations, seed)
        if solved is not None:
            mask = int(solved.mask_of_duty[duty])
            best = replace(best, amount=amount, mask=mask, words=_words("minutes", np.ceil(amount)))
        else:
            low = amount
    return replace(best, words=_words("minutes", np.ceil(best.amount)))


def _longer(problem: PeriodicProblem, duty: int, mask: int, minutes: float) -> PeriodicProblem:
    """More minutes for the allowed people on the days of a mask, where they are present."""
    longer = problem.minutes_of_staff_day.copy()
    people = np.flatnonzero(problem.staff_of_duty[duty])
    chosen = np.ix_(people, np.array(days_of(mask)))
    longer[chosen] = np.where(longer[chosen] > 0, longer[chosen] + minutes, 0.0)
    return replace(problem, minutes_of_staff_day=longer)


def _roomier(problem: PeriodicProblem, duty: int, mask: int, units: float) -> PeriodicProblem:
    """More capacity for the allowed people on the days of a mask."""
    roomier = problem.capacity_of_staff_day.copy()
    roomier[np.ix_(np.flatnonzero(problem.staff_of_duty[duty]), np.array(days_of(mask)))] += units
    return replace(problem, capacity_of_staff_day=roomier)


def _with_patterns(problem: PeriodicProblem, duty: int, masks: NDArray[np.int64]) -> PeriodicProblem:
    """The duty's patterns and the wider ones, the wider for nothing: here only the days count."""
    first, end = int(problem.pattern_start[duty]), int(problem.pattern_start[duty + 1])
    new = masks[~np.isin(masks, problem.pattern_mask[first:end])]
    start = problem.pattern_start.copy()
    start[duty + 1 :] += len(new)
    return replace(
        problem,
        pattern_start=start,
        pattern_mask=np.insert(problem.pattern_mask, end, new),
        pattern_cost=np.insert(problem.pattern_cost, end, np.zeros(len(new))),
    )

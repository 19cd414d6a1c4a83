"""Find the smallest change that plans a duty left over, and verify each by solving again.

`explain` says what a duty lacks with all others where they are. Here the change is made, the plan is solved again from
where it stands, and only a change that gave the duty its days without taking any other's counts. A change that costs
nothing to others is granted to all waiting duties at once: what that one solve plans is verified for each of them,
because a plan stays one when another guest leaves it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from optimize.periodic.filling import filled
from optimize.periodic.patterns import days_of
from optimize.periodic.problem import NotPlanned, PeriodicProblem, PeriodicResult
from optimize.periodic.solve import solve
from optimize.stopping import MaxIterations

_HALVINGS = 3
_ROUNDING_MIN = 0.1
_SEARCHED_ALONE = 12
"""Duties for which changes are tried one by one with a search each; of more, each is only put into the changed plan."""

Engine = Literal["auto", "ortools"]
Kind = Literal["longer_search", "other_day", "other_person", "minutes", "capacity"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Relaxation:
    """One change that plans a duty, verified.

    Attributes
    ----------
    kind : nothing but a search, days outside its patterns, another person, more minutes on some days, more capacity
    amount : minutes or demand units that are added; 0 for the other kinds
    staff : the person who serves it then
    mask : the days that it gets then
    longer : of "minutes", the (person, day, minutes) by which each day is longer than it is now, and no other
    """

    kind: Kind
    amount: float
    staff: int
    mask: int
    longer: tuple[tuple[int, int, float], ...] = ()


def smallest_relaxations(
    problem: PeriodicProblem,
    result: PeriodicResult,
    duties: Sequence[int],
    *,
    other_days: Mapping[int, NDArray[np.int64]],
    other_staff: NDArray[np.bool_],
    max_iterations: int,
    seed: int,
    engine: Engine = "auto",
) -> dict[int, Relaxation]:
    """For each duty the first change that plans it, from the least to the most: days, person, minutes, capacity.

    Parameters
    ----------
    duties : rows that `result` left over
    other_days : wider patterns of a duty, tried before anything costs minutes
    other_staff : (n_duties, n_staff) people who might serve a duty and may not so far
    max_iterations : of each solve
    engine : "ortools" solves again by OR-Tools alone, and puts single duties in without a search

    Returns
    -------
    One verified relaxation per duty; a duty that no single change plans is not in it.
    """
    again = _Again(result, max_iterations, seed, engine)
    items = {item.duty: item for item in result.not_planned}
    found: dict[int, Relaxation] = {}
    for kind, trial in _shared_trials(problem, duties, other_days, other_staff):
        waiting = [duty for duty in duties if duty not in found]
        if waiting:
            found |= _named(problem, again.plans(trial, waiting), kind)
    for number, duty in enumerate(duty for duty in duties if duty not in found):
        single = again if number < _SEARCHED_ALONE else replace(again, max_iterations=0)
        relaxation = _alone(problem, items[duty], other_days.get(duty), other_staff[duty], single)
        if relaxation is not None:
            found[duty] = relaxation
    return found


@dataclass(frozen=True, slots=True)
class Solved:
    """A plan solved again, and which of the wanted duties have days in it."""

    result: PeriodicResult
    duties: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class _Again:
    """Solves a changed problem from the plan that stands: inserted into it, then searched."""

    before: PeriodicResult
    max_iterations: int
    seed: int
    engine: Engine

    def plans(self, trial: PeriodicProblem, wanted: Sequence[int]) -> Solved:
        """The plan that gives most of the wanted duties their days and takes none from another."""
        return placed_again(trial, self.before, wanted, self.max_iterations, self.seed, self.engine)

    def plans_one(self, trial: PeriodicProblem, duty: int) -> PeriodicResult | None:
        """The plan that gives one duty its days and takes none from another, or None."""
        n_steps = 0 if self.engine == "ortools" else self.max_iterations
        solved = placed_again(trial, self.before, [duty], n_steps, self.seed, self.engine)
        return solved.result if solved.duties else None


def placed_again(
    problem: PeriodicProblem,
    before: PeriodicResult,
    wanted: Sequence[int],
    max_iterations: int,
    seed: int,
    engine: Engine = "auto",
) -> Solved:
    """Solve again from a plan, so that it holds as many of the wanted duties as possible and loses none that it had.

    Parameters
    ----------
    before : the plan that stands; the wanted duties are not in it
    max_iterations : of the search where insertion does not place them all; 0 = insertion alone
    """
    left_before = np.flatnonzero(before.mask_of_duty == 0)
    best = _judged(filled(problem, before, wanted), wanted, left_before)
    if len(best.duties) < len(wanted) and max_iterations > 0:
        stop = MaxIterations(max_iterations)
        initial = best.result if best.duties else before
        if engine == "ortools":
            searched = solve(problem, stop, seed, engine=engine)
        else:
            searched = solve(problem, stop, seed, initial=initial)
        best = max(best, _judged(searched, wanted, left_before), key=lambda known: len(known.duties))
    return best


def _judged(result: PeriodicResult, wanted: Sequence[int], left_before: NDArray[np.intp]) -> Solved:
    left = set(np.flatnonzero(result.mask_of_duty == 0).tolist())
    if not left <= set(left_before.tolist()):
        return Solved(result, ())  # somebody else lost his days
    return Solved(result, tuple(duty for duty in wanted if duty not in left))


def _shared_trials(
    problem: PeriodicProblem,
    duties: Sequence[int],
    other_days: Mapping[int, NDArray[np.int64]],
    other_staff: NDArray[np.bool_],
) -> list[tuple[Kind, PeriodicProblem]]:
    """What is granted to all waiting duties at once."""
    trials: list[tuple[Kind, PeriodicProblem]] = []
    wider = {duty: other_days[duty] for duty in duties if len(other_days.get(duty, ()))}
    if wider:
        trials.append(("other_day", _with_patterns(problem, wider)))
    if any(other_staff[duty].any() for duty in duties):
        allowed = problem.staff_of_duty.copy()
        allowed[list(duties)] |= other_staff[list(duties)]
        trials.append(("other_person", replace(problem, staff_of_duty=allowed)))
    return trials


def _named(problem: PeriodicProblem, solved: Solved, kind: Kind) -> dict[int, Relaxation]:
    """Name what plans each duty in a plan: where it has its own days and person, nothing but a search was missing."""
    found = {}
    for duty in solved.duties:
        mask, staff = int(solved.result.mask_of_duty[duty]), server_of(solved.result, duty)
        own = problem.pattern_mask[problem.pattern_start[duty] : problem.pattern_start[duty + 1]]
        is_own = bool((own == mask).any()) and bool(problem.staff_of_duty[duty, staff])
        found[duty] = Relaxation(kind="longer_search" if is_own else kind, amount=0.0, staff=staff, mask=mask)
    return found


def server_of(solved: PeriodicResult, duty: int) -> int:
    """Give the person on whose tours a duty is, -1 = on none."""
    for index, staff in enumerate(solved.tour_staff.tolist()):
        if duty in solved.tour(index):
            return int(staff)
    return -1


def _alone(
    problem: PeriodicProblem,
    item: NotPlanned,
    wider: NDArray[np.int64] | None,
    others: NDArray[np.bool_],
    again: _Again,
) -> Relaxation | None:
    """Try the changes for one duty, the least first."""
    duty = item.duty
    grants: list[tuple[Kind, PeriodicProblem]] = []
    if again.max_iterations > 0 and wider is not None and len(wider):
        grants.append(("other_day", _with_patterns(problem, {duty: wider})))
    if again.max_iterations > 0 and others.any() and problem.pattern_start[duty + 1] > problem.pattern_start[duty]:
        allowed = problem.staff_of_duty.copy()
        allowed[duty] |= others
        grants.append(("other_person", replace(problem, staff_of_duty=allowed)))
    for kind, trial in grants:
        solved = again.plans_one(trial, duty)
        if solved is not None:
            return _named(problem, Solved(solved, (duty,)), kind)[duty]
    if not item.best_mask:
        return None
    if item.extra_minutes > 0 and not item.extra_capacity:
        return _by_minutes(problem, item, again)
    if item.extra_capacity > 0 and item.extra_minutes <= 0:
        solved = again.plans_one(_roomier(problem, duty, item.best_mask, item.extra_capacity), duty)
        if solved is not None:
            return Relaxation(
                kind="capacity",
                amount=item.extra_capacity,
                staff=server_of(solved, duty),
                mask=int(solved.mask_of_duty[duty]),
            )
    return None


def _by_minutes(problem: PeriodicProblem, item: NotPlanned, again: _Again) -> Relaxation | None:
    """The least minutes found: halved a few times, because re-solving may need less than the duty alone lacks."""
    duty = item.duty
    amount, mask = item.extra_minutes + _ROUNDING_MIN, item.best_mask
    best: Relaxation | None = None
    low, high = 0.0, amount
    for _ in range(1 + (_HALVINGS if again.max_iterations > 0 else 0)):
        solved = again.plans_one(_longer(problem, duty, mask, amount), duty)
        if solved is not None:
            longer = _longer_days(problem, solved)
            most = max((minutes for _, _, minutes in longer), default=0.0)
            if best is None or most < best.amount:
                best = Relaxation(
                    kind="minutes" if longer else "longer_search",
                    amount=most,
                    staff=server_of(solved, duty),
                    mask=int(solved.mask_of_duty[duty]),
                    longer=longer,
                )
            high = min(amount, best.amount)
        elif best is None:
            return None
        else:
            low = amount
        amount = (low + high) / 2
    return best


def _longer_days(problem: PeriodicProblem, solved: PeriodicResult) -> tuple[tuple[int, int, float], ...]:
    """By how much each person's days are longer in a plan than they may be."""
    over = solved.work_of_staff_day - problem.minutes_of_staff_day
    staff, days = np.nonzero((over > 1e-6) & (problem.minutes_of_staff_day > 0))
    return tuple((int(s), int(d), float(over[s, d])) for s, d in zip(staff.tolist(), days.tolist(), strict=True))


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


def _with_patterns(problem: PeriodicProblem, wider: Mapping[int, NDArray[np.int64]]) -> PeriodicProblem:
    """The duties' patterns and their wider ones, the wider for nothing: here only the days count."""
    masks: list[NDArray[np.int64]] = []
    costs: list[NDArray[np.float64]] = []
    for duty in range(problem.n_duties):
        own = slice(int(problem.pattern_start[duty]), int(problem.pattern_start[duty + 1]))
        more = wider.get(duty, np.zeros(0, np.int64))
        new = more[~np.isin(more, problem.pattern_mask[own])]
        masks.append(np.concatenate([problem.pattern_mask[own], new]))
        costs.append(np.concatenate([problem.pattern_cost[own], np.zeros(len(new))]))
    return replace(
        problem,
        pattern_start=np.concatenate([[0], np.cumsum([len(own) for own in masks])]).astype(np.int32),
        pattern_mask=np.concatenate([np.zeros(0, np.int64), *masks]),
        pattern_cost=np.concatenate([np.zeros(0), *costs]),
    )

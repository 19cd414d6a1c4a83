"""Bring roles that were planned apart to the same days, from their own plans.

A search of all roles from nothing ends further from its optimum than the roles' own searches do, and then meetings seem
to cost minutes that better search would not. So the plans made apart are the beginning. Their weekdays are exchanged
first, which costs nothing. A search at a multiple of the price then brings visits to common days, and a colder one, at
a small part of it that is set by the minutes of the plan, takes back what came too dear.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import permutations

import numpy as np
from numpy.typing import NDArray

from optimize.periodic.annealing import Annealing, start_from_here
from optimize.periodic.filling import filled
from optimize.periodic.layout import World, stability_charge, ticks
from optimize.periodic.meetings import hold_meetings
from optimize.periodic.problem import PeriodicProblem, PeriodicResult
from optimize.periodic.result import finish_result, plan_of_tours
from optimize.periodic.solve import search_plan
from optimize.periodic.stages import budget_of
from optimize.stopping import MaxIterations, StoppingCriterion

_MOST_WEEKDAYS = 6
"""Weekdays of which all orders are tried: 720 of them."""
_OF_GATHERING, _GATHERING_PRICE = 0.6, 4.0
"""Share of the search that gathers visits, and its price of shared days as a multiple of the full one: what is shared
too dearly is taken back, but what was never shared does not come by itself once the search is cold."""
_LAST_PRICE, _LEAST_PRICE, _MOST_PRICE = 0.1, 0.02, 0.4
"""Shares of the full price: at the start of taking back, and between which it is set afterwards."""
_PRICE_PARTS, _PRICE_FIXED_AFTER = 60, 0.9
_LOWER, _HIGHER = 0.85, 1.1
_MARGIN = 0.0003
"""Fewer minutes than apart that are aimed at, as a share: the price is set while the plan is not at its end."""
_GATHERING = Annealing(first_share=0.15, relaxes=False, is_soft=False)
_TAKING_BACK = Annealing(first_share=0.04, relaxes=False, is_soft=False)


def join_roles(problem: PeriodicProblem, apart: PeriodicResult, stop: StoppingCriterion, seed: int) -> PeriodicResult:
    """Plan the roles together, from a plan in which each was planned by itself.

    The plan that comes back costs no more than the one given, its shared days credited at the full price: fewer
    disturbed days are never bought above it.

    Parameters
    ----------
    problem : of all roles, with its price of shared days
    apart : a plan of the same duties and people, none of them sealed and undrawn
    stop : of both searches together
    seed : >= 0
    """
    aligned = search_plan(problem, MaxIterations(0), seed, exchange_weekdays(problem, apart), None, _TAKING_BACK)
    budget = budget_of(stop, fewest=0)
    if budget is None:
        gathered = search_plan(problem, stop, seed, aligned, None, _GATHERING)
        n_iterations = gathered.n_iterations
    else:
        dearer = replace(problem, shared_day_saving_min=_GATHERING_PRICE * problem.shared_day_saving_min)
        gathered = search_plan(dearer, budget.part(_OF_GATHERING), seed, aligned, None, _GATHERING)
        n_iterations = gathered.n_iterations
        last = LastPrice(problem, _minutes_of(problem, apart))
        gathered = search_plan(problem, budget.part(1.0), seed, gathered, None, _TAKING_BACK, last)
        n_iterations += gathered.n_iterations
    joined = hold_meetings(problem, finish_result(problem, gathered), seed)
    best = min(joined, hold_meetings(problem, aligned, seed), key=_badness)
    return replace(best, n_iterations=n_iterations)


def align_roles(problem: PeriodicProblem, apart: PeriodicResult) -> PeriodicResult:
    """Give the plan made apart with its roles' weekdays exchanged and what waits inserted; nothing is searched."""
    return filled(problem, exchange_weekdays(problem, apart))


class LastPrice:
    """Lowers the price of shared days while the plan has more minutes than apart, and raises it while it has fewer.

    So it ends where the minutes are those apart, if it can within `_LEAST_PRICE` and `_MOST_PRICE` of the full one.
    """

    def __init__(self, problem: PeriodicProblem, minutes_apart: float) -> None:
        self._full = ticks(problem.shared_day_saving_min)
        self._people = np.repeat(problem.people_of_staff, problem.n_days).astype(np.int64)
        self._most_ticks = int(ticks(minutes_apart * (1.0 - _MARGIN)))
        self._price = _LAST_PRICE
        self._n_parts = 0

    def __call__(self, w: World, share: float) -> None:
        """Set the price for the next part of the search."""
        part = int(share * _PRICE_PARTS)
        if self._n_parts > 0 and (part < self._n_parts or share >= _PRICE_FIXED_AFTER):
            return
        if self._n_parts > 0:
            is_dear = int((w.rows["minutes"] * self._people).sum()) > self._most_ticks
            self._price = min(_MOST_PRICE, max(_LEAST_PRICE, self._price * (_LOWER if is_dear else _HIGHER)))
        self._n_parts = part + 1
        w.saving[:] = (self._full * self._price).astype(np.int64)
        start_from_here(w)


def _minutes_of(problem: PeriodicProblem, result: PeriodicResult) -> float:
    """Minutes of everybody over the cycle."""
    return float(result.work_of_staff_day.sum(axis=1) @ problem.people_of_staff)


def exchange_weekdays(problem: PeriodicProblem, apart: PeriodicResult) -> PeriodicResult:
    """Let roles exchange their weekdays, so that they meet more often at no cost in travel.

    The role with the most visits keeps its days; each other role takes the order of weekdays that is worth most beside
    those before it. A day may only become another on which the role's people have the same minutes, load and band, and
    only where every duty's days stay legal.
    """
    masks, day_of_tour = apart.mask_of_duty.copy(), apart.tour_day.copy()
    visits = np.bitwise_count(masks).astype(np.int64)
    per_role = np.bincount(problem.role_of_duty, weights=visits, minlength=problem.n_roles)
    order = np.argsort(-per_role, kind="stable").tolist()
    costs = _cost_of_pattern(problem)
    for place, role in enumerate(order[1:], start=1):
        rows = np.flatnonzero((problem.role_of_duty == role) & (masks != 0))
        people = np.unique(apart.tour_staff[problem.role_of_staff[apart.tour_staff] == role])
        if not rows.size or not _keeps_to_itself(problem, apart, role):
            continue
        met = _met(problem, masks, role, order[:place])
        best = min(
            (
                _worth(costs, masks[rows], rows, met[problem.retailer_of_duty[rows]], moved)
                for moved in _orders(problem)
                if _is_alike(problem, people, moved)
            ),
            key=lambda found: found[0],
            default=None,
        )
        if best is None:
            continue
        masks[rows] = best[1]
        own = np.isin(apart.tour_staff, people)
        day_of_tour[own] = best[2][day_of_tour[own]]
    staff = apart.tour_staff.tolist()
    tours = [(staff[index], day, apart.tour(index).tolist()) for index, day in enumerate(day_of_tour.tolist())]
    return plan_of_tours(problem, tours, not_planned=apart.not_planned, n_iterations=apart.n_iterations)


def _badness(result: PeriodicResult) -> tuple[int, bool, float]:
    return len(result.not_planned), not result.is_feasible, result.cost


def _orders(problem: PeriodicProblem) -> list[NDArray[np.int32]]:
    """The new row of each day under every order of the weekdays, the given one first; none where a week lacks one."""
    weekdays = np.unique(problem.weekday_of_day).tolist()
    row_of = {
        (week, weekday): row
        for row, (week, weekday) in enumerate(
            zip(problem.week_of_day.tolist(), problem.weekday_of_day.tolist(), strict=True)
        )
    }
    found = [np.arange(problem.n_days, dtype=np.int32)]
    if len(weekdays) > _MOST_WEEKDAYS or len(row_of) < problem.n_days:
        return found
    for order in permutations(weekdays):
        becomes = dict(zip(weekdays, order, strict=True))
        rows = [row_of.get((week, becomes[weekday]), -1) for week, weekday in row_of]
        if min(rows) >= 0:
            found.append(np.array(rows, np.int32))
    return found


def _is_alike(problem: PeriodicProblem, people: NDArray[np.int32], moved: NDArray[np.int32]) -> bool:
    """Whether each day is like the one that takes its place, for these people."""
    return all(
        np.array_equal(table[people][:, moved], table[people])
        for table in (
            problem.minutes_of_staff_day,
            problem.capacity_of_staff_day,
            problem.reserved_min,
            problem.band_share_of_staff_day,
        )
    )


def _keeps_to_itself(problem: PeriodicProblem, apart: PeriodicResult, role: int) -> bool:
    """Whether the role's duties and people are served by and serve nobody else, and none of them is sealed."""
    own_people = problem.role_of_staff == role
    of_tour = np.repeat(apart.tour_staff, np.diff(apart.tour_start))
    is_own = (problem.role_of_duty == role)[apart.tour_duty] == own_people[of_tour]
    partners = problem.partner_of_staff[own_people]
    return bool(is_own.all() and (partners < 0).all() and not problem.sealed[problem.role_of_duty == role].any())


def _cost_of_pattern(problem: PeriodicProblem) -> dict[tuple[int, int], float]:
    """Minutes charged by duty and days, for every legal pattern."""
    owner = np.repeat(np.arange(problem.n_duties), np.diff(problem.pattern_start))
    charge = problem.pattern_cost + stability_charge(problem, problem.pattern_mask, problem.previous_mask[owner])
    return dict(zip(zip(owner.tolist(), problem.pattern_mask.tolist(), strict=True), charge.tolist(), strict=True))


def _met(problem: PeriodicProblem, masks: NDArray[np.int64], role: int, before: list[int]) -> NDArray[np.float64]:
    """(n_retailers, n_days) minutes credited to a role for a visit on a day, given the roles before it."""
    credit = np.zeros((problem.n_retailers, problem.n_days))
    named = ((masks[:, None] >> np.arange(problem.n_days)) & 1).astype(np.float64)
    for other in before:
        rows = np.flatnonzero((problem.role_of_duty == other) & ~problem.sealed)
        saving = problem.shared_day_saving_min[role, other]
        np.add.at(credit, problem.retailer_of_duty[rows], saving * named[rows])
    return credit


def _worth(
    costs: dict[tuple[int, int], float],
    masks: NDArray[np.int64],
    rows: NDArray[np.int64],
    credit: NDArray[np.float64],
    moved: NDArray[np.int32],
) -> tuple[float, NDArray[np.int64], NDArray[np.int32]]:
    """Minutes of the duties' patterns less their credits after a move of the days; infinite where one is not legal."""
    n_days = len(moved)
    named = ((masks[:, None] >> np.arange(n_days)) & 1).astype(np.int64)
    after = (named << moved.astype(np.int64)).sum(axis=1)
    charges = [costs.get((duty, mask), np.inf) for duty, mask in zip(rows.tolist(), after.tolist(), strict=True)]
    return float(np.sum(charges) - (named * credit[:, moved]).sum()), after, moved

"""Keep a few good plans of a fleet, cross them, and search on from each child: basins are left by inheritance.

A search that is cooled falls into one of many deep basins in its first few thousand steps, and stays there: of p10,
searches of four CPU seconds end 0.3 to 2.7 % above the best known. How good a basin is shows while the search is hot.
So many short searches choose a basin each, the best go on, the best of those are cooled, and children of two plans,
searched on coldly, may go below both.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from optimize.periodic.annealing import Annealing
from optimize.periodic.crossing import cross
from optimize.periodic.problem import PeriodicProblem, PeriodicResult
from optimize.periodic.renaming import renamed_like, renamings
from optimize.periodic.stages import Budget
from optimize.stopping import StoppingCriterion

Search = Callable[[StoppingCriterion, int, PeriodicResult | None, Annealing], PeriodicResult]
"""One search: when it ends, its number, the plan it starts from, its temperatures."""

_MOST_KEPT = 6
_HOT = Annealing(first_share=0.15, last_share=0.05)
"""Between these temperatures a search chooses its basin: colder ones hardly leave it."""
_TRIED = Annealing(first_share=0.15, last_share=0.08)
_GOING_ON = Annealing(first_share=0.08, last_share=0.05, relaxes=False)
"""The same in two parts: all that is tried, and the best of it."""
_COOL = Annealing(first_share=0.05, last_share=0.01, relaxes=False)
_COLDEST_CHILD, _HOTTEST_CHILD, _FALL_OF_CHILD = 0.02, 0.06, 0.1
"""A child's first temperature is drawn between these, evenly by its logarithm: on p08 and p10 children from 0.05 do
best, on p05 those from 0.03."""
_LAST = Annealing(first_share=0.01, last_share=0.003, relaxes=False, is_soft=False)


class Shares(NamedTuple):
    """How a limit is shared out.

    n_hot, of_hot : hot searches, and the share of each: from nothing, or from the best that were tried
    n_cooled, of_cooled : how many of the best of them are cooled, and the share of each
    of_child : share of each search from a child of two plans; as many as there is room for
    n_tried, of_tried : short searches from nothing before the hot ones, and the share of each
    """

    n_hot: int
    of_hot: float
    n_cooled: int
    of_cooled: float
    of_child: float
    n_tried: int = 0
    of_tried: float = 0.0


def evolve(problem: PeriodicProblem, budget: Budget, shares: Shares, seed: int, search: Search) -> PeriodicResult:
    """The best plan of all searches that the budget has room for; what is left at the end goes on from the best one."""
    random = np.random.default_rng(seed)
    ways = renamings(problem)
    kept: list[PeriodicResult] = []
    n_searches = 0

    def run(share: float, start: PeriodicResult | None, annealing: Annealing) -> PeriodicResult:
        nonlocal n_searches
        n_searches += 1
        return search(budget.part(share), n_searches - 1, start, annealing)

    def keep(share: float, start: PeriodicResult | None, annealing: Annealing) -> None:
        found = run(share, start, annealing)
        if all(rank(found) != rank(plan) for plan in kept):
            kept.append(found)
            kept.sort(key=rank)
            del kept[_MOST_KEPT:]

    tried = sorted((run(shares.of_tried, None, _TRIED) for _ in range(shares.n_tried)), key=rank)
    starts: list[PeriodicResult | None] = [*tried[: shares.n_hot]] if tried else [None] * shares.n_hot
    for start in starts:
        keep(shares.of_hot, start, _HOT if start is None else _GOING_ON)
    for plan in kept[: shares.n_cooled]:
        keep(shares.of_cooled, plan, _COOL)
    while budget.left() > 1.5 * shares.of_child:
        first, second = _two_of(len(kept), random)
        other = renamed_like(kept[first], kept[second], ways)
        keep(shares.of_child, cross(problem, kept[first], other, random), _annealing_of_child(random))
    keep(budget.left(), kept[0], _LAST)
    return kept[0]


def _annealing_of_child(random: np.random.Generator) -> Annealing:
    """Temperatures of a child's search; limits may be broken meanwhile."""
    first = _COLDEST_CHILD * (_HOTTEST_CHILD / _COLDEST_CHILD) ** float(random.random())
    return Annealing(first_share=first, last_share=_FALL_OF_CHILD * first, relaxes=False)


def rank(result: PeriodicResult) -> tuple[bool, int, float]:
    """Sorts the better plan first: feasible, then everything planned, then cheap."""
    return not result.is_feasible, len(result.not_planned), result.cost


def _two_of(n_plans: int, random: np.random.Generator) -> tuple[int, int]:
    """Two plans by their rank: the better of two draws, and any other."""
    first = int(random.integers(n_plans, size=2).min())
    return first, (first + int(random.integers(1, max(2, n_plans)))) % n_plans

"""Find the days of a cycle that may change names, and give two plans the names under which they agree most.

Where patterns are, say, Monday with Wednesday, Tuesday with Thursday, and Wednesday with Friday, a plan stays a plan
at the same cost when Monday and Friday change names. Two searches name their days by chance, so that the halves of
their plans seldom fit together until one of them is renamed.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from optimize.periodic.problem import PeriodicProblem, PeriodicResult

_MOST_RENAMINGS = 720
_MOST_TRIED = 20_000
"""Days given a name while searching: a bound for cycles with many days."""

Days = NDArray[np.int64]


def renamings(problem: PeriodicProblem) -> list[Days]:
    """New name of each day, for at most 720 ways to rename them that change no plan's cost; the first changes nothing.

    Legal patterns, their costs, minutes and capacities of everybody must stay the same. Not all are found where there
    are more, or where a cycle has so many days that 20,000 trials do not reach them.
    """
    same: Days = np.arange(problem.n_days)
    if (problem.stability_min > 0 and problem.previous_mask.any()) or problem.reserved_min.any():
        return [same]
    groups = _groups(problem)
    found = [same]
    for names in _candidates(_bonds(problem, groups)):
        if (names != same).any() and all({(_rename(mask, names), cost) for mask, cost in one} == one for one in groups):
            found.append(names)
            if len(found) == _MOST_RENAMINGS:
                break
    return found


def renamed_like(first: PeriodicResult, second: PeriodicResult, ways: list[Days]) -> PeriodicResult:
    """The second plan with its days renamed in the way that shares most visits with the first one."""

    def n_shared(names: Days) -> int:
        return int(np.bitwise_count(first.mask_of_duty & _rename_all(second.mask_of_duty, names)).sum())

    names = max(ways, key=n_shared)
    return replace(
        second,
        mask_of_duty=_rename_all(second.mask_of_duty, names),
        tour_day=names[second.tour_day].astype(np.int32),
    )


def _rename_all(masks: Days, names: Days) -> Days:
    renamed = np.zeros_like(masks)
    for day, name in enumerate(names.tolist()):
        renamed |= (masks >> day & 1) << name
    return renamed


def _rename(mask: int, names: Days) -> int:
    return sum(1 << int(name) for day, name in enumerate(names) if mask >> day & 1)


def _groups(problem: PeriodicProblem) -> list[frozenset[tuple[int, float]]]:
    """The different choices of patterns, with their costs, that duties have."""
    start, mask, cost = problem.pattern_start.tolist(), problem.pattern_mask.tolist(), problem.pattern_cost.tolist()
    choices = (frozenset(zip(mask[a:b], cost[a:b], strict=True)) for a, b in pairwise(start))
    return sorted(set(choices), key=sorted)


def _bonds(problem: PeriodicProblem, groups: list[frozenset[tuple[int, float]]]) -> Days:
    """(n_days, n_days) one number per kind of pair: a renaming leaves it the same for every pair of days.

    A pair's kind is in how many patterns of each choice both days are; a day's own, also who is there for how long.
    """
    n_days = problem.n_days
    together = np.zeros((n_days, n_days, len(groups) + 1))
    for row, group in enumerate(groups):
        named = np.array([[mask >> day & 1 for day in range(n_days)] for mask, _ in sorted(group)], np.float64)
        if named.size:
            together[:, :, row] = named.T @ named
    people = np.concatenate((problem.minutes_of_staff_day, problem.capacity_of_staff_day))
    together[np.arange(n_days), np.arange(n_days), -1] = 1 + np.unique(people.T, axis=0, return_inverse=True)[1].ravel()
    kinds: Days = np.unique(together.reshape(n_days**2, -1), axis=0, return_inverse=True)[1].reshape(n_days, n_days)
    return kinds


def _candidates(bonds: Days) -> Iterator[Days]:
    """Permutations of the days that keep the kind of every pair, in lexicographic order."""
    n_days, n_tried = len(bonds), 0
    names: list[int] = []
    waiting = [iter(range(n_days))]
    while waiting and n_tried < _MOST_TRIED:
        name = next(waiting[-1], None)
        if name is None:
            waiting.pop()
            if names:
                names.pop()
            continue
        n_tried += 1
        day = len(names)
        if name in names or bonds[day, day] != bonds[name, name]:
            continue
        if (bonds[day, :day] != bonds[name, names]).any():
            continue
        names.append(name)
        if len(names) == n_days:
            yield np.array(names, np.int64)
            names.pop()
        else:
            waiting.append(iter(range(n_days)))

"""Name what makes a tolerance impossible before any search, and the smallest tolerance that could hold.

Each cause is a proof, so an empty answer promises nothing: whether a division within tolerance exists is NP-hard.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from optimize.territory.layout import contract
from optimize.territory.problem import FloatArray, TerritoryProblem, Violation

MOST_HEAVY_NAMED = 20


@dataclass(frozen=True, slots=True, eq=False)
class Precheck:
    """What stands against a problem.

    Parameters
    ----------
    causes : each makes the problem infeasible by itself; empty when none was found
    smallest_tolerance_share : (n_measures,) no smaller tolerance can hold; infinite when none can
    """

    causes: tuple[Violation, ...]
    smallest_tolerance_share: FloatArray


def precheck(problem: TerritoryProblem) -> Precheck:
    """Return the causes that make the problem infeasible and a lower bound of the tolerance. O((n + m) log n)."""
    p, n = problem.n_grids, problem.n_units
    if p == 0:
        words = "There is no staff: 0 grids cannot own anything."
        return Precheck((Violation(rule="no_staff", words=words),), np.full(len(problem.measures), np.inf))
    if p > n:
        words = f"There are {p} grids but only {n} units; every grid needs one of its own."
        found = (Violation(rule="too_few_units", words=words, amount=float(p - n)),)
        return Precheck(found, np.full(len(problem.measures), np.inf))
    causes = [*_contradictions(problem), *_heavy(problem), *_no_whole_load(problem), *_parts(problem)]
    return Precheck(tuple(causes), _smallest(problem))


def _contradictions(problem: TerritoryProblem) -> list[Violation]:
    """Pins, locks, groups and forbidden pairs that exclude each other."""
    found = []
    row = contract(problem)
    fixed, members = problem.fixed_grid, np.argsort(row, kind="stable")
    for group in np.split(members, np.flatnonzero(np.diff(row[members])) + 1):
        wanted = np.unique(fixed[group][fixed[group] >= 0])
        if len(wanted) > 1:
            words = f"Unit {group[0]} and the units linked to it are fixed to grids {', '.join(map(str, wanted))}."
            found.append(Violation(rule="must_link", unit=int(group[0]), words=words, amount=float(len(wanted) - 1)))
    for unit, grid in problem.forbidden[fixed[problem.forbidden[:, 0]] == problem.forbidden[:, 1]].tolist():
        words = f"Unit {unit} is fixed to grid {grid} and forbidden there."
        found.append(Violation(rule="forbidden", unit=unit, grid=grid, words=words, amount=1))
    return found


def _heavy(problem: TerritoryProblem) -> list[Violation]:
    """Units or linked groups that are heavier than any grid may be."""
    found = []
    row = contract(problem)
    most = problem.load_range[1].max(axis=1)
    for m, measure in enumerate(problem.measures):
        load = np.bincount(row, problem.loads[m])
        heavy = np.flatnonzero(load > most[m])
        for r in heavy[np.argsort(-load[heavy], kind="stable")][:MOST_HEAVY_NAMED].tolist():
            unit = int(np.flatnonzero(row == r)[0])
            words = f"Unit {unit} (with what is linked to it) has {load[r]:.0f} {measure}; a grid may have {most[m]}."
            amount = float(load[r] - most[m])
            found.append(Violation(rule="heavy_unit", unit=unit, measure=measure, words=words, amount=amount))
    return found


def _no_whole_load(problem: TerritoryProblem) -> list[Violation]:
    """Tolerances so small that no whole number lies within."""
    least, most = problem.load_range
    found = []
    for m, measure in enumerate(problem.measures):
        total = int(problem.loads[m].sum())
        if (least[m] > most[m]).any() or least[m].sum() > total or most[m].sum() < total:
            words = (
                f"No whole numbers of {measure} within {problem.tolerance_share[m]:.4g} of the targets sum to {total}."
            )
            found.append(Violation(rule="no_whole_load", measure=measure, words=words))
    return found


def _parts(problem: TerritoryProblem) -> list[Violation]:
    """Parts of the map that no grid can leave and that no number of grids fits."""
    part = parts(problem)
    if part.max() == 0:
        return []
    found, able = [], np.ones(part.max() + 1, dtype=bool)
    for number in range(part.max() + 1):
        units = np.flatnonzero(part == number)
        for m, measure in enumerate(problem.measures):
            load = int(problem.loads[m][units].sum())
            low, high = _counts(load, problem, m)
            if low > high or high < 1:
                able[number] = False
                words = (
                    f"{len(units)} units around unit {units[0]} are cut off by barriers or a bureau border; "
                    f"their {load} {measure} fit no whole number of grids of {problem.target[m].mean():.6g}."
                )
                found.append(Violation(rule="cut_off_part", unit=int(units[0]), measure=measure, words=words))
    if able.all() and part.max() + 1 > problem.n_grids:
        words = f"No grid can leave its part of the map; {part.max() + 1} parts need more than {problem.n_grids} grids."
        found.append(Violation(rule="cut_off_part", words=words, amount=float(part.max() + 1 - problem.n_grids)))
    return found


def parts(problem: TerritoryProblem) -> np.ndarray[tuple[int], np.dtype[np.int32]]:
    """Return (n,) the connected part of each unit when edges between different bureaus are cut."""
    a, b = problem.edges[:, 0], problem.edges[:, 1]
    ours = problem.jurisdiction
    passable = (ours[a] == ours[b]) | (ours[a] < 0) | (ours[b] < 0)
    n = problem.n_units
    graph = coo_matrix((np.ones(passable.sum()), (a[passable], b[passable])), shape=(n, n))
    return np.asarray(connected_components(graph, directed=False)[1], dtype=np.int32)


def _counts(load: int, problem: TerritoryProblem, m: int) -> tuple[int, int]:
    """Return the least and greatest number of grids that a load can fill within tolerance."""
    least, most = problem.load_range
    high = problem.n_grids if least[m].min() <= 0 else load // int(least[m].min())
    low = problem.n_grids + 1 if most[m].max() <= 0 < load else -(-load // max(int(most[m].max()), 1))
    return low, high


def _smallest(problem: TerritoryProblem) -> FloatArray:
    """Return a tolerance below which heavy units or whole numbers leave no plan."""
    row = contract(problem)
    smallest = np.zeros(len(problem.measures))
    for m in range(len(problem.measures)):
        target = problem.target[m]
        if target.max() <= 0:
            continue
        heaviest = float(np.bincount(row, problem.loads[m]).max())
        whole = np.minimum(target - np.floor(target), np.ceil(target) - target) / np.maximum(target, 1e-300)
        smallest[m] = max(heaviest / float(target.max()) - 1, float(whole.max()), 0.0)
    return smallest

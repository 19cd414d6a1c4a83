"""Name what makes a tolerance impossible before any search, and the smallest tolerance that could hold.

Each cause is a proof, so an empty answer promises nothing: whether a division within tolerance exists is NP-hard.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from optimize.territory.bridges import Bridge, bridges, left_over
from optimize.territory.layout import contract
from optimize.territory.problem import FloatArray, TerritoryProblem, Violation

MOST_HEAVY_NAMED = 20
MOST_BRIDGES_NAMED = 10
FINEST_SHARE = 1e-4  # to which the smallest tolerance is looked for
WIDEST_SHARE = 0.999


@dataclass(frozen=True, slots=True, eq=False)
class Precheck:
    """What stands against a problem.

    Parameters
    ----------
    causes : each makes the problem infeasible by itself; empty when none was found
    smallest_tolerance_share : (n_measures,) no smaller tolerance can hold, to `FINEST_SHARE` where parts or bridges
        decide; infinite when none can
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
    known = _bridges(problem)
    causes = [
        *_contradictions(problem), *_heavy(problem), *_no_whole_load(problem), *_parts(problem),
        *_hanging(problem, known),
    ]  # fmt: skip
    return Precheck(tuple(causes), _smallest(problem, known))


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
                found.append(
                    Violation(rule="cut_off_part", unit=int(units[0]), measure=measure, words=words, amount=float(load))
                )
    if able.all():
        found += _too_few_for_parts(problem, part)
    return found


def _too_few_for_parts(problem: TerritoryProblem, part: np.ndarray[tuple[int], np.dtype[np.int32]]) -> list[Violation]:
    """Parts that each fit some number of grids, but not together as many as there are."""
    n_parts = int(part.max()) + 1
    for m, measure in enumerate(problem.measures):
        loads = np.bincount(part, problem.loads[m], n_parts).astype(np.int64).tolist()
        counts = [_counts(load, problem, m) for load in loads]
        least, most = sum(max(low, 1) for low, _ in counts), sum(high for _, high in counts)
        if least > problem.n_grids or most < problem.n_grids:
            said = f"more than {problem.n_grids}" if least > problem.n_grids else f"fewer than {problem.n_grids}"
            words = f"No grid can leave its part of the map; {n_parts} parts need {said} grids for their {measure}."
            off = max(least - problem.n_grids, problem.n_grids - most)
            return [Violation(rule="cut_off_part", measure=measure, words=words, amount=float(off))]
    return []


def _bridges(problem: TerritoryProblem) -> tuple[list[Bridge], np.ndarray[tuple[int], np.dtype[np.int32]]]:
    """Return the bridges of the contracted map within bureaus, and the row of each unit."""
    row = contract(problem)
    a, b = problem.edges[:, 0], problem.edges[:, 1]
    ours = problem.jurisdiction
    is_open = ((ours[a] == ours[b]) | (ours[a] < 0) | (ours[b] < 0)) & (row[a] != row[b])
    n_rows = int(row.max()) + 1
    loads = np.stack([np.bincount(row, load, n_rows).astype(np.int64) for load in problem.loads])
    return bridges(n_rows, row[problem.edges[is_open]], loads), row


def _beyond(bridge: Bridge, problem: TerritoryProblem, m: int) -> int:
    """Return by how much the one grid that holds a bridge would be too heavy at the least; 0 when it need not be."""
    least, most = problem.load_range
    low, high = int(least[m].min()), int(most[m].max())
    rest = sum(left_over(int(load), low, high) for load in bridge.branches[:, m])
    return max(0, int(bridge.own[m]) + rest - high)


def _hanging(
    problem: TerritoryProblem, known: tuple[list[Bridge], np.ndarray[tuple[int], np.dtype[np.int32]]]
) -> list[Violation]:
    """Bridges whose far sides cannot fill grids of their own: what is left over is too much for one grid."""
    found = []
    listed, row = known
    for m, measure in enumerate(problem.measures):
        beyond = [(_beyond(bridge, problem, m), bridge) for bridge in listed]
        heavy = sorted((pair for pair in beyond if pair[0] > 0), key=lambda pair: (-pair[0], pair[1].row))
        for amount, bridge in heavy[:MOST_BRIDGES_NAMED]:
            unit = int(np.flatnonzero(row == bridge.row)[0])
            words = (
                f"Unit {unit} is a bridge: one grid alone can hold it, and what cannot fill grids of its own on its "
                f"{len(bridge.branches)} sides is {amount} {measure} more than a grid may have."
            )
            found.append(Violation(rule="bridge", unit=unit, measure=measure, words=words, amount=float(amount)))
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


def _smallest(
    problem: TerritoryProblem, known: tuple[list[Bridge], np.ndarray[tuple[int], np.dtype[np.int32]]]
) -> FloatArray:
    """Return a tolerance below which heavy units, whole numbers, parts or bridges leave no plan."""
    smallest = _smallest_of_units(problem)
    is_split = int(parts(problem).max()) > 0
    if not is_split and not known[0]:
        return smallest
    for m in range(len(problem.measures)):
        smallest[m] = _smallest_of_parts(problem, known[0], m, float(smallest[m]))
    return smallest


def _smallest_of_parts(problem: TerritoryProblem, known: list[Bridge], m: int, low: float) -> float:
    """Halve between a tolerance below which nothing holds and one at which no part or bridge is in the way."""

    def stands(share: float) -> bool:
        tolerance = problem.tolerance_share.copy()
        tolerance[m] = share
        at = replace(problem, tolerance_share=tolerance)
        in_the_way = any(cause.measure in ("", problem.measures[m]) for cause in _parts(at))
        return in_the_way or any(_beyond(bridge, at, m) > 0 for bridge in known)

    if low >= WIDEST_SHARE or not stands(low):
        return low
    if stands(WIDEST_SHARE):
        return float("inf")
    high = WIDEST_SHARE
    while high - low > FINEST_SHARE:
        middle = (low + high) / 2
        low, high = (middle, high) if stands(middle) else (low, middle)
    return low


def _smallest_of_units(problem: TerritoryProblem) -> FloatArray:
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

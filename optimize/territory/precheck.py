"""Name what makes a tolerance impossible before any search, and the smallest tolerance that could hold.

Each cause is a proof, so an empty answer promises nothing: whether a division within tolerance exists is NP-hard.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from optimize.territory.bridges import Bridge, bridges, left_over
from optimize.territory.held import Held, groups, hold, passable
from optimize.territory.least_churn import least_tolerance
from optimize.territory.precheck_held import (
    contradictions,
    left_over_for_open,
    left_over_of,
    parts,
    small_budget,
    smallest_of_held,
    torn_pins,
    wrongly_held,
)
from optimize.territory.problem import FloatArray, IntArray, TerritoryProblem, Violation

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
    opposed = contradictions(problem)
    if opposed:  # nothing that rests on what is fixed can be said
        causes = (*opposed, *_heavy(problem), *_no_whole_load(problem))
        return Precheck(causes, np.full(len(problem.measures), np.inf))
    held, known = hold(problem), _bridges(problem)
    apart = torn_pins(problem, held)
    causes = (
        *apart, *_heavy(problem), *wrongly_held(problem, held), *_no_whole_load(problem), *_parts(problem, held),
        *_hanging(problem, known), *left_over_for_open(problem, held), *small_budget(problem, held),
    )  # fmt: skip
    if apart or held.is_barred.any():
        return Precheck(causes, np.full(len(problem.measures), np.inf))
    return Precheck(causes, _smallest(problem, known, held))


def _heavy(problem: TerritoryProblem) -> list[Violation]:
    """Units or linked groups that are heavier than any grid may be."""
    found = []
    row = groups(problem)
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


def _parts(problem: TerritoryProblem, held: Held) -> list[Violation]:
    """Parts of the map that no open grid can leave and that no number of them fits."""
    part = parts(problem, ~held.is_closed[held.fixed_grid] | (held.fixed_grid < 0))
    n_parts = int(part.max()) + 1
    if n_parts <= 1:
        return []
    found, able = [], np.ones(n_parts, dtype=bool)
    by = "barriers, a bureau border or locked grids" if held.is_closed.any() else "barriers or a bureau border"
    for m, measure in enumerate(problem.measures):
        loads = np.bincount(part[part >= 0], problem.loads[m][part >= 0], n_parts).astype(np.int64).tolist()
        for number, load in enumerate(loads):
            low, high = _counts(load, problem, held, m)
            if low > high or high < 1:
                able[number] = False
                units = np.flatnonzero(part == number)
                words = (
                    f"{len(units)} units around unit {units[0]} are cut off by {by}; "
                    f"their {load} {measure} fit no whole number of grids of {problem.target[m].mean():.6g}."
                )
                found.append(
                    Violation(rule="cut_off_part", unit=int(units[0]), measure=measure, words=words, amount=float(load))
                )
    found.sort(key=lambda cause: cause.unit)
    if able.all():
        found += _too_few_for_parts(problem, held, part)
    return found


def _too_few_for_parts(problem: TerritoryProblem, held: Held, part: IntArray) -> list[Violation]:
    """Parts that each fit some number of grids, but not together as many as there are."""
    n_parts, n_open = int(part.max()) + 1, int((~held.is_closed).sum())
    for m, measure in enumerate(problem.measures):
        loads = np.bincount(part[part >= 0], problem.loads[m][part >= 0], n_parts).astype(np.int64).tolist()
        counts = [_counts(load, problem, held, m) for load in loads]
        least, most = sum(max(low, 1) for low, _ in counts), sum(high for _, high in counts)
        if least > n_open or most < n_open:
            said = f"more than {n_open}" if least > n_open else f"fewer than {n_open}"
            words = f"No grid can leave its part of the map; {n_parts} parts need {said} grids for their {measure}."
            off = max(least - n_open, n_open - most)
            return [Violation(rule="cut_off_part", measure=measure, words=words, amount=float(off))]
    return []


def _bridges(problem: TerritoryProblem) -> tuple[list[Bridge], IntArray]:
    """Return the bridges of the contracted map within bureaus, and the row of each unit."""
    row = groups(problem)
    is_open = passable(problem) & (row[problem.edges[:, 0]] != row[problem.edges[:, 1]])
    n_rows = int(row.max()) + 1
    loads = np.stack([np.bincount(row, load, n_rows).astype(np.int64) for load in problem.loads])
    return bridges(n_rows, row[problem.edges[is_open]], loads), row


def _beyond(bridge: Bridge, problem: TerritoryProblem, m: int) -> int:
    """Return by how much the one grid that holds a bridge would be too heavy at the least; 0 when it need not be."""
    least, most = problem.load_range
    low, high = int(least[m].min()), int(most[m].max())
    rest = sum(left_over(int(load), low, high) for load in bridge.branches[:, m])
    return max(0, int(bridge.own[m]) + rest - high)


def _hanging(problem: TerritoryProblem, known: tuple[list[Bridge], IntArray]) -> list[Violation]:
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


def _counts(load: int, problem: TerritoryProblem, held: Held, m: int) -> tuple[int, int]:
    """Return the least and greatest number of open grids that a load can fill within tolerance."""
    is_open = ~held.is_closed
    n_open = int(is_open.sum())
    least = int(problem.load_range[0][m, is_open].min(initial=load + 1))
    most = int(problem.load_range[1][m, is_open].max(initial=0))
    high = n_open if least <= 0 else load // least
    low = n_open + 1 if most <= 0 < load else -(-load // max(most, 1))
    return low, high


def _smallest(problem: TerritoryProblem, known: tuple[list[Bridge], IntArray], held: Held) -> FloatArray:
    """Return a tolerance below which units, whole numbers, parts, bridges, held loads or the budget leave no plan."""
    smallest = _smallest_of_units(problem)
    for m in range(len(problem.measures)):
        low = max(float(smallest[m]), smallest_of_held(problem, held, m), least_tolerance(problem, held, m))
        smallest[m] = _halved(problem, known[0], held, m, low)
    return smallest


def _halved(problem: TerritoryProblem, known: list[Bridge], held: Held, m: int, low: float) -> float:
    """Halve between a tolerance below which nothing holds and one at which no part or bridge is in the way."""

    def stands(share: float) -> bool:
        tolerance = problem.tolerance_share.copy()
        tolerance[m] = share
        at = replace(problem, tolerance_share=tolerance)
        in_the_way = any(cause.measure in ("", problem.measures[m]) for cause in _parts(at, held))
        return in_the_way or left_over_of(at, held, m) != 0 or any(_beyond(bridge, at, m) > 0 for bridge in known)

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
    row = groups(problem)
    smallest = np.zeros(len(problem.measures))
    for m in range(len(problem.measures)):
        target = problem.target[m]
        if target.max() <= 0:
            continue
        heaviest = float(np.bincount(row, problem.loads[m]).max())
        whole = np.minimum(target - np.floor(target), np.ceil(target) - target) / np.maximum(target, 1e-300)
        smallest[m] = max(heaviest / float(target.max()) - 1, float(whole.max()), 0.0)
    return smallest

"""The judge: says which rules a plan breaks, written from the rules and sharing no code with the search.

Cost O(n + m) for units and edges. Nothing is rounded: a load is within tolerance when its distance from the target is
at most the tolerance times the target, up to 1e-9 of it.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

from optimize.territory.problem import TerritoryProblem, Violation


def violations(problem: TerritoryProblem, grid_of_unit: ArrayLike) -> tuple[Violation, ...]:
    """Return every broken rule of the plan, worst kinds first; empty when the plan is feasible.

    Parameters
    ----------
    grid_of_unit : (n,) grid of each unit; a number outside [0, n_grids) counts as unassigned

    Raises
    ------
    ValueError
        when `grid_of_unit` has not one whole number for each unit.
    """
    plan = np.asarray(grid_of_unit)
    if plan.shape != (problem.n_units,) or plan.dtype.kind not in "iu":
        raise ValueError(f"a plan needs {problem.n_units} whole numbers, not {plan.dtype} of shape {plan.shape}")
    rules = (_unassigned, _empty, _broken, _overloaded, _fixed, _locked, _apart, _forbidden, _straddling, _churned)
    return tuple(found for rule in rules for found in rule(problem, plan))


def pieces_of_grid(problem: TerritoryProblem, plan: NDArray[np.integer]) -> NDArray[np.int64]:
    """Return (n_grids,) the number of connected pieces of each grid under barriers; empty units count."""
    n = problem.n_units
    a, b = problem.edges[:, 0], problem.edges[:, 1]
    same = plan[a] == plan[b]
    graph = csr_array((np.ones(same.sum(), dtype=np.int8), (a[same], b[same])), shape=(n, n))
    count, piece = connected_components(graph, directed=False)
    owners = np.empty(count, dtype=plan.dtype)
    owners[piece] = plan
    return np.bincount(owners[(owners >= 0) & (owners < problem.n_grids)], minlength=problem.n_grids)


def load_of_grid(problem: TerritoryProblem, plan: NDArray[np.integer]) -> NDArray[np.int64]:
    """Return (n_measures, n_grids) the load of each grid."""
    total = np.zeros((len(problem.measures), problem.n_grids), dtype=np.int64)
    known = (plan >= 0) & (plan < problem.n_grids)
    for row, load in zip(total, problem.loads, strict=True):
        np.add.at(row, plan[known], load[known])
    return total


def moved_weight(problem: TerritoryProblem, plan: NDArray[np.integer]) -> float:
    """Return the weight of units that have a present grid and lie in another."""
    left = (problem.previous >= 0) & (plan != problem.previous)
    return float(problem.weight[left].sum())


def _unassigned(problem: TerritoryProblem, plan: NDArray[np.integer]) -> Iterator[Violation]:
    for unit in np.flatnonzero((plan < 0) | (plan >= problem.n_grids)).tolist():
        yield Violation(rule="unassigned", unit=unit, words=f"Unit {unit} lies in no grid.", amount=1)


def _empty(problem: TerritoryProblem, plan: NDArray[np.integer]) -> Iterator[Violation]:
    for grid in np.setdiff1d(np.arange(problem.n_grids), plan).tolist():
        yield Violation(rule="empty_grid", grid=grid, words=f"Grid {grid} has no unit.", amount=1)


def _broken(problem: TerritoryProblem, plan: NDArray[np.integer]) -> Iterator[Violation]:
    count = pieces_of_grid(problem, plan)
    for grid in np.flatnonzero(count > 1).tolist():
        words = f"Grid {grid} lies in {count[grid]} pieces that staff cannot pass between."
        yield Violation(rule="broken_grid", grid=grid, words=words, amount=float(count[grid] - 1))


def _overloaded(problem: TerritoryProblem, plan: NDArray[np.integer]) -> Iterator[Violation]:
    load = load_of_grid(problem, plan)
    for m, measure in enumerate(problem.measures):
        total = float(problem.loads[m].sum())
        for grid, share in enumerate(problem.target_share.tolist()):
            target = total * share
            beyond = abs(float(load[m, grid]) - target) - float(problem.tolerance_share[m]) * target
            if beyond > 1e-9 * max(target, 1.0):
                side = "above" if load[m, grid] > target else "below"
                words = (
                    f"Grid {grid} has {load[m, grid]} {measure}, {abs(load[m, grid] - target):.6g} {side} its target "
                    f"of {target:.6g}; {beyond:.6g} more than {problem.tolerance_share[m]:.4g} of it allows."
                )
                yield Violation(rule="load", grid=grid, measure=measure, words=words, amount=beyond)


def _fixed(problem: TerritoryProblem, plan: NDArray[np.integer]) -> Iterator[Violation]:
    for unit in np.flatnonzero((problem.pinned >= 0) & (plan != problem.pinned)).tolist():
        words = f"Unit {unit} is pinned to grid {problem.pinned[unit]} but lies in {plan[unit]}."
        yield Violation(rule="pin", unit=unit, grid=int(problem.pinned[unit]), words=words, amount=1)
    for grid, unit in enumerate(problem.centre_unit.tolist()):
        if unit >= 0 and plan[unit] != grid:
            words = f"The staff base of grid {grid} is unit {unit}, which lies in grid {plan[unit]}."
            yield Violation(rule="pin", unit=unit, grid=grid, words=words, amount=1)


def _locked(problem: TerritoryProblem, plan: NDArray[np.integer]) -> Iterator[Violation]:
    for grid in sorted(set(problem.locked.tolist())):
        changed = np.flatnonzero((problem.previous == grid) != (plan == grid))
        if len(changed):
            words = f"Grid {grid} is locked but {len(changed)} units joined or left it, the first is unit {changed[0]}."
            yield Violation(rule="lock", grid=grid, unit=int(changed[0]), words=words, amount=float(len(changed)))


def _apart(problem: TerritoryProblem, plan: NDArray[np.integer]) -> Iterator[Violation]:
    for group in np.unique(problem.must_link[problem.must_link >= 0]).tolist():
        members = np.flatnonzero(problem.must_link == group)
        grids = np.unique(plan[members]).tolist()
        if len(grids) > 1:
            words = f"The units of group {group} must stay together but lie in grids {', '.join(map(str, grids))}."
            yield Violation(rule="must_link", unit=int(members[0]), words=words, amount=float(len(grids) - 1))


def _forbidden(problem: TerritoryProblem, plan: NDArray[np.integer]) -> Iterator[Violation]:
    for unit, grid in problem.forbidden.tolist():
        if plan[unit] == grid:
            words = f"Unit {unit} must not lie in grid {grid}."
            yield Violation(rule="forbidden", unit=unit, grid=grid, words=words, amount=1)


def _straddling(problem: TerritoryProblem, plan: NDArray[np.integer]) -> Iterator[Violation]:
    bound = (problem.jurisdiction >= 0) & (plan >= 0) & (plan < problem.n_grids)
    bureaus_of_grid: dict[int, list[int]] = {}
    for grid, bureau in np.unique(np.column_stack([plan, problem.jurisdiction])[bound], axis=0).tolist():
        bureaus_of_grid.setdefault(grid, []).append(bureau)
    for grid, bureaus in bureaus_of_grid.items():
        if len(bureaus) > 1:
            words = f"Grid {grid} lies in jurisdictions {', '.join(map(str, bureaus))}; it may lie in one only."
            yield Violation(rule="jurisdiction", grid=grid, words=words, amount=float(len(bureaus) - 1))


def _churned(problem: TerritoryProblem, plan: NDArray[np.integer]) -> Iterator[Violation]:
    if problem.churn_budget is None:
        return
    moved = moved_weight(problem, plan)
    beyond = moved - problem.churn_budget
    if beyond > 1e-9 * max(1.0, problem.churn_budget):
        words = f"{moved:.6g} leave their present grid, {beyond:.6g} over the budget of {problem.churn_budget:.6g}."
        yield Violation(rule="churn_budget", words=words, amount=beyond)

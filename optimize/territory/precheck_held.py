"""What pins, locks, bans and the churn budget make impossible: the part of the precheck that looks at single grids."""

from __future__ import annotations

import numpy as np
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from optimize.territory.held import BoolArray, Held, groups, passable
from optimize.territory.least_churn import least_churn
from optimize.territory.problem import NOBODY, FloatArray, IntArray, TerritoryProblem, Violation

MOST_NAMED = 10  # of each kind


def contradictions(problem: TerritoryProblem) -> list[Violation]:
    """Pins, staff bases, locks, groups and forbidden pairs that exclude each other."""
    row, n = groups(problem), problem.n_units
    locked = np.where(np.isin(problem.previous, problem.locked), problem.previous, NOBODY)
    base = np.flatnonzero(problem.centre_unit >= 0)
    pinned = np.flatnonzero(problem.pinned >= 0)
    stays = np.flatnonzero(locked >= 0)
    at = np.concatenate([pinned, problem.centre_unit[base], stays])
    grid = np.concatenate([problem.pinned[pinned], base, locked[stays]])
    wanted = np.unique(np.column_stack([row[at], grid]), axis=0)
    found = []
    for r in np.flatnonzero(np.bincount(wanted[:, 0], minlength=n) > 1)[:MOST_NAMED].tolist():
        unit, grids = int(np.flatnonzero(row == r)[0]), wanted[wanted[:, 0] == r, 1].tolist()
        words = f"Unit {unit} and the units linked to it are fixed to grids {', '.join(map(str, grids))}."
        found.append(Violation(rule="must_link", unit=unit, words=words, amount=float(len(grids) - 1)))
    fixed = np.full(n, NOBODY)
    fixed[wanted[:, 0]] = wanted[:, 1]
    fixed = fixed[row]
    joins = np.flatnonzero(np.isin(fixed, problem.locked) & (fixed != problem.previous))
    banned = problem.forbidden[fixed[problem.forbidden[:, 0]] == problem.forbidden[:, 1], 0]
    for unit in np.unique(np.concatenate([joins, banned]))[:MOST_NAMED].tolist():
        words = f"Unit {unit} is fixed to grid {fixed[unit]} and forbidden there."
        found.append(Violation(rule="forbidden", unit=unit, grid=int(fixed[unit]), words=words, amount=1))
    return found


def torn_pins(problem: TerritoryProblem, held: Held) -> list[Violation]:
    """Grids whose fixed units no way joins: a barrier or a bureau border parts them, or what others hold."""
    part, found = parts(problem), []
    named = set()
    for unit, other, grid in held.torn:
        named.add(grid)
        if part[unit] != part[other]:
            rule, between = "pins_apart", "by barriers or a bureau border"
        else:
            rule, between = "pins_crossing", "by what is fixed to other grids or must not lie in it"
        words = f"Units {unit} and {other} are fixed to grid {grid} but kept apart {between}."
        found.append(Violation(rule=rule, unit=other, grid=grid, words=words, amount=1))
    bound = np.flatnonzero((problem.jurisdiction >= 0) & (held.fixed_grid >= 0))
    for grid in np.setdiff1d(held.fixed_grid[bound], list(named)).tolist():
        units = bound[held.fixed_grid[bound] == grid]
        abroad = units[problem.jurisdiction[units] != problem.jurisdiction[units[0]]]
        if len(abroad):
            words = f"Units {units[0]} and {abroad[0]} are fixed to grid {grid} but lie in two bureaus."
            found.append(Violation(rule="pins_apart", unit=int(abroad[0]), grid=grid, words=words, amount=1))
    return found[:MOST_NAMED]


def wrongly_held(problem: TerritoryProblem, held: Held) -> list[Violation]:
    """Grids in which too much is fixed, or which too little may join."""
    least, most = problem.load_range
    found = [
        Violation(rule="barred_grid", grid=grid, words=f"No unit may lie in grid {grid}.", amount=1)
        for grid in np.flatnonzero(held.is_barred)[:MOST_NAMED].tolist()
    ]
    for m, measure in enumerate(problem.measures):
        over, under = held.fixed[m] - most[m], least[m] - held.reach[m]
        under[held.is_barred] = 0
        for sign, off in (("heavy", over), ("light", under)):
            wrong = np.flatnonzero(off > 0)
            for grid in wrong[np.argsort(-off[wrong], kind="stable")][:MOST_NAMED].tolist():
                units = np.flatnonzero(held.fixed_grid == grid)
                found.append(
                    Violation(
                        rule=f"{'locked' if held.is_closed[grid] else 'pinned'}_{sign}",
                        words=_held_words(problem, held, m, grid),
                        grid=grid,
                        unit=int(units[0]) if len(units) else NOBODY,
                        measure=measure,
                        amount=float(off[grid]),
                    )
                )
    return found


def _held_words(problem: TerritoryProblem, held: Held, m: int, grid: int) -> str:
    least, most = (int(limit[m, grid]) for limit in problem.load_range)
    allowed = f"a grid may have {least} to {most} {problem.measures[m]}"
    if held.is_closed[grid]:
        return f"Grid {grid} stays as it is, with {held.fixed[m, grid]}; {allowed}."
    if held.fixed[m, grid] > most:
        return f"What is fixed to grid {grid} comes to {held.fixed[m, grid]}; {allowed}."
    return f"No more than {held.reach[m, grid]} can come to lie in grid {grid}; {allowed}."


def left_over_of(problem: TerritoryProblem, held: Held, m: int) -> int:
    """Return by how much grids that hold what they must need more of a measure than there is, minus = can take less."""
    least, most = problem.load_range
    total = int(problem.loads[m].sum())
    lacking = int(np.maximum(least[m], held.fixed[m]).sum()) - total
    beyond = total - int(np.minimum(most[m], held.reach[m]).sum())
    return max(lacking, 0) or -max(beyond, 0)


def left_over_for_open(problem: TerritoryProblem, held: Held) -> list[Violation]:
    """Loads that are impossible for all grids together and for none alone: what is held leaves others too little."""
    found = []
    least, most = problem.load_range
    for m, measure in enumerate(problem.measures):
        if (held.fixed[m] > most[m]).any() or (held.reach[m] < least[m]).any() or (least[m] > most[m]).any():
            continue
        off = left_over_of(problem, held, m)
        if off and (held.fixed[m].any() or held.reach[m].min() < problem.loads[m].sum()):
            side = "less than the other grids need" if off > 0 else "more than the other grids may have"
            words = f"What pins, locks and bans leave is {abs(off)} {measure} {side}."
            rule = "left_too_little" if off > 0 else "left_too_much"
            found.append(Violation(rule=rule, measure=measure, words=words, amount=float(abs(off))))
    return found


def small_budget(problem: TerritoryProblem, held: Held) -> list[Violation]:
    """The churn budget, where no plan within every tolerance is within it."""
    budget = problem.churn_budget
    least = least_churn(problem, held) if budget is not None else None
    if budget is None or least is None or least <= budget:
        return []
    words = f"At least {least:.6g} must leave their present grid; the budget is {budget:.6g}."
    return [Violation(rule="small_budget", words=words, amount=least - budget)]


def smallest_of_held(problem: TerritoryProblem, held: Held, m: int) -> float:
    """Return a tolerance of one measure below which a grid holds too much or can come to hold too little."""
    target: FloatArray = problem.target[m]
    if target.max(initial=0.0) <= 0:
        return 0.0
    return max(0.0, float((held.fixed[m] / target - 1).max()), float((1 - held.reach[m] / target).max()))


def parts(problem: TerritoryProblem, is_open: BoolArray | None = None) -> IntArray:
    """Return (n,) the connected part of each open unit when edges between different bureaus are cut, -1 for others."""
    n = problem.n_units
    chosen = np.ones(n, dtype=bool) if is_open is None else is_open
    a, b = problem.edges[passable(problem) & chosen[problem.edges].all(axis=1)].T
    number = np.full(n, NOBODY, dtype=np.int32)
    graph = coo_matrix((np.ones(len(a)), (a, b)), shape=(n, n))
    found = connected_components(graph, directed=False)[1]
    number[chosen] = np.unique(found[chosen], return_inverse=True)[1].ravel()
    return number

"""CP-SAT on a few neighbouring grids: the exact part of the search, and all of it for the engine "ortools".

The rows of two or three touching grids are divided anew around the present centroids. Contiguity is the hop tree of
Zoltners & Sinha (1983): a row may join a grid only with a neighbour that is nearer, in steps, to the row at its centre.
That is stricter than contiguity, so a neighbourhood without a better plan proves nothing. One worker, a fixed seed and
a limit in deterministic time make a solve repeatable.
"""

from __future__ import annotations

import math
from heapq import heapify, heappop, heappush
from typing import Any

import numpy as np
from numpy.typing import NDArray

from optimize.territory.anneal import State
from optimize.territory.ejection import touching, ways_to_room
from optimize.territory.layout import Layout
from optimize.territory.problem import IntArray
from optimize.territory.search import Search

COST_SCALE = 1000
EFFORT_PER_ROW = 0.002  # deterministic seconds of CP-SAT
ITERATIONS = 100  # that one neighbourhood counts for
UNREACHED = 1 << 30
BAND = 4  # steps from another grid within which rows are free to move
LONGEST = 4  # grids of one neighbourhood on the way of excess load
EXCESS_PRICE = 50.0  # of one unit of load beyond its range, in greatest squared distances


def polish(search: Search, until: float, most_rounds: int, *, for_range: bool = False) -> None:
    """Re-divide pairs and triples of touching grids until the share `until` of the run, those out of range first.

    Parameters
    ----------
    for_range : end as soon as every load is within its range
    """
    layout = search.layout
    for k in range(most_rounds):
        if search.budget.is_over or search.budget.share() >= until or (for_range and search.incumbent.excess <= 0):
            return
        state = search.state_of(search.incumbent.grid)
        grids = _neighbourhood(layout, state, search.rng, 2 + k % 2)
        if len(grids) < 2:
            return
        better = divide(layout, state, grids, search.budget.seconds_left())
        if better is not None:
            search.note(search.state_of(better))
        search.spend(ITERATIONS)


def _neighbourhood(layout: Layout, state: State, rng: np.random.Generator, size: int) -> list[int]:
    """Return touching grids; locked ones stay out.

    They begin with a way from a grid out of range to the nearest one that can take or give, if there is such a grid.
    """
    ends = state.grid[layout.edges]
    pairs = np.unique(ends[ends[:, 0] != ends[:, 1]], axis=0)
    open_pairs = pairs[~layout.board.is_closed[pairs].any(axis=1)]
    if not len(open_pairs):
        return []
    outside = np.flatnonzero(((state.load < layout.board.least) | (state.load > layout.board.most)).any(axis=1))
    grids = [int(rng.choice(open_pairs[:, 0]))]
    if len(outside):
        grids = _way_to_room(layout, state, int(rng.choice(outside)))
    while len(grids) < size:
        beside = open_pairs[np.isin(open_pairs, grids).any(axis=1)]
        others = np.setdiff1d(beside, grids)
        if not len(others):
            break
        grids.append(int(rng.choice(others)))
    return grids


def _way_to_room(layout: Layout, state: State, first: int) -> list[int]:
    """Return the grids on a shortest way from one out of range to one with room for its load, at most `LONGEST`."""
    board = layout.board
    is_over = (state.load[first] > board.most[first]).any()
    room = board.most - state.load if is_over else state.load - board.least
    has_room = np.asarray((room > 0).all(axis=1))
    return next(ways_to_room(first, touching(layout, state.grid), has_room), [first])[:LONGEST]


def divide(layout: Layout, state: State, grids: list[int], most_seconds: float = math.inf) -> IntArray | None:
    """Return the plan with the rows of `grids` near their common borders divided anew, or None if CP-SAT found none.

    The present plan is one of the model's plans, so that only a better one is worth returning. `most_seconds` by the
    clock end a solve that deterministic time does not.
    """
    from ortools.sat.python import cp_model  # 70 MB with what it imports; most runs never come here

    rows = np.flatnonzero(np.isin(state.grid, grids))
    is_near = _near_border(layout, state, rows)
    if not is_near.any():
        return None
    model = cp_model.CpModel()
    x = [[model.new_bool_var("") for _ in grids] for _ in rows]
    for i, row in enumerate(rows.tolist()):
        model.add_exactly_one(x[i])
        for j, g in enumerate(grids):
            if layout.fixed[row] >= 0:
                model.add(x[i][j] == int(layout.fixed[row] == g))
            elif not is_near[i]:
                model.add(x[i][j] == int(state.grid[row] == g))
            elif _is_barred(layout, row, g):
                model.add(x[i][j] == 0)
            model.add_hint(x[i][j], int(state.grid[row] == g))
    price = [_distances(layout, state, rows, g) for g in grids]
    objective = [int(price[j][i]) * x[i][j] for i in range(len(rows)) for j in range(len(grids)) if price[j][i]]
    objective += _range_terms(model, layout, rows, grids, x, max(int(p.max()) for p in price))
    objective += _border_terms(model, layout, rows, grids, x)
    _keep_whole(model, layout, state, rows, grids, x)
    model.minimize(sum(objective))
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    solver.parameters.random_seed = 1
    solver.parameters.max_deterministic_time = EFFORT_PER_ROW * int(is_near.sum())
    if math.isfinite(most_seconds):
        solver.parameters.max_time_in_seconds = most_seconds
    if solver.solve(model) not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
        return None
    plan = state.grid.copy()
    for i, row in enumerate(rows.tolist()):
        plan[row] = next(g for j, g in enumerate(grids) if solver.boolean_value(x[i][j]))
    return plan


def _near_border(layout: Layout, state: State, rows: NDArray[np.intp]) -> NDArray[np.bool_]:
    """Return which of the rows are at most `BAND` steps from another grid of the neighbourhood."""
    is_inside = np.zeros(layout.n_rows, dtype=np.bool_)
    is_inside[rows] = True
    edges = layout.edges[is_inside[layout.edges].all(axis=1)]
    near = np.zeros(layout.n_rows, dtype=np.bool_)
    near[edges[state.grid[edges[:, 0]] != state.grid[edges[:, 1]]]] = True
    for _ in range(BAND - 1):
        touched = edges[near[edges].any(axis=1)]
        near[touched] = True
    return near[rows]


def _is_barred(layout: Layout, row: int, g: int) -> bool:
    board = layout.board
    wrong_region = board.region[row] >= 0 and board.region[row] != board.region_of_grid[g]
    return bool(wrong_region or (board.ban_grid[board.ban_start[row] : board.ban_start[row + 1]] == g).any())


def _distances(layout: Layout, state: State, rows: NDArray[np.intp], g: int) -> NDArray[np.int64]:
    """Return (n_rows,) whole prices of each row in grid g: inertia to its present centroid and churn."""
    board = layout.board
    centre = np.array([state.X[g], state.Y[g]]) / max(float(state.W[g]), 1e-12)
    squared = ((layout.xy_km[rows] - centre) ** 2).sum(axis=1) * board.weight[rows]
    left = (board.previous[rows] >= 0) & (board.previous[rows] != g)
    return np.asarray(np.round(COST_SCALE * (squared + left * board.move_price * board.weight[rows])), dtype=np.int64)


def _range_terms(
    model: Any, layout: Layout, rows: NDArray[np.intp], grids: list[int], x: list[list[Any]], dearest: int
) -> list[Any]:
    """Bind each grid's loads to their range; return priced slack."""
    terms = []
    for j, g in enumerate(grids):
        for m in range(layout.board.loads.shape[1]):
            load = layout.board.loads[rows, m]
            total = sum(int(w) * x[i][j] for i, w in enumerate(load) if w)
            below, above = (model.new_int_var(0, int(load.sum()), "") for _ in range(2))
            model.add(total + below >= int(layout.board.least[g, m]))
            model.add(total - above <= int(layout.board.most[g, m]))
            terms.append(int(EXCESS_PRICE * dearest + 1) * (below + above))
    return terms


def _border_terms(
    model: Any, layout: Layout, rows: NDArray[np.intp], grids: list[int], x: list[list[Any]]
) -> list[Any]:
    """Return what borders between the grids cost."""
    board = layout.board
    at = {row: i for i, row in enumerate(rows.tolist())}
    terms = []
    for row, i in at.items():
        for k in range(board.tie_start[row], board.tie_start[row + 1]):
            other = at.get(int(board.tie_neighbour[k]))
            cost = round(COST_SCALE * float(board.tie_cost[k]))
            if other is None or other <= i or cost <= 0:
                continue
            is_cut = model.new_bool_var("")
            for j in range(len(grids)):
                model.add(is_cut >= x[i][j] - x[other][j])
            terms.append(cost * is_cut)
    return terms


def _keep_whole(
    model: Any, layout: Layout, state: State, rows: NDArray[np.intp], grids: list[int], x: list[list[Any]]
) -> None:
    """Let a row join a grid only with a neighbour that is fewer steps from the row nearest to its centroid.

    Steps are counted inside the grid first and go on outside from there: so the present plan always keeps the rule.
    """
    at = np.full(layout.n_rows, -1)
    at[rows] = np.arange(len(rows))
    inside = at[layout.edges]
    inside = inside[(inside >= 0).all(axis=1)]
    neighbours = [[] for _ in rows]  # type: list[list[int]]
    for a, b in inside.tolist():
        neighbours[a].append(b)
        neighbours[b].append(a)
    for j, g in enumerate(grids):
        is_own = state.grid[rows] == g
        own = np.flatnonzero(is_own)
        centre = np.array([state.X[g], state.Y[g]]) / max(float(state.W[g]), 1e-12)
        root = int(own[np.argmin(((layout.xy_km[rows[own]] - centre) ** 2).sum(axis=1))])
        steps = _steps(neighbours, is_own.tolist(), root)
        model.add(x[root][j] == 1)
        for i in range(len(rows)):
            if i != root:
                nearer = [x[k][j] for k in neighbours[i] if steps[k] < steps[i]]
                model.add_bool_or([*nearer, x[i][j].negated()])


def _steps(neighbours: list[list[int]], is_own: list[bool], root: int) -> list[int]:
    """Return steps from the root, through the grid's own rows first and then from them through the others."""
    steps = [UNREACHED] * len(neighbours)
    steps[root] = 0
    queue = [root]
    for i in queue:
        for k in neighbours[i]:
            if is_own[k] and steps[k] == UNREACHED:
                steps[k] = steps[i] + 1
                queue.append(k)
    heap = [(steps[i], i) for i in queue]
    heapify(heap)
    while heap:
        step, i = heappop(heap)
        if step > steps[i]:
            continue
        for k in neighbours[i]:
            if not is_own[k] and step + 1 < steps[k]:
                steps[k] = step + 1
                heappush(heap, (step + 1, k))
    return steps

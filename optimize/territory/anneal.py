"""Simulated annealing of single border units, the work horse of the search.

A proposal picks a unit on the border of its grid and a neighbouring grid. The change of the objective is O(degree):
inertia from each grid's moments (weight, sum x, sum y), borders from the unit's neighbours, load beyond tolerance from
the grids' loads. Contiguity is never given up. The best plan without excess load is kept aside, so that a run that ends
in a bad moment loses nothing. Sums are kept in dyadic fractions, exact in float64, and the random numbers are
xorshift64* from the caller's seed: the same input gives the same bytes.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from optimize.territory.answers import best_entry, best_exit, price_load
from optimize.territory.board import (
    ACCEPTED,
    BEST,
    CHAINS,
    COST,
    EXCESS,
    MOVED,
    N_BORDER,
    N_JOURNAL,
    TICK,
    Board,
    Floats,
    Ints,
    State,
    may_join,
    outside,
    pull,
    uncounted,
)
from optimize.territory.graph import holds_together

__all__ = [
    "ACCEPTED",
    "BEST",
    "CHAINS",
    "COST",
    "EXCESS",
    "MOVED",
    "N_BORDER",
    "N_JOURNAL",
    "TICK",
    "Board",
    "Floats",
    "Ints",
    "State",
    "anneal",
    "keep_best",
    "make_move",
    "may_join",
    "next_random",
    "outside",
    "price_move",
    "pull",
    "recount",
]


@uncounted(inline="always")
def next_random(random: NDArray[np.uint64]) -> Any:
    """Advance xorshift64* (Vigna 2016)."""
    x = random[0]
    x ^= x >> np.uint64(12)
    x ^= x << np.uint64(25)
    x ^= x >> np.uint64(27)
    random[0] = x
    return x * np.uint64(2685821657736338717)


@uncounted(inline="always")
def below(random: NDArray[np.uint64], n: int) -> Any:
    """Return a number in [0, n)."""
    return np.int64((next_random(random) >> np.uint64(32)) * np.uint64(n) >> np.uint64(32))


@uncounted(inline="always")
def uniform(random: NDArray[np.uint64]) -> float:
    """Return a number in (0, 1]."""
    return (np.float64(next_random(random) >> np.uint64(11)) + 1.0) * (1.0 / 9007199254740992.0)


@uncounted()
def put_on_border(unit: int, state: State) -> None:
    """Add the unit to the border list and to its grid's chain of border units."""
    at = state.counts[N_BORDER]
    state.border[at] = unit
    state.border_at[unit] = at
    state.counts[N_BORDER] = at + 1
    grid = state.grid[unit]
    first = state.head[grid]
    state.before[unit] = -1
    state.after[unit] = first
    if first >= 0:
        state.before[first] = unit
    state.head[grid] = unit


@uncounted()
def take_off_border(unit: int, state: State) -> None:
    """Take the unit off both; its grid must be the one it was added under."""
    at = state.border_at[unit]
    last = state.border[state.counts[N_BORDER] - 1]
    state.border[at] = last
    state.border_at[last] = at
    state.border_at[unit] = -1
    state.counts[N_BORDER] -= 1
    before = state.before[unit]
    after = state.after[unit]
    if before >= 0:
        state.after[before] = after
    else:
        state.head[state.grid[unit]] = after
    if after >= 0:
        state.before[after] = before


@uncounted()
def recount(board: Board, state: State) -> None:
    """Compute every sum of `state` from its `grid` alone."""
    n = len(state.grid)
    n_measures = board.loads.shape[1]
    state.W[:] = 0.0
    state.X[:] = 0.0
    state.Y[:] = 0.0
    state.load[:] = 0
    state.size[:] = 0
    state.border_at[:] = -1
    state.head[:] = -1
    state.counts[N_BORDER] = 0
    cost = 0.0
    moved = 0.0
    for u in range(n):
        g = state.grid[u]
        state.W[g] += board.weight[u]
        state.X[g] += board.sx[u]
        state.Y[g] += board.sy[u]
        state.size[g] += 1
        for m in range(n_measures):
            state.load[g, m] += board.loads[u, m]
        if board.previous[u] >= 0 and board.previous[u] != g:
            moved += board.weight[u]
        for k in range(board.tie_start[u], board.tie_start[u + 1]):
            v = board.tie_neighbour[k]
            if v > u and state.grid[v] != g:
                cost += board.tie_cost[k]
        state.foreign[u] = 0
        for k in range(board.start[u], board.start[u + 1]):
            if state.grid[board.neighbour[k]] != g:
                state.foreign[u] += 1
        if state.foreign[u] > 0:
            put_on_border(u, state)
    excess = max(0.0, moved - board.budget)
    for g in range(len(state.W)):
        cost += pull(state.X[g], state.Y[g], state.W[g])
        for m in range(n_measures):
            excess += outside(state.load[g, m], board.least[g, m], board.most[g, m])
    state.value[COST] = cost + board.move_price * moved
    state.value[EXCESS] = excess
    state.value[MOVED] = moved


@uncounted(inline="always")
def price_move(
    unit: int, to: int, board: Board, state: State, excess_price: Floats
) -> tuple[float, float, float, float]:
    """Return the changes of cost, price of excess, excess and moved weight if the unit joins the grid `to`."""
    a = state.grid[unit]
    w = board.weight[unit]
    cost = 0.0
    moved = 0.0
    excess = 0.0
    price = 0.0
    if w > 0.0:
        x = board.sx[unit]
        y = board.sy[unit]
        cost += pull(state.X[a] - x, state.Y[a] - y, state.W[a] - w) - pull(state.X[a], state.Y[a], state.W[a])
        cost += pull(state.X[to] + x, state.Y[to] + y, state.W[to] + w) - pull(state.X[to], state.Y[to], state.W[to])
        if board.previous[unit] >= 0:
            if board.previous[unit] == a:
                moved = w
            elif board.previous[unit] == to:
                moved = -w
            if moved != 0.0:
                now = state.value[MOVED]
                cost += board.move_price * moved
                over = max(0.0, now + moved - board.budget) - max(0.0, now - board.budget)
                excess += over
                price += excess_price[len(state.W), 0] * over
    for m in range(board.loads.shape[1]):
        load = board.loads[unit, m]
        if load > 0:
            here = state.load[a, m]
            there = state.load[to, m]
            less = outside(here - load, board.least[a, m], board.most[a, m])
            less -= outside(here, board.least[a, m], board.most[a, m])
            more = outside(there + load, board.least[to, m], board.most[to, m])
            more -= outside(there, board.least[to, m], board.most[to, m])
            excess += less + more
            price += excess_price[a, m] * less + excess_price[to, m] * more
    for k in range(board.tie_start[unit], board.tie_start[unit + 1]):
        other = state.grid[board.tie_neighbour[k]]
        if other == a:
            cost += board.tie_cost[k]
        elif other == to:
            cost -= board.tie_cost[k]
    return cost, price, excess, moved


@uncounted(inline="always")
def count_over(unit: int, to: int, board: Board, state: State) -> None:
    """Let the unit join the grid in all sums, the list of border units left as it is."""
    a = state.grid[unit]
    w = board.weight[unit]
    state.grid[unit] = to
    state.W[a] -= w
    state.W[to] += w
    state.X[a] -= board.sx[unit]
    state.X[to] += board.sx[unit]
    state.Y[a] -= board.sy[unit]
    state.Y[to] += board.sy[unit]
    state.size[a] -= 1
    state.size[to] += 1
    for m in range(board.loads.shape[1]):
        state.load[a, m] -= board.loads[unit, m]
        state.load[to, m] += board.loads[unit, m]


@uncounted()
def make_move(unit: int, to: int, board: Board, state: State) -> None:
    """Let the unit join the grid and bring the sums and the border list up to date."""
    a = state.grid[unit]
    if state.border_at[unit] >= 0:
        take_off_border(unit, state)
    count_over(unit, to, board, state)
    first = board.start[unit]
    last = board.start[unit + 1]
    own = 0
    for k in range(first, last):
        other = board.neighbour[k]
        if state.grid[other] == to:
            own += 1
            state.foreign[other] -= 1
            if state.foreign[other] == 0:
                take_off_border(other, state)
        elif state.grid[other] == a:
            state.foreign[other] += 1
            if state.foreign[other] == 1:
                put_on_border(other, state)
    state.foreign[unit] = last - first - own
    if own < last - first:
        put_on_border(unit, state)
    at = state.counts[N_JOURNAL]
    if at >= 0:
        if at < len(state.journal):
            state.journal[at] = unit
            state.counts[N_JOURNAL] = at + 1
        else:
            state.counts[N_JOURNAL] = -1


@uncounted()
def keep_best(state: State) -> None:
    """Set the present plan aside as the best one, copying only what changed since the last time."""
    at = state.counts[N_JOURNAL]
    if at < 0:
        for unit in range(len(state.grid)):
            state.best[unit] = state.grid[unit]
    else:
        for k in range(at):
            unit = state.journal[k]
            state.best[unit] = state.grid[unit]
    state.counts[N_JOURNAL] = 0
    state.value[BEST] = state.value[COST]


@uncounted(nogil=True)
def anneal(  # noqa: PLR0912, PLR0915 - one loop, kept in one compiled function
    board: Board, state: State, n_proposals: int, hot: float, cold: float, excess_price: Floats, chain_share: float
) -> None:
    """Make `n_proposals` proposals while the temperature falls geometrically from `hot` to `cold` (objective units).

    Parameters
    ----------
    excess_price : (n_grids + 1, n_measures) objective per unit of load outside its range, by grid; the last
        row holds the price of weight over the churn budget
    chain_share : share of the moves that would add excess which are tried together with the best answering move
    """
    recount(board, state)
    temperature = hot
    fall = (cold / hot) ** (1.0 / max(1, n_proposals))
    random = state.random
    for _ in range(n_proposals):
        temperature *= fall
        if state.counts[N_BORDER] == 0:
            return
        unit = state.border[below(random, state.counts[N_BORDER])]
        if board.is_fixed[unit]:
            continue
        first = board.start[unit]
        home = state.grid[unit]
        to = state.grid[board.neighbour[first + below(random, board.start[unit + 1] - first)]]
        if to == home or not may_join(unit, to, board):
            continue
        cost, price, excess, moved = price_move(unit, to, board, state, excess_price)
        change = cost + price
        limit = 0.0
        if change > 0.0:
            limit = -temperature * np.log(uniform(random))
        alone = change <= limit
        if not alone and (price <= 0.0 or cost > 4 * limit or uniform(random) > chain_share):
            continue
        state.counts[TICK] += 2
        if not holds_together(
            unit, state.grid, board.start, board.neighbour, board.ring, state.stamp, state.counts[TICK], state.queue
        ):
            continue
        if not alone:
            # what borders the two grids is the same before and after, but for the unit itself: sums are enough
            count_over(unit, to, board, state)
            state.value[MOVED] += moved
            if price_load(unit, to, -1, board, state, excess_price) < 0.0:  # the grid that was joined holds too much
                second, second_to, answer = best_exit(unit, to, board, state, excess_price)
            else:
                second, second_to, answer = best_entry(unit, home, board, state, excess_price)
            good = second >= 0 and change + answer <= limit
            if good:
                state.counts[TICK] += 2
                good = holds_together(
                    second,
                    state.grid,
                    board.start,
                    board.neighbour,
                    board.ring,
                    state.stamp,
                    state.counts[TICK],
                    state.queue,
                )
            if good:
                cost2, _, excess2, moved2 = price_move(second, second_to, board, state, excess_price)
            state.value[MOVED] -= moved
            count_over(unit, home, board, state)
            if not good:
                continue
            make_move(second, second_to, board, state)
            cost += cost2
            excess += excess2
            moved += moved2
            state.counts[CHAINS] += 1
        make_move(unit, to, board, state)
        state.counts[ACCEPTED] += 1
        state.value[COST] += cost
        state.value[EXCESS] += excess
        state.value[MOVED] += moved
        if state.value[COST] < state.value[BEST] - 1e-9 and state.value[EXCESS] < 1e-9:
            keep_best(state)

"""Answers to a move that brings load out of range: the cheapest second move that mends it."""

from __future__ import annotations

import numpy as np

from optimize.territory.board import MOVED, TICK, Board, Floats, State, may_join, outside, pull, uncounted


@uncounted(inline="always")
def price_load(unit: int, grid: int, sign: int, board: Board, state: State, excess_price: Floats) -> float:
    """Return the change of the priced load of a grid outside its range if the unit joins it (1) or leaves it (-1)."""
    price = 0.0
    for m in range(board.loads.shape[1]):
        here = state.load[grid, m]
        there = here + sign * board.loads[unit, m]
        change = outside(there, board.least[grid, m], board.most[grid, m])
        change -= outside(here, board.least[grid, m], board.most[grid, m])
        price += excess_price[grid, m] * change
    return price


@uncounted(inline="always")
def price_churn(unit: int, home: int, to: int, board: Board, state: State, excess_price: Floats) -> float:
    """Return the change of the priced weight over the churn budget if the unit leaves its home for another grid."""
    moved = 0.0
    if board.previous[unit] == home:
        moved = board.weight[unit]
    elif board.previous[unit] == to:
        moved = -board.weight[unit]
    now = state.value[MOVED]
    over = max(0.0, now + moved - board.budget) - max(0.0, now - board.budget)
    return float(excess_price[len(state.W), 0] * over)


@uncounted(inline="always")
def price_switch(unit: int, home: int, to: int, board: Board, state: State) -> float:
    """Return the change of cost, loads aside, if the unit leaves its home for another grid."""
    w, x, y = board.weight[unit], board.sx[unit], board.sy[unit]
    cost = 0.0
    if w > 0.0:
        cost += pull(state.X[home] - x, state.Y[home] - y, state.W[home] - w)
        cost -= pull(state.X[home], state.Y[home], state.W[home])
        cost += pull(state.X[to] + x, state.Y[to] + y, state.W[to] + w) - pull(state.X[to], state.Y[to], state.W[to])
        if board.previous[unit] == home:
            cost += board.move_price * w
        elif board.previous[unit] == to:
            cost -= board.move_price * w
    for k in range(board.tie_start[unit], board.tie_start[unit + 1]):
        other = state.grid[board.tie_neighbour[k]]
        if other == home:
            cost += board.tie_cost[k]
        elif other == to:
            cost -= board.tie_cost[k]
    return cost


@uncounted()
def best_exit(unit: int, home: int, board: Board, state: State, excess_price: Floats) -> tuple[int, int, float]:
    """Return (unit, grid, change) of the cheapest move out of the grid `home`, which `unit` has just joined.

    Only moves after which less load, or churn, is out of range are looked at; (-1, -1, inf) when there is none. The
    move may break the grid.
    """
    best_unit, best_to, best_change = -1, -1, np.inf
    v = state.head[home]
    while v >= 0:
        if v != unit and not board.is_fixed[v]:
            relief = price_load(v, home, -1, board, state, excess_price)
            last = home
            for k in range(board.start[v], board.start[v + 1]):
                to = state.grid[board.neighbour[k]]
                if to in (home, last):
                    continue
                last = to
                price = relief + price_load(v, to, 1, board, state, excess_price)
                price += price_churn(v, home, to, board, state, excess_price)
                if price >= 0.0 or not may_join(v, to, board):
                    continue
                change = price + price_switch(v, home, to, board, state)
                if change < best_change:
                    best_unit, best_to, best_change = v, to, change
        v = state.after[v]
    return best_unit, best_to, best_change


@uncounted()
def best_entry(unit: int, home: int, board: Board, state: State, excess_price: Floats) -> tuple[int, int, float]:
    """Return (unit, grid, change) of the cheapest move into the grid `home`, which `unit` has just left, as above."""
    best_unit, best_change = -1, np.inf
    state.counts[TICK] += 2
    tick = state.counts[TICK]
    state.stamp[unit] = tick
    v = state.head[home]
    while v >= 0:
        for k in range(board.start[v], board.start[v + 1]):
            other = board.neighbour[k]
            of = state.grid[other]
            if v == unit or of == home or state.stamp[other] == tick:
                continue
            state.stamp[other] = tick
            if board.is_fixed[other]:
                continue
            price = price_load(other, home, 1, board, state, excess_price)
            price += price_load(other, of, -1, board, state, excess_price)
            price += price_churn(other, of, home, board, state, excess_price)
            if price >= 0.0 or not may_join(other, home, board):
                continue
            change = price + price_switch(other, of, home, board, state)
            if change < best_change:
                best_unit, best_change = other, change
        v = state.after[v]
    return best_unit, home, best_change

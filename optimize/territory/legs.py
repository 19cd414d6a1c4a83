"""Annealings that run side by side: several plans at once, or two halves of one plan.

A leg writes its own state and nothing else, so that legs may run on threads and the order of their ends means nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from optimize.territory.anneal import BEST, MOVED, State, anneal, recount
from optimize.territory.layout import Layout
from optimize.territory.problem import FloatArray, IntArray

NONE_YET = 1e18  # cost of the best plan without excess before there is one
SEVERAL_GRIDS = 40  # from here on one long annealing of the best start beats a tournament
MANY_GRIDS = 100  # above, one transportation problem costs minutes: regions are settled side by side
CHAIN_SHARE = 0.3  # of moves that would add excess which are tried with an answer
PRESS, RELAX = 1.1, 0.97  # change of a grid's own price of excess after each chunk it ends outside, inside
NO_LOAD, ANY_LOAD = -(1 << 60), 1 << 60  # range of grids whose load is another leg's business


@dataclass(slots=True, eq=False)
class Leg:
    """One plan being annealed; `pressure` multiplies the price of excess of each grid and measure."""

    layout: Layout
    state: State
    pressure: FloatArray

    def go(self, n_proposals: int, heat: float, price: float) -> None:
        """Make some proposals at one temperature and price of excess, then adapt the price of each grid."""
        layout, state = self.layout, self.state
        prices = self.pressure * excess_price(layout, price)
        anneal(layout.board, state, n_proposals, heat, heat, prices, CHAIN_SHARE)
        outside = is_outside(layout, state)
        self.pressure = np.where(outside, self.pressure * PRESS, np.maximum(self.pressure * RELAX, 1.0))

    @property
    def has_best(self) -> bool:
        """Whether a plan without excess was met on the way."""
        return bool(self.state.value[BEST] < NONE_YET / 2)

    @property
    def plan(self) -> IntArray:
        """The best plan without excess if there was one, else the present one."""
        return self.state.best if self.has_best else self.state.grid


def no_pressure(layout: Layout) -> FloatArray:
    """Return (n_grids + 1, n_measures) ones."""
    return np.ones((layout.n_grids + 1, layout.board.loads.shape[1]))


def excess_price(layout: Layout, price: float) -> FloatArray:
    """Return (n_grids + 1, n_measures) the price of one unit of each measure beyond its range, equal per share of it.

    The price is meant for one retailer of the first measure; the last row is that of weight over the churn budget.
    """
    board = layout.board
    total = np.maximum(board.loads.sum(axis=0), 1).astype(np.float64)
    prices = np.empty((layout.n_grids + 1, len(total)))
    prices[:-1] = price * max(board.weight.sum(), 1e-12) / total
    prices[-1] = price
    return prices


def is_outside(layout: Layout, state: State) -> NDArray[np.bool_]:
    """Return (n_grids + 1, n_measures) where the state's loads, or in the last row its churn, are out of range."""
    board = layout.board
    loads = (state.load < board.least) | (state.load > board.most)
    return np.vstack([loads, np.full(loads.shape[1], state.value[MOVED] > board.budget)])


def new_state(layout: Layout, grid: IntArray, seed: int) -> State:
    """Return a state with room for everything; sums are not computed yet."""
    n, p = layout.n_rows, layout.n_grids
    ints = [np.zeros(n, dtype=np.int32) for _ in range(7)]
    return State(
        grid=grid.astype(np.int32), W=np.zeros(p), X=np.zeros(p), Y=np.zeros(p),
        load=np.zeros((p, layout.board.loads.shape[1]), dtype=np.int64), size=np.zeros(p, dtype=np.int64),
        foreign=ints[6], border=ints[0], border_at=ints[1], head=np.zeros(p, dtype=np.int32),
        after=ints[2], before=ints[3],
        best=grid.astype(np.int32), journal=ints[4], stamp=np.zeros(n, dtype=np.int64), queue=ints[5],
        counts=np.array([0, -1, 2, 0, 0]), value=np.array([0.0, 0.0, NONE_YET, 0.0]),
        random=np.array([seed], dtype=np.uint64),
    )  # fmt: skip


def counted_state(layout: Layout, grid: IntArray, seed: int) -> State:
    """Return the plan with all its sums."""
    state = new_state(layout, grid, seed)
    recount(layout.board, state)
    return state


def first_half(layout: Layout, plan: IntArray, angle: float) -> NDArray[np.bool_]:
    """Return (n_grids,) the grids on one side of a straight cut through half of the rows, between whole grids.

    Grids are told by the middle of their rows along the direction `angle`, radians.
    """
    size = np.bincount(plan, minlength=layout.n_grids)
    along = layout.xy_km @ np.array([np.cos(angle), np.sin(angle)])
    middle = np.bincount(plan, along, layout.n_grids) / np.maximum(size, 1)
    order = np.argsort(middle, kind="stable")
    is_first = np.zeros(layout.n_grids, dtype=np.bool_)
    is_first[order[np.cumsum(size[order]) <= size.sum() / 2]] = True
    return is_first


def half_of(layout: Layout, plan: IntArray, mine: NDArray[np.bool_]) -> Layout:
    """Return the layout in which only rows of some grids move, among these grids, and only their loads count."""
    board = layout.board
    board = board._replace(
        is_fixed=board.is_fixed | ~mine[plan],
        is_closed=board.is_closed | ~mine,
        least=np.where(mine[:, None], board.least, NO_LOAD),
        most=np.where(mine[:, None], board.most, ANY_LOAD),
    )
    return replace(layout, board=board)


def merged(legs: list[Leg], mine: list[NDArray[np.bool_]], plan: IntArray, *, best: bool) -> IntArray:
    """Return the plan in which the rows of each leg's grids lie where the leg has them, at its best or now."""
    new = plan.copy()
    for leg, own in zip(legs, mine, strict=True):
        rows = own[plan]
        new[rows] = (leg.plan if best else leg.state.grid)[rows]
    return new

"""The search proper: several first plans, a tournament of annealings, and one long annealing of the winner.

All temperatures and prices are multiples of `Layout.unit_km2`, the mean squared distance of a retailer to its centre,
so that the same schedule serves a town and a province. Load beyond tolerance is priced, low at first and then above
what any border unit can gain; a plan with none is set aside whenever it is the best so far.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from optimize.territory.anneal import BEST, COST, EXCESS, MOVED, State, anneal, recount
from optimize.territory.budget import Budget
from optimize.territory.ejection import bring_into_range
from optimize.territory.layout import Layout
from optimize.territory.power import bisect, settle_balanced
from optimize.territory.problem import NOBODY, FloatArray, IntArray, LoadArray
from optimize.territory.repair import make_whole
from optimize.territory.starts import balance_centres, draw_centres, settle, share_out

PROPOSALS_PER_ITERATION = 1000
NONE_YET = 1e18
MANY_GRIDS = 100  # above, one flow costs minutes: a power diagram then stands for it
PRICE_ROUNDS = 16  # moves of the centres at prices
TIGHT_ROUNDS, LOOSE_ROUNDS = 8, 12  # exact balance spreads the centres; the tolerance then ranks the draws
CHAIN_SHARE = 0.3
PRESS, RELAX = 1.1, 0.97  # change of a grid's own price of excess after each chunk it ends outside, inside


@dataclass(slots=True)
class Incumbent:
    """The best plan so far: least excess load first, then least cost."""

    grid: IntArray
    excess: float = np.inf
    cost: float = np.inf

    def take(self, grid: IntArray, excess: float, cost: float) -> bool:
        """Keep the plan if it is better; return whether it was."""
        better = (excess, cost) < (self.excess, self.cost)
        if better:
            self.grid, self.excess, self.cost = grid.copy(), excess, cost
        return better


@dataclass(slots=True)
class Search:
    """One run on one layout; every method spends from the same budget and feeds the same incumbent."""

    layout: Layout
    budget: Budget
    rng: np.random.Generator
    incumbent: Incumbent
    on_better: Callable[[int, float, IntArray], None] | None = None
    _n_starts: int = field(default=0, init=False)

    def state_of(self, grid: IntArray) -> State:
        """Return the plan with all its sums."""
        state = new_state(self.layout, grid, int(self.rng.integers(1, 2**63)))
        recount(self.layout.board, state)
        return state

    def note(self, state: State) -> None:
        """Offer the state's best plan, or the present one, to the incumbent."""
        if state.value[BEST] < NONE_YET / 2:
            better = self.incumbent.take(state.best, 0.0, float(state.value[BEST]))
        else:
            better = self.incumbent.take(state.grid, float(state.value[EXCESS]), float(state.value[COST]))
        if better and self.on_better is not None:
            cost = self.incumbent.cost + self.layout.constant_km2 if self.incumbent.excess == 0 else np.inf
            self.on_better(self.budget.iterations, cost, self.incumbent.grid[self.layout.row_of_unit])

    def spend(self, iterations: int) -> bool:
        """Count iterations; return whether the run is over."""
        best = self.incumbent.cost + self.layout.constant_km2 if self.incumbent.excess == 0 else np.inf
        return self.budget.spend(iterations, best)

    def first_plan(self) -> tuple[float, IntArray]:
        """Return (transport cost, contiguous plan) of a new draw of centres."""
        layout = self.layout
        grid = np.full(layout.n_rows, NOBODY, dtype=np.int32)
        total = 0.0
        for region in np.unique(layout.board.region_of_grid).tolist():
            grids = np.flatnonzero((layout.board.region_of_grid == region) & ~layout.board.is_closed)
            rows = np.flatnonzero((layout.board.region == region) & (layout.load > 0))
            rows = rows[(layout.fixed[rows] < 0) | ~layout.board.is_closed[layout.fixed[rows]]]
            if len(grids) and len(rows):
                owner, cost = self._divide(rows, grids)
                grid[rows] = owner
                total += cost
        return total, make_whole(layout, grid)

    def _divide(self, rows: NDArray[np.intp], grids: NDArray[np.intp]) -> tuple[IntArray, float]:
        layout = self.layout
        xy_km, load = layout.xy_km[rows], layout.load[rows]
        many = len(grids) > MANY_GRIDS
        if many:
            centres = bisect(xy_km, load.astype(np.float64), len(grids), self.rng)
        else:
            centres = settle(xy_km, load, draw_centres(xy_km, load, len(grids), self.rng), 10)
        for k, g in enumerate(grids):  # a grid with fixed rows begins at them; the nearest drawn centre gives way
            held = np.flatnonzero(layout.fixed == g)
            if len(held):
                place = layout.xy_km[held].mean(axis=0)
                near = k + int(np.argmin(((centres[k:] - place) ** 2).sum(axis=1)))
                centres[[k, near]] = centres[[near, k]]
                centres[k] = place
        least, most = self._load_range(int(load.sum()), grids)
        if many:
            ends = least.astype(np.float64), most.astype(np.float64)
            diagram = settle_balanced(
                xy_km, load.astype(np.float64), centres, *ends, self.layout.unit_km2, PRICE_ROUNDS
            )
            return grids[diagram.owner].astype(np.int32), diagram.value_km2
        exact = share_out(int(load.sum()), (least + most).astype(np.float64))
        _, centres, _ = balance_centres(xy_km, load, centres, exact, exact, TIGHT_ROUNDS)
        owner, _, cost = balance_centres(xy_km, load, centres, least, most, LOOSE_ROUNDS)
        return grids[owner].astype(np.int32), cost

    def _load_range(self, total: int, grids: NDArray[np.intp]) -> tuple[LoadArray, LoadArray]:
        """Return the least and most blended load of some grids, opened until the total fits between their sums."""
        board = self.layout.board
        middle = np.maximum((board.least[grids] + board.most[grids]).sum(axis=1).astype(np.float64), 1.0)
        target = share_out(total, middle)
        reach = (board.most[grids] - board.least[grids]) / np.maximum(board.most[grids] + board.least[grids], 1)
        slack = np.floor(target * np.maximum(reach.min(axis=1), 0.0)).astype(np.int64)
        return target - slack, target + slack

    def anneal(self, grid: IntArray, until: float, hot: float, cold: float, soft: float, hard: float) -> State:
        """Return the state after annealing the plan from now to the share `until` of the run.

        Temperatures fall from `hot` to `cold`, the price of one unit of excess load rises from `soft` to `hard` over
        the first 70 % of the way; all are multiples of `unit_km2`. What is out of range then, if no plan on the way was
        without, is handed on along ejection chains.
        """
        layout = self.layout
        state = self.state_of(grid)
        begin = now = self.budget.share()
        n_proposals = PROPOSALS_PER_ITERATION * max(10, layout.n_rows // 250)
        pressure = np.ones((layout.n_grids + 1, layout.board.loads.shape[1]))
        while now < until:
            done = (now - begin) / (until - begin)
            heat = layout.unit_km2 * hot * (cold / hot) ** done
            price = layout.unit_km2 * soft * (hard / soft) ** min(1.0, done / 0.7)
            anneal(layout.board, state, n_proposals, heat, heat, pressure * excess_price(layout, price), CHAIN_SHARE)
            pressure = np.where(is_outside(layout, state), pressure * PRESS, np.maximum(pressure * RELAX, 1.0))
            if self.spend(n_proposals // PROPOSALS_PER_ITERATION):
                break
            before, now = now, self.budget.share()
            if now < before:  # a new cycle of an open-ended run
                break
        if state.value[BEST] > NONE_YET / 2:
            bring_into_range(layout, state)
        self.note(state)
        return state


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

"""The search proper: several first plans, a tournament of annealings, and one long annealing of the winner.

All temperatures and prices are multiples of `Layout.unit_km2`, the mean squared distance of a retailer to its centre,
so that the same schedule serves a town and a province. Load beyond tolerance is priced, low at first and then above
what any border unit can gain; a plan with none is set aside whenever it is the best so far.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from optimize.crew import Crew
from optimize.territory import metrics
from optimize.territory.anneal import BEST, COST, EXCESS, State
from optimize.territory.arrangements import Ground, arrange
from optimize.territory.budget import Budget
from optimize.territory.ejection import bring_into_range
from optimize.territory.layout import Layout
from optimize.territory.legs import (
    MANY_GRIDS,
    NONE_YET,
    Leg,
    counted_state,
    first_half,
    half_of,
    merged,
    no_pressure,
)
from optimize.territory.problem import NOBODY, IntArray, LoadArray
from optimize.territory.repair import make_whole
from optimize.territory.starts import balance_centres, draw_centres, settle, share_out
from optimize.territory.sweeps import sweep

PROPOSALS_PER_ITERATION = 1000
TIGHT_ROUNDS, LOOSE_ROUNDS = 8, 12  # exact balance spreads the centres; the tolerance then ranks the draws
LOOSE_PRICE = 0.6  # share of the price of a move that is forgiven where no plan is compact enough
MOST_CROSSES = 60  # of arrangements; hardly any is better after as many
TURNS = 40  # times that the map is cut in halves during one annealing
TURN_ANGLE = 2.4  # radians from one cut to the next, the golden angle: directions never repeat


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
class FewestMoves(Incumbent):
    """As an incumbent, but of the plans in range that are compact enough the one with the fewest moves is kept.

    Parameters
    ----------
    most_km2 : inertia up to which a plan is compact enough; above it moves count less than half of their price
    """

    layout: Layout = field(kw_only=True)
    most_km2: float = field(kw_only=True)
    rank: tuple[float, bool, float, float] = (np.inf, True, np.inf, np.inf)

    @property
    def is_loose(self) -> bool:
        """Whether the plan is in range and less compact than asked for."""
        return self.excess <= 0 and self.rank[1]

    def take(self, grid: IntArray, excess: float, cost: float) -> bool:
        """Keep the plan if it is better; return whether it was."""
        board, problem = self.layout.board, self.layout.problem
        is_loose = metrics.inertia_km2(problem, grid[self.layout.row_of_unit]) > self.most_km2
        moved = float(board.weight[(board.previous >= 0) & (board.previous != grid)].sum())
        worth = cost - LOOSE_PRICE * board.move_price * moved if is_loose else moved
        rank = (excess, is_loose, worth, cost)
        better = rank < self.rank
        if better:
            self.grid, self.excess, self.cost, self.rank = grid.copy(), excess, cost, rank
        return better


@dataclass(slots=True)
class Search:
    """One run on one layout; every method spends from the same budget and feeds the same incumbent.

    `crew` are the threads that anneal side by side; what is found does not depend on their number.
    """

    layout: Layout
    budget: Budget
    rng: np.random.Generator
    incumbent: Incumbent
    on_better: Callable[[int, float, IntArray], None] | None = None
    crew: Crew = field(default_factory=Crew)

    def state_of(self, grid: IntArray, layout: Layout | None = None) -> State:
        """Return the plan with all its sums, on this layout or a half of it."""
        return counted_state(layout or self.layout, grid, int(self.rng.integers(1, 2**63)))

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
            rows, grids = self._open_part(region)
            if len(grids) and len(rows):
                owner, cost = self._divide(rows, grids)
                grid[rows] = owner
                total += cost
        return total, make_whole(layout, grid)

    def arranged_plan(self, until: float) -> tuple[float, IntArray]:
        """Return (transport cost, contiguous plan) of the best arrangement found until the share `until` of the run.

        The parts of the map with more grids than `MANY_GRIDS` are swept region by region.
        """
        layout = self.layout
        grid = np.full(layout.n_rows, NOBODY, dtype=np.int32)
        total, done = 0.0, 0
        begin = self.budget.share()
        for region in np.unique(layout.board.region_of_grid).tolist():
            rows, grids = self._open_part(region)
            if not len(grids) or not len(rows):
                continue
            done += len(grids)
            end = begin + (until - begin) * done / layout.n_grids
            held = [(k, np.flatnonzero(layout.fixed == g)) for k, g in enumerate(grids)]
            ground = Ground(
                layout.xy_km[rows],
                layout.load[rows],
                *self._load_range(int(layout.load[rows].sum()), grids),
                tuple((k, layout.xy_km[own].mean(axis=0)) for k, own in held if len(own)),
            )
            iterations = 1 + len(rows) // 50

            def goes_on(n_made: int, end: float = end, iterations: int = iterations) -> bool:
                return not self.spend(n_made * iterations) and self.budget.share() < end

            if len(grids) > MANY_GRIDS:
                best = sweep(ground, self.rng, self.crew, goes_on)
            else:
                best = arrange(ground, self.rng, self.crew, goes_on, MOST_CROSSES)[0]
            grid[rows] = grids[best.owner]
            total += best.cost_km2
        return total, make_whole(layout, grid)

    def _open_part(self, region: int) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
        """Return the loaded rows of a region and the grids that they may be shared among."""
        layout = self.layout
        grids = np.flatnonzero((layout.board.region_of_grid == region) & ~layout.board.is_closed)
        rows = np.flatnonzero((layout.board.region == region) & (layout.load > 0))
        return rows[(layout.fixed[rows] < 0) | ~layout.board.is_closed[layout.fixed[rows]]], grids

    def _divide(self, rows: NDArray[np.intp], grids: NDArray[np.intp]) -> tuple[IntArray, float]:
        layout = self.layout
        xy_km, load = layout.xy_km[rows], layout.load[rows]
        centres = settle(xy_km, load, draw_centres(xy_km, load, len(grids), self.rng), 10)
        for k, g in enumerate(grids):  # a grid with fixed rows begins at them; the nearest drawn centre gives way
            held = np.flatnonzero(layout.fixed == g)
            if len(held):
                place = layout.xy_km[held].mean(axis=0)
                near = k + int(np.argmin(((centres[k:] - place) ** 2).sum(axis=1)))
                centres[[k, near]] = centres[[near, k]]
                centres[k] = place
        least, most = self._load_range(int(load.sum()), grids)
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

    def anneal(
        self,
        plans: list[IntArray],
        until: float,
        hot: float,
        cold: float,
        soft: float,
        hard: float,
        layouts: list[Layout] | None = None,
    ) -> None:
        """Anneal some plans side by side until the share `until` of the run, each on its own layout if given.

        Temperatures fall from `hot` to `cold`, the price of one unit of excess load rises from `soft` to `hard` over
        the first 70 % of the way; all are multiples of `unit_km2`. What is out of range then, if no plan on the way was
        without, is handed on along ejection chains.
        """
        pairs = zip(plans, layouts or [self.layout] * len(plans), strict=True)
        legs = [Leg(layout, self.state_of(plan, layout), no_pressure(layout)) for plan, layout in pairs]
        chunk = self._chunk
        for heat, price in self._cooling(until, hot, cold, soft, hard, len(legs) * chunk):
            self.crew.run(lambda leg: leg.go(chunk, heat, price), legs)  # noqa: B023 - all have run before the next
        for leg in legs:
            if not leg.has_best:
                bring_into_range(leg.layout, leg.state)
            self.note(leg.state if leg.layout is self.layout else self.state_of(leg.plan))

    def anneal_halves(self, plan: IntArray, until: float, hot: float, cold: float, soft: float, hard: float) -> None:
        """Anneal two halves of the grids side by side, otherwise as `anneal` does.

        A turn ends after a share of the way; then the map is cut anew, along another direction, so that every border
        lies within a half most of the time. Not for a churn budget: each half would spend all of it.
        """
        layout, chunk = self.layout, self._chunk
        pressure = no_pressure(layout)
        turn, turn_ends = 0, self.budget.share()
        turn_share = (until - turn_ends) / TURNS
        legs: list[Leg] = []
        mine: list[NDArray[np.bool_]] = []
        for heat, price in self._cooling(until, hot, cold, soft, hard, chunk):
            if self.budget.share() >= turn_ends:
                for leg, own in zip(legs, mine, strict=True):
                    pressure[:-1][own] = leg.pressure[:-1][own]
                self._note_halves(legs, mine, plan)
                plan = merged(legs, mine, plan, best=False)
                first = first_half(layout, plan, TURN_ANGLE * turn)
                mine = [first, ~first]
                legs = [
                    Leg(half, self.state_of(plan, half), pressure)
                    for half in (half_of(layout, plan, own) for own in mine)
                ]
                turn, turn_ends = turn + 1, self.budget.share() + turn_share
            self.crew.run(lambda leg: leg.go(chunk // 2, heat, price), legs)  # noqa: B023 - all have run before the next
        self._note_halves(legs, mine, plan)

    def _note_halves(self, legs: list[Leg], mine: list[NDArray[np.bool_]], plan: IntArray) -> None:
        """Offer the halves' best plans together to the incumbent, in range if ejection chains can do it."""
        if legs:
            state = self.state_of(merged(legs, mine, plan, best=True))
            bring_into_range(self.layout, state)
            self.note(state)

    @property
    def _chunk(self) -> int:
        """Proposals between two questions to the budget."""
        return PROPOSALS_PER_ITERATION * max(10, self.layout.n_rows // 250)

    def _cooling(
        self, until: float, hot: float, cold: float, soft: float, hard: float, n_proposals: int
    ) -> Iterator[tuple[float, float]]:
        """Yield temperature and price of excess until the share `until`, and spend `n_proposals` after each."""
        unit_km2 = self.layout.unit_km2
        begin = now = self.budget.share()
        while now < until:
            done = (now - begin) / (until - begin)
            yield unit_km2 * hot * (cold / hot) ** done, unit_km2 * soft * (hard / soft) ** min(1.0, done / 0.7)
            if self.spend(n_proposals // PROPOSALS_PER_ITERATION):
                return
            before, now = now, self.budget.share()
            if now < before:  # a new cycle of an open-ended run
                return

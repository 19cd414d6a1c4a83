"""How compact any plan could be: lower bounds of the inertia, each with what it certifies.

`fixed_centre_bound` is the transport of load to the centres of one plan: quick, and silent about other centres.
`free_centre_bound` lets every grid lie anywhere: a Lagrangian relaxation of "every unit belongs to one grid", with an
exact search of the plane for the cheapest grid at the multipliers found (the pricing problem of a set-partitioning
formulation, as in column generation for clustering: Aloise, Hansen & Liberti 2012). Both relax contiguity and whole
units. Any multipliers give a valid bound; more iterations give a better one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.spatial import cKDTree

from optimize.stopping import StoppingCriterion
from optimize.territory import metrics
from optimize.territory.prices import Supply, balance_prices, lowest
from optimize.territory.problem import FloatArray, IntArray, TerritoryProblem

HEATS = (1.0, 0.3, 0.1, 0.03, 0.01, 0.003)  # of the soft minimum, in mean inertias of a grid
CLIMBS_PER_STAGE = 100  # L-BFGS steps
FIRST_SHARE = 0.6  # of the spread around a unit that it earns at first
PLACES_PER_GRID = 40
FINENESS = 2e-4  # accuracy of the search of the plane, in mean inertias of a grid
MOST_BOXES = 400_000
ROUNDING = 1e-9  # share that a bound gives way for sums in float64


class Units(NamedTuple):
    """Loaded units, for the compiled kernels; a grid holds from `least` to `most` load."""

    xy_km: FloatArray
    weight: FloatArray
    load: FloatArray
    least: float
    most: float


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Bound:
    """A proven lower bound of the inertia of every plan it speaks of.

    Parameters
    ----------
    value_km2 : no such plan has less inertia; infinite when no whole loads within tolerance exist
    certifies : one sentence that says of which plans this holds and what was relaxed
    iterations : steps of the dual ascent
    multipliers : what proves it: of fixed centres (n_grids, n_measures) prices, of free ones a number for each unit
        with weight or load; None where nothing had to be proven
    centres_km : (n_grids, 2) the centres that were fixed, or None
    """

    value_km2: float
    certifies: str
    iterations: int
    multipliers: FloatArray | None = None
    centres_km: FloatArray | None = None

    def gap_share(self, inertia_km2: float) -> float:
        """Return by which share of `inertia_km2` such a plan could be better at most; 0 when proven best."""
        return max(0.0, 1 - self.value_km2 / inertia_km2) if inertia_km2 > 0 else 0.0


FIXED_WORDS = (
    "No plan within these tolerances, measured from the centres of this plan, has less inertia; "
    "contiguity and whole units are relaxed, other centres may do better."
)
FREE_WORDS = (
    "No plan within these tolerances has less inertia, wherever its grids lie; contiguity, whole units and every rule "
    "except the tolerance of {measure} are relaxed."
)
NONE_WORDS = "No plan keeps these tolerances: no whole loads lie within them."


def fixed_centre_bound(problem: TerritoryProblem, grid_of_unit: IntArray) -> Bound:
    """Return the least inertia around the centres of a plan, every load measure within tolerance.

    Pins, locks and staff bases are kept; contiguity, must-link groups, jurisdictions and whole units are relaxed.
    """
    if not _can_hold(problem):
        return Bound(value_km2=float("inf"), certifies=NONE_WORDS, iterations=0)
    plan = np.asarray(grid_of_unit)
    centres = _centres(problem, plan)
    supply = _supply(problem)
    found = balance_prices(supply, centres, max(metrics.spread_km2(problem, plan), 1e-9))
    value = value_at_centres(problem, centres, found.price)
    return Bound(
        value_km2=value, certifies=FIXED_WORDS, iterations=found.iterations, multipliers=found.price, centres_km=centres
    )


def value_at_centres(problem: TerritoryProblem, centres_km: FloatArray, price: FloatArray) -> float:
    """Return the bound that prices prove for plans around these centres; any prices give a valid one. O(n p)."""
    supply = _supply(problem)
    value = lowest(supply.xy_km, supply.weight, supply.loads, supply.only, centres_km, price)[0]
    value += float((price * np.where(price > 0, supply.least, supply.most)).sum())
    return max(value + float(problem.within_km2.sum()), 0.0) * (1 - ROUNDING)


def _supply(problem: TerritoryProblem) -> Supply:
    least, most = (np.ascontiguousarray(limit.T, dtype=np.float64) for limit in problem.load_range)
    loads = np.ascontiguousarray(problem.loads.T, dtype=np.float64)
    return Supply(problem.xy_km, problem.weight, loads, problem.fixed_grid, least, most)


def _can_hold(problem: TerritoryProblem) -> bool:
    least, most = problem.load_range
    total = problem.loads.sum(axis=1)
    return problem.n_grids > 0 and bool(
        (least <= most).all() and (least.sum(axis=1) <= total).all() and (most.sum(axis=1) >= total).all()
    )


def _centres(problem: TerritoryProblem, plan: NDArray[np.integer]) -> FloatArray:
    """Return (n_grids, 2) the weighted centroid of each grid; of a grid without weight the middle of everything."""
    p, inside = problem.n_grids, plan >= 0
    w, grid = problem.weight[inside], plan[inside]
    total = np.bincount(grid, w, p)
    sums = np.stack([np.bincount(grid, w * problem.xy_km[inside, k], p) for k in range(2)], axis=1)
    middle = problem.xy_km.mean(axis=0)
    return np.where(total[:, None] > 0, sums / np.maximum(total, 1e-300)[:, None], middle)


def free_centre_bound(
    problem: TerritoryProblem, stop: StoppingCriterion, seed: int, initial: IntArray | None = None
) -> Bound:
    """Return a lower bound of the inertia of every plan within the tolerance of the first measure.

    Parameters
    ----------
    stop : asked after each step of the ascent; the bound holds whenever it stops, the longer the better: some 700
        steps for a good one. A step costs O(places x units) with `PLACES_PER_GRID` places a grid
    seed : >= 0, draws some of the places that guide the ascent; the bound holds for every place
    initial : (n,) plan whose centres are among those places
    """
    if not _can_hold(problem):
        return Bound(value_km2=float("inf"), certifies=NONE_WORDS, iterations=0)
    words = FREE_WORDS.format(measure=problem.measures[0])
    if problem.loads[0].sum() == 0:
        return Bound(value_km2=float(problem.within_km2.sum()), certifies=words, iterations=0)
    ascent = _Ascent(problem, seed, initial)
    stage = 0
    while not ascent.is_over:
        ascent.climb(HEATS[min(stage, len(HEATS) - 1)], stop)
        ascent.certify()
        stage += 1
    value = (max(ascent.best, 0.0) + float(problem.within_km2.sum())) * (1 - ROUNDING)
    return Bound(value_km2=value, certifies=words, iterations=ascent.iterations, multipliers=ascent.best_earned)


def value_at_multipliers(problem: TerritoryProblem, earned: FloatArray) -> float:
    """Return the bound that multipliers prove for plans wherever their grids lie; any multipliers give a valid one.

    Parameters
    ----------
    earned : one for each unit with weight or load, in the order of units
    """
    units = _loaded(problem)
    p = problem.n_grids
    low, high = units.xy_km.min(axis=0), units.xy_km.max(axis=0)
    heaviest = greatest_weight(units.weight, units.load, units.most)
    places = np.ascontiguousarray(units.xy_km[:: max(1, len(earned) // (PLACES_PER_GRID * p))])
    slack = FINENESS * max(float(earned.sum()) / p, 1e-9)
    proven, _ = cheapest_anywhere(low, high, places, units, earned, heaviest, slack, MOST_BOXES)
    value = max(float(earned.sum() + p * proven), 0.0)
    return (value + float(problem.within_km2.sum())) * (1 - ROUNDING)


def _loaded(problem: TerritoryProblem) -> Units:
    rows = np.flatnonzero((problem.weight > 0) | (problem.loads[0] > 0))
    least, most = problem.load_range
    return Units(
        np.ascontiguousarray(problem.xy_km[rows]), np.ascontiguousarray(problem.weight[rows]),
        np.ascontiguousarray(problem.loads[0][rows], dtype=np.float64), float(least[0].min()), float(most[0].max()),
    )  # fmt: skip


class _Ascent:
    """The multipliers of "every unit belongs to one grid" and the steps that better them.

    The relaxation splits into one question: the cheapest grid anywhere, when a unit earns its multiplier and costs its
    weight times the squared distance to the grid's centre, and the load lies between the least and the most of any
    grid. The bound is the sum of all multipliers plus `n_grids` times the cheapest grid. The ascent looks at a set of
    places only and at a soft minimum over them, whose temperature falls in stages; the search of the whole plane after
    each stage proves a bound and adds the places where the set was blind.
    """

    def __init__(self, problem: TerritoryProblem, seed: int, initial: IntArray | None) -> None:
        self.p = problem.n_grids
        self.units = _loaded(problem)
        self.root = np.sqrt(np.maximum(self.units.weight, 1e-6))
        mean_load = float(self.units.load.sum()) / self.p
        around = spread_around(self.units, mean_load)
        self.earned = FIRST_SHARE * around * self.units.load
        self.grid_km2 = max(float((around * self.units.load).sum()) / self.p, 1e-9)
        self.heaviest = greatest_weight(self.units.weight, self.units.load, self.units.most)
        given = np.zeros((0, 2)) if initial is None else _centres(problem, np.asarray(initial))
        self.places = np.vstack([given, self._lattice(), self._drawn(seed)])
        self.best, self.iterations, self.is_over = -np.inf, 0, False
        self.best_earned = self.earned

    def _lattice(self) -> FloatArray:
        """Return places of a square lattice near units, about `PLACES_PER_GRID` a grid."""
        low, high = self.units.xy_km.min(axis=0), self.units.xy_km.max(axis=0)
        side_km = float(np.sqrt(max(np.prod(high - low), 1e-9) / (PLACES_PER_GRID * self.p)))
        axes = [np.arange(low[k] + side_km / 2, high[k] + side_km / 2, side_km) for k in range(2)]
        lattice = np.stack([axis.ravel() for axis in np.meshgrid(*axes)], axis=1)
        return np.asarray(lattice[cKDTree(self.units.xy_km).query(lattice)[0] < 1.5 * side_km])

    def _drawn(self, seed: int) -> FloatArray:
        """Return places of units drawn by load, dense where units are."""
        load = self.units.load + 1e-9
        rng = np.random.default_rng(seed)
        rows = rng.choice(len(load), PLACES_PER_GRID * self.p // 2, p=load / load.sum())
        return np.asarray(self.units.xy_km[np.unique(rows)])

    def climb(self, heat: float, stop: StoppingCriterion) -> None:
        """Better the multipliers at one temperature (a share of a grid's mean inertia) by L-BFGS."""

        def count(xk: FloatArray) -> None:
            self.iterations += 1
            self.is_over = stop(self.iterations, -self.best)
            if self.is_over:
                raise StopIteration

        found = minimize(
            self._smoothed, self.earned / self.root, args=(heat * self.grid_km2,), jac=True, method="L-BFGS-B",
            callback=count, options={"maxiter": CLIMBS_PER_STAGE, "maxcor": 30},
        )  # fmt: skip
        self.earned = np.ascontiguousarray(found.x * self.root)
        if found.nit == 0:  # nothing left to climb here
            self.iterations += 1
            self.is_over = self.is_over or stop(self.iterations, -self.best)

    def _smoothed(self, x: FloatArray, heat: float) -> tuple[float, FloatArray]:
        """Return minus the bound with a soft minimum over the places, and its gradient."""
        earned = x * self.root
        value = np.empty(len(self.places))
        cheapest_grids(self.places, self.units, earned, value)
        chance = np.exp(-(value - value.min()) / heat)
        bound = earned.sum() + self.p * (value.min() - heat * np.log(chance.mean()))
        share = self.p * chance / chance.sum()
        used = np.flatnonzero(share > 1e-6)
        covered = np.zeros(len(earned))
        add_members(self.places[used], self.units, earned, share[used], covered)
        scale = self.p * self.grid_km2
        return float(-bound / scale), -(1 - covered) * self.root / scale

    def certify(self) -> None:
        """Search the whole plane for the cheapest grid, keep the bound if it is better, note places missed."""
        low, high = self.units.xy_km.min(axis=0), self.units.xy_km.max(axis=0)
        slack = FINENESS * self.grid_km2
        proven, missed = cheapest_anywhere(
            low, high, self.places, self.units, self.earned, self.heaviest, slack, MOST_BOXES
        )
        value = float(self.earned.sum() + self.p * proven)
        if value > self.best:
            self.best, self.best_earned = value, self.earned
        apart_km = 0.02 * float(np.sqrt(max(np.prod(high - low), 1e-9) / self.p))
        if len(missed):
            cells = np.unique(np.round(missed[:, :2] / apart_km), axis=0, return_index=True)[1]
            self.places = np.vstack([self.places, missed[np.sort(cells)[: PLACES_PER_GRID * self.p], :2]])


def greatest_weight(weight: FloatArray, load: FloatArray, most: float) -> float:
    """Return the most weight that units of `most` load can have; units may be split."""
    order = np.argsort(-weight / np.maximum(load, 1e-12), kind="stable")
    before = np.cumsum(load[order]) - load[order]
    part = np.clip((most - before) / np.maximum(load[order], 1e-12), 0.0, 1.0)
    return float((weight[order] * np.where(load[order] > 0, part, 1.0)).sum())


@njit(cache=True)
def fill_grid(
    x: float, y: float, units: Units, earned: FloatArray, cost: FloatArray, taken: FloatArray, picked: NDArray[np.int64]
) -> tuple[float, int]:
    """Return (cost, number of units) of the cheapest grid around a place; units in `picked`, their shares in `taken`.

    A fractional knapsack: units that earn more than they cost, cheapest per load first, then others up to `least`.
    """
    xy, weight, load, least, most = units
    n = len(xy)
    count = 0
    total = 0.0
    held = 0.0
    for i in range(n):
        dx = xy[i, 0] - x
        dy = xy[i, 1] - y
        cost[i] = weight[i] * (dx * dx + dy * dy) - earned[i]
        if cost[i] < 0.0:
            picked[count] = i
            count += 1
            total += cost[i]
            held += load[i]
    if least <= held <= most:
        for q in range(count):
            taken[q] = 1.0
        return total, count
    if held < least:
        for i in range(n):
            if cost[i] >= 0.0:
                picked[count] = i
                count += 1
    ratio = np.empty(count)
    for q in range(count):
        i = picked[q]
        ratio[q] = cost[i] / load[i] if load[i] > 0.0 else (-np.inf if cost[i] < 0.0 else np.inf)
    order = np.argsort(ratio)
    ranked = picked[:count][order]
    total = 0.0
    left = least if held < least else most
    for q in range(count):
        i = ranked[q]
        if (left <= 0.0 and load[i] > 0.0) or ratio[order[q]] == np.inf:
            return total, q
        part = 1.0 if load[i] <= left else left / load[i]
        picked[q] = i
        taken[q] = part
        total += part * cost[i]
        left -= part * load[i]
    return total, count


@njit(cache=True)
def cheapest_grids(places: FloatArray, units: Units, earned: FloatArray, value: FloatArray) -> None:
    """Set `value` to the cost of the cheapest grid around each place. O(n) a place, and a sort of its members."""
    n = len(earned)
    cost, taken, picked = np.empty(n), np.empty(n), np.empty(n, np.int64)
    for k in range(len(places)):
        value[k], _ = fill_grid(places[k, 0], places[k, 1], units, earned, cost, taken, picked)


@njit(cache=True)
def add_members(places: FloatArray, units: Units, earned: FloatArray, share: FloatArray, covered: FloatArray) -> None:
    """Add to `covered` the shares of the units in the cheapest grid around each place, times the place's share."""
    n = len(earned)
    cost, taken, picked = np.empty(n), np.empty(n), np.empty(n, np.int64)
    for k in range(len(places)):
        _, count = fill_grid(places[k, 0], places[k, 1], units, earned, cost, taken, picked)
        for q in range(count):
            covered[picked[q]] += share[k] * taken[q]


@njit(cache=True)
def cheapest_anywhere(
    low: FloatArray,
    high: FloatArray,
    places: FloatArray,
    units: Units,
    earned: FloatArray,
    heaviest: float,
    slack: float,
    most_boxes: int,
) -> tuple[float, FloatArray]:
    """Return (a proven least cost of a grid anywhere in the box, (k, 3) places cheaper than all of `places`).

    A grid whose centroid lies within r of a place costs, around that place, at most weight x r^2 more than around its
    centroid (parallel axes). Boxes are quartered until that cannot matter, or `most_boxes` were looked at.
    """
    n = len(earned)
    cost, taken, picked = np.empty(n), np.empty(n), np.empty(n, np.int64)
    best = np.inf
    for k in range(len(places)):
        value, _ = fill_grid(places[k, 0], places[k, 1], units, earned, cost, taken, picked)
        best = min(best, value)
    known = best
    proven = best
    missed = [(0.0, 0.0, 0.0)]
    side = max(high[0] - low[0], high[1] - low[1], 1e-9)
    stack = [((low[0] + high[0]) / 2, (low[1] + high[1]) / 2, side)]
    looked = 0
    while len(stack) > 0:
        x, y, side = stack.pop()
        if x - side / 2 > high[0] or x + side / 2 < low[0] or y - side / 2 > high[1] or y + side / 2 < low[1]:
            continue
        value, _ = fill_grid(x, y, units, earned, cost, taken, picked)
        looked += 1
        if value < known - slack:
            missed.append((x, y, value))
        best = min(best, value)
        bound = value - heaviest * side * side / 2
        if bound >= best - slack or looked + len(stack) >= most_boxes:
            proven = min(proven, bound)
            continue
        quarter = side / 4
        stack.append((x - quarter, y - quarter, side / 2))
        stack.append((x - quarter, y + quarter, side / 2))
        stack.append((x + quarter, y - quarter, side / 2))
        stack.append((x + quarter, y + quarter, side / 2))
    found = np.empty((len(missed) - 1, 3))
    for k in range(1, len(missed)):
        found[k - 1, 0], found[k - 1, 1], found[k - 1, 2] = missed[k]
    return min(proven, best), found[np.argsort(found[:, 2])]


@njit(cache=True)
def spread_around(units: Units, mean_load: float) -> FloatArray:
    """Return (n,) the mean squared km, per load, of the nearest `mean_load` around each unit. O(n^2 log n)."""
    xy, weight, load, _, _ = units
    n = len(xy)
    spread = np.zeros(n)
    squared = np.empty(n)
    for i in range(n):
        for j in range(n):
            dx = xy[i, 0] - xy[j, 0]
            dy = xy[i, 1] - xy[j, 1]
            squared[j] = dx * dx + dy * dy
        left = mean_load
        for j in np.argsort(squared):
            if load[j] <= 0.0:
                continue
            part = min(1.0, left / load[j])
            spread[i] += part * weight[j] * squared[j]
            left -= part * load[j]
            if left <= 0.0:
                break
    return spread / max(mean_load, 1e-12)

"""Prices that balance given centres: the dual of sending every unit's load to centres at least squared distance.

A unit goes to the centre where weight x squared distance minus price x load is least; with one load equal to the weight
the regions are a power diagram. Any prices give a lower bound of the transport's cost, and the best prices its value:
`bounds.fixed_centre_bound` is that bound. The dual is smoothed by a temperature that falls in stages and climbed by
L-BFGS-B (Byrd, Lu, Nocedal & Zhu 1995).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.spatial import cKDTree

from optimize.territory.problem import FloatArray, IntArray

STAGES = (0.3, 0.1, 0.03, 0.01, 0.003)  # temperatures, in mean squared distances
CLIMBS_PER_STAGE = 60  # L-BFGS steps
N_NEAR = 16  # centres a unit is weighed against while climbing; the bound itself looks at all


@dataclass(frozen=True, slots=True, eq=False)
class Supply:
    """Units with weight and loads, to be sent to centres that take between `least` and `most` of each load.

    Parameters
    ----------
    xy_km : (n, 2)
    weight : (n,) >= 0, what a squared km costs
    loads : (n, n_measures) >= 0
    only : (n,) the one centre a unit may go to, or -1
    least, most : (p, n_measures)
    """

    xy_km: FloatArray
    weight: FloatArray
    loads: FloatArray
    only: IntArray
    least: FloatArray
    most: FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class Prices:
    """The best prices found.

    Parameters
    ----------
    price : (p, n_measures) what a centre pays for a unit of load, any sign
    value_km2 : a proven lower bound of the transport's cost at these centres
    owner : (n,) centre each unit prefers at these prices, ties to the lowest
    iterations : evaluations of the dual
    """

    price: FloatArray
    value_km2: float
    owner: IntArray
    iterations: int


def balance_prices(
    supply: Supply,
    centres: FloatArray,
    unit_km2: float,
    start: FloatArray | None = None,
    stages: tuple[float, ...] = STAGES,
) -> Prices:
    """Return prices at which every centre receives about what it may take. O(n k) a step, deterministic.

    Parameters
    ----------
    unit_km2 : mean squared distance of a unit of weight to its centre, the scale of temperatures
    start : (p, n_measures) prices to begin with, default 0
    """
    p, n_measures = supply.least.shape
    scale = np.maximum(supply.loads.sum(axis=0), 1.0) / max(float(supply.weight.sum()), 1e-12)
    unit = unit_km2 / scale  # price of a load that costs as much as one mean squared distance
    price = np.zeros((p, n_measures)) if start is None else start.copy()
    done = 0
    for stage in stages:
        near = _nearest(supply, centres, price)
        found = minimize(
            _smoothed,
            np.concatenate([np.maximum(price, 0).ravel(), np.maximum(-price, 0).ravel()]) / np.tile(unit, 2 * p),
            args=(supply, centres, near, unit_km2 * stage, unit),
            jac=True,
            method="L-BFGS-B",
            bounds=[(0, None)] * (2 * p * n_measures),
            options={"maxiter": CLIMBS_PER_STAGE, "maxcor": 20},
        )
        gain, pay = found.x.reshape(2, p, n_measures)
        price = (gain - pay) * unit
        done += int(found.nfev)
    value, owner = lowest(supply.xy_km, supply.weight, supply.loads, supply.only, centres, price)
    ends = np.where(price > 0, supply.least, supply.most)
    return Prices(price, float(value + (price * ends).sum()), owner, done)


def _nearest(supply: Supply, centres: FloatArray, price: FloatArray) -> IntArray:
    """Return (n, k) the centres that matter to each unit: those nearest by power distance at these prices."""
    p = len(centres)
    if p <= N_NEAR:
        return np.tile(np.arange(p, dtype=np.int32), (len(supply.xy_km), 1))
    mean = price @ (supply.loads.sum(axis=0) / max(float(supply.weight.sum()), 1e-12))
    lift = np.sqrt(
        mean.max() - mean
    )  # squared distance - price = squared distance in the lifted space, up to a constant
    lifted = cKDTree(np.column_stack([centres, lift]))
    found = lifted.query(np.column_stack([supply.xy_km, np.zeros(len(supply.xy_km))]), k=N_NEAR)[1]
    near = np.asarray(found, dtype=np.int32)
    bound = supply.only >= 0
    near[bound, 0] = supply.only[bound]
    return near


def _smoothed(
    x: FloatArray, supply: Supply, centres: FloatArray, near: IntArray, heat: float, unit: FloatArray
) -> tuple[float, FloatArray]:
    """Return minus the smoothed dual and its gradient, in units of `unit`."""
    p, n_measures = supply.least.shape
    gain, pay = x.reshape(2, p, n_measures) * unit
    load = np.zeros((p, n_measures))
    value = soft_lowest(supply.xy_km, supply.weight, supply.loads, supply.only, near, centres, gain - pay, heat, load)
    value += float((gain * supply.least - pay * supply.most).sum())
    slope = np.stack([supply.least - load, load - supply.most]) * unit
    total = max(float(supply.weight.sum()), 1e-12) * heat
    return -value / total, -slope.ravel() / total


@njit(cache=True)
def soft_lowest(
    xy: FloatArray,
    weight: FloatArray,
    loads: FloatArray,
    only: IntArray,
    near: IntArray,
    centres: FloatArray,
    price: FloatArray,
    heat: float,
    load_of_centre: FloatArray,
) -> float:
    """Return the sum of smoothed least costs and add the loads sent to `load_of_centre`. O(n k)."""
    n, k = near.shape
    n_measures = loads.shape[1]
    cost = np.empty(k)
    total = 0.0
    for i in range(n):
        w = weight[i]
        size = w
        for m in range(n_measures):
            if size <= 0.0:
                size += loads[i, m]
        best = np.inf
        for c in range(k):
            j = near[i, c]
            dx = xy[i, 0] - centres[j, 0]
            dy = xy[i, 1] - centres[j, 1]
            value = w * (dx * dx + dy * dy)
            for m in range(n_measures):
                value -= price[j, m] * loads[i, m]
            if only[i] >= 0 and only[i] != j:
                value = np.inf
            cost[c] = value
            best = min(best, value)
        if size <= 0.0 or best == np.inf:
            continue
        heat_i = heat * size
        mass = 0.0
        for c in range(k):
            gap = (cost[c] - best) / heat_i
            cost[c] = np.exp(-gap) if gap < 30.0 else 0.0
            mass += cost[c]
        total += best - heat_i * np.log(mass)
        for c in range(k):
            if cost[c] > 0.0:
                for m in range(n_measures):
                    load_of_centre[near[i, c], m] += loads[i, m] * cost[c] / mass
    return total


@njit(cache=True)
def lowest(
    xy: FloatArray, weight: FloatArray, loads: FloatArray, only: IntArray, centres: FloatArray, price: FloatArray
) -> tuple[float, NDArray[np.int32]]:
    """Return the exact sum of least costs over all centres and the centre each unit prefers. O(n p)."""
    n, p = len(xy), len(centres)
    owner = np.empty(n, np.int32)
    total = 0.0
    for i in range(n):
        best = np.inf
        for j in range(p):
            if only[i] >= 0 and only[i] != j:
                continue
            dx = xy[i, 0] - centres[j, 0]
            dy = xy[i, 1] - centres[j, 1]
            value = weight[i] * (dx * dx + dy * dy)
            for m in range(loads.shape[1]):
                value -= price[j, m] * loads[i, m]
            if value < best:
                best = value
                owner[i] = j
        total += best
    return total, owner

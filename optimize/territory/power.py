"""Balanced power diagrams: centres that settle while prices keep the load of each within its range.

A unit goes to the centre where squared distance minus the centre's price is least. The prices of a smoothed problem,
in which a unit is shared among near centres by a soft minimum, are the root of "load minus what may be taken"; its
Jacobian is symmetric and positive definite, so a damped Newton step finds them in a few rounds (for power diagrams of
densities: Kitagawa, Merigot & Thibert 2019). Between steps the centres move to the centroids of what they receive. One
step costs O(n k + p^3) with k near centres, a hundredth of a min-cost flow on the same units: it lets many
arrangements be tried, and hundreds of centres be balanced at all.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numba import njit
from scipy.linalg import LinAlgError, cho_factor, cho_solve
from scipy.spatial import cKDTree

from optimize.crew import Crew
from optimize.territory.problem import FloatArray, IntArray

N_NEAR = 8  # centres a unit may be shared among
HEAT = 0.1  # temperature, in squared distances of a unit to its second centre
TURN = 0.5  # radians, standard deviation of the cuts of first centres
DAMPING = 0.1  # of the change of load that a price of the squared distance to the next centre is worth
FIRST_STEPS = 12
LAST_ROUNDS = 3  # at prices alone, so that these balance the centres that are returned
STEPS = 5  # Newton steps a round
N_PARTS = 2  # of the units, for threads
ELASTIC = 0.02  # price, in mean squared distances, about which a load passes from one end of its range to the other


@dataclass(frozen=True, slots=True, eq=False)
class Diagram:
    """Centres with prices that balance them.

    Parameters
    ----------
    centres : (p, 2) centroids, km
    price : (p,) km2 that a centre pays for a unit of load, any sign
    owner : (n,) centre each unit prefers, ties to the nearest of the list
    value_km2 : least cost of sending the load to these centres, from below up to near lists that are too short
    """

    centres: FloatArray
    price: FloatArray
    owner: IntArray
    value_km2: float


def settle_balanced(
    xy_km: FloatArray,
    load: FloatArray,
    centres: FloatArray,
    least: FloatArray,
    most: FloatArray,
    unit_km2: float,
    rounds: int,
    goes_on: Callable[[], bool] = lambda: True,
    crew: Crew | None = None,
) -> Diagram:
    """Return the diagram after `rounds` of Newton steps and moves of the centres.

    Parameters
    ----------
    load : (n,) >= 0, of units that have any
    least, most : (p,) range of the load of each centre
    unit_km2 : mean squared distance of a unit of load to its centre, the scale of prices
    rounds : >= 1 moves of the centres; nothing is promised about the loads after few
    goes_on : asked before each move of the centres but the first; False ends them
    crew : threads that share the units, one where left out; what is found does not depend on their number
    """
    crew = crew or Crew()
    centres, price = centres.copy(), np.zeros(len(centres))
    near = nearest_by_price(xy_km, centres, price, crew)
    last = rounds
    for k in range(rounds + LAST_ROUNDS):
        if 0 < k < last and not goes_on():
            last = k
        if k >= last + LAST_ROUNDS:
            break
        apart = ((xy_km - centres[near[:, min(1, near.shape[1] - 1)]]) ** 2).sum(axis=1)
        heat = HEAT * np.maximum(apart, 1e-6 * unit_km2)
        price, sums = _newton(
            xy_km, load, centres, price, near, least, most, heat, unit_km2, FIRST_STEPS if k == 0 else STEPS, crew
        )
        got = sums[:, 1]
        if k < last:
            centres = np.where(got[:, None] > 0, sums[:, 2:] / np.maximum(got, 1e-12)[:, None], centres)
        near = nearest_by_price(xy_km, centres, price, crew)
    cost = ((xy_km[:, None, :] - centres[near]) ** 2).sum(axis=2) - price[near]
    best = cost.argmin(axis=1)
    rows = np.arange(len(near))
    value = float((load * cost[rows, best]).sum() + (price * np.where(price > 0, least, most)).sum())
    return Diagram(centres, price, near[rows, best].astype(np.int32), value)


def nearest_by_price(xy_km: FloatArray, centres: FloatArray, price: FloatArray, crew: Crew) -> IntArray:
    """Return (n, k) the centres with the least squared distance minus price, ascending.

    The price becomes a third coordinate of the centre, so that one search tree answers for all.
    """
    k = min(N_NEAR, len(centres))
    lifted = cKDTree(np.column_stack([centres, np.sqrt(price.max() - price)]))
    places = np.column_stack([xy_km, np.zeros(len(xy_km))])
    found = crew.run(lambda part: lifted.query(places[part], k=np.arange(1, k + 1))[1], _parts(len(xy_km)))
    return np.concatenate(found).astype(np.int32)


def _parts(n: int) -> list[slice]:
    """Return the parts of n units that threads may work on side by side, the same whatever their number."""
    cuts = np.linspace(0, n, N_PARTS + 1).astype(np.int64).tolist()
    return [slice(a, b) for a, b in pairwise(cuts)]


def _reach(centres: FloatArray) -> FloatArray:
    """Return (p,) how far a price may go in one step: the squared distance to the nearest other centre."""
    if len(centres) < 2:
        return np.ones(len(centres))
    distance = np.asarray(cKDTree(centres).query(centres, k=2)[0], dtype=np.float64)
    return np.asarray(distance[:, 1] ** 2 + 1e-12)


def bisect(xy_km: FloatArray, load: FloatArray, p: int, rng: np.random.Generator) -> FloatArray:
    """Return (p, 2) centroids of parts of equal load, halved again and again across their long axis, turned at random.

    They are balanced before any price is known, so that prices begin near their root. O(n log n log p).
    """
    centres = np.empty((p, 2))
    parts = [(np.arange(len(load)), 0, p)]
    while parts:
        rows, first, count = parts.pop()
        w = np.maximum(load[rows], 1e-9)
        middle = np.average(xy_km[rows], axis=0, weights=w) if len(rows) else np.zeros(2)
        if count == 1:
            centres[first] = middle
            continue
        off = xy_km[rows] - middle
        spread = (w[:, None, None] * off[:, :, None] * off[:, None, :]).sum(axis=0)
        angle = 0.5 * np.arctan2(2 * spread[0, 1], spread[0, 0] - spread[1, 1]) + rng.normal(0, TURN)
        order = np.argsort(off @ np.array([np.cos(angle), np.sin(angle)]), kind="stable")
        less = count // 2 if rng.random() < 0.5 else count - count // 2
        reached = np.cumsum(w[order])
        cut = int(np.searchsorted(reached, reached[-1] * less / count)) if len(rows) else 0
        cut = min(max(cut, min(less, len(rows))), max(len(rows) - (count - less), 0))
        parts += [(rows[order[:cut]], first, less), (rows[order[cut:]], first + less, count - less)]
    return centres


def _newton(
    xy_km: FloatArray,
    load: FloatArray,
    centres: FloatArray,
    price: FloatArray,
    near: IntArray,
    least: FloatArray,
    most: FloatArray,
    heat: FloatArray,
    unit_km2: float,
    steps: int,
    crew: Crew,
) -> tuple[FloatArray, FloatArray]:
    """Return prices after some damped Newton steps and (p, 4) what is received at them, see `share_softly`."""
    p = len(centres)
    middle, half, width = (most + least) / 2, (most - least) / 2, ELASTIC * unit_km2
    reach = _reach(centres)
    root = np.sqrt(price**2 + width**2)

    def shared(price: FloatArray, root: FloatArray) -> tuple[float, FloatArray, FloatArray]:
        def of_part(part: slice) -> tuple[float, FloatArray, FloatArray]:
            slope, sums = np.zeros((p, p)), np.zeros((p, 4))
            args = xy_km[part], load[part], near[part], centres, price, heat[part], slope, sums
            return share_softly(*args), slope, sums

        values, slopes, sums = zip(*crew.run(of_part, _parts(len(load))), strict=True)
        return sum(values, float((middle * price - half * root).sum())), sum(slopes), sum(sums)

    value, slope, sums = shared(price, root)
    for _ in range(steps):
        gap = sums[:, 0] - (middle - half * price / root)
        soft = half * width**2 / root**3 + DAMPING * load.sum() / p / reach
        try:
            step = -cho_solve(cho_factor(slope + np.diag(soft + 1e-6 * slope.diagonal())), gap)
        except LinAlgError:
            break
        for _ in range(8):
            there = price + step
            ahead_root = np.sqrt(there**2 + width**2)
            found, ahead_slope, ahead = shared(there, ahead_root)
            if found > value:
                break
            step = step / 3
        else:
            break
        price, slope, sums, value, root = there, ahead_slope, ahead, found, ahead_root
        if np.abs(gap).sum() < 1e-3 * load.sum():
            break
    return price, sums


@njit(cache=True, nogil=True)
def share_softly(
    xy: FloatArray,
    load: FloatArray,
    near: IntArray,
    centres: FloatArray,
    price: FloatArray,
    heat: FloatArray,
    slope: FloatArray,
    sums: FloatArray,
) -> float:
    """Return the sum of softly least costs, and add up what each centre receives.

    `sums` (p, 4): load shared softly; load and moments of the units that prefer the centre. `slope` (p, p): change of
    the first by prices.
    """
    n, k = near.shape
    part = np.empty(k)
    total = 0.0
    for i in range(n):
        best = np.inf
        first = near[i, 0]
        for c in range(k):
            j = near[i, c]
            dx = xy[i, 0] - centres[j, 0]
            dy = xy[i, 1] - centres[j, 1]
            part[c] = dx * dx + dy * dy - price[j]
            if part[c] < best:
                best = part[c]
                first = j
        sums[first, 1] += load[i]
        sums[first, 2] += load[i] * xy[i, 0]
        sums[first, 3] += load[i] * xy[i, 1]
        mass = 0.0
        for c in range(k):
            gap = (part[c] - best) / heat[i]
            part[c] = np.exp(-gap) if gap < 30.0 else 0.0
            mass += part[c]
        total += load[i] * (best - heat[i] * np.log(mass))
        for c in range(k):
            if part[c] == 0.0:
                continue
            j = near[i, c]
            own = part[c] / mass
            w = load[i] * own
            sums[j, 0] += w
            if own < 1.0:
                slope[j, j] += w / heat[i]
                for d in range(k):
                    if part[d] > 0.0:
                        slope[j, near[i, d]] -= w * part[d] / mass / heat[i]
    return total

"""First plans: centres drawn by k-means++ on the loads, moved by a capacity-constrained Lloyd iteration.

Each round sends the load of every unit to its nearest centres at least squared distance while every centre receives its
share (a transportation problem, solved by OR-Tools' SimpleMinCostFlow), then moves the centres to the centroids of what
they received (Hess et al. 1965; Bradley, Bennett & Demiriz 2000). A unit whose load is split goes to the centre that
received most of it.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from ortools.graph.python import min_cost_flow
from scipy.spatial import cKDTree

from optimize.territory.problem import FloatArray, IntArray, LoadArray

N_NEAREST = 8  # centres a unit may be sent to; doubled while the flow does not exist
COST_PER_KM2 = 10_000  # the flow's whole-number costs are squared tens of metres


def draw_centres(xy_km: FloatArray, load: LoadArray, p: int, rng: np.random.Generator) -> FloatArray:
    """Return (p, 2) centres drawn by k-means++ (Arthur & Vassilvitskii 2007) on the loads. O(n p).

    When there are fewer loaded places than centres the rest is drawn anywhere.
    """
    weight = np.where(load.sum() > 0, load, 1).astype(np.float64)
    centres = np.empty((p, 2))
    nearest = np.full(len(xy_km), np.inf)
    x, y = np.ascontiguousarray(xy_km.T)
    for j in range(p):
        chance = weight if j == 0 else weight * nearest
        if chance.sum() <= 0:
            chance = np.ones(len(xy_km))
        centres[j] = xy_km[rng.choice(len(xy_km), p=chance / chance.sum())]
        nearest = np.minimum(nearest, (x - centres[j, 0]) ** 2 + (y - centres[j, 1]) ** 2)
    return centres


def settle(xy_km: FloatArray, load: LoadArray, centres: FloatArray, rounds: int) -> FloatArray:
    """Return the centres after `rounds` of plain Lloyd iterations without any balance; cheap, to begin with."""
    for _ in range(rounds):
        owner = cKDTree(centres).query(xy_km)[1]
        total = np.bincount(owner, load, len(centres))
        sums = np.stack([np.bincount(owner, load * xy_km[:, k], len(centres)) for k in range(2)], axis=1)
        centres = np.where(total[:, None] > 0, sums / np.maximum(total, 1)[:, None], centres)
    return centres


def send_load(
    xy_km: FloatArray, load: LoadArray, centres: FloatArray, least: LoadArray, most: LoadArray
) -> tuple[NDArray[np.int64], IntArray, float]:
    """Send every unit's load to centres at least squared distance so that each centre receives what it may.

    Parameters
    ----------
    load : (n,) positive whole numbers
    least, most : (p,) whole numbers between whose sums the sum of the loads lies

    Returns
    -------
    sent : (n, k) load sent to each of the k nearest centres
    nearest : (n, k) those centres, nearest first
    cost : sum of load times squared km
    """
    n, p = len(xy_km), len(centres)
    k = min(N_NEAREST, p)
    while True:
        found = cKDTree(centres).query(xy_km, k=np.arange(1, k + 1))
        distance, nearest = np.asarray(found[0]), np.asarray(found[1], dtype=np.int32)
        flow = min_cost_flow.SimpleMinCostFlow()
        price = np.round(distance.ravel() ** 2 * COST_PER_KM2).astype(np.int64)
        arcs = flow.add_arcs_with_capacity_and_unit_cost(
            np.repeat(np.arange(n), k), n + nearest.ravel(), np.repeat(load, k), price
        )
        centre_nodes, sink = np.arange(n, n + p), n + p
        flow.add_arcs_with_capacity_and_unit_cost(
            centre_nodes, np.full(p, sink), most - least, np.zeros(p, dtype=np.int64)
        )
        spare = np.array([least.sum() - load.sum()])
        flow.set_nodes_supplies(np.arange(n + p + 1), np.concatenate([load, -least, spare]))
        if flow.solve() == flow.OPTIMAL:
            sent = np.asarray(flow.flows(arcs), dtype=np.int64).reshape(n, k)
            return sent, nearest, float((sent * distance**2).sum())
        if k == p:
            raise ValueError("the loads do not fit between least and most")
        k = min(2 * k, p)


def balance_centres(
    xy_km: FloatArray, load: LoadArray, centres: FloatArray, least: LoadArray, most: LoadArray, rounds: int
) -> tuple[IntArray, FloatArray, float]:
    """Return (owner of each unit, centres, cost) of the capacity-constrained Lloyd iteration."""
    owner = np.zeros(len(xy_km), dtype=np.int32)
    cost = np.inf
    for _ in range(rounds):
        sent, nearest, cost = send_load(xy_km, load, centres, least, most)
        owner = nearest[np.arange(len(xy_km)), sent.argmax(axis=1)]
        total = np.bincount(nearest.ravel(), sent.ravel(), len(centres))
        moments = [np.bincount(nearest.ravel(), (sent * xy_km[:, [d]]).ravel(), len(centres)) for d in range(2)]
        moved = np.where(total[:, None] > 0, np.stack(moments, axis=1) / np.maximum(total, 1)[:, None], centres)
        shift_km = np.abs(moved - centres).max()
        centres = moved
        if shift_km < 1e-3:
            break
    return owner, centres, cost


def share_out(total: int, share: FloatArray) -> LoadArray:
    """Return whole numbers in the proportions `share` that sum to `total`, by largest remainder (ties: lowest row)."""
    exact: FloatArray = total * share / share.sum()
    whole: LoadArray = np.floor(exact).astype(np.int64)
    rest = int(total - whole.sum())
    whole[np.argsort(-(exact - whole), kind="stable")[:rest]] += 1
    return whole

"""Places that lie as far apart as people have to go: the plane bent until straight lines are as long as ways.

Compactness is a sum of squared distances to a grid's centre, which the search keeps in moments and can only do in a
plane. Where a river or the streets make ways longer than straight lines, the units are moved in that plane: two banks
part from each other except at their bridges. What is divided then is the bent plane; which units touch stays as it is.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.optimize import minimize
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import dijkstra
from scipy.spatial import Delaunay, QhullError

from optimize.territory.problem import FloatArray, IntArray

N_LANDMARKS = 120
MANY_UNITS, FEW_LANDMARKS = 20_000, 40  # of maps with more units than that
N_STEPS = 300  # of L-BFGS
STIFFNESS = 0.05  # price of parting neighbours, as a share of what all ways together pull


@dataclass(frozen=True, slots=True)
class Ways:
    """How far it is from some landmarks to every unit.

    Parameters
    ----------
    landmark : (k,) units
    way_km : (k, n) length of the way from each landmark to each unit, >= 0, infinite where there is none
    """

    landmark: IntArray
    way_km: FloatArray


@dataclass(frozen=True, slots=True)
class BentPlane:
    """Places of units between which straight lines stand for ways.

    Parameters
    ----------
    xy_km : (n, 2); ways are scaled so that the median one is as long as its straight line
    stress_straight, stress : mean squared relative error of the true and of the bent places' distances as ways
    """

    xy_km: FloatArray
    stress_straight: float
    stress: float


def n_landmarks(n_units: int) -> int:
    """Return how many landmarks a map of so many units gets."""
    return min(n_units, FEW_LANDMARKS if n_units > MANY_UNITS else N_LANDMARKS)


def far_apart(xy_km: FloatArray, k: int) -> IntArray:
    """Return (k,) units that lie far from each other: each the farthest from all before it (Gonzalez 1985)."""
    chosen = [0]
    nearest = np.hypot(*(xy_km - xy_km[0]).T)
    while len(chosen) < min(k, len(xy_km)):
        chosen.append(int(nearest.argmax()))
        nearest = np.minimum(nearest, np.hypot(*(xy_km - xy_km[chosen[-1]]).T))
    return np.array(chosen, dtype=np.int32)


def barrier_ways(xy_km: FloatArray, edges: IntArray) -> Ways:
    """Return ways around barriers and holes, from unit to unit; where there is neither they are the straight lines.

    A chain of units zigzags. So the straight line is lengthened by as much as the shortest chain over `edges` is longer
    than the shortest over all pairs that lie next to each other (Delaunay), across barriers and holes. O(k m log n).

    Parameters
    ----------
    edges : (m, 2) pairs of units between which staff may pass
    """
    n = len(xy_km)
    passable = _chains(xy_km, edges)
    anywhere = _chains(xy_km, np.concatenate([_next_to_each_other(xy_km), edges]))
    chosen, rows = [0], [_lengths(passable, 0)]
    nearest = rows[0].copy()
    while len(chosen) < n_landmarks(n):
        chosen.append(int(nearest.argmax()))  # a part that no way leads to comes first: it is infinitely far
        rows.append(_lengths(passable, chosen[-1]))
        nearest = np.minimum(nearest, rows[-1])
    open_km = dijkstra(anywhere, indices=chosen)
    straight_km = np.hypot(*(xy_km[chosen][:, None] - xy_km[None]).transpose(2, 0, 1))
    with np.errstate(invalid="ignore", divide="ignore"):
        longer = np.where(open_km > 0, np.stack(rows) / open_km, 1.0)
    longer[np.isnan(longer)] = np.inf
    return Ways(np.array(chosen, dtype=np.int32), np.where(straight_km > 0, straight_km * longer, 0.0))


def bend(xy_km: FloatArray, ways: Ways, edges: IntArray) -> BentPlane:
    """Return the places whose distances come closest to the ways, begun at the true ones.

    Minimises squared relative errors between landmarks and units by L-BFGS (metric scaling after Kruskal 1964 and
    Sammon 1969, landmarks after de Silva and Tenenbaum 2004), and how far neighbours part in relation to the step
    between them: ways from landmarks say little about what lies close together, and without that price places within a
    kilometre of each other ended further from their ways than along straight lines (Yunyan's streets). A plane cannot
    hold every table of ways; the stress that stays is returned. Pairs without a way, and those that lie farther apart
    than half of all, pull nothing: a grid is smaller than that. The same input gives the same places on one machine.

    Parameters
    ----------
    edges : (m, 2) pairs of units between which staff may pass; across a barrier the plane may tear
    """
    xy_km = np.ascontiguousarray(xy_km, dtype=np.float64)
    of = ways.landmark
    straight_km = np.hypot(*(xy_km[of][:, None] - xy_km[None]).transpose(2, 0, 1))
    known = np.isfinite(ways.way_km) & (straight_km > 0) & (ways.way_km > 0)
    if not known.any():
        return BentPlane(xy_km, 0.0, 0.0)
    known &= straight_km <= np.median(straight_km[known])
    way_km = np.where(known, ways.way_km, 1.0)
    way_km = way_km / np.median(way_km[known] / straight_km[known])
    floor_km = float(np.quantile(straight_km[known], 0.02))  # next neighbours count no more than those a little off
    pull = known / np.maximum(way_km, floor_km) ** 2 / known.sum()

    def stress(flat: FloatArray) -> tuple[float, FloatArray]:
        places = flat.reshape(-1, 2)
        apart = places[of][:, None] - places[None]
        length_km = np.sqrt((apart**2).sum(axis=2) + 1e-12)
        off_km = length_km - way_km
        slope = (2 * pull * off_km / length_km)[:, :, None] * apart
        gradient = -slope.sum(axis=0)
        np.add.at(gradient, of, slope.sum(axis=1))
        return float((pull * off_km**2).sum()), gradient

    one, other = edges.T
    step_km2 = np.maximum(((xy_km[one] - xy_km[other]) ** 2).sum(axis=1), (floor_km / 10) ** 2)
    stiff = STIFFNESS / max(len(edges), 1) / step_km2

    def pulled(flat: FloatArray) -> tuple[float, Any]:
        value, gradient = stress(flat)
        shift_km = flat.reshape(-1, 2) - xy_km
        parted_km = shift_km[one] - shift_km[other]
        slope = 2 * stiff[:, None] * parted_km
        np.add.at(gradient, one, slope)
        np.add.at(gradient, other, -slope)
        return value + float((stiff * (parted_km**2).sum(axis=1)).sum()), gradient.ravel()

    limits: Any = {"maxiter": N_STEPS, "ftol": 1e-9}
    found: Any = minimize(pulled, xy_km.ravel(), jac=True, method="L-BFGS-B", options=limits)
    places_km = np.asarray(found.x, dtype=np.float64)
    before, after = stress(xy_km.ravel())[0], stress(places_km)[0]
    return BentPlane(places_km.reshape(-1, 2), before, after) if after < before else BentPlane(xy_km, before, before)


def _lengths(chains: csr_matrix, unit: int) -> FloatArray:
    return np.asarray(dijkstra(chains, indices=np.array([unit]))[0], dtype=np.float64)


def _next_to_each_other(xy_km: FloatArray) -> IntArray:
    """Return the edges of the Delaunay triangulation; none where all places lie in one line."""
    try:
        corners = Delaunay(xy_km).simplices
    except (QhullError, ValueError):
        return np.empty((0, 2), dtype=np.int32)
    return np.concatenate([corners[:, [0, 1]], corners[:, [1, 2]], corners[:, [0, 2]]]).astype(np.int32)


def _chains(xy_km: FloatArray, edges: IntArray) -> csr_matrix:
    """Return the lengths of the steps between neighbouring units, once each way."""
    pairs = np.unique(np.sort(edges, axis=1), axis=0) if len(edges) else np.empty((0, 2), dtype=np.int32)
    a, b = pairs.T
    step_km = np.maximum(np.hypot(*(xy_km[a] - xy_km[b]).T), 1e-9)
    both = (np.concatenate([step_km, step_km]), (np.concatenate([a, b]), np.concatenate([b, a])))
    return csr_matrix(both, shape=(len(xy_km), len(xy_km)))

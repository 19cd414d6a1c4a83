"""The nearest other places of each of many, in seconds on streets: a whole district without its whole matrix."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.spatial import cKDTree

from geo_data.projection import LocalProjection
from geo_data.roads.matrices import ACCESS_SPEED_KMPH, DEFAULT_DETOUR_FACTOR, PreparedStreets
from geo_data.roads.network import StreetNetwork

FloatArray = NDArray[np.float64]
_CHUNK = 64  # places whose neighbours are looked for at once
_CANDIDATE_FACTOR = 2  # straight-line candidates per neighbour wanted


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Neighbours:
    """The neighbours of n places.

    Parameters
    ----------
    row : (n, k) int32, nearest first
    seconds : (n, k) float32, the faster of there and back; inf where there is no way
    """

    row: NDArray[np.int32]
    seconds: NDArray[np.float32]


def nearest_places(
    lon: ArrayLike,
    lat: ArrayLike,
    k: int,
    *,
    network: StreetNetwork | None = None,
    prepared: PreparedStreets | None = None,
    speed_kmph: float = 25.0,
) -> Neighbours:
    """Return the k nearest other places of each WGS-84 place: of 2 k by straight line, the k by time.

    By straight lines times a detour at `speed_kmph` where no streets are given. O(n k log k).
    """
    x, y = np.asarray(lon, dtype=np.float64), np.asarray(lat, dtype=np.float64)
    n = len(x)
    k = min(k, max(n - 1, 0))
    if k == 0:
        return Neighbours(row=np.zeros((n, 0), np.int32), seconds=np.zeros((n, 0), np.float32))
    xy = LocalProjection.around(x, y).xy_m(x, y)
    found_m, found = cKDTree(xy).query(xy, k=min(_CANDIDATE_FACTOR * k + 1, n))
    straight_m, candidate = np.asarray(found_m, dtype=np.float64), np.asarray(found, dtype=np.int64)
    seconds = (straight_m * DEFAULT_DETOUR_FACTOR * 3.6 / speed_kmph).astype(np.float32)
    if network is not None:
        seconds = _on_streets(network, prepared or PreparedStreets(network), x, y, xy, candidate, straight_m)
    seconds[candidate == np.arange(n)[:, None]] = np.inf
    nearest = np.argsort(seconds, axis=1, kind="stable")[:, :k]
    return Neighbours(
        row=np.take_along_axis(candidate, nearest, axis=1).astype(np.int32),
        seconds=np.take_along_axis(seconds, nearest, axis=1),
    )


def _on_streets(
    network: StreetNetwork,
    prepared: PreparedStreets,
    lon: FloatArray,
    lat: FloatArray,
    xy_m: FloatArray,
    candidate: NDArray[np.int64],
    straight_m: FloatArray,
) -> NDArray[np.float32]:
    """Give seconds to the candidates, the faster of both directions, chunk by chunk of places near to each other."""
    node, snap_m = network.snap(lon, lat)
    access_s = snap_m * 3.6 / ACCESS_SPEED_KMPH
    found = np.full(candidate.shape, np.inf, dtype=np.float32)
    for chunk in _chunks(xy_m):
        others, at = np.unique(candidate[chunk], return_inverse=True)
        at = at.reshape(len(chunk), -1)
        here = np.arange(len(chunk))[:, None]
        there, back = prepared.seconds(node[chunk], node[others]), prepared.seconds(node[others], node[chunk])
        way_s = np.minimum(there[here, at], back.T[here, at]) + access_s[chunk][:, None] + access_s[others][at]
        same = node[chunk][:, None] == node[others][at]
        around_s = straight_m[chunk] * DEFAULT_DETOUR_FACTOR * 3.6 / ACCESS_SPEED_KMPH
        found[chunk] = np.where(same, around_s, way_s)
    return found


def _chunks(xy_m: FloatArray) -> list[NDArray[np.int64]]:
    """Cut the places into halves along their longer side until each part is small."""
    parts, small = [np.arange(len(xy_m))], []
    while parts:
        part = parts.pop()
        if len(part) <= _CHUNK:
            small.append(part)
            continue
        along = int(np.argmax(np.ptp(xy_m[part], axis=0)))
        order = part[np.argsort(xy_m[part, along], kind="stable")]
        parts += [order[: len(order) // 2], order[len(order) // 2 :]]
    return small

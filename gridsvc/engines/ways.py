"""Measure ways between units for the territory engine: where units lie when ways count in place of straight lines."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from optimize.territory.ways import BentPlane, Ways, barrier_ways, bend, far_apart, n_landmarks


def landmarks(xy_km: NDArray[np.float64]) -> NDArray[np.int32]:
    """Give (k,) units from which ways to all others are measured; `xy_km` (n, 2) are their centres."""
    return far_apart(xy_km, n_landmarks(len(xy_km)))


def around_barriers(xy_km: NDArray[np.float64], passable: NDArray[np.int32]) -> BentPlane:
    """Place units by ways around barriers; `passable` (m, 2) are the pairs of units between which staff may pass."""
    return bend(xy_km, barrier_ways(xy_km, passable), passable)


def along_streets(
    xy_km: NDArray[np.float64], landmark: NDArray[np.int32], way: NDArray[np.float64], passable: NDArray[np.int32]
) -> BentPlane:
    """Place units by ways that are given, (k, n) from the landmarks to all, in any unit; infinite for no way."""
    return bend(xy_km, Ways(landmark, way), passable)

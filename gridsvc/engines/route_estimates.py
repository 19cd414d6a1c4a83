"""The fast estimate of travel as the service calls it: from each shop's nearest others, calibrated on solved cycles."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gridsvc.domain.layers import Layer
from optimize.routing.estimate import LEAST_SAMPLES, NEIGHBOURS, Calibration, calibrate_groups, near_terms

__all__ = ["Calibration", "Closeness", "SolvedTerritory", "calibrate", "estimate_travel_min"]

Floats = NDArray[np.float64]
Rows = NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Closeness:
    """How near the shops of a district are to each other.

    Parameters
    ----------
    row : (n, k) rows of each shop's nearest others, nearest first
    seconds : (n, k) travel to them; inf where there is no way
    """

    row: NDArray[np.int32]
    seconds: NDArray[np.float32]

    def near_s(self, rows: Rows) -> Floats:
        """Give each shop's mean travel to its nearest few others within a set; the farthest known one fills a gap."""
        inside = np.zeros(len(self.row), dtype=bool)
        inside[rows] = True
        if not self.row.shape[1]:
            return np.zeros(len(rows))
        seconds = np.where(np.isfinite(self.seconds[rows]), self.seconds[rows], 0.0)
        is_near = inside[self.row[rows]] & np.isfinite(self.seconds[rows])
        is_near &= np.cumsum(is_near, axis=1) <= NEIGHBOURS
        n_found = is_near.sum(axis=1)
        n_wanted = min(NEIGHBOURS, max(len(rows) - 1, 0))
        if n_wanted == 0:
            return np.zeros(len(rows))
        missing = np.maximum(n_wanted - n_found, 0)
        total = (seconds * is_near).sum(axis=1) + missing * seconds.max(axis=1)
        return np.asarray(total / np.maximum(n_found + missing, 1), dtype=np.float64)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SolvedTerritory:
    """One person's solved cycle.

    Parameters
    ----------
    rows : (k,) the shops
    haul_s : (k,) from the office and back
    n_a_day : mean stops a working day
    travel_min : mean travel a working day, > 0
    """

    layer: Layer
    rows: Rows
    haul_s: Floats
    n_a_day: float
    travel_min: float


def _terms(closeness: Closeness, rows: Rows, haul_s: Floats, n_a_day: float) -> Floats:
    return near_terms(closeness.near_s(rows), haul_s, min(n_a_day, len(rows)))


def calibrate(closeness: Closeness, solved: Sequence[SolvedTerritory]) -> Mapping[Layer, Calibration]:
    """Fit the estimate to solved territories: one shape for all layers, a level for each; empty with fewer than ten."""
    fit = [s for s in solved if len(s.rows) and s.travel_min > 0 and s.n_a_day > 0]
    if len(fit) < LEAST_SAMPLES:
        return {}
    terms = np.array([_terms(closeness, s.rows, s.haul_s, s.n_a_day) for s in fit])
    layers = list(Layer)
    group = np.array([layers.index(s.layer) for s in fit], dtype=np.int64)
    found = calibrate_groups(terms, np.array([60 * s.travel_min for s in fit]), group)
    return {layers[number]: calibration for number, calibration in found.items()}


def estimate_travel_min(
    closeness: Closeness, rows: Rows, haul_s: Floats, n_a_day: float, calibration: Calibration
) -> float:
    """Estimate the travel minutes a working day of a set of shops; 0 for an empty one. O(k) for k shops."""
    if not len(rows) or n_a_day <= 0:
        return 0.0
    return max(0.0, float(_terms(closeness, rows, haul_s, n_a_day) @ np.array(calibration.weights))) / 60

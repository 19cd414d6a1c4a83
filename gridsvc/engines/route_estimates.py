"""The fast estimate of travel as the service calls it: straight lines between shops, calibrated on solved cycles.

No street matrix is needed: the weights are fitted to travel that was solved on streets, so that detours and speeds of
the district are in them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from optimize.routing.estimate import LEAST_SAMPLES, Calibration, calibrate_terms, rows_looked_from, terms_between

__all__ = ["LEAST_SAMPLES", "Calibration", "SolvedTerritory", "calibrate", "estimate_travel_min"]

_M_PER_S = 5.0  # any speed will do: the fit scales it
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SolvedTerritory:
    """One person's solved cycle.

    Parameters
    ----------
    xy_m : (k, 2) the shops, metres east and north
    office_xy_m : (2,)
    n_a_day : mean stops a working day
    travel_min : mean travel a working day, > 0
    """

    xy_m: Floats
    office_xy_m: Floats
    n_a_day: float
    travel_min: float


def _terms(xy_m: Floats, office_xy_m: Floats, n_a_day: float) -> Floats:
    at = rows_looked_from(len(xy_m))
    between_s = np.hypot(*(xy_m[at, None] - xy_m[None]).transpose(2, 0, 1)) / _M_PER_S
    haul_s = 2 * float(np.hypot(*(xy_m - office_xy_m).T).mean()) / _M_PER_S
    return terms_between(between_s, at, haul_s, min(n_a_day, len(xy_m)))


def calibrate(solved: Sequence[SolvedTerritory]) -> Calibration | None:
    """Fit the estimate to solved territories; None with fewer than ten that have travel."""
    fit = [s for s in solved if len(s.xy_m) and s.travel_min > 0 and s.n_a_day > 0]
    if len(fit) < LEAST_SAMPLES:
        return None
    terms = np.array([_terms(s.xy_m, s.office_xy_m, s.n_a_day) for s in fit])
    return calibrate_terms(terms, np.array([60 * s.travel_min for s in fit]))


def estimate_travel_min(xy_m: Floats, office_xy_m: Floats, n_a_day: float, calibration: Calibration) -> float:
    """Estimate the travel minutes a working day of a set of shops; 0 for an empty one. O(k) beyond 128 shops."""
    if not len(xy_m) or n_a_day <= 0:
        return 0.0
    return max(0.0, float(_terms(xy_m, office_xy_m, n_a_day) @ np.array(calibration.weights))) / 60

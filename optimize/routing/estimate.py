"""A fast estimate of a territory's route minutes for a changed set of retailers: no solve, calibrated on solved days.

Beardwood, Halton and Hammersley (1959): the shortest tour through n random points of area A grows with sqrt(n A).
Daganzo (1984) adds the way to and from a distant office. On streets and with clustered shops the constants differ by
place, so they are fitted: for a day of n stops drawn from a territory, travel is a weighted sum of

- n times the mean travel from a stop to its nearest neighbours at the day's density (the BHH term without an area),
- sqrt(n) times the mean travel between two stops (the BHH term for a day scattered over the whole territory),
- the mean travel between the office and the territory's stops and back (the line-haul).

The nearest-neighbour term sees the true street times and the clusters, where sqrt(n A) sees only an outline.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from optimize.routing.problem import UNREACHABLE

NEIGHBOURS: Final = 3
MAX_ROWS: Final = 128
LEAST_SAMPLES: Final = 10
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibration:
    """Weights of the estimate's terms, fitted on solved days.

    Parameters
    ----------
    weights : of the terms: local, spread and line-haul, or local and line-haul (`near_terms`)
    n_samples : solved days that it was fitted on
    mean_error_share : mean of |estimate - solved| / solved over days left out of the fit
    worst_error_share : the largest of them
    """

    weights: tuple[float, ...]
    n_samples: int
    mean_error_share: float
    worst_error_share: float

    @property
    def words(self) -> str:
        """The calibration's quality in one line, to be printed beside every estimate."""
        mean, worst = round(100 * self.mean_error_share, 1), round(100 * self.worst_error_share, 1)
        return f"calibrated on {self.n_samples} solved samples, mean error {mean} %, worst {worst} %"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SolvedSample:
    """Days that were really solved for one set of stops.

    Parameters
    ----------
    stops : rows of the set that the days' stops were drawn from; of a single day, its stops
    n_a_day : mean stops a day, > 0, at most the set's size
    travel_s : mean travel a day as solved
    """

    stops: NDArray[np.int64]
    n_a_day: float
    travel_s: float


def terms_of(travel_s: NDArray[np.int32], office: int, stops: NDArray[np.int64], n_a_day: float) -> Floats:
    """Return the estimate's terms for a day of `n_a_day` of the stops.

    Parameters
    ----------
    travel_s : (n, n) seconds between places
    office : row where the day starts and ends
    stops : rows of the set that the day's stops are drawn from
    n_a_day : stops of the day, > 0, at most the set's size

    Returns
    -------
    terms : (3,) seconds: local, spread and line-haul. O(k) for a set of k stops, at most `MAX_ROWS` of them looked from
    """
    k = len(stops)
    haul_s = float((travel_s[office, stops].mean() + travel_s[stops, office].mean()) if k else 0.0)
    at = rows_looked_from(k)
    between_s = np.minimum(travel_s[np.ix_(stops[at], stops)], travel_s[np.ix_(stops, stops[at])].T)
    return terms_between(between_s.astype(np.float64), at, haul_s, n_a_day)


def rows_looked_from(k: int) -> NDArray[np.int64]:
    """Return the rows of a set of `k` stops from which its others are looked at: all, or an even choice of them."""
    return np.arange(0, k, max(1, -(-k // MAX_ROWS)))


def terms_between(between_s: Floats, at: NDArray[np.int64], haul_s: float, n_a_day: float) -> Floats:
    """Return the estimate's terms from travel that was measured anyhow, by straight lines for example.

    Parameters
    ----------
    between_s : (m, k) seconds from the rows `at` of the set to all its k stops; changed by this
    at : (m,) see `rows_looked_from`
    haul_s : mean way from the office to a stop and back
    n_a_day : see `terms_of`
    """
    m, k = between_s.shape
    if k < 2:
        return np.array([0.0, 0.0, haul_s])
    spread_s = float(between_s.sum() / (m * (k - 1)))
    between_s[np.arange(m), at] = UNREACHABLE
    # with a share of the set on the road, the m-th neighbour at that density is the (m / share)-th of the whole set
    share = min(1.0, n_a_day / k)
    ranks = np.minimum(np.rint(np.arange(1, NEIGHBOURS + 1) / share).astype(np.int64), k - 1)
    near = np.partition(between_s, np.unique(ranks - 1), axis=1)[:, ranks - 1]
    return np.array([n_a_day * float(near.mean()), np.sqrt(n_a_day) * spread_s, haul_s])


def estimate_travel_s(
    travel_s: NDArray[np.int32], office: int, stops: NDArray[np.int64], n_a_day: float, calibration: Calibration
) -> float:
    """Estimate one day's travel in seconds; see `terms_of` for the parameters."""
    return max(0.0, float(terms_of(travel_s, office, stops, n_a_day) @ np.array(calibration.weights)))


def estimate_route_min(
    travel_s: NDArray[np.int32],
    office: int,
    stops: NDArray[np.int64],
    visits_a_day: NDArray[np.float64],
    service_s: NDArray[np.float64],
    calibration: Calibration,
) -> float:
    """Estimate a territory's minutes per working day, service and travel, for a set of retailers.

    Parameters
    ----------
    visits_a_day : (k,) mean visits of each retailer per working day, >= 0
    service_s : (k,) service duration of each
    """
    n_a_day = float(visits_a_day.sum())
    if n_a_day <= 0 or not len(stops):
        return 0.0
    travel = estimate_travel_s(travel_s, office, stops, min(n_a_day, len(stops)), calibration)
    return (travel + float(visits_a_day @ service_s)) / 60.0


def calibrate(travel_s: NDArray[np.int32], office: int, days: Sequence[SolvedSample]) -> Calibration:
    """Fit the estimate to solved days; the error is that of days left out, fifth by fifth.

    Raises
    ------
    ValueError
        With fewer than ten days, or a day without travel: nothing can be said then.
    """
    terms = np.array([terms_of(travel_s, office, day.stops, day.n_a_day) for day in days])
    return calibrate_terms(terms, np.array([day.travel_s for day in days]))


def calibrate_terms(terms: Floats, solved_s: Floats) -> Calibration:
    """Fit the estimate to the terms (n, 3) and the solved travel (n,) of samples; see `calibrate`."""
    n = len(solved_s)
    if n < LEAST_SAMPLES:
        raise ValueError(f"a calibration needs ten solved days or more, not {n}")
    if (solved_s <= 0).any():
        raise ValueError("a solved day without travel says nothing about travel")
    fold = np.arange(n) % 5
    left_out = np.empty(n)
    for f in range(5):
        left_out[fold == f] = terms[fold == f] @ _fit(terms[fold != f], solved_s[fold != f])
    error = np.abs(left_out - solved_s) / solved_s
    return Calibration(
        weights=tuple(_fit(terms, solved_s).tolist()),
        n_samples=n,
        mean_error_share=float(error.mean()),
        worst_error_share=float(error.max()),
    )


def near_terms(near_s: Floats, haul_s: Floats, n_a_day: float) -> Floats:
    """Return the terms of a set of which only each stop's nearest others are known, not the whole matrix.

    Parameters
    ----------
    near_s : (k,) mean travel from each stop to its nearest few others of the set
    haul_s : (k,) travel from the office and back
    n_a_day : see `terms_of`

    Returns
    -------
    terms : (2,) seconds: local and line-haul
    """
    return np.array([n_a_day * float(near_s.mean()), float(haul_s.mean())])


def calibrate_groups(terms: Floats, solved_s: Floats, group: NDArray[np.int64]) -> dict[int, Calibration]:
    """Fit one shape to all samples and one level to each group of them: a dozen of a group alone say too little.

    Weights come from all samples; a group's weights are multiplied by the median of solved over fitted in the group.
    The error is that of each sample left out of both.

    Raises
    ------
    ValueError
        See `calibrate`.
    """
    n = len(solved_s)
    if n < LEAST_SAMPLES:
        raise ValueError(f"a calibration needs ten solved days or more, not {n}")
    if (solved_s <= 0).any():
        raise ValueError("a solved day without travel says nothing about travel")
    error = np.empty(n)
    for i in range(n):
        others = np.arange(n) != i
        weights = _fit(terms[others], solved_s[others])
        alike = others & (group == group[i])
        level = float(np.median(solved_s[alike] / (terms[alike] @ weights))) if alike.any() else 1.0
        error[i] = abs(level * float(terms[i] @ weights) - solved_s[i]) / solved_s[i]
    weights = _fit(terms, solved_s)
    found = {}
    for name in np.unique(group).tolist():
        alike = group == name
        level = float(np.median(solved_s[alike] / (terms[alike] @ weights)))
        found[name] = Calibration(
            weights=tuple((level * weights).tolist()),
            n_samples=int(alike.sum()),
            mean_error_share=float(error[alike].mean()),
            worst_error_share=float(error[alike].max()),
        )
    return found


def _fit(terms: Floats, solved_s: Floats) -> Floats:
    """Fit weights >= 0 to relative errors."""
    from scipy.optimize import nnls

    weights, _ = nnls(terms / solved_s[:, None], np.ones(len(solved_s)))
    return np.asarray(weights, dtype=np.float64)

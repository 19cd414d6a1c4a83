"""Turn how sure a point is into how sure the owner of the point is.

A geocoded point stands for a cloud of places where the shop may really be. The cloud is looked up like any set of
places; the share of it that an owner has is the probability that this owner is the right one, and the other owners met
are the alternatives. Near a border the probability falls, in the middle of a grid a rough point is good enough.

Two things can be wrong: the match (another street was meant than the one that was found) and the place along it. The
clouds' radii come from what addresses of Brooklyn, hidden with all their shops, were off by, relative to the stated
radius; the probability of the match from misspelt addresses of the synthetic district with their shops known and hidden
(draws 100 and up of `benchmarks/geocoding.py`; other draws print the reliability table). Directions are equally
likely.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Sequence
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from geo_data.geocoding.results import GeocodeResult, Precision

FloatArray = NDArray[np.float64]
Owner = TypeVar("Owner", bound=Hashable)

_LEVELS = np.array([0.0, 0.1, 0.3, 0.5, 0.7, 0.9, 0.95, 0.98, 0.99, 1.0])
_FINE = np.array([0.0, 0.02, 0.07, 0.14, 0.24, 0.54, 0.79, 1.44, 2.4, 6.0])
_STREET = np.array([0.0, 0.05, 0.15, 0.34, 0.6, 1.27, 1.44, 1.8, 2.2, 5.0])
_AREA = np.array([0.0, 0.24, 0.49, 0.65, 0.84, 1.1, 1.21, 1.5, 1.67, 2.1])
# Distance from the stated point over the stated radius, at each of the levels above.
_RATIO = {
    Precision.GIVEN: _FINE,
    Precision.ADDRESS: _FINE,
    Precision.INTERPOLATED: _FINE,
    Precision.ESTATE: _AREA,
    Precision.STREET: _STREET,
    Precision.AREA: _AREA,
}
# Probability that one of the candidates is the street that was meant, by the best one's score.
_HIT: dict[Precision, tuple[tuple[float, ...], tuple[float, ...]]] = {
    Precision.GIVEN: ((1.0,), (0.99,)),
    Precision.ADDRESS: ((0.70, 0.78, 0.80, 0.85, 0.95, 1.0), (0.60, 0.78, 0.93, 0.98, 0.99, 0.998)),
    Precision.INTERPOLATED: ((0.70, 0.75, 0.80, 0.90, 0.95), (0.55, 0.62, 0.75, 0.97, 0.995)),
    Precision.ESTATE: ((0.60, 0.80), (0.70, 0.90)),
    Precision.STREET: ((0.45, 0.50, 0.53, 0.60), (0.60, 0.75, 0.90, 0.97)),
    Precision.AREA: ((0.20,), (0.90,)),
}
# A candidate this much worse than the best is no rival.
_RIVAL = 0.9
# The chances of two candidates are as the scores to this power: 0.97 to 1 means half as likely.
_RIVAL_WEIGHT = 24
# An owner who is less probable than this has to be confirmed by a look.
SURE = 0.95
_GOLDEN_ANGLE = np.pi * (3 - np.sqrt(5))


def error_cloud(result: GeocodeResult, n_points: int = 128) -> tuple[FloatArray, FloatArray]:
    """Return WGS-84 places, equally likely, where the shop of a geocoded point may be.

    Deterministic: radii at the middles of `n_points` equal shares of the distribution, directions by the golden angle.

    Parameters
    ----------
    result : a located answer; its candidates that are nearly as good get a part of the cloud by their scores

    Returns
    -------
    lon, lat : (n_points,) or a little more with several candidates; empty without a point
    """
    if not result.is_located:
        return np.zeros(0), np.zeros(0)
    rivals = [c for c in result.candidates if c.score >= _RIVAL * result.score]
    centres = [(c.lon, c.lat, c.uncertainty_m, c.score, c.precision) for c in rivals]
    centres = centres or [(result.lon, result.lat, result.uncertainty_m, result.score, result.precision)]
    weight = np.array([centre[3] for centre in centres]) ** _RIVAL_WEIGHT
    n_of = np.maximum(1, np.rint(weight / weight.sum() * n_points).astype(int))
    clouds = [
        _one_cloud(lon, lat, radius_m, precision, int(n))
        for (lon, lat, radius_m, _, precision), n in zip(centres, n_of, strict=True)
    ]
    return np.concatenate([cloud[0] for cloud in clouds]), np.concatenate([cloud[1] for cloud in clouds])


def _one_cloud(
    lon: float, lat: float, radius_m: float, precision: Precision, n_points: int
) -> tuple[FloatArray, FloatArray]:
    level = (np.arange(n_points) + 0.5) / n_points
    distance_m = np.interp(level, _LEVELS, _RATIO[precision]) * radius_m
    angle = np.arange(n_points) * _GOLDEN_ANGLE
    metres_per_degree = 111_195.0
    east = distance_m * np.cos(angle) / (metres_per_degree * np.cos(np.radians(lat)))
    return lon + east, lat + distance_m * np.sin(angle) / metres_per_degree


def match_probability(result: GeocodeResult) -> float:
    """Return the probability that the street or place that was meant is among the candidates; 0 without a point."""
    if not result.is_located:
        return 0.0
    return float(np.interp(result.score, *_HIT[result.precision]))


def owner_shares(owners: Sequence[Owner]) -> list[tuple[Owner, float]]:
    """Return each owner met by a cloud with its share, most likely first; equal ones in order of appearance.

    Parameters
    ----------
    owners : owner of each place of the cloud; None where there is none

    Returns
    -------
    shares : sum 1; empty for an empty cloud
    """
    counts = Counter(owners)
    return [(owner, count / len(owners)) for owner, count in counts.most_common()]


def owner_chances(result: GeocodeResult, owners: Sequence[Owner]) -> list[tuple[Owner, float]]:
    """Return each owner met by the result's cloud with the probability that this owner is the right one.

    Parameters
    ----------
    owners : owner of each place of `error_cloud(result)`, in its order

    Returns
    -------
    chances : most likely first; their sum is the probability of the match, what is missing to 1 is unknown
    """
    hit = match_probability(result)
    return [(owner, hit * share) for owner, share in owner_shares(owners)]

"""How long stops take: what is assumed and what was measured, weighed against each other.

The normal-normal model of empirical Bayes (Efron and Morris, 1975): the true mean of a kind of stop scatters around its
assumed value with variance t2, single stops scatter around the true mean with variance s2, so n stops of mean m give
the estimate assumed + w (m - assumed) with w = n t2 / (n t2 + s2). Both variances come from the stops of one task type.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

Kind = TypeVar("Kind")
SHORTEST_SHARE, LONGEST_SHARE = 0.2, 4.0  # of the assumed minutes: a forgotten check-out counts as no longer than this
_ASSUMED_SPREAD_SHARE = 0.5  # of the assumed minutes: scatter of single stops until it can be measured


@dataclass(frozen=True, slots=True)
class Estimate:
    """Minutes of one kind of stop.

    Parameters
    ----------
    observed_min : mean of the stops as clipped to a plausible range, None with none
    weight_share : weight of the observed mean in the estimate, 0 .. 1
    """

    assumed_min: float
    observed_min: float | None
    n_observed: int
    weight_share: float
    estimate_min: float


def estimate_minutes(
    assumed_min: Mapping[Kind, float], observed_min: Mapping[Kind, Sequence[float]]
) -> dict[Kind, Estimate]:
    """Estimate the minutes of every kind of stop of one task type.

    Parameters
    ----------
    assumed_min : > 0, by kind
    observed_min : measured minutes by kind; kinds without any keep the assumed value. Each is clipped to 0.2 .. 4 times
        the assumed minutes

    Returns
    -------
    estimates : one for every kind of `assumed_min`. With more stops the estimate moves from the assumed to the
        observed mean and never beyond either
    """
    clipped = {
        kind: [min(max(value, SHORTEST_SHARE * a), LONGEST_SHARE * a) for value in observed_min.get(kind, ())]
        for kind, a in assumed_min.items()
    }
    means = {kind: math.fsum(values) / len(values) for kind, values in clipped.items() if values}
    within = _within_variance(assumed_min, clipped, means)
    between = _between_variance(assumed_min, clipped, means, within)
    found = {}
    for kind, assumed in assumed_min.items():
        n = len(clipped[kind])
        weight = n * between / (n * between + within) if n else 0.0
        mean = means.get(kind)
        estimate = assumed if mean is None else assumed + weight * (mean - assumed)
        found[kind] = Estimate(assumed, mean, n, weight, estimate)
    return found


def _within_variance(
    assumed: Mapping[Kind, float], clipped: Mapping[Kind, Sequence[float]], means: Mapping[Kind, float]
) -> float:
    """Pool the variance of single stops around their kind's mean; one stop's worth of assumed scatter goes in."""
    spread = (_ASSUMED_SPREAD_SHARE * math.fsum(assumed.values()) / len(assumed)) ** 2
    squares = math.fsum((value - mean) ** 2 for kind, mean in means.items() for value in clipped[kind])
    freedom = sum(len(clipped[kind]) - 1 for kind in means)
    return (squares + spread) / (freedom + 1)


def _between_variance(
    assumed: Mapping[Kind, float],
    clipped: Mapping[Kind, Sequence[float]],
    means: Mapping[Kind, float],
    within: float,
) -> float:
    """Estimate how far true means lie from assumed ones, by moments; never less than nothing."""
    n_all = sum(len(clipped[kind]) for kind in means)
    if n_all == 0:
        return 0.0
    squares = math.fsum(len(clipped[kind]) * (mean - assumed[kind]) ** 2 for kind, mean in means.items())
    return max(0.0, (squares - len(means) * within) / n_all)

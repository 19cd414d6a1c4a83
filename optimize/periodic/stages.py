"""Share a stopping criterion out between the searches of a solve."""

from __future__ import annotations

from dataclasses import dataclass

from optimize.stopping import AnyOf, MaxIterations, MaxSeconds, StoppingCriterion

_FEWEST_ITERATIONS = 20_000
"""Below, one search is worth more than parts of it."""


@dataclass(slots=True)
class Budget:
    """A limit in iterations, in seconds, or both, of which parts are given away one after the other."""

    _n_iterations: int | None
    _seconds: MaxSeconds | None
    _started_s: float
    _n_given: int = 0

    def left(self) -> float:
        """Share of the limit that is left, 0..1."""
        shares = [1.0]
        if self._n_iterations is not None:
            shares.append(1.0 - self._n_given / max(1, self._n_iterations))
        if self._seconds is not None:
            shares.append(1.0 - (self._seconds.clock() - self._started_s) / max(self._seconds.limit_s, 1e-9))
        return max(0.0, min(shares))

    def part(self, share: float) -> StoppingCriterion:
        """Give away a share of the whole limit, or what is left where that is less."""
        share = min(share, self.left())
        limits: list[StoppingCriterion] = []
        if self._n_iterations is not None:
            n_iterations = round(self._n_iterations * share)
            self._n_given += n_iterations
            limits.append(MaxIterations(n_iterations))
        if self._seconds is not None:
            limits.append(MaxSeconds(self._seconds.limit_s * share, self._seconds.clock))
        return AnyOf(tuple(limits))


def budget_of(stop: StoppingCriterion, fewest: int = _FEWEST_ITERATIONS) -> Budget | None:
    """A budget of a criterion; None where it cannot be shared out.

    Only limits in iterations and seconds can be, and only where there are as many iterations as `fewest`.
    """
    parts = stop.criteria if isinstance(stop, AnyOf) else (stop,)
    iterations = [part.limit for part in parts if isinstance(part, MaxIterations)]
    seconds = [part for part in parts if isinstance(part, MaxSeconds)]
    if len(iterations) + len(seconds) < len(parts) or not parts:
        return None
    if min(iterations, default=fewest) < fewest:
        return None
    shortest = min(seconds, key=lambda part: part.limit_s, default=None)
    return Budget(
        _n_iterations=min(iterations, default=None),
        _seconds=shortest,
        _started_s=shortest.clock() if shortest is not None else 0.0,
    )

"""Share a stopping criterion out between the stages of a search."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from optimize.stopping import AnyOf, MaxIterations, MaxSeconds, StoppingCriterion

_FEWEST_ITERATIONS = 20_000
"""Below, one search is worth more than parts of it."""


class Shares(NamedTuple):
    """How a limit is shared out.

    fresh : of each search from an empty plan; the last search, from the best plan, has what is left
    recombining : of the recombination before the last search; in seconds only
    """

    fresh: tuple[float, ...]
    recombining: float


@dataclass(frozen=True, slots=True)
class Stages:
    """Criteria of the fresh searches and of the last, and CPU seconds for recombining (None = nodes are counted)."""

    fresh: tuple[StoppingCriterion, ...]
    recombine_s: float | None
    _n_last: int | None
    _seconds: MaxSeconds | None
    _started_s: float

    def last(self) -> StoppingCriterion:
        """The criterion of the last search: its share of the iterations, and all seconds that are left."""
        parts: list[StoppingCriterion] = []
        if self._n_last is not None:
            parts.append(MaxIterations(self._n_last))
        if self._seconds is not None:
            left_s = self._seconds.limit_s - (self._seconds.clock() - self._started_s)
            parts.append(MaxSeconds(max(0.0, left_s), self._seconds.clock))
        return AnyOf(tuple(parts))


def stages_of(stop: StoppingCriterion, shares: Shares) -> Stages | None:
    """Stages with the given shares; None where impossible.

    Only limits in iterations and seconds can be shared out, and only where there are enough iterations.
    """
    parts = stop.criteria if isinstance(stop, AnyOf) else (stop,)
    iterations = [part.limit for part in parts if isinstance(part, MaxIterations)]
    seconds = [part for part in parts if isinstance(part, MaxSeconds)]
    if len(iterations) + len(seconds) < len(parts) or not parts:
        return None
    n_iterations = min(iterations, default=None)
    shortest = min(seconds, key=lambda part: part.limit_s, default=None)
    if n_iterations is not None and n_iterations < _FEWEST_ITERATIONS:
        return None

    def criterion(share: float) -> StoppingCriterion:
        limits: list[StoppingCriterion] = []
        if n_iterations is not None:
            limits.append(MaxIterations(int(n_iterations * share)))
        if shortest is not None:
            limits.append(MaxSeconds(shortest.limit_s * share, shortest.clock))
        return AnyOf(tuple(limits))

    used = sum(int(n_iterations * share) for share in shares.fresh) if n_iterations is not None else 0
    return Stages(
        fresh=tuple(criterion(share) for share in shares.fresh),
        recombine_s=shortest.limit_s * shares.recombining if shortest is not None else None,
        _n_last=n_iterations - used if n_iterations is not None else None,
        _seconds=shortest,
        _started_s=shortest.clock() if shortest is not None else 0.0,
    )

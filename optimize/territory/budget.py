"""How much of a run is over: lets temperatures fall over the whole run, whatever ends it."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field

from optimize.stopping import AnyOf, MaxIterations, MaxSeconds, StoppingCriterion


@dataclass(slots=True)
class Budget:
    """Counts the iterations of one run, asks its criterion, and estimates the share of the run that is over.

    The share follows iteration and second limits; a criterion of another kind has none and the run is divided into
    cycles of doubling length, each a search of its own. A run that is cancelled is over, whatever the criterion says.
    """

    stop: StoppingCriterion
    iterations: int = 0
    is_cancelled: Callable[[], bool] | None = None
    is_over: bool = field(default=False, init=False)
    _started_s: dict[int, float] = field(default_factory=dict, init=False)

    def spend(self, iterations: int, best_cost: float) -> bool:
        """Count `iterations` and return whether the run is over."""
        self._share_of(self.stop)  # the first call starts the clocks
        self.iterations += iterations
        self.is_over = self.is_over or self.stop(self.iterations, best_cost)
        self.is_over = self.is_over or (self.is_cancelled is not None and self.is_cancelled())
        return self.is_over

    def share(self) -> float:
        """Return the share of the run that is over, in [0, 1]."""
        return 1.0 if self.is_over else min(1.0, self._share_of(self.stop))

    def seconds_left(self) -> float:
        """Return how many seconds a step that cannot be interrupted may take; infinite where the run counts none."""
        return max(0.0, self._left_of(self.stop))

    def _left_of(self, stop: StoppingCriterion) -> float:
        if isinstance(stop, AnyOf):
            return min((self._left_of(part) for part in stop.criteria), default=math.inf)
        if isinstance(stop, MaxSeconds):
            return stop.limit_s * (1.0 - self._share_of(stop))
        return math.inf

    def _share_of(self, stop: StoppingCriterion) -> float:
        if isinstance(stop, AnyOf):
            return max((self._share_of(part) for part in stop.criteria), default=0.0)
        if isinstance(stop, MaxIterations):
            return self.iterations / stop.limit if stop.limit else 1.0
        if isinstance(stop, MaxSeconds):
            now_s = stop.clock()
            started_s = self._started_s.setdefault(id(stop), now_s)
            return (now_s - started_s) / stop.limit_s if stop.limit_s > 0 else 1.0
        return self._share_of_cycle()

    def _share_of_cycle(self) -> float:
        begin, length = 0, 2000
        while self.iterations >= begin + length:
            begin, length = begin + length, 2 * length
        return (self.iterations - begin) / length

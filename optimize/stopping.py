"""Say when a search ends, apart from the search.

A criterion is asked between chunks of iterations with the number of iterations done and the best cost so far. Criteria
that count iterations make a run repeatable; criteria that count CPU seconds bound what a user waits for. They combine
with `AnyOf`.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol


class StoppingCriterion(Protocol):
    """Decides after each chunk of a search whether it ends."""

    def __call__(self, n_iterations: int, best_cost: float) -> bool:
        """Return True when the search has to end.

        Parameters
        ----------
        n_iterations : iterations done since the search began, >= 0
        best_cost : objective of the best solution so far; lower is better, infinite before the first one
        """
        ...


@dataclass(frozen=True, slots=True)
class MaxIterations:
    """Ends after `limit` iterations: the same input and seed then give the same bytes."""

    limit: int

    def __post_init__(self) -> None:
        if self.limit < 0:
            raise ValueError(f"limit must be >= 0, not {self.limit}")

    def __call__(self, n_iterations: int, best_cost: float) -> bool:
        return n_iterations >= self.limit


@dataclass(slots=True)
class MaxSeconds:
    """Ends `limit_s` seconds after the first question; CPU seconds of this process unless another clock is given."""

    limit_s: float
    clock: Callable[[], float] = time.process_time
    _started_s: float | None = field(default=None, init=False)

    def __call__(self, n_iterations: int, best_cost: float) -> bool:
        now_s = self.clock()
        if self._started_s is None:
            self._started_s = now_s
        return now_s - self._started_s >= self.limit_s


@dataclass(slots=True)
class NoImprovement:
    """Ends when the best cost has not fallen during `limit` iterations."""

    limit: int
    _best_cost: float = field(default=float("inf"), init=False)
    _improved_at: int = field(default=0, init=False)

    def __call__(self, n_iterations: int, best_cost: float) -> bool:
        if best_cost < self._best_cost:
            self._best_cost, self._improved_at = best_cost, n_iterations
        return n_iterations - self._improved_at >= self.limit


@dataclass(frozen=True, slots=True)
class AnyOf:
    """Ends as soon as one of `criteria` does; asks all of them each time, so that each keeps its own count."""

    criteria: tuple[StoppingCriterion, ...]

    def __call__(self, n_iterations: int, best_cost: float) -> bool:
        return any([criterion(n_iterations, best_cost) for criterion in self.criteria])

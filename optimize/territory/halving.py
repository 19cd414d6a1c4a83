"""Parts of equal load by repeated halving across the long axis, turned at random."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from optimize.territory.problem import FloatArray

TURN = 0.5  # radians, standard deviation of the cuts


def halve(
    xy_km: FloatArray, load: FloatArray, p: int, at_most: int, rng: np.random.Generator, turn: float = TURN
) -> list[tuple[NDArray[np.intp], int]]:
    """Return (rows, count) of parts that share p equal loads, halved until none has more than `at_most` of them.

    Counts sum to p; a part has at least as many rows as loads where there are enough. O(n log n log p).
    """
    parts, done = [(np.arange(len(load)), p)], []
    while parts:
        rows, count = parts.pop()
        if count <= at_most:
            done.append((rows, count))
            continue
        w = np.maximum(load[rows], 1e-9)
        middle = np.average(xy_km[rows], axis=0, weights=w) if len(rows) else np.zeros(2)
        off = xy_km[rows] - middle
        spread = (w[:, None, None] * off[:, :, None] * off[:, None, :]).sum(axis=0)
        angle = 0.5 * np.arctan2(2 * spread[0, 1], spread[0, 0] - spread[1, 1]) + rng.normal(0, turn)
        order = np.argsort(off @ np.array([np.cos(angle), np.sin(angle)]), kind="stable")
        less = count // 2 if rng.random() < 0.5 else count - count // 2
        reached = np.cumsum(w[order])
        cut = int(np.searchsorted(reached, reached[-1] * less / count)) if len(rows) else 0
        cut = min(max(cut, min(less, len(rows))), max(len(rows) - (count - less), 0))
        parts += [(rows[order[cut:]], count - less), (rows[order[:cut]], less)]
    return done


def bisect(xy_km: FloatArray, load: FloatArray, p: int, rng: np.random.Generator) -> FloatArray:
    """Return (p, 2) centroids of p parts of equal load, balanced before any price is known."""
    parts = halve(xy_km, load, p, 1, rng)
    weight = np.maximum(load, 1e-9)
    return np.array([np.average(xy_km[r], axis=0, weights=weight[r]) if len(r) else np.zeros(2) for r, _ in parts])

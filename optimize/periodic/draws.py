"""Random numbers inside compiled code: SplitMix64, counted by the caller, so that chunks do not change the stream."""

from __future__ import annotations

from typing import Any

import numpy as np

from optimize.compiled import compiled

GOLDEN = 0x9E3779B97F4A7C15
"""What a counter moves by for each number."""


@compiled
def unit_of(counter: Any) -> float:
    """The number in [0, 1) that belongs to a counter (Steele, Lea & Flood 2014)."""
    z = counter
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    z ^= z >> np.uint64(31)
    return float(np.float64(z >> np.uint64(11)) * (1.0 / 9007199254740992.0))

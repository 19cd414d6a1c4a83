"""What a plan multiplies the tabled minutes of its units with, as its certificate keeps it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gridsvc.domain.layers import Layer


def minutes_factor(stored: Mapping[str, Mapping[str, Any]] | None, layer: Layer, n_units: int) -> NDArray[np.float64]:
    """Give (n_units,) what to multiply each unit's minutes with; 1 where nothing is known.

    `stored` holds by layer {"values": factors, "of_unit": row of each unit in them}.
    """
    known = (stored or {}).get(layer)
    if known is None or len(known["of_unit"]) != n_units:
        return np.ones(n_units)
    return np.asarray(known["values"], dtype=np.float64)[np.asarray(known["of_unit"], dtype=np.int64)]

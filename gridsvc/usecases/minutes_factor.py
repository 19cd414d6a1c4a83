"""What a plan multiplies the tabled minutes of its units with, as its certificate keeps it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gridsvc.domain.layers import Layer

KEY = "minutes_factor"


def factor_of(certificate: Mapping[str, Any]) -> Mapping[str, Mapping[str, Any]]:
    """Give what a version's certificate states by layer: its design's, or that of the plan it was copied from."""
    rules: Mapping[str, Any] = certificate.get("rules") or {}
    known: Mapping[str, Mapping[str, Any]] = rules.get(KEY) or certificate.get(KEY) or {}
    return known


def carried_factor(
    stored: Mapping[str, Mapping[str, Any]], rows: NDArray[np.int32], n_before: int
) -> dict[str, dict[str, Any]]:
    """Give the same for other units, each of which takes that of the unit `rows` names among `n_before`."""
    return {
        layer: {**known, "of_unit": [int(known["of_unit"][row]) for row in rows]}
        for layer, known in stored.items()
        if len(known["of_unit"]) == n_before
    }


def minutes_factor(stored: Mapping[str, Mapping[str, Any]] | None, layer: Layer, n_units: int) -> NDArray[np.float64]:
    """Give (n_units,) what to multiply each unit's minutes with; 1 where nothing is known.

    `stored` holds by layer {"values": factors, "of_unit": row of each unit in them}.
    """
    known = (stored or {}).get(layer)
    if known is None or len(known["of_unit"]) != n_units:
        return np.ones(n_units)
    return np.asarray(known["values"], dtype=np.float64)[np.asarray(known["of_unit"], dtype=np.int64)]

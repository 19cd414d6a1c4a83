"""Name the grid of each layer at given places, as they are in force."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import numpy as np

from gridsvc.domain.layers import Layer
from gridsvc.storage import Transaction, generations, plans, units


def grids_at_points(
    tx: Transaction, instant: datetime, points: Sequence[tuple[float, float]]
) -> list[dict[Layer, str]]:
    """Give, for each WGS-84 (lon, lat), the name of its grid by layer; a layer without a grid there is absent."""
    lon, lat = np.array(points, dtype=np.float64).reshape(-1, 2).T
    names: list[dict[Layer, str]] = [{} for _ in points]
    for layer, version in generations.versions_in_force(tx, instant).items():
        unit_set = units.load(tx, version.unit_set_id)
        grids = plans.grids_of(tx, version.plan_version_id, layer, len(unit_set))
        for position, row in enumerate(unit_set.rows_of_points(lon, lat).tolist()):
            grid = int(grids.grid_of_unit[row]) if row >= 0 else -1
            if grid >= 0:
                names[position][layer] = grids.names[grid]
    return names

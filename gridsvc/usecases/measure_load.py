"""How much work each shop is for a layer."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from gridsvc.domain.layers import Layer
from gridsvc.domain.workload import Workload
from gridsvc.storage.retailers import RetailerColumns
from gridsvc.usecases.shop_facts import shop_facts


def measure_load(retailers: RetailerColumns, layer: Layer, workload: Workload) -> NDArray[np.float64]:
    """Give the person-minutes per 28-day cycle that each shop asks of `layer`, (n_retailers,), travel included.

    Shops with the same facts cost the same; the table is asked once per combination.
    """
    facts = zip(
        retailers.tier,
        retailers.integrity_star.tolist(),
        retailers.urban_form,
        (retailers.order_cartons > 0).tolist(),
        retailers.needs_enforcement.tolist(),
        retailers.risk.tolist(),
        retailers.order_cycle,
        strict=True,
    )
    minutes_of: dict[tuple[object, ...], float] = {}
    result = np.empty(len(retailers), dtype=np.float64)
    for row, key in enumerate(facts):
        if key not in minutes_of:
            minutes_of[key] = workload.minutes_per_cycle(shop_facts(retailers, row), layer)
        result[row] = minutes_of[key]
    return result

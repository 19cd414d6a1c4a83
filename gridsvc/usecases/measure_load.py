"""How much work each shop is for a layer."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from gridsvc.domain.layers import Layer
from gridsvc.domain.workload import RetailerFacts, UrbanForm, Workload
from gridsvc.storage.retailers import RetailerColumns


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
        strict=True,
    )
    minutes_of: dict[tuple[object, ...], float] = {}
    result = np.empty(len(retailers), dtype=np.float64)
    for row, key in enumerate(facts):
        if key not in minutes_of:
            tier, star, urban_form, has_orders, needs_enforcement = key
            minutes_of[key] = workload.minutes_per_cycle(
                RetailerFacts(
                    tier=tier,
                    integrity_star=star,
                    urban_form=UrbanForm(urban_form),
                    order_cartons=float(has_orders),
                    needs_enforcement=needs_enforcement,
                ),
                layer,
            )
        result[row] = minutes_of[key]
    return result

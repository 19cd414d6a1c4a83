"""What the work at a shop depends on, from the shops' columns."""

from __future__ import annotations

from gridsvc.domain.workload import OrderCycle, RetailerFacts, UrbanForm
from gridsvc.storage.retailers import RetailerColumns


def shop_facts(shops: RetailerColumns, row: int) -> RetailerFacts:
    """Give the facts of the shop in a row."""
    return RetailerFacts(
        tier=str(shops.tier[row]),
        integrity_star=int(shops.integrity_star[row]),
        urban_form=UrbanForm(shops.urban_form[row]),
        order_cartons=float(shops.order_cartons[row]),
        needs_enforcement=bool(shops.needs_enforcement[row]),
        risk=float(shops.risk[row]),
        order_cycle=OrderCycle(shops.order_cycle[row]),
    )

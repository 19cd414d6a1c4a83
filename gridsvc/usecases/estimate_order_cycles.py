"""Estimate from the orders on file how often each shop orders, whenever orders came in."""

from __future__ import annotations

from gridsvc.domain.order_cycles import N_LAST, order_cycle, reach_of
from gridsvc.storage import Transaction, districts, retailers


def estimate_order_cycles(tx: Transaction) -> int:
    """Write the order cycle of every shop whose estimate changed, and give their number.

    Shops without an order on file keep what they have: their deliveries are planned as before.
    """
    days_of = retailers.last_order_days(tx, N_LAST)
    if not days_of:
        return 0
    reach = reach_of([days[-1] for days in days_of.values()])
    known = retailers.order_cycles(tx)
    found = {shop: order_cycle(days, reach).value for shop, days in days_of.items()}
    changed = [(shop, cycle) for shop, cycle in found.items() if known.get(shop) != cycle]
    retailers.update(tx, ("order_cycle",), changed)
    if changed:
        districts.bump_revision(tx)
    return len(changed)

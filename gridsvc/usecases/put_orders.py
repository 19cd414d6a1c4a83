"""Take in orders that another system sends."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from gridsvc.clock import Clock
from gridsvc.domain.errors import BadInput
from gridsvc.domain.ids import Adcode, RetailerId
from gridsvc.storage import Store, audit, districts, retailers
from gridsvc.usecases.estimate_order_cycles import estimate_order_cycles

MOST_ORDERS = 50_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What one shop ordered on one day; the shop by `retailer_code`, or else by `licence_no`."""

    retailer_code: str | None
    licence_no: str | None
    order_date: date
    cartons: float


@dataclass(frozen=True, slots=True, kw_only=True)
class OrdersPut:
    """How many orders are new, changed and known already; which were refused (by their place) and why."""

    n_new: int
    n_changed: int
    n_unchanged: int
    refused: dict[int, str]


def put_orders(store: Store, clock: Clock, *, adcode: Adcode, actor: str, orders: Sequence[Order]) -> OrdersPut:
    """Write orders by shop and day: one that is known is replaced where it differs, so sending again changes nothing.

    An order of an unknown shop, or a second one of the same shop and day, is refused; the others are written. Raises
    `BadInput` for more than `MOST_ORDERS`.
    """
    if len(orders) > MOST_ORDERS:
        raise BadInput(f"{len(orders)} orders are too many; send at most {MOST_ORDERS} at once")
    with store.transaction(adcode) as tx:
        districts.lock(tx)
        by_code, by_licence = retailers.ids_by(tx, "retailer_code"), retailers.ids_by(tx, "licence_no")
        wanted: dict[tuple[RetailerId, date], float] = {}
        refused: dict[int, str] = {}
        for place, order in enumerate(orders):
            code, licence = order.retailer_code, order.licence_no
            shop = by_code.get(code) if code is not None else by_licence.get(licence or "")
            if shop is None:
                refused[place] = f"there is no retailer {code if code is not None else licence}"
            elif (shop, order.order_date) in wanted:
                refused[place] = f"an order of this shop and {order.order_date} stands earlier in the same batch"
            else:
                wanted[(shop, order.order_date)] = order.cartons
        stored = retailers.orders(tx)
        new = {key: cartons for key, cartons in wanted.items() if key not in stored}
        changed = {key: cartons for key, cartons in wanted.items() if key in stored and stored[key] != cartons}
        if new or changed:
            retailers.save_orders(tx, new | changed)
            estimate_order_cycles(tx)
            content = {"n_new": len(new), "n_changed": len(changed)}
            audit.add(tx, clock, actor=actor, action="orders.put", subject=tx.adcode, content=content)
    return OrdersPut(
        n_new=len(new), n_changed=len(changed), n_unchanged=len(wanted) - len(new) - len(changed), refused=refused
    )

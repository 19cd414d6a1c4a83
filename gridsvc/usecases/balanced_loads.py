"""The loads that a layer balances beside minutes: shops, cartons, or both."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gridsvc.domain.layers import Layer
from gridsvc.storage.retailers import RetailerColumns

_WEEKS = 4  # of a cycle
CARTONS, RETAILERS = "cartons", "retailers"


@dataclass(frozen=True, slots=True, kw_only=True)
class ShopLoad:
    """A load of every shop that a layer balances.

    Parameters
    ----------
    measure : "retailers" or "cartons"
    of_shop : (n_shops,) 1 each, or cartons a cycle
    tolerance_share : greatest deviation of a grid from the mean
    """

    measure: str
    of_shop: NDArray[np.float64]
    tolerance_share: float


def cartons_of(shops: RetailerColumns) -> NDArray[np.float64] | None:
    """Give (n_shops,) cartons a cycle, None where those of no shop are known."""
    return shops.order_cartons * _WEEKS if bool((shops.order_cartons > 0).any()) else None


def of_measure(shops: RetailerColumns, measure: str) -> NDArray[np.float64]:
    """Give (n_shops,) what each shop counts in a measure of `balanced_loads`."""
    return shops.order_cartons * _WEEKS if measure == CARTONS else np.ones(len(shops))


def balanced_loads(
    shops: RetailerColumns, layer: Layer, *, count_tolerance: float, carton_tolerance: float | None
) -> tuple[ShopLoad, ...]:
    """Give the loads that a layer balances beside minutes.

    With a tolerance for cartons both shops and cartons count, each within its own. Without one there is a single load:
    cartons in the delivery layer, shops elsewhere. Where no cartons are known, shops alone count.
    """
    n_shops = ShopLoad(measure=RETAILERS, of_shop=np.ones(len(shops)), tolerance_share=count_tolerance)
    cartons = cartons_of(shops)
    if cartons is None:
        return (n_shops,)
    if carton_tolerance is not None:
        return n_shops, ShopLoad(measure=CARTONS, of_shop=cartons, tolerance_share=carton_tolerance)
    in_place = ShopLoad(measure=CARTONS, of_shop=cartons, tolerance_share=count_tolerance)
    return (in_place,) if layer is Layer.DELIVERY else (n_shops,)


def carton_faults(shops: RetailerColumns, carton_tolerance: float | None) -> list[str]:
    """Say why cartons cannot be balanced where a tolerance is given for them."""
    if carton_tolerance is None or cartons_of(shops) is not None:
        return []
    return ["no shop has cartons to balance; import shops with their weekly orders, or give no tolerance for cartons"]

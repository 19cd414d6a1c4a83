"""Read every shop of a district as columns, for drawing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import numpy as np

from gridsvc.domain.ids import Adcode, RetailerId, StaffId
from gridsvc.domain.layers import Layer
from gridsvc.usecases.ownership_snapshot import OwnershipBoard


@dataclass(frozen=True, slots=True, kw_only=True)
class ShopColumns:
    """The active shops that have a point, as lists of equal length.

    `owner[layer]` holds positions in `staff_ids`, -1 for none; lon and lat are rounded to 1e-6 degrees.
    """

    retailer_id: list[str]
    name: list[str]
    tier: list[str]
    lon: list[float]
    lat: list[float]
    staff_ids: list[StaffId]
    owner: dict[Layer, list[int]]
    n_without_point: int


def read_shops(board: OwnershipBoard, *, adcode: Adcode, as_of: datetime | None = None) -> ShopColumns:
    """Give the shops with their owners at `as_of` (default now), from one snapshot."""
    snapshot = board.now(adcode) if as_of is None else board.at(adcode, as_of)
    shops = snapshot.retailers.take(snapshot.retailers.status == "active")
    shown = shops.take(shops.is_located)
    position: dict[StaffId, int] = {}
    owner: dict[Layer, list[int]] = {}
    for layer in Layer:
        of_layer = [snapshot.owners.get((RetailerId(shop), layer)) for shop in shown.retailer_id]
        owner[layer] = [position.setdefault(o.staff_id, len(position)) if o else -1 for o in of_layer]
    return ShopColumns(
        retailer_id=shown.retailer_id.tolist(),
        name=shown.name.tolist(),
        tier=shown.tier.tolist(),
        lon=np.round(shown.lon, 6).tolist(),
        lat=np.round(shown.lat, 6).tolist(),
        staff_ids=list(position),
        owner=owner,
        n_without_point=len(shops) - len(shown),
    )

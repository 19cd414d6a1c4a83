"""Read one grid with its shops."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from gridsvc.clock import Clock
from gridsvc.domain.errors import NotFound
from gridsvc.domain.ids import Adcode
from gridsvc.domain.layer_grids import GridSummary
from gridsvc.domain.layers import Layer
from gridsvc.maps.geojson import shape_geometry
from gridsvc.usecases.ownership_snapshot import OwnershipBoard
from gridsvc.usecases.read_grids import LayerMap, read_grids


@dataclass(frozen=True, slots=True, kw_only=True)
class GridRetailer:
    """One shop of a grid."""

    retailer_id: str
    retailer_code: str
    name: str
    address: str
    tier: str


@dataclass(frozen=True, slots=True, kw_only=True)
class GridWithRetailers:
    """A grid in force, its outline as a GeoJSON geometry, and its shops by code."""

    layer: Layer
    generation: int | None
    revision: int
    is_synthetic: bool
    grid: GridSummary
    outline: dict[str, Any] | None
    retailers: list[GridRetailer]


def read_grid(
    board: OwnershipBoard, clock: Clock, *, adcode: Adcode, grid_id: str, as_of: datetime | None = None
) -> GridWithRetailers:
    """Give a grid that is in force at `as_of` (default now); raises `NotFound` otherwise."""
    for layer in Layer:
        found = read_grids(board, clock, adcode=adcode, layer=layer, as_of=as_of)
        for at, grid in enumerate(found.grids.grids):
            if grid.grid_id == grid_id:
                return _with_retailers(found, at)
    raise NotFound(f"there is no grid {grid_id} in force in district {adcode}")


def _with_retailers(found: LayerMap, at: int) -> GridWithRetailers:
    shops = found.shops
    return GridWithRetailers(
        layer=found.grids.layer,
        generation=found.grids.generation,
        revision=found.grids.revision,
        is_synthetic=found.grids.is_synthetic,
        grid=found.grids.grids[at],
        outline=shape_geometry(found.outlines[at]),
        retailers=[
            GridRetailer(
                retailer_id=shops.retailer_id[row],
                retailer_code=shops.retailer_code[row],
                name=shops.name[row],
                address=shops.address[row],
                tier=shops.tier[row],
            )
            for row in found.rows[at]
        ],
    )

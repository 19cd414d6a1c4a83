"""Grids of a layer: as GeoJSON for other systems, as units and colours for the map page."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Path, Query
from starlette.requests import Request
from starlette.responses import Response

from api.deps import Grant, ServiceOf, require
from api.respond import (
    GEOJSON,
    GeoJSONResponse,
    Rendered,
    conditional,
    etag,
    json_bytes,
    json_response,
    shared,
    version_of,
)
from api.routers.ownership import Board
from api.schemas.common import AsOf
from gridsvc.domain.ids import Adcode
from gridsvc.domain.layer_grids import LayerGrids
from gridsvc.domain.layers import Layer
from gridsvc.domain.permissions import Action
from gridsvc.maps.geojson import grids_collection
from gridsvc.usecases.ownership_snapshot import OwnershipBoard
from gridsvc.usecases.read_grid import GridWithRetailers, read_grid
from gridsvc.usecases.read_grids import read_grids
from gridsvc.usecases.read_shops import ShopColumns, read_shops
from gridsvc.usecases.read_units import UnitShapes, read_units
from gridsvc.wiring import Service

router = APIRouter(prefix="/v1", tags=["grids"])
MayRead = Annotated[Grant, Depends(require(Action.GRIDS_READ))]
OfLayer = Annotated[Layer, Query(description="inspection, marketing or delivery.")]


def _tag(board: OwnershipBoard, grant: Grant, as_of: datetime | None) -> str:
    adcode = grant.caller.adcode
    snapshot = board.now(adcode)
    version = version_of(snapshot.generation, snapshot.district.revision)
    return etag(version) if as_of is None else etag(version, as_of.isoformat())


@router.get(
    "/grids", response_model=dict[str, Any], response_class=GeoJSONResponse, summary="The grids of a layer as GeoJSON"
)
def list_grids(
    request: Request, grant: MayRead, service: ServiceOf, board: Board, layer: OfLayer, as_of: AsOf = None
) -> Response:
    """Give every grid with its outline for drawing, its owner, shops, minutes a day and deviation.

    The outline is the union of the grid's units as drawn; which grid a point belongs to is decided by units, so ask
    `/v1/ownership` for that. The ETag is `generation.revision`.
    """

    def render() -> bytes:
        found = read_grids(board, service.clock, adcode=grant.caller.adcode, layer=layer, as_of=as_of)
        return json_bytes(grids_collection(found.grids, found.outlines))

    return shared(request, grant.caller.adcode, _tag(board, grant, as_of), render, media_type=GEOJSON)


@router.get("/layers/{layer}", response_model=LayerGrids, summary="A layer's balance and the grid of every unit")
def read_layer(
    request: Request, layer: Layer, grant: MayRead, service: ServiceOf, board: Board, as_of: AsOf = None
) -> Response:
    """Give the table of grids and `grid_of_unit`, to be drawn over the shapes of `/v1/unit-sets/{unit_set_id}`."""

    def render() -> bytes:
        found = read_grids(board, service.clock, adcode=grant.caller.adcode, layer=layer, as_of=as_of)
        return json_bytes(found.grids)

    return shared(request, grant.caller.adcode, _tag(board, grant, as_of), render)


@router.get("/grids/{grid_id}", response_model=GridWithRetailers, summary="One grid with its outline and shops")
def get_grid(
    grid_id: Annotated[str, Path(max_length=100)],
    grant: MayRead,
    service: ServiceOf,
    board: Board,
    as_of: AsOf = None,
) -> Response:
    """Give a grid that is in force."""
    adcode = grant.caller.adcode
    return json_response(read_grid(board, service.clock, adcode=adcode, grid_id=grid_id, as_of=as_of))


@router.get("/unit-sets/{unit_set_id}", response_model=UnitShapes, summary="Shapes of an immutable set of basic units")
def get_unit_set(request: Request, unit_set_id: UUID, grant: MayRead, service: ServiceOf) -> Response:
    """Give the units' outlines over shared corners; a set never changes, so keep it."""
    known = str(unit_set_id)
    return conditional(
        request, etag(known), lambda: units_of(request.app.state.rendered, service, grant.caller.adcode, known)
    )


def units_of(rendered: Rendered, service: Service, adcode: Adcode, unit_set_id: str) -> bytes:
    """Give the body of a unit set."""
    return rendered.get(
        (adcode, "unit set", unit_set_id),
        lambda: json_bytes(read_units(service.store, adcode=adcode, unit_set_id=unit_set_id)),
    )


@router.get("/shops", response_model=ShopColumns, summary="Every shop as columns, for drawing")
def list_shops(
    request: Request,
    grant: Annotated[Grant, Depends(require(Action.RETAILERS_READ))],
    board: Board,
    as_of: AsOf = None,
) -> Response:
    """Give positions, names and owners of the active shops as lists of equal length."""

    def render() -> bytes:
        return json_bytes(read_shops(board, adcode=grant.caller.adcode, as_of=as_of))

    return shared(request, grant.caller.adcode, _tag(board, grant, as_of), render)

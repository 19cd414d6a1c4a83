"""Grids as vector tiles, for maps of other systems."""

from __future__ import annotations

from typing import Annotated, Any, cast

from fastapi import APIRouter, Depends, Path
from starlette.requests import Request
from starlette.responses import Response

from api.deps import Grant, require
from api.respond import conditional, etag, json_bytes
from api.schemas.common import AsOf
from gridsvc.domain.layers import Layer
from gridsvc.domain.permissions import Action
from gridsvc.usecases.cut_tile import DEEPEST_ZOOM, FIELDS, LAYER_NAME, TileBoard, cut_tile, tile_tag

router = APIRouter(prefix="/v1", tags=["tiles"])
MayRead = Annotated[Grant, Depends(require(Action.GRIDS_READ))]
Axis = Annotated[int, Path(ge=0, le=2**DEEPEST_ZOOM)]
_MVT = "application/vnd.mapbox-vector-tile"


def _tiles(request: Request) -> TileBoard:
    return cast(TileBoard, request.app.state.tiles)


Tiles = Annotated[TileBoard, Depends(_tiles)]


@router.get(
    "/tiles/{layer}/{z}/{x}/{y}.mvt",
    response_class=Response,
    responses={200: {"content": {_MVT: {"schema": {"type": "string", "format": "binary"}}}}},
    summary="One vector tile of a layer's grids",
)
def get_tile(
    request: Request, layer: Layer, z: Axis, x: Axis, y: Axis, grant: MayRead, tiles: Tiles, as_of: AsOf = None
) -> Response:
    """Give a Mapbox vector tile with one layer, `grids`; an empty one where none lies.

    Tiles are kept by generation: a new shop does not change them, a publication does, and so does their ETag.
    """
    adcode = grant.caller.adcode
    tag = etag(tile_tag(tiles.snapshot(adcode, as_of), layer), z, x, y)
    return conditional(
        request, tag, lambda: cut_tile(tiles, adcode=adcode, layer=layer, z=z, x=x, y=y, as_of=as_of), media_type=_MVT
    )


@router.get("/tiles/{layer}.json", response_model=dict[str, Any], summary="TileJSON of a layer's grids")
def get_tilejson(request: Request, layer: Layer, grant: MayRead, tiles: Tiles) -> Response:
    """Give where the tiles are, how deep they go, and which fields their features have (TileJSON 3.0)."""
    snapshot = tiles.snapshot(grant.caller.adcode, None)
    west, south, east, north = (round(float(v), 6) for v in snapshot.district.boundary.bounds)
    document = {
        "tilejson": "3.0.0",
        "name": f"{snapshot.district.name} {layer}",
        "description": "Invented data: SYNTHETIC" if snapshot.is_synthetic else "",
        "tiles": [f"{request.base_url}v1/tiles/{layer}/{{z}}/{{x}}/{{y}}.mvt"],
        "minzoom": 0,
        "maxzoom": DEEPEST_ZOOM,
        "bounds": [west, south, east, north],
        "center": [(west + east) / 2, (south + north) / 2, 12],
        "vector_layers": [{"id": LAYER_NAME, "fields": FIELDS}],
    }
    return conditional(request, etag(tile_tag(snapshot, layer), "json"), lambda: json_bytes(document))

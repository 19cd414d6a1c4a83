"""OGC API - Features, Part 1: Core: the grids for GIS programs that speak the standard (QGIS, GDAL, OWSLib)."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any

import shapely
from fastapi import APIRouter, Depends, Path, Query
from pydantic import TypeAdapter, ValidationError
from starlette.requests import Request
from starlette.responses import Response

from api.deps import Grant, ServiceOf, require
from api.respond import GEOJSON, etag, json_bytes, json_response, shared, version_of
from api.routers.ownership import Board
from api.routers.retailers import box_of
from api.schemas.common import Instant
from gridsvc.domain.errors import BadInput, NotFound
from gridsvc.domain.layers import Layer
from gridsvc.domain.permissions import Action
from gridsvc.maps.geojson import grids_collection
from gridsvc.usecases.read_district import read_district
from gridsvc.usecases.read_grids import LayerMap, read_grids

router = APIRouter(prefix="/ogc", tags=["ogc"])
MayRead = Annotated[Grant, Depends(require(Action.GRIDS_READ))]
Document = dict[str, Any]
CONFORMANCE = [
    f"http://www.opengis.net/spec/ogcapi-{part}"
    for part in (
        "common-1/1.0/conf/core", "common-2/1.0/conf/collections", "features-1/1.0/conf/core",
        "features-1/1.0/conf/geojson", "features-1/1.0/conf/oas30",
    )
]  # fmt: skip
_CRS84 = "http://www.opengis.net/def/crs/OGC/1.3/CRS84"
_MOST = 1000
_INSTANT: TypeAdapter[dt.datetime] = TypeAdapter(Instant)
CollectionId = Annotated[str, Path(max_length=50, description="grids-inspection, grids-marketing or grids-delivery.")]


def _link(request: Request, path: str, rel: str, media_type: str = "application/json", title: str = "") -> Document:
    link = {"href": f"{request.base_url}{path}", "rel": rel, "type": media_type}
    return link | ({"title": title} if title else {})


@router.get("/", response_model=Document, summary="Landing page")
def get_landing(request: Request, grant: MayRead, service: ServiceOf) -> Response:
    """Give where everything is."""
    district = read_district(service.store, adcode=grant.caller.adcode)
    return json_response(
        {
            "title": f"{district.name}: grids",
            "description": "Grids by layer; each is the union of its basic units as drawn.",
            "links": [
                _link(request, "ogc/", "self", title="This document"),
                _link(request, "openapi.json", "service-desc", "application/vnd.oai.openapi+json;version=3.1"),
                _link(request, "docs", "service-doc", "text/html"),
                _link(request, "ogc/conformance", "conformance"),
                _link(request, "ogc/collections", "data"),
            ],
        }
    )


@router.get("/conformance", response_model=Document, summary="What is conformed to")
def get_conformance(grant: MayRead) -> Response:
    """Give the conformance classes."""
    del grant
    return json_response({"conformsTo": CONFORMANCE})


@router.get("/collections", response_model=Document, summary="The collections: one a layer")
def get_collections(request: Request, grant: MayRead, board: Board) -> Response:
    """Give every collection with its extent."""
    box = list(board.now(grant.caller.adcode).district.boundary.bounds)
    collections = [_collection(request, layer, box) for layer in Layer]
    return json_response({"links": [_link(request, "ogc/collections", "self")], "collections": collections})


@router.get("/collections/{collection_id}", response_model=Document, summary="One collection")
def get_collection(request: Request, collection_id: CollectionId, grant: MayRead, board: Board) -> Response:
    """Give one collection."""
    box = list(board.now(grant.caller.adcode).district.boundary.bounds)
    return json_response(_collection(request, _layer_of(collection_id), box))


def _collection(request: Request, layer: Layer, box: list[float]) -> Document:
    path = f"ogc/collections/grids-{layer}"
    return {
        "id": f"grids-{layer}",
        "title": f"Grids of {layer}",
        "itemType": "feature",
        "crs": [_CRS84],
        "extent": {"spatial": {"bbox": [box], "crs": _CRS84}},
        "links": [_link(request, path, "self"), _link(request, f"{path}/items", "items", GEOJSON)],
    }


def _layer_of(collection_id: str) -> Layer:
    for layer in Layer:
        if collection_id == f"grids-{layer}":
            return layer
    raise NotFound(f"there is no collection {collection_id}; there are {', '.join(f'grids-{one}' for one in Layer)}")


@router.get("/collections/{collection_id}/items", response_model=Document, summary="The grids of a layer")
def get_items(
    request: Request,
    collection_id: CollectionId,
    grant: MayRead,
    service: ServiceOf,
    board: Board,
    bbox: Annotated[str | None, Query(max_length=200, description="west,south,east,north; grids that meet it.")] = None,
    datetime: Annotated[
        str | None, Query(max_length=100, description="An instant; of an interval its end (`..` or none: now).")
    ] = None,
    crs: Annotated[str, Query(max_length=100, description="CRS84 is the only one; GDAL names it.")] = _CRS84,
    limit: Annotated[int, Query(ge=1, le=10_000, description="Features in one answer, 1,000 at most.")] = 100,
    offset: Annotated[int, Query(ge=0, le=1_000_000, description="Features to pass over; follow the link `next`.")] = 0,
) -> Response:
    """Give grids as GeoJSON, page by page."""
    layer, box, as_of = _layer_of(collection_id), box_of(bbox), _instant_of(datetime)
    if crs != _CRS84:
        raise BadInput(f"crs is {crs}; features are given in {_CRS84} only")
    snapshot = board.now(grant.caller.adcode)

    def render() -> bytes:
        found = read_grids(board, service.clock, adcode=grant.caller.adcode, layer=layer, as_of=as_of)
        features = _features(found, box)
        shown = features[offset : offset + min(limit, _MOST)]
        links = [_link(request, f"ogc/collections/{collection_id}/items?{request.url.query}", "self", GEOJSON)]
        if offset + len(shown) < len(features):
            following = request.url.include_query_params(offset=offset + len(shown)).query
            links.append(_link(request, f"ogc/collections/{collection_id}/items?{following}", "next", GEOJSON))
        return json_bytes(
            {
                "type": "FeatureCollection", "links": links, "timeStamp": found.grids.as_of,
                "numberMatched": len(features), "numberReturned": len(shown), "features": shown,
            }
        )  # fmt: skip

    tag = etag(version_of(snapshot.generation, snapshot.district.revision), "ogc")
    return shared(request, grant.caller.adcode, tag, render, media_type=GEOJSON)


def _features(found: LayerMap, box: tuple[float, float, float, float] | None) -> list[Document]:
    features: list[Document] = grids_collection(found.grids, found.outlines)["features"]
    kept = [
        (feature, outline) for feature, outline in zip(features, found.outlines, strict=True) if not outline.is_empty
    ]
    if box is None:
        return [feature for feature, _ in kept]
    west, south, east, north = box
    if not (west <= east and south <= north):
        raise BadInput("bbox is west,south,east,north, west before east and south before north")
    window = shapely.box(west, south, east, north)
    return [feature for feature, outline in kept if outline.intersects(window)]


def _instant_of(text: str | None) -> dt.datetime | None:
    """Read an instant, or the end of an interval; raises `BadInput`."""
    if text is None:
        return None
    first, slash, last = text.partition("/")
    wanted = (last if last not in {"", ".."} else "") if slash else first
    try:
        if slash and first not in {"", ".."}:
            _INSTANT.validate_python(first)
        return _INSTANT.validate_python(wanted).astimezone(dt.UTC) if wanted else None
    except ValidationError:
        raise BadInput(f"datetime is {text}; give an RFC 3339 instant with an offset, or an interval of two") from None


@router.get("/collections/{collection_id}/items/{grid_id}", response_model=Document, summary="One grid of a layer")
def get_item(
    request: Request,
    collection_id: CollectionId,
    grid_id: Annotated[str, Path(max_length=100)],
    grant: MayRead,
    service: ServiceOf,
    board: Board,
) -> Response:
    """Give one grid that is in force."""
    layer = _layer_of(collection_id)
    found = read_grids(board, service.clock, adcode=grant.caller.adcode, layer=layer)
    for feature in _features(found, None):
        if feature.get("id") == grid_id:
            path = f"ogc/collections/{collection_id}"
            links = [_link(request, f"{path}/items/{grid_id}", "self", GEOJSON), _link(request, path, "collection")]
            return Response(json_bytes(feature | {"links": links}), 200, {"Cache-Control": "no-store"}, GEOJSON)
    raise NotFound(f"there is no grid {grid_id} in force in collection {collection_id}")

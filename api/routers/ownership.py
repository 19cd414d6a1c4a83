"""Who is responsible: by place, by code, by licence, by identifier."""

from __future__ import annotations

from dataclasses import fields
from hashlib import sha256
from typing import Annotated, cast

from fastapi import APIRouter, Depends, Path, Query
from starlette.requests import Request
from starlette.responses import Response

from api.deps import Grant, ServiceOf, require
from api.respond import conditional, etag, json_bytes, version_of
from api.schemas.common import AsOf
from api.schemas.ownership import OwnershipOut, ownership_out
from geo_data.datums import Datum, to_wgs84
from gridsvc.domain.layers import Layer
from gridsvc.domain.permissions import Action
from gridsvc.usecases.find_ownership import find_ownership
from gridsvc.usecases.ownership_snapshot import OwnershipBoard

router = APIRouter(prefix="/v1", tags=["ownership"])
_DIGEST_LENGTH = 16


def _board(request: Request) -> OwnershipBoard:
    return cast(OwnershipBoard, request.app.state.board)


Board = Annotated[OwnershipBoard, Depends(_board)]
MayAsk = Annotated[Grant, Depends(require(Action.OWNERSHIP_READ))]
Crs = Annotated[Datum, Query(description="Datum of lat and lon, in the question and in the answer. Never guessed.")]
OneLayer = Annotated[Layer | None, Query(description="Answer this layer only.")]


def _respond(request: Request, answer: OwnershipOut) -> Response:
    """Answer with a weak tag of everything but `as_of`, which is another at every question about now."""
    content = {field.name: getattr(answer, field.name) for field in fields(answer) if field.name != "as_of"}
    digest = sha256(json_bytes(content)).hexdigest()[:_DIGEST_LENGTH]
    tag = "W/" + etag(version_of(answer.generation, answer.revision), digest)
    return conditional(request, tag, lambda: json_bytes(answer))


@router.get("/ownership", response_model=OwnershipOut, summary="Who is responsible for a place or a retailer")
def read_ownership(
    request: Request,
    grant: MayAsk,
    service: ServiceOf,
    board: Board,
    lat: Annotated[float | None, Query(ge=-90, le=90, description="Degrees; with lon.")] = None,
    lon: Annotated[float | None, Query(ge=-180, le=180, description="Degrees; with lat.")] = None,
    retailer_code: Annotated[str | None, Query(max_length=100)] = None,
    licence_no: Annotated[str | None, Query(max_length=100)] = None,
    crs: Crs = Datum.WGS84,
    layer: OneLayer = None,
    as_of: AsOf = None,
) -> Response:
    """Ask in exactly one way: by `lat` and `lon`, by `retailer_code`, or by `licence_no`.

    The answer is never nobody: a layer without an owner names the department and the reason.
    """
    if lon is not None and lat is not None:
        x, y = to_wgs84(lon, lat, crs)
        lon, lat = float(x), float(y)
    answer = find_ownership(
        board,
        service.clock,
        adcode=grant.caller.adcode,
        lat=lat,
        lon=lon,
        retailer_code=retailer_code,
        licence_no=licence_no,
        as_of=as_of,
    )
    return _respond(request, ownership_out(answer, crs, layer))


@router.get("/retailers/{retailer_id}/ownership", response_model=OwnershipOut, summary="Who is responsible for a shop")
def read_retailer_ownership(
    request: Request,
    retailer_id: Annotated[str, Path(max_length=100)],
    grant: MayAsk,
    service: ServiceOf,
    board: Board,
    crs: Crs = Datum.WGS84,
    layer: OneLayer = None,
    as_of: AsOf = None,
) -> Response:
    """Answer for one shop by its identifier."""
    adcode = grant.caller.adcode
    answer = find_ownership(board, service.clock, adcode=adcode, retailer_id=retailer_id, as_of=as_of)
    return _respond(request, ownership_out(answer, crs, layer))

"""The district itself: its description, streets and areas."""

from __future__ import annotations

import time
from hashlib import sha256
from typing import Annotated, Any

from fastapi import APIRouter, Depends
from starlette.requests import Request
from starlette.responses import Response

from api.deps import Grant, ServiceOf, require
from api.respond import Rendered, conditional, etag, json_bytes, json_response
from api.schemas.common import Listing
from gridsvc.domain.permissions import Action
from gridsvc.usecases.read_basemap import read_basemap
from gridsvc.usecases.read_district import DistrictFacts, read_district

router = APIRouter(prefix="/v1", tags=["districts"])
MayRead = Annotated[Grant, Depends(require(Action.GRIDS_READ))]


@router.get("/districts", response_model=Listing[DistrictFacts], summary="The districts that the caller may see")
def list_districts(grant: MayRead, service: ServiceOf) -> Response:
    """Give the caller's own district, its newest generation and its revision."""
    found = read_district(service.store, adcode=grant.caller.adcode)
    return json_response({"items": [found], "next": None})


@router.get("/basemap", response_model=dict[str, Any], summary="Streets and areas, as small integers for drawing")
def get_basemap(request: Request, grant: MayRead, service: ServiceOf) -> Response:
    """Give boundary, areas, barriers and streets as steps of 1/scale degree: lon, lat, then differences.

    An import of streets shows within a minute.
    """
    adcode = grant.caller.adcode
    rendered: Rendered = request.app.state.rendered
    minute = str(int(time.monotonic() // 60))
    key = (adcode, "basemap", minute)
    body = rendered.get(key, lambda: json_bytes(read_basemap(service.store, adcode=adcode)))
    return conditional(request, etag(sha256(body).hexdigest()[:16]), lambda: body)

"""The district itself: its description, streets and areas."""

from __future__ import annotations

import time
from typing import Annotated, Any

from fastapi import APIRouter, Depends
from starlette.requests import Request
from starlette.responses import Response

from api.deps import Grant, ServiceOf, require
from api.respond import Rendered, conditional, etag, json_bytes, json_response
from api.schemas.common import Listing
from gridsvc.domain.ids import Adcode
from gridsvc.domain.permissions import Action
from gridsvc.usecases.fingerprint_basemap import fingerprint_basemap
from gridsvc.usecases.read_basemap import read_basemap
from gridsvc.usecases.read_district import DistrictFacts, read_district
from gridsvc.wiring import Service

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
    mark, body = basemap_of(request.app.state.rendered, service, grant.caller.adcode)
    return conditional(request, etag(mark), lambda: body)


def basemap_of(rendered: Rendered, service: Service, adcode: Adcode) -> tuple[str, bytes]:
    """Give the fingerprint of a district's basemap, looked at once a minute, and the body that was rendered for it."""
    minute = str(int(time.monotonic() // 60))
    looked_at = rendered.newest(
        (adcode, "basemap"), minute, lambda: fingerprint_basemap(service.store, adcode=adcode).encode()
    )
    mark = looked_at.decode()
    return mark, rendered.get((adcode, "basemap", mark), lambda: json_bytes(read_basemap(service.store, adcode=adcode)))

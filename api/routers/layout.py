"""The licence plan: its cells, its queue, and what approvals would do."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import orjson
import shapely
from fastapi import APIRouter, Depends
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from api.deps import Grant, ServiceOf, require
from api.respond import GEOJSON, GeoJSONResponse, json_bytes, json_response
from api.schemas.common import Listing
from gridsvc.domain.layout import Application, LookAhead
from gridsvc.domain.permissions import Action
from gridsvc.usecases.look_ahead import look_ahead
from gridsvc.usecases.read_layout import list_applications, read_layout, read_layout_outlines

router = APIRouter(prefix="/v1", tags=["layout"])
MayRead = Annotated[Grant, Depends(require(Action.DATA_READ))]
_BODY_BYTES = 65_536


class AheadIn(BaseModel):
    """The applications whose approval is thought of."""

    model_config = ConfigDict(extra="forbid")

    application_nos: Annotated[list[Annotated[str, Field(max_length=64)]], Field(min_length=1, max_length=500)]


@router.get("/layout/cells", response_class=GeoJSONResponse, summary="The licence plan's cells as GeoJSON")
def get_cells(grant: MayRead, service: ServiceOf) -> Response:
    """Give every layout cell with planned, actual, remaining and its queue; WGS-84 outlines."""
    adcode = grant.caller.adcode
    state = read_layout(service.store, adcode=adcode)
    outline_of = {cell.cell_code: cell.outline for cell in read_layout_outlines(service.store, adcode=adcode)}
    features = [
        {
            "type": "Feature", "id": cell.cell_code,
            "geometry": orjson.Fragment(shapely.to_geojson(outline_of[cell.cell_code])),
            "properties": asdict(cell) | {"remaining": cell.remaining},
        }
        for cell in state.cells if cell.cell_code in outline_of
    ]  # fmt: skip
    body = {
        "type": "FeatureCollection", "features": features, "n_outside": state.n_outside,
        "n_unlocated": state.n_unlocated,
    }  # fmt: skip
    return Response(json_bytes(body), 200, {"Cache-Control": "no-store"}, GEOJSON)


@router.get("/layout/applications", response_model=Listing[Application], summary="The applications in the queue")
def get_applications(grant: MayRead, service: ServiceOf) -> Response:
    """Give the queued applications, the earliest first."""
    return json_response({"items": list_applications(service.store, adcode=grant.caller.adcode), "next": None})


@router.post(
    "/layout:ahead", response_model=LookAhead, summary="What approving applications would do", max_body_size=_BODY_BYTES
)
def post_ahead(body: AheadIn, grant: MayRead, service: ServiceOf) -> Response:
    """Judge distances on foot, plan and grids; nothing is decided or written."""
    found = look_ahead(
        service.store, service.clock, adcode=grant.caller.adcode, application_nos=body.application_nos
    )  # fmt: skip
    grids = [asdict(grid) | {"words": grid.words} for grid in found.grids]
    return json_response(asdict(found) | {"grids": grids, "headline": found.headline})

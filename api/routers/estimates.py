"""What a moved border does to route time, fast enough to follow a brush."""

from __future__ import annotations

from typing import Annotated, cast

from fastapi import APIRouter, Depends
from starlette.requests import Request
from starlette.responses import Response

from api.deps import Grant, require
from api.respond import json_response
from api.schemas.estimates import RouteMinutesIn
from gridsvc.domain.permissions import Action
from gridsvc.usecases.estimate_route_minutes import RouteEstimate, RouteEstimates

router = APIRouter(prefix="/v1", tags=["estimates"])
MayRead = Annotated[Grant, Depends(require(Action.PLANS_READ))]
_BODY_BYTES = 2_000_000


@router.post(
    "/estimates/route-minutes",
    response_model=RouteEstimate,
    summary="Estimated minutes a day of grids as they would be",
    max_body_size=_BODY_BYTES,
)
def post_route_minutes(request: Request, body: RouteMinutesIn, grant: MayRead) -> Response:
    """Give service and travel minutes per working day of each set of units or shops; nothing is written.

    Travel is calibrated on the newest solved cycle; its error on territories left out of the fit comes along.
    """
    known = cast(RouteEstimates, request.app.state.route_estimates)
    unit_set = str(body.unit_set_id) if body.unit_set_id else None
    adcode = grant.caller.adcode
    return json_response(known.estimate(adcode=adcode, layer=body.layer, sets=body.sets(), unit_set_id=unit_set))

"""What came of the stops, as devices tell it, and what follows for the minutes that a stop takes."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query
from starlette.responses import Response

from api.deps import Grant, ServiceOf, require
from api.own import whose
from api.respond import json_response
from api.schemas.common import FirstDay, LastDay, Listing
from api.schemas.visits import RecordedVisitOut, VisitIn, VisitOut, recorded_out, visit_out
from gridsvc.domain.permissions import Action, Scope
from gridsvc.usecases.delete_position import delete_position
from gridsvc.usecases.list_service_minutes import ServiceMinutes, list_service_minutes
from gridsvc.usecases.list_visits import list_visits
from gridsvc.usecases.record_visit import record_visit

router = APIRouter(prefix="/v1", tags=["visits"])
MayRead = Annotated[Grant, Depends(require(Action.VISITS_READ))]
MayWrite = Annotated[Grant, Depends(require(Action.VISITS_WRITE))]
MayReadPlans = Annotated[Grant, Depends(require(Action.PLANS_READ))]
_BODY_BYTES = 16_384


@router.post(
    "/visits",
    response_model=RecordedVisitOut,
    status_code=201,
    summary="Record what came of a stop",
    responses={
        200: {"description": "The same visit was recorded before", "model": RecordedVisitOut},
        409: {"description": "Another visit has this identifier"},
    },
    max_body_size=_BODY_BYTES,
)
def post_visit(body: VisitIn, grant: MayWrite, service: ServiceOf) -> Response:
    """Record done, closed or cannot with its reason; `visit_id` makes it safe to send again.

    The position is kept for a check-in within working hours that the person sends themselves, for 90 days.
    """
    staff, is_own = whose(grant, service, body.staff)
    caller = grant.caller
    recorded = record_visit(
        service.store, service.clock, adcode=caller.adcode, actor=caller.name, given=body.report(staff), is_own=is_own
    )
    return json_response(recorded_out(recorded), status=201 if recorded.is_new else 200)


@router.get("/visits", response_model=Listing[VisitOut], summary="The visits of some days")
def get_visits(
    grant: MayRead,
    service: ServiceOf,
    first: FirstDay,
    last: LastDay,
    staff: Annotated[str | None, Query(max_length=100, description="staff_id or staff_code.")] = None,
) -> Response:
    """Give the visits in the order in which they ended; a field role sees its own, and only there its positions; a
    head those of the department.

    Sealed inspections are in the inspector's own list only.
    """
    asked = whose(grant, service, staff)[0] if grant.scope is Scope.OWN else staff
    found = list_visits(
        service.store,
        adcode=grant.caller.adcode,
        first=first,
        last=last,
        staff_code_or_id=asked,
        reader=grant.caller.staff_id,
        reach=grant.reach,
    )
    return json_response({"items": [visit_out(visit) for visit in found], "next": None})


@router.delete("/visits/{visit_id}/position", status_code=204, summary="Delete where one stood at a visit")
def forget_position(visit_id: UUID, grant: MayWrite, service: ServiceOf) -> Response:
    """Delete the position of one's own visit; the visit stays."""
    caller = grant.caller
    delete_position(
        service.store,
        service.clock,
        adcode=caller.adcode,
        actor=caller.name,
        visit_id=str(visit_id),
        reader=caller.staff_id,
    )
    return Response(None, 204)


@router.get("/service-minutes", response_model=ServiceMinutes, summary="How long stops take")
def get_service_minutes(grant: MayReadPlans, service: ServiceOf) -> Response:
    """Give assumed, observed and estimated minutes by task type, tier and urban form, with the number of visits."""
    return json_response(list_service_minutes(service.store, adcode=grant.caller.adcode))

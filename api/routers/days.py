"""The field staff and their planned days."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Path, Query
from starlette.requests import Request
from starlette.responses import Response

from api.deps import Grant, ServiceOf, require
from api.own import refuse_others
from api.respond import GEOJSON, conditional, etag, json_bytes, json_response
from api.schemas.common import Listing
from gridsvc.domain.days import Day
from gridsvc.domain.layers import Role
from gridsvc.domain.permissions import Action, Scope
from gridsvc.maps.geojson import day_collection
from gridsvc.usecases.list_days import PlannedDays, list_days
from gridsvc.usecases.list_staff import StaffMember, list_staff
from gridsvc.usecases.read_day import read_day

router = APIRouter(prefix="/v1", tags=["days"])
MayRead = Annotated[Grant, Depends(require(Action.DAYS_READ))]
OfStaff = Annotated[str, Path(max_length=100, description="staff_id or staff_code.")]


@router.get("/staff", response_model=Listing[StaffMember], summary="The field staff")
def get_staff(grant: MayRead, service: ServiceOf, role: Annotated[Role | None, Query()] = None) -> Response:
    """Give the staff by code; a field role sees itself."""
    known = list_staff(service.store, adcode=grant.caller.adcode, role=role)
    seen = [m for m in known if grant.scope is Scope.DISTRICT or m.staff_id == grant.caller.staff_id]
    return json_response({"items": seen, "next": None})


@router.get("/staff/{staff}/days", response_model=PlannedDays, summary="The days for which a person has a route")
def get_days(
    staff: OfStaff,
    grant: MayRead,
    service: ServiceOf,
    first: Annotated[date, Query(description="First day, YYYY-MM-DD.")],
    last: Annotated[date, Query(description="Last day, at most 92 days in all.")],
) -> Response:
    """Give the planned days in order with their number of stops; sealed duties are not counted."""
    refuse_others(grant, service, staff)
    adcode = grant.caller.adcode
    return json_response(list_days(service.store, adcode=adcode, staff_code_or_id=staff, first=first, last=last))


@router.get("/staff/{staff}/days/{day}", response_model=Day, summary="One person's planned day, as JSON or GeoJSON")
def get_day(
    request: Request,
    staff: OfStaff,
    day: date,
    grant: MayRead,
    service: ServiceOf,
    form: Annotated[Literal["json", "geojson"] | None, Query(alias="format")] = None,
) -> Response:
    """Give the stops in order with their times, why each is there, and what could not be planned.

    Sealed inspections are in the inspector's own view only; to others any inspector's day tells half-days, no times.
    GeoJSON by `?format=geojson` or `Accept: application/geo+json`.
    """
    refuse_others(grant, service, staff)
    found = read_day(service.store, service.clock, adcode=grant.caller.adcode, staff_code_or_id=staff, day=day)
    is_own = grant.caller.staff_id == found.staff.staff_id
    shown = found if is_own else found.without_sealed()
    is_geojson = form == "geojson" or (form is None and GEOJSON in request.headers.get("accept", ""))
    if is_geojson:
        return conditional(
            request, etag(shown.version, "geo"), lambda: json_bytes(day_collection(shown)), media_type=GEOJSON
        )
    return conditional(request, etag(shown.version), lambda: json_bytes(shown))

"""The field staff and their planned days."""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query
from starlette.requests import Request
from starlette.responses import Response

from api.deps import Grant, ServiceOf, require
from api.own import refuse_others
from api.respond import GEOJSON, JSON, conditional, etag, json_bytes, json_response
from api.schemas.common import FirstDay, LastDay, Listing
from gridsvc.domain.days import Day
from gridsvc.domain.layers import Role
from gridsvc.domain.permissions import Action
from gridsvc.maps import gpx, ics
from gridsvc.maps.geojson import day_collection
from gridsvc.usecases.list_days import PlannedDays, list_days
from gridsvc.usecases.list_staff import StaffMember, list_staff
from gridsvc.usecases.read_board import Board, read_board
from gridsvc.usecases.read_day import read_day
from gridsvc.wiring import Service

router = APIRouter(prefix="/v1", tags=["days"])
MayRead = Annotated[Grant, Depends(require(Action.DAYS_READ))]
OfStaff = Annotated[str, Path(max_length=100, description="staff_id or staff_code.")]


@router.get("/staff", response_model=Listing[StaffMember], summary="The field staff")
def get_staff(grant: MayRead, service: ServiceOf, role: Annotated[Role | None, Query()] = None) -> Response:
    """Give the staff by code; a field role sees itself, a head the department."""
    seen = list_staff(service.store, adcode=grant.caller.adcode, role=role, reach=grant.reach)
    return json_response({"items": seen, "next": None})


@router.get("/staff/{staff}/days", response_model=PlannedDays, summary="The days for which a person has a route")
def get_days(
    staff: OfStaff,
    grant: MayRead,
    service: ServiceOf,
    first: FirstDay,
    last: LastDay,
) -> Response:
    """Give the planned days in order with their number of stops; sealed duties are not counted."""
    refuse_others(grant, service, staff)
    adcode = grant.caller.adcode
    return json_response(list_days(service.store, adcode=adcode, staff_code_or_id=staff, first=first, last=last))


class DayForm(StrEnum):
    """How a day is written."""

    JSON = "json"
    GEOJSON = "geojson"
    GPX = "gpx"
    ICS = "ics"


_MEDIA_TYPE = {DayForm.JSON: JSON, DayForm.GEOJSON: GEOJSON, DayForm.GPX: gpx.MEDIA_TYPE, DayForm.ICS: ics.MEDIA_TYPE}
_FILES = (DayForm.GPX, DayForm.ICS)  # they leave the service, so they hold what others may see


def _form(request: Request, asked: DayForm | None) -> DayForm:
    """Give the form that is asked for, else the first of Accept that is known, else JSON."""
    if asked is not None:
        return asked
    accepted = [part.partition(";")[0].strip() for part in request.headers.get("accept", "").split(",")]
    form_of = {media_type: form for form, media_type in _MEDIA_TYPE.items()}
    return next((form_of[media_type] for media_type in accepted if media_type in form_of), DayForm.JSON)


@router.get(
    "/staff/{staff}/days/{day}",
    response_model=Day,
    summary="One person's planned day, as JSON, GeoJSON, GPX or ICS",
    responses={
        200: {"content": {media_type: {} for media_type in _MEDIA_TYPE.values() if media_type != JSON}},
        304: {"description": "The caller's copy is the newest"},
    },
)
def get_day(
    request: Request,
    staff: OfStaff,
    day: date,
    grant: MayRead,
    service: ServiceOf,
    form: Annotated[DayForm | None, Query(alias="format", description="Default: by Accept.")] = None,
) -> Response:
    """Give the stops in order with arrival, slack, why each is there, what came of it, and what could not be planned.

    Sealed inspections are in the inspector's own view only; to others any inspector's day tells half-days, no times.
    GPX and ICS are files that circulate: they hold what others may see. `method` tells travel by straight lines.
    """
    refuse_others(grant, service, staff)
    found = read_day(service.store, service.clock, adcode=grant.caller.adcode, staff_code_or_id=staff, day=day)
    wanted = _form(request, form)
    request.app.state.replans.warm()  # whoever reads a day may soon need a new rest of it
    is_own = grant.caller.staff_id == found.staff.staff_id
    shown = found if is_own and wanted not in _FILES else found.without_sealed()
    return conditional(
        request, etag(shown.version, wanted), lambda: _written(shown, wanted, service), media_type=_MEDIA_TYPE[wanted]
    )


def _written(day: Day, form: DayForm, service: Service) -> bytes:
    if form is DayForm.GEOJSON:
        return json_bytes(day_collection(day))
    if form is DayForm.GPX:
        return gpx.day_gpx(day)
    if form is DayForm.ICS:
        return ics.day_ics(day, service.clock.now())
    return json_bytes(day)


@router.get("/days/{day}/board", response_model=Board, summary="A department's day: who is out, how far, what is left")
def get_board(
    request: Request,
    day: date,
    grant: MayRead,
    service: ServiceOf,
    org_unit: Annotated[str | None, Query(max_length=200, description="Name of the department; default: all.")] = None,
) -> Response:
    """Give everybody's routes and progress, absences, and what is on nobody's route with its reason.

    Sealed inspections are nowhere in it; inspectors' times and ways are withheld. A head sees the own department.
    """
    request.app.state.replans.warm()
    found = read_board(service.store, adcode=grant.caller.adcode, day=day, org_unit=org_unit, reach=grant.reach)
    return conditional(request, etag(found.version), lambda: json_bytes(found))

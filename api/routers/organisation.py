"""The organisation: departments one above the other, and the people in them."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Header, Path
from pydantic import BaseModel
from starlette.requests import Request
from starlette.responses import Response

from api.deps import Grant, ServiceOf, require
from api.own import refuse_others
from api.respond import conditional, etag, json_bytes, json_response
from api.schemas.common import Day, FirstDay, LastDay, Listing
from api.schemas.organisation import AbsenceIn, OrgUnitChange, OrgUnitIn, StaffChange, StaffIn
from gridsvc.domain.errors import BadInput
from gridsvc.domain.organisation import version_of
from gridsvc.domain.permissions import Action
from gridsvc.usecases.change_org_unit import change_org_unit
from gridsvc.usecases.change_staff_member import change_staff_member
from gridsvc.usecases.create_org_unit import create_org_unit
from gridsvc.usecases.list_org_units import OrgUnit, list_org_units
from gridsvc.usecases.read_calendar import CalendarDay, read_calendar
from gridsvc.usecases.read_org_unit import read_org_unit
from gridsvc.usecases.read_staff_member import StaffRecord, read_staff_member
from gridsvc.usecases.record_absence import record_absence

router = APIRouter(prefix="/v1", tags=["organisation"])
MayRead = Annotated[Grant, Depends(require(Action.DEPARTMENTS_READ))]
MayWrite = Annotated[Grant, Depends(require(Action.ORGANISATION_WRITE))]
MayReadStaff = Annotated[Grant, Depends(require(Action.STAFF_READ))]
MayWriteAbsences = Annotated[Grant, Depends(require(Action.ABSENCES_WRITE))]
OfStaff = Annotated[str, Path(max_length=100, description="staff_id or staff_code.")]
IfMatch = Annotated[
    str | None, Header(alias="If-Match", description="ETag of the record that was seen.", max_length=100)
]
_CHANGED: dict[int | str, dict[str, Any]] = {
    409: {"description": "Somebody changed it since, with who and when; or something else is in the way"},
    412: {"description": "`If-Match` is no ETag of this record"},
    428: {"description": "`If-Match` is missing"},
}


def _who(grant: Grant) -> dict[str, Any]:
    return {"adcode": grant.caller.adcode, "actor": grant.caller.name}


def _stated(body: BaseModel) -> dict[str, Any]:
    """Give what a client stated, identifiers as text; what it left out is not there."""
    stated = body.model_dump(exclude_unset=True)
    return {name: str(value) if isinstance(value, UUID) else value for name, value in stated.items()}


def _unit_response(unit: OrgUnit, status: int = 200) -> Response:
    location = {"Location": f"/v1/org-units/{unit.org_unit_id}"} if status == 201 else {}
    return json_response(unit, status=status, headers={"ETag": etag(version_of(unit)), **location})


def _staff_response(record: StaffRecord, status: int = 200) -> Response:
    location = {"Location": f"/v1/staff/{record.member.staff_code}"} if status == 201 else {}
    return json_response(record, status=status, headers={"ETag": etag(record.version), **location})


@router.get(
    "/org-units", response_model=Listing[OrgUnit], summary="The departments, by name; `parent_id` makes the tree"
)
def get_org_units(grant: MayRead, service: ServiceOf) -> Response:
    """Give province, city, county bureau, monopoly offices, market departments and delivery centres."""
    return json_response({"items": list_org_units(service.store, adcode=grant.caller.adcode), "next": None})


@router.post("/org-units", response_model=OrgUnit, status_code=201, summary="Make a department", responses=_CHANGED)
def post_org_unit(body: OrgUnitIn, grant: MayWrite, service: ServiceOf) -> Response:
    """Make a department of one layer or of none, below another where that is named."""
    return _unit_response(create_org_unit(service.store, service.clock, **_who(grant), **_stated(body)), 201)


@router.get("/org-units/{org_unit_id}", response_model=OrgUnit, summary="One department")
def get_org_unit(request: Request, org_unit_id: UUID, grant: MayRead, service: ServiceOf) -> Response:
    """Give a department with its ETag, which a change has to name."""
    found = read_org_unit(service.store, adcode=grant.caller.adcode, org_unit_id=str(org_unit_id))
    return conditional(request, etag(version_of(found)), lambda: json_bytes(found))


@router.patch("/org-units/{org_unit_id}", response_model=OrgUnit, summary="Change a department", responses=_CHANGED)
def patch_org_unit(
    org_unit_id: UUID, body: OrgUnitChange, grant: MayWrite, service: ServiceOf, if_match: IfMatch = None
) -> Response:
    """Change what is named, on the version in `If-Match`: name, kind, layer, parent, head, duty telephone."""
    done = change_org_unit(
        service.store,
        service.clock,
        **_who(grant),
        org_unit_id=str(org_unit_id),
        if_match=if_match,
        changes=_stated(body),
    )
    return _unit_response(done)


@router.post("/staff", response_model=StaffRecord, status_code=201, summary="Take a person on", responses=_CHANGED)
def post_staff(body: StaffIn, grant: MayWrite, service: ServiceOf) -> Response:
    """Add a member of staff; without an office the middle of the district stands for it."""
    stated = _changes(body)
    code = stated.pop("staff_code")
    done = change_staff_member(
        service.store, service.clock, **_who(grant), staff_code_or_id=code, if_match=None, changes=stated, is_new=True
    )
    return _staff_response(done, 201)


@router.get("/staff/{staff}", response_model=StaffRecord, summary="One member of staff")
def get_staff_member(request: Request, staff: OfStaff, grant: MayReadStaff, service: ServiceOf) -> Response:
    """Give role, department, office, deputies, crew partner and absences, with the ETag that a change has to name."""
    refuse_others(grant, service, staff)
    found = read_staff_member(service.store, adcode=grant.caller.adcode, staff_code_or_id=staff)
    return conditional(request, etag(found.version), lambda: json_bytes(found))


@router.patch("/staff/{staff}", response_model=StaffRecord, summary="Change a member of staff", responses=_CHANGED)
def patch_staff(
    staff: OfStaff, body: StaffChange, grant: MayWrite, service: ServiceOf, if_match: IfMatch = None
) -> Response:
    """Change what is named, on the version in `If-Match`; look-ups tell the new deputies at once.

    The role of somebody who owns shops cannot change: a plan gives these to somebody else first.
    """
    done = change_staff_member(
        service.store, service.clock, **_who(grant), staff_code_or_id=staff, if_match=if_match, changes=_changes(body)
    )
    return _staff_response(done)


def _changes(body: StaffChange) -> dict[str, Any]:
    stated = _stated(body)
    needed = [name for name in ("name", "role", "office_lon", "office_lat") if stated.get(name, "") is None]
    if needed:
        raise BadInput("a member of staff has each of these", violations=tuple(f"{name}: null" for name in needed))
    return stated


@router.get("/staff/{staff}/calendar", response_model=Listing[CalendarDay], summary="Which days a person works")
def get_calendar(
    staff: OfStaff,
    grant: MayReadStaff,
    service: ServiceOf,
    first: FirstDay,
    last: LastDay,
) -> Response:
    """Give every day with why it is not worked: weekend or holiday of the district, absence, not in service."""
    refuse_others(grant, service, staff)
    found = read_calendar(service.store, adcode=grant.caller.adcode, staff_code_or_id=staff, first=first, last=last)
    return json_response({"items": found, "next": None})


@router.post("/staff/{staff}/absences", response_model=StaffRecord, status_code=201, summary="Record days away")
def post_absence(staff: OfStaff, body: AbsenceIn, grant: MayWriteAbsences, service: ServiceOf) -> Response:
    """Record an absence; `POST /v1/covers` records one too and puts acting owners in."""
    refuse_others(grant, service, staff)
    done = record_absence(service.store, service.clock, **_who(grant), staff_code_or_id=staff, **body.model_dump())
    return _staff_response(done, 201)


@router.delete("/staff/{staff}/absences/{first_day}", response_model=StaffRecord, summary="Take an absence back")
def delete_absence(staff: OfStaff, first_day: Day, grant: MayWriteAbsences, service: ServiceOf) -> Response:
    """Remove the absence that begins on a day."""
    refuse_others(grant, service, staff)
    done = record_absence(
        service.store, service.clock, **_who(grant), staff_code_or_id=staff, first_day=first_day, last_day=None
    )
    return _staff_response(done)

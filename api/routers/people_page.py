"""The page for the organisation: departments and people, each changed on the version that was seen."""

from __future__ import annotations

from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Form, Path
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from api.deps import is_from_other_site, service_of
from api.web.people_view import fault_words, shown_units
from api.web.visits import Visit, app_page, visit_of
from api.web.words import language_of, words
from gridsvc.domain.errors import GridsvcError, NotPermitted
from gridsvc.domain.layers import Layer
from gridsvc.domain.organisation import OrgKind
from gridsvc.domain.permissions import Action
from gridsvc.usecases.change_org_unit import change_org_unit
from gridsvc.usecases.change_staff_member import change_staff_member
from gridsvc.usecases.create_org_unit import create_org_unit
from gridsvc.usecases.list_org_units import list_org_units
from gridsvc.usecases.list_staff_records import list_staff_records

router = APIRouter(include_in_schema=False)
_FORM_BYTES = 8192
Text = Annotated[str, Form(max_length=400)]
ChosenLayer = Annotated[Layer | Literal[""], Form()]


@router.get("/people")
async def show_people(request: Request) -> Response:
    """Show the departments with their people, and a form behind each."""
    visit = await visit_of(request, Action.ORGANISATION_WRITE)
    return await _page(request, visit)


async def _page(request: Request, visit: Visit, fault: GridsvcError | None = None) -> Response:
    store, adcode = service_of(request).store, visit.caller.adcode
    units = await run_in_threadpool(list_org_units, store, adcode=adcode)
    staff = await run_in_threadpool(list_staff_records, store, adcode=adcode)
    values = {
        "units": shown_units(units, staff),
        "people": staff,
        "kinds": tuple(OrgKind),
        "layers": tuple(Layer),
        "fault": fault_words(fault, words(language_of(request))) if fault else None,
    }
    return app_page(request, visit, "people.html", active="people", areas=(), values=values)


async def _changed(request: Request, visit: Visit, change: Any, **wanted: Any) -> Response:
    """Carry a change out and show the page again, with the reason where it is refused."""
    service, caller = service_of(request), visit.caller
    try:
        await run_in_threadpool(change, service.store, service.clock, adcode=caller.adcode, actor=caller.name, **wanted)
    except GridsvcError as error:
        return await _page(request, visit, error)
    return RedirectResponse("/people", 303)


async def _writer(request: Request) -> Visit:
    if is_from_other_site(request):
        raise NotPermitted("a page of another site sent this form; nothing was done")
    return await visit_of(request, Action.ORGANISATION_WRITE)


@router.post("/people/org-units", max_body_size=_FORM_BYTES)
async def do_create_unit(
    request: Request, name: Text, kind: Annotated[OrgKind, Form()], parent_id: Text = "", layer: ChosenLayer = ""
) -> Response:
    """Make a department."""
    visit = await _writer(request)
    return await _changed(
        request,
        visit,
        create_org_unit,
        name=name,
        kind=kind,
        parent_id=parent_id or None,
        layer=layer or None,
    )


@router.post("/people/org-units/{org_unit_id}", max_body_size=_FORM_BYTES)
async def do_change_unit(
    request: Request,
    org_unit_id: UUID,
    version: Text,
    name: Text,
    parent_id: Text = "",
    head_staff_code: Text = "",
    duty_phone: Text = "",
) -> Response:
    """Change a department."""
    visit = await _writer(request)
    changes = {
        "name": name.strip(),
        "parent_id": parent_id or None,
        "head_staff_code": head_staff_code.strip() or None,
        "duty_phone": duty_phone.strip() or None,
    }
    return await _changed(
        request, visit, change_org_unit, org_unit_id=str(org_unit_id), if_match=version, changes=changes
    )


@router.post("/people/staff/{staff}", max_body_size=_FORM_BYTES)
async def do_change_person(
    request: Request,
    staff: Annotated[str, Path(max_length=100)],
    version: Text,
    name: Text,
    org_unit_name: Text = "",
    deputies: Text = "",
    crew_partner: Text = "",
) -> Response:
    """Change a member of staff."""
    visit = await _writer(request)
    changes = {
        "name": name.strip(),
        "org_unit_name": org_unit_name or None,
        "deputies": deputies.replace(",", " ").replace("，", " ").split(),
        "crew_partner": crew_partner.strip() or None,
    }
    return await _changed(
        request, visit, change_staff_member, staff_code_or_id=staff, if_match=version, changes=changes
    )

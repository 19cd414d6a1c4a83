"""The printable handover lists of a plan, a sheet a person, with the word of both sides."""

from __future__ import annotations

from typing import Annotated, Any, cast
from uuid import UUID
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Form, Query
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from api.deps import is_from_other_site, service_of
from api.web.handover_view import sheets_of
from api.web.navigation import permits
from api.web.pages import page
from api.web.visits import visit_of
from gridsvc.domain.errors import NotPermitted
from gridsvc.domain.ids import StaffId
from gridsvc.domain.permissions import Action
from gridsvc.usecases.acknowledge_handover import Side, acknowledge_handover
from gridsvc.usecases.draft_bench import DraftBoard
from gridsvc.usecases.list_handovers import list_handovers

router = APIRouter(include_in_schema=False)
_FORM_BYTES = 4096


@router.get("/plans/{plan_id}/handover")
async def show_handover(request: Request, plan_id: UUID, staff_id: Annotated[UUID | None, Query()] = None) -> Response:
    """Show what each person gives and takes, to be printed and signed, or acknowledged here; within one's reach."""
    visit = await visit_of(request, Action.HANDOVERS_READ)
    service, caller = service_of(request), visit.caller
    who: dict[str, Any] = {"adcode": caller.adcode, "plan_id": str(plan_id)}
    chosen = StaffId(str(staff_id)) if staff_id else None
    reach = caller.reach(Action.HANDOVERS_READ)
    board = cast(DraftBoard, request.app.state.drafts)
    found = await run_in_threadpool(
        list_handovers, service.store, service.clock, board, **who, staff_id=chosen, reach=reach
    )
    zone = ZoneInfo(visit.district.time_zone)
    only = f"?staff_id={chosen}" if chosen else ""
    return page(
        request,
        "handover.html",
        plan=found,
        people=sheets_of(found, reach, chosen, zone),
        effective=f"{found.effective_from.astimezone(zone):%Y-%m-%d %H:%M}" if found.effective_from else "",
        is_synthetic=visit.district.is_synthetic,
        may_plan=permits(caller, Action.PLANS_READ),
        sheet_link=f"/v1/plans/{plan_id}/handover.xlsx{only}",
        printed_by=caller.name,
        printed_at=f"{service.clock.now().astimezone(zone):%Y-%m-%d %H:%M}",
    )


@router.post("/plans/{plan_id}/handover", max_body_size=_FORM_BYTES)
async def do_acknowledge(
    request: Request,
    plan_id: UUID,
    from_staff_id: Annotated[UUID, Form()],
    to_staff_id: Annotated[UUID, Form()],
    side: Annotated[Side, Form()],
) -> Response:
    """Keep the word of one side and show the lists again."""
    if is_from_other_site(request):
        raise NotPermitted("a page of another site sent this form; nothing was done")
    visit = await visit_of(request, Action.HANDOVERS_ACKNOWLEDGE)
    service, caller = service_of(request), visit.caller
    await run_in_threadpool(
        acknowledge_handover,
        service.store,
        service.clock,
        cast(DraftBoard, request.app.state.drafts),
        adcode=caller.adcode,
        actor=caller.name,
        plan_id=str(plan_id),
        from_staff_id=StaffId(str(from_staff_id)),
        to_staff_id=StaffId(str(to_staff_id)),
        side=side,
        reach=caller.reach(Action.HANDOVERS_ACKNOWLEDGE),
    )
    return RedirectResponse(f"/plans/{plan_id}/handover", 303)

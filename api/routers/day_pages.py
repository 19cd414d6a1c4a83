"""The pages of the day: one's own on a phone, its sheet of paper, and the board of a department."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Query
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from api.deps import service_of
from api.own import OWN_ONLY
from api.web.day_view import day_view, proposal_words, week_view
from api.web.navigation import permits
from api.web.pages import page
from api.web.visits import Visit, app_page, visit_of
from api.web.words import language_of, words
from gridsvc.domain.days import Day
from gridsvc.domain.errors import BadInput, NotFound, NotPermitted
from gridsvc.domain.permissions import Action, Scope
from gridsvc.domain.replans import Proposal, ProposalState
from gridsvc.usecases.find_within_reach import find_within_reach
from gridsvc.usecases.list_days import PlannedDays, list_days
from gridsvc.usecases.list_proposals import list_proposals
from gridsvc.usecases.list_staff import StaffMember, list_staff
from gridsvc.usecases.read_day import read_day

router = APIRouter(include_in_schema=False)
_AREAS = ("days",)
AskedDay = Annotated[date | None, Query()]
AskedStaff = Annotated[str | None, Query(max_length=100)]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Shown:
    """Whose day is shown, which, and what is known of it."""

    member: StaffMember
    is_own: bool
    day: date
    found: Day | None
    week: PlannedDays
    proposal: Proposal | None


@router.get("/today")
async def show_today(request: Request, day: AskedDay = None, staff: AskedStaff = None) -> Response:
    """Show a person's day: their own, or anybody's to whoever sees the whole district."""
    visit = await visit_of(request, Action.DAYS_READ)
    shown = await run_in_threadpool(_read, request, visit, day, staff)
    request.app.state.replans.warm()
    return app_page(request, visit, "today.html", active="today", areas=_AREAS, values=_values(request, visit, shown))


@router.get("/today/print")
async def show_sheet(request: Request, day: AskedDay = None, staff: AskedStaff = None) -> Response:
    """Show the day as a sheet of paper, without sealed duties: paper circulates."""
    visit = await visit_of(request, Action.DAYS_READ)
    shown = await run_in_threadpool(_read, request, visit, day, staff)
    if shown.found is None:
        raise NotFound(f"no route is planned for {shown.member.staff_code} on {shown.day.isoformat()}")
    known = words(language_of(request))
    on_paper = shown.found.without_sealed()
    printed_at = service_of(request).clock.now().astimezone(ZoneInfo(visit.district.time_zone))
    return page(
        request,
        "day_print.html",
        **_head(request, shown),
        department=shown.member.org_unit_name,
        day=day_view(on_paper, known, language_of(request)),
        is_open_only=on_paper.is_withheld,
        printed_by=visit.caller.name,
        printed_at=printed_at.strftime("%Y-%m-%d %H:%M"),
    )


@router.get("/days")
async def show_board(request: Request, day: AskedDay = None) -> Response:
    """Show the day board of a department."""
    visit = await visit_of(request, Action.DAYS_READ)
    if not permits(visit.caller, Action.DAYS_READ, Scope.DEPARTMENT):
        raise NotPermitted(OWN_ONLY)
    shown = day or visit.today
    return app_page(
        request, visit, "board.html", active="days", areas=_AREAS, values={"shown": shown}, day=shown.isoformat()
    )


def _read(request: Request, visit: Visit, day: date | None, asked: str | None) -> _Shown:
    service, caller = service_of(request), visit.caller
    known = list_staff(service.store, adcode=caller.adcode)
    wanted = asked or caller.staff_id
    member = next((m for m in known if wanted in (m.staff_code, m.staff_id)), None)
    is_own = member is not None and member.staff_id == caller.staff_id
    if not is_own and not permits(caller, Action.DAYS_READ, Scope.DISTRICT):
        find_within_reach(service.store, adcode=caller.adcode, reach=caller.reach(Action.DAYS_READ), asked=wanted or "")
    if wanted is None:
        raise BadInput("your account is nobody of the field staff; name one as `?staff=CODE`")
    if member is None:
        raise NotFound(f"there is no staff member {wanted}")
    shown = day or visit.today
    monday = shown - timedelta(days=shown.weekday())
    who: dict[str, Any] = {"adcode": caller.adcode, "staff_code_or_id": member.staff_id}
    week = list_days(service.store, **who, first=monday, last=monday + timedelta(days=6))
    try:
        found: Day | None = read_day(service.store, service.clock, **who, day=shown)
    except NotFound:
        found = None
    proposals = list_proposals(service.store, **who, day=shown, is_own=is_own)
    return _Shown(
        member=member,
        is_own=is_own,
        day=shown,
        found=found if found is None or is_own else found.without_sealed(),
        week=week,
        proposal=next((p for p in proposals if p.state is ProposalState.OPEN), None),
    )


def _head(request: Request, shown: _Shown) -> dict[str, Any]:
    known = words(language_of(request))
    return {
        "shown": shown.day,
        "day_words": known["day_words"].format(day=shown.day, weekday=known[f"weekday_{shown.day.isoweekday()}"]),
        "staff_code": shown.member.staff_code,
        "staff_name": shown.member.name,
        "staff_query": "" if shown.is_own else f"&staff={shown.member.staff_code}",
    }


def _values(request: Request, visit: Visit, shown: _Shown) -> dict[str, Any]:
    known = words(language_of(request))
    zone = ZoneInfo(visit.district.time_zone)
    monday = shown.day - timedelta(days=shown.day.weekday())
    proposal = shown.proposal
    new_order = [
        {
            "when": stop.starts_at.astimezone(zone).strftime("%H:%M") if stop.starts_at else "",
            "name": stop.name,
            "is_new": stop.is_new,
            "is_moved": stop.is_moved,
        }
        for route in (proposal.outlook.routes[:1] if proposal else ())
        for stop in route.stops
    ]
    is_today = shown.day == visit.today
    return {
        **_head(request, shown),
        "week": week_view(shown.week, monday, shown.day, visit.today, known),
        "day": day_view(shown.found, known, language_of(request)) if shown.found else None,
        "may_record": is_today and shown.is_own and permits(visit.caller, Action.VISITS_WRITE),
        "may_write": shown.is_own and permits(visit.caller, Action.DAYS_WRITE),
        "proposal": proposal,
        "proposal_parts": proposal_words(proposal, known) if proposal else [],
        "proposal_stops": new_order,
    }

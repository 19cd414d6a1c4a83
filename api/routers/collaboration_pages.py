"""The pages of the hotline and of everybody who handles requests: who is responsible, and the inbox."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from api.web.visits import app_page, visit_of
from gridsvc.domain.collaborations import LAYER_OF_TYPE, LONGEST_SUBJECT, LONGEST_TEXT
from gridsvc.domain.permissions import Action

router = APIRouter(include_in_schema=False)
_AREAS = ("collaborations",)
_LIMITS = {"subject": LONGEST_SUBJECT, "text": LONGEST_TEXT}


@router.get("/who")
async def show_who(request: Request) -> Response:
    """Show the search for whoever is responsible, and the way to open a collaboration."""
    visit = await visit_of(request, Action.OWNERSHIP_READ)
    types = [{"type": kind, "layer": layer} for kind, layer in LAYER_OF_TYPE.items()]
    return app_page(request, visit, "who.html", active="who", areas=_AREAS, types=types, limits=_LIMITS)


@router.get("/inbox")
async def show_inbox(request: Request) -> Response:
    """Show the collaborations that somebody has to handle or opened, and the notices."""
    visit = await visit_of(request, Action.COLLABORATIONS_READ)
    return app_page(request, visit, "inbox.html", active="inbox", areas=_AREAS, limits=_LIMITS)

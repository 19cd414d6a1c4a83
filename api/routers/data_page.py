"""The page for the district's data: files in, doubts settled on the map."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from api.web.visits import app_page, visit_of
from gridsvc.domain.permissions import Action

router = APIRouter(include_in_schema=False)


@router.get("/data")
async def show_data(request: Request) -> Response:
    """Show the review queue on the map, and the uploads."""
    visit = await visit_of(request, Action.DATA_READ)
    return app_page(request, visit, "data.html", active="data", areas=("data",))

"""The planner's pages: the list of plans, the grid editor, the comparison and the sheets for sign-off."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from api.deps import service_of
from api.web.navigation import permits
from api.web.visits import Visit, app_page, visit_of
from gridsvc.domain.layers import Layer
from gridsvc.domain.permissions import Action
from gridsvc.domain.plans import EDITABLE, Plan
from gridsvc.usecases.read_plan import read_plan

router = APIRouter(include_in_schema=False)
MOST_COMPARED = 4


@router.get("/plans")
async def show_plans(request: Request) -> Response:
    """Show the list of plans and everything that can be done with one."""
    visit = await visit_of(request, Action.PLANS_READ)
    return app_page(request, visit, "plans.html", active="plans", areas=("plans", "map"))


@router.get("/plans/compare")
async def show_comparison(
    request: Request,
    plan: Annotated[list[UUID], Query(max_length=MOST_COMPARED)] = [],  # noqa: B006 (FastAPI copies it)
    layer: Annotated[Layer, Query()] = Layer.INSPECTION,
) -> Response:
    """Show up to four plans in the same view, what differs, and which shops change hands."""
    visit = await visit_of(request, Action.PLANS_READ)
    found = [await _plan(request, visit, plan_id) for plan_id in plan]
    return app_page(
        request,
        visit,
        "compare.html",
        active="plans",
        areas=("map", "plans"),
        values={"plans": found, "chosen_layer": layer, "asked": "&".join(f"plan={one.plan_id}" for one in found)},
        plans=found,
        layer=layer,
    )


@router.get("/plans/{plan_id}/sheets")
async def show_sheets(request: Request, plan_id: UUID, layer: Annotated[Layer | None, Query()] = None) -> Response:
    """Show one printable page per grid of a layer: its map, its owner, what it gains and gives, lines to sign."""
    visit = await visit_of(request, Action.PLANS_READ)
    plan = await _plan(request, visit, plan_id)
    chosen = layer if layer in plan.layers else plan.layers[0]
    return app_page(
        request,
        visit,
        "sheets.html",
        active="plans",
        areas=("map", "plans"),
        values={"plan": plan, "chosen_layer": chosen},
        plan=plan,
        layer=chosen,
    )


@router.get("/plans/{plan_id}/edit")
async def show_editor(request: Request, plan_id: UUID, layer: Annotated[Layer | None, Query()] = None) -> Response:
    """Show one layer of a plan to be drawn, or to be looked at where it can no longer be changed."""
    visit = await visit_of(request, Action.PLANS_READ)
    plan = await _plan(request, visit, plan_id)
    chosen = layer if layer in plan.layers else plan.layers[0]
    return app_page(
        request,
        visit,
        "editor.html",
        active="plans",
        areas=("map", "plans", "editor"),
        values={"plan": plan, "chosen_layer": chosen},
        plan=plan,
        layer=chosen,
        is_editable=plan.state in EDITABLE and permits(visit.caller, Action.PLANS_WRITE),
    )


async def _plan(request: Request, visit: Visit, plan_id: UUID) -> Plan:
    store = service_of(request).store
    found = await run_in_threadpool(read_plan, store, adcode=visit.caller.adcode, plan_id=str(plan_id))
    return found.plan

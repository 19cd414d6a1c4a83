"""Plans and what the judge said of them."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends
from starlette.responses import Response

from api.deps import Grant, ServiceOf, require
from api.respond import etag, json_response
from api.schemas.common import Listing
from gridsvc.domain.permissions import Action
from gridsvc.domain.plans import Plan
from gridsvc.usecases.list_plans import list_plans
from gridsvc.usecases.read_plan import PlanWithFindings, read_plan

router = APIRouter(prefix="/v1", tags=["plans"])
MayRead = Annotated[Grant, Depends(require(Action.PLANS_READ))]


@router.get("/plans", response_model=Listing[Plan], summary="The plans, newest first")
def get_plans(grant: MayRead, service: ServiceOf) -> Response:
    """Give every plan with its state, layers and effective instant."""
    return json_response({"items": list_plans(service.store, adcode=grant.caller.adcode), "next": None})


@router.get("/plans/{plan_id}", response_model=PlanWithFindings, summary="One plan with metrics and violations")
def get_plan(plan_id: UUID, grant: MayRead, service: ServiceOf) -> Response:
    """Give a plan and the findings of its version."""
    found = read_plan(service.store, adcode=grant.caller.adcode, plan_id=str(plan_id))
    return json_response(found, headers={"ETag": etag(found.plan.plan_version_id, found.plan.revision)})

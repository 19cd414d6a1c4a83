"""Why a plan is as it is, what makes it impossible, what each rule costs, and how the grids in force drift."""

from __future__ import annotations

from typing import Annotated, cast
from uuid import UUID

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, ConfigDict, Field
from starlette.requests import Request
from starlette.responses import Response

from api.deps import Grant, ServiceOf, require
from api.respond import json_response
from api.routers.drafts import Drafts
from api.schemas.common import Listing
from api.schemas.jobs import JobOut, accepted
from gridsvc.domain.drift import LayerDrift
from gridsvc.domain.explanations import LayerExplained
from gridsvc.domain.layers import Layer
from gridsvc.domain.permissions import Action
from gridsvc.domain.prechecks import LayerPrecheck
from gridsvc.usecases.estimate_route_minutes import RouteEstimates
from gridsvc.usecases.explain_plan import explain_plan
from gridsvc.usecases.measure_drift import measure_drift
from gridsvc.usecases.precheck_plan import precheck_plan
from gridsvc.usecases.read_plan import read_plan
from gridsvc.usecases.start_job import start_job

router = APIRouter(prefix="/v1", tags=["plans"])
MayRead = Annotated[Grant, Depends(require(Action.PLANS_READ))]
MayWrite = Annotated[Grant, Depends(require(Action.PLANS_WRITE))]


class ExplainIn(BaseModel):
    """How long the engine looks for what each rule costs."""

    model_config = ConfigDict(extra="forbid")

    layers: list[Layer] | None = Field(None, min_length=1, max_length=3, description="Default: all of the plan.")
    seed: int = Field(1, ge=0, lt=2**31)
    max_iterations: int = Field(300, ge=1, le=100_000, description="Of every search; the same give the same.")
    bound_steps: int = Field(200, ge=0, le=5_000, description="Of the bound that holds for any centres; 0 = none.")
    most_rules: int = Field(12, ge=0, le=500, description="Of a layer that are lifted, the costliest borders first.")


@router.get(
    "/plans/{plan_id}/explanation", response_model=Listing[LayerExplained], summary="Why a plan's grids are as they are"
)
def get_explanation(
    request: Request,
    plan_id: UUID,
    grant: MayRead,
    service: ServiceOf,
    drafts: Drafts,
    layer: Annotated[Layer | None, Query(description="One layer; default: all of the plan.")] = None,
) -> Response:
    """Give each grid's minutes by component and the rules that limit it, the costliest first, with words in zh and en.

    What a rule costs is a first estimate here; `POST /v1/plans/{plan_id}:explain` lifts each and solves again.
    """
    adcode = grant.caller.adcode
    found = explain_plan(
        service.store,
        service.clock,
        drafts,
        adcode=adcode,
        plan_id=str(plan_id),
        layers=[layer] if layer else None,
        estimates=cast(RouteEstimates, request.app.state.route_estimates),
    )
    return json_response({"items": found, "next": None})


@router.post(
    "/plans/{plan_id}:explain", response_model=JobOut, status_code=202, summary="What each rule of a plan costs"
)
def post_explain(plan_id: UUID, grant: MayWrite, service: ServiceOf, body: ExplainIn | None = None) -> Response:
    """Give, as the job's result, every rule's price by re-solve, the bounds, and the headline; nothing is written."""
    caller = grant.caller
    read_plan(service.store, adcode=caller.adcode, plan_id=str(plan_id))
    wanted = (body or ExplainIn()).model_dump(mode="json", exclude_none=True)
    job_id = start_job(
        service.store,
        service.clock,
        adcode=caller.adcode,
        actor=caller.name,
        kind="price_rules",
        request={"plan_id": str(plan_id), "actor": caller.name, **wanted},
    )
    return accepted(service, caller.adcode, job_id)


WithRepair = Annotated[bool, Query(description="Prove how few shops would have to move; takes about a second.")]


@router.get("/drift", response_model=Listing[LayerDrift], summary="When the grids in force leave their tolerance")
def get_drift(grant: MayRead, service: ServiceOf, drafts: Drafts, repair: WithRepair = True) -> Response:
    """Give for each layer in force what opened and closed since, the day each grid is out, and the smallest repair."""
    adcode = grant.caller.adcode
    found = measure_drift(service.store, service.clock, drafts, adcode=adcode, with_repair=repair)
    return json_response({"items": found, "next": None})


@router.get(
    "/plans/{plan_id}/drift", response_model=Listing[LayerDrift], summary="When a plan's grids leave their tolerance",
    responses={409: {"description": "The plan is not in force"}},
)  # fmt: skip
def get_plan_drift(
    plan_id: UUID, grant: MayRead, service: ServiceOf, drafts: Drafts, repair: WithRepair = True
) -> Response:
    """Give the drift of those layers that this plan answers for now."""
    adcode = grant.caller.adcode
    found = measure_drift(service.store, service.clock, drafts, adcode=adcode, plan_id=str(plan_id), with_repair=repair)
    return json_response({"items": found, "next": None})


@router.get(
    "/plans/{plan_id}/precheck", response_model=Listing[LayerPrecheck], summary="What makes a plan's rules impossible"
)
def get_precheck(plan_id: UUID, grant: MayRead, service: ServiceOf, drafts: Drafts) -> Response:
    """Give for each layer the smallest tolerance that can hold and every proof against its rules, in zh and en."""
    adcode = grant.caller.adcode
    found = precheck_plan(service.store, service.clock, drafts, adcode=adcode, plan_id=str(plan_id))
    return json_response({"items": found, "next": None})

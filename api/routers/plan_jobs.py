"""Let the engine work on a draft: divide it anew, bring it back within its tolerances, spend a number of moves."""

from __future__ import annotations

from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Depends
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from api.deps import Grant, ServiceOf, require
from api.schemas.jobs import JobOut, accepted
from gridsvc.domain.layers import Layer
from gridsvc.domain.permissions import Action
from gridsvc.usecases.couple_layers import Coupling
from gridsvc.usecases.edit_draft import require_editable
from gridsvc.usecases.read_plan import read_plan
from gridsvc.usecases.start_job import start_job

router = APIRouter(prefix="/v1", tags=["plans"])
MayWrite = Annotated[Grant, Depends(require(Action.PLANS_WRITE))]
_IN_THE_WAY: dict[int | str, dict[str, Any]] = {409: {"description": "The plan is no draft"}}

_ALONE = "`ortools` searches by OR-Tools alone."


class SearchIn(BaseModel):
    """How the engine searches; tolerances, locks, pins, barriers and the churn budget are the draft's own."""

    model_config = ConfigDict(extra="forbid")

    layers: list[Layer] | None = Field(None, min_length=1, max_length=3, description="Default: all of the plan.")
    seed: int = Field(1, ge=0, lt=2**31)
    engine: Literal["auto", "ortools"] = Field("auto", description=_ALONE)
    max_iterations: int = Field(500, ge=1, le=100_000, description="Of the search per layer; the same give the same.")


class DesignIn(SearchIn):
    """A design; `keep_owner_km2` is what one shop's change of owner costs, in squared km."""

    keep_owner_km2: float = Field(0.0, ge=0, le=10**6)
    coupling: Coupling = Field(Coupling.APART, description="Layers apart, coupled (few different trios) or identical.")
    bound_steps: int = Field(0, ge=0, le=5_000, description="Of the certificate's bound for any centres; 0 = none.")


class SpendIn(SearchIn):
    """At most `n_moves` shops of each layer may move."""

    n_moves: int = Field(ge=1, le=10**6)


class PriceIn(BaseModel):
    """Numbers of moves whose worth is asked; nothing is written."""

    model_config = ConfigDict(extra="forbid")

    layers: list[Layer] | None = Field(None, min_length=1, max_length=3, description="Default: all of the plan.")
    seed: int = Field(1, ge=0, lt=2**31)
    engine: Literal["auto", "ortools"] = Field("auto", description=_ALONE)
    budgets: list[Annotated[int, Field(ge=1, le=10**6)]] | None = Field(None, min_length=1, max_length=50)


def _start(grant: Grant, service: ServiceOf, plan_id: UUID, kind: str, body: SearchIn | PriceIn) -> Response:
    caller = grant.caller
    who: dict[str, Any] = {"adcode": caller.adcode, "actor": caller.name}
    require_editable(read_plan(service.store, adcode=caller.adcode, plan_id=str(plan_id)).plan)
    request = {"plan_id": str(plan_id), "actor": caller.name, **body.model_dump(mode="json", exclude_none=True)}
    job_id = start_job(service.store, service.clock, **who, kind=kind, request=request)
    return accepted(service, caller.adcode, job_id)


@router.post(
    "/plans/{plan_id}:design", response_model=JobOut, status_code=202, summary="Divide a draft anew",
    responses=_IN_THE_WAY,
)  # fmt: skip
def post_design(plan_id: UUID, grant: MayWrite, service: ServiceOf, body: DesignIn | None = None) -> Response:
    """Let the engine divide the draft among its grids; 202 with the job, whose result is the draft's next revision."""
    return _start(grant, service, plan_id, "design_draft", body or DesignIn())


@router.post(
    "/plans/{plan_id}:repair", response_model=JobOut, status_code=202, summary="Repair a draft with few moves",
    responses=_IN_THE_WAY,
)  # fmt: skip
def post_repair(plan_id: UUID, grant: MayWrite, service: ServiceOf, body: SearchIn | None = None) -> Response:
    """Bring the draft back within its tolerances and in one piece, moving as few units as can be found."""
    return _start(grant, service, plan_id, "repair_draft", body or SearchIn())


@router.post(
    "/plans/{plan_id}:spend", response_model=JobOut, status_code=202, summary="Spend moves for evenness",
    responses=_IN_THE_WAY,
)  # fmt: skip
def post_spend(plan_id: UUID, body: SpendIn, grant: MayWrite, service: ServiceOf) -> Response:
    """Move at most so many shops of each layer, for the most even minutes."""
    return _start(grant, service, plan_id, "spend_moves", body)


@router.post(
    "/plans/{plan_id}:price", response_model=JobOut, status_code=202, summary="What moves would buy",
    responses=_IN_THE_WAY,
)  # fmt: skip
def post_price(plan_id: UUID, grant: MayWrite, service: ServiceOf, body: PriceIn | None = None) -> Response:
    """Give, as the job's result, the evenness that each number of moves buys: the churn budget with its price."""
    return _start(grant, service, plan_id, "price_moves", body or PriceIn())

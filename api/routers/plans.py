"""Plans: their list, their life from draft to publication, and what the judge says of them."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends
from starlette.responses import Response

from api.deps import Grant, ServiceOf, require
from api.respond import etag, json_response
from api.routers.drafts import Drafts
from api.schemas.common import Listing
from api.schemas.plans import DuplicateIn, PlanIn, PublishIn, RollbackIn, StartAt, StepIn
from gridsvc.domain.permissions import Action
from gridsvc.domain.plans import Plan, PlanState
from gridsvc.usecases.list_plans import list_plans
from gridsvc.usecases.move_plan import move_plan
from gridsvc.usecases.publish_plan import Publication, publish_plan
from gridsvc.usecases.read_plan import PlanWithFindings, read_plan
from gridsvc.usecases.rebase_plan import rebase_plan
from gridsvc.usecases.start_plan import Start, start_plan
from gridsvc.usecases.undo_plan import undo_plan
from gridsvc.usecases.validate_plan import Validation, validate_plan

router = APIRouter(prefix="/v1", tags=["plans"])
MayRead = Annotated[Grant, Depends(require(Action.PLANS_READ))]
MayWrite = Annotated[Grant, Depends(require(Action.PLANS_WRITE))]
MayPublish = Annotated[Grant, Depends(require(Action.PLANS_PUBLISH))]
_STATE: dict[int | str, dict[str, Any]] = {409: {"description": "The plan's state, or somebody else, is in the way"}}


def _who(grant: Grant) -> dict[str, Any]:
    return {"adcode": grant.caller.adcode, "actor": grant.caller.name}


def _plan_response(plan: Plan, *, status: int = 200) -> Response:
    location = {"Location": f"/v1/plans/{plan.plan_id}"} if status == 201 else {}
    return json_response(plan, status=status, headers={"ETag": etag(plan.plan_version_id, plan.revision), **location})


@router.get("/plans", response_model=Listing[Plan], summary="The plans, newest first")
def get_plans(grant: MayRead, service: ServiceOf) -> Response:
    """Give every plan with its state, layers and effective instant."""
    return json_response({"items": list_plans(service.store, adcode=grant.caller.adcode), "next": None})


@router.post("/plans", response_model=Plan, status_code=201, summary="Start a plan", responses=_STATE)
def post_plan(body: PlanIn, grant: MayWrite, service: ServiceOf) -> Response:
    """Make a draft: from what is in force (`current`), from nothing (`empty`), from a plan or an earlier generation.

    From today's imported owners, units go to whoever owns most of their shops, and shops of others in them stay with
    their owners as exceptions: published as it is, it changes nobody's owner.
    """
    start = Start(is_empty=body.start == "empty")
    if isinstance(body.start, StartAt):
        plan_id = str(body.start.plan_id) if body.start.plan_id else None
        start = Start(plan_id=plan_id, generation=body.start.generation)
    made = start_plan(
        service.store, service.clock, **_who(grant), title=body.title, layers=body.layers or (), start=start
    )
    return _plan_response(made, status=201)


@router.get("/plans/{plan_id}", response_model=PlanWithFindings, summary="One plan with metrics and violations")
def get_plan(plan_id: UUID, grant: MayRead, service: ServiceOf) -> Response:
    """Give a plan, the findings of its version, its rules, and who moved it when."""
    found = read_plan(service.store, adcode=grant.caller.adcode, plan_id=str(plan_id))
    return json_response(found, headers={"ETag": etag(found.plan.plan_version_id, found.plan.revision)})


@router.get("/plans/{plan_id}/validation", response_model=Validation, summary="Every rule that a plan breaks")
def get_validation(plan_id: UUID, grant: MayRead, service: ServiceOf, drafts: Drafts) -> Response:
    """Judge the plan on today's shops: hard rules keep it from being published, warnings want a reason."""
    adcode = grant.caller.adcode
    return json_response(validate_plan(service.store, service.clock, drafts, adcode=adcode, plan_id=str(plan_id)))


@router.post(
    "/plans/{plan_id}:duplicate", response_model=Plan, status_code=201, summary="Copy a plan", responses=_STATE
)
def duplicate(plan_id: UUID, grant: MayWrite, service: ServiceOf, body: DuplicateIn | None = None) -> Response:
    """Make a draft with the same grids, exceptions and rules, drawn from the present generation."""
    title = body.title if body and body.title else None
    if title is None:
        other = read_plan(service.store, adcode=grant.caller.adcode, plan_id=str(plan_id)).plan
        title = f"Copy of {other.title}"[:200]
    start = Start(plan_id=str(plan_id))
    return _plan_response(start_plan(service.store, service.clock, **_who(grant), title=title, start=start), status=201)


def _move(plan_id: UUID, grant: Grant, service: ServiceOf, body: StepIn | None, state: PlanState) -> Response:
    words = (body.words or body.reason) if body else ""
    moved = move_plan(service.store, service.clock, **_who(grant), plan_id=str(plan_id), state=state, words=words)
    return _plan_response(moved)


@router.post(
    "/plans/{plan_id}:rebase", response_model=Plan, summary="Lay a draft over the newest publication", responses=_STATE
)
def rebase(plan_id: UUID, grant: MayWrite, service: ServiceOf) -> Response:
    """Keep what the draft changed and take over what was published since it was drawn.

    409 where both changed the same unit, owner or shop to different ends: every one is named.
    """
    return _plan_response(rebase_plan(service.store, service.clock, **_who(grant), plan_id=str(plan_id)))


@router.post("/plans/{plan_id}:submit", response_model=Plan, summary="Submit a draft", responses=_STATE)
def submit(plan_id: UUID, grant: MayWrite, service: ServiceOf, body: StepIn | None = None) -> Response:
    """Freeze the draft's version and hand it to whoever approves.

    409 where another plan was published since it was drawn: `newer` tells every publication since, with who and when,
    and the units and shops that it gave to somebody else.
    """
    return _move(plan_id, grant, service, body, PlanState.SUBMITTED)


@router.post("/plans/{plan_id}:return", response_model=Plan, summary="Return a plan to its planner", responses=_STATE)
def return_plan(plan_id: UUID, grant: MayPublish, service: ServiceOf, body: StepIn | None = None) -> Response:
    """Give a submitted or approved plan back; the next edit makes a successor of the version that was looked at."""
    return _move(plan_id, grant, service, body, PlanState.RETURNED)


@router.post("/plans/{plan_id}:approve", response_model=Plan, summary="Approve a submitted plan", responses=_STATE)
def approve(plan_id: UUID, grant: MayPublish, service: ServiceOf, body: StepIn | None = None) -> Response:
    """Approve; who and when are recorded."""
    return _move(plan_id, grant, service, body, PlanState.APPROVED)


@router.post("/plans/{plan_id}:withdraw", response_model=Plan, summary="Withdraw a plan", responses=_STATE)
def withdraw(plan_id: UUID, grant: MayWrite, service: ServiceOf, body: StepIn | None = None) -> Response:
    """Give a plan up that was not published."""
    return _move(plan_id, grant, service, body, PlanState.WITHDRAWN)


@router.post("/plans/{plan_id}:publish", response_model=Publication, summary="Put a plan in force", responses=_STATE)
def publish(
    plan_id: UUID, grant: MayPublish, service: ServiceOf, drafts: Drafts, body: PublishIn | None = None
) -> Response:
    """Publish an approved plan now or from a future instant, in one transaction.

    422 lists every broken rule; a plan with warnings only is published with a `reason`. 409: it is not approved, or was
    drawn from an older generation; `newer` then tells what was published since, unit by unit.
    """
    effective_from = body.effective_from if body else None
    reason = (body.reason or body.words) if body else None
    done = publish_plan(
        service.store,
        service.clock,
        **_who(grant),
        plan_id=str(plan_id),
        effective_from=effective_from,
        reason=reason or None,
        board=drafts,
    )
    return json_response(done)


@router.post(
    "/plans/{plan_id}:rollback", response_model=Plan, status_code=201, summary="Undo a publication", responses=_STATE
)
def rollback(plan_id: UUID, grant: MayWrite, service: ServiceOf, body: RollbackIn | None = None) -> Response:
    """Make a draft of the plan's layers as they were before it, or at an earlier generation; publish that."""
    to_generation = body.to_generation if body else None
    made = undo_plan(service.store, service.clock, **_who(grant), plan_id=str(plan_id), to_generation=to_generation)
    return _plan_response(made, status=201)

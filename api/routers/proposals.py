"""The rest of a day after something happened: one proposal at a time, accepted or declined."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, cast
from uuid import UUID

from fastapi import APIRouter, Depends, Path
from starlette.requests import Request
from starlette.responses import Response

from api.deps import Grant, ServiceOf, require
from api.own import is_own, refuse_others
from api.respond import json_response
from api.schemas.common import Listing
from api.schemas.proposals import ChangeIn, DecisionIn
from gridsvc.domain.permissions import Action
from gridsvc.domain.replans import Proposal
from gridsvc.usecases.decide_proposal import decide_proposal
from gridsvc.usecases.list_proposals import list_proposals, shown_to
from gridsvc.usecases.measure_travel import TravelBoard
from gridsvc.usecases.propose_replan import ReplanEngine, propose_replan
from gridsvc.wiring import Service

router = APIRouter(prefix="/v1", tags=["days"])
MayRead = Annotated[Grant, Depends(require(Action.DAYS_READ))]
MayWrite = Annotated[Grant, Depends(require(Action.DAYS_WRITE))]
OfStaff = Annotated[str, Path(max_length=100, description="staff_id or staff_code.")]
_BODY_BYTES = 4_096
_DECIDED: dict[int | str, dict[str, Any]] = {
    409: {"description": "It is decided already, or the day went on since it was made"}
}


@router.get(
    "/staff/{staff}/days/{day}/proposals",
    response_model=Listing[Proposal],
    summary="The proposals for the rest of a person's day, newest first",
)
def get_proposals(staff: OfStaff, day: date, grant: MayRead, service: ServiceOf) -> Response:
    """Give them with their consequence and how they ended; at most one is open."""
    refuse_others(grant, service, staff)
    own = is_own(grant, service, staff)
    found = list_proposals(service.store, adcode=grant.caller.adcode, staff_code_or_id=staff, day=day, is_own=own)
    return json_response({"items": found, "next": None})


@router.post(
    "/staff/{staff}/days/{day}/proposals",
    response_model=Proposal,
    status_code=201,
    summary="Say what happened, and get a proposal for the rest of the day",
    responses={409: {"description": "The day is over"}},
    max_body_size=_BODY_BYTES,
)
def post_proposal(
    request: Request, staff: OfStaff, day: date, body: ChangeIn, grant: MayWrite, service: ServiceOf
) -> Response:
    """Propose: what is done is locked, few stops move, nothing promised is dropped without need.

    The proposal stays open until it is accepted, declined, or followed by another; nothing changes before.
    """
    refuse_others(grant, service, staff)
    own = is_own(grant, service, staff)
    state = request.app.state
    proposal = propose_replan(
        service.store,
        service.clock,
        cast(ReplanEngine, state.replans),
        cast(TravelBoard, state.travel),
        adcode=grant.caller.adcode,
        actor=grant.caller.name,
        staff_code_or_id=staff,
        day=day,
        change=body.change(),
        is_own=own,
    )
    return json_response(shown_to(service.store, grant.caller.adcode, proposal, grant.caller.staff_id), status=201)


@router.post(
    "/proposals/{proposal_id}:accept",
    response_model=Proposal,
    summary="Accept a proposal: the day is as it says",
    responses=_DECIDED,
    max_body_size=_BODY_BYTES,
)
def accept(request: Request, proposal_id: UUID, grant: MayWrite, service: ServiceOf) -> Response:
    """Write the routes of everybody it is about; the entity tags of their days change."""
    return _decided(request, service, grant, proposal_id, is_accepted=True, reason=None)


@router.post(
    "/proposals/{proposal_id}:decline",
    response_model=Proposal,
    summary="Decline a proposal with a reason",
    responses=_DECIDED,
    max_body_size=_BODY_BYTES,
)
def decline(request: Request, proposal_id: UUID, body: DecisionIn, grant: MayWrite, service: ServiceOf) -> Response:
    """Keep the day as it is; the reason is kept with the proposal."""
    return _decided(request, service, grant, proposal_id, is_accepted=False, reason=body.reason)


def _decided(
    request: Request, service: Service, grant: Grant, proposal_id: UUID, *, is_accepted: bool, reason: str | None
) -> Response:
    caller = grant.caller
    decided = decide_proposal(
        service.store,
        service.clock,
        cast(TravelBoard, request.app.state.travel),
        adcode=caller.adcode,
        actor=caller.name,
        proposal_id=str(proposal_id),
        is_accepted=is_accepted,
        reason=reason,
        reach=grant.reach,
    )
    return json_response(shown_to(service.store, caller.adcode, decided, caller.staff_id))

"""The review queue: what is doubted, who decided what, and moving a shop's point."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Query
from starlette.responses import Response

from api.deps import Grant, ServiceOf, require
from api.respond import json_response
from api.schemas.common import After, Listing
from api.schemas.jobs import JobOut, accepted
from api.schemas.reviews import (
    CrossedOut,
    PinIn,
    PinMoveOut,
    PlaceIn,
    ReasonIn,
    ReviewOut,
    RuleIn,
    SettledOut,
    by_rule_out,
    pin_move_out,
    review_out,
    settled_out,
)
from geo_data.datums import Datum
from gridsvc.domain.permissions import Action
from gridsvc.domain.reviews import Decision
from gridsvc.usecases.list_reviews import ReviewCount, count_reviews, list_pin_moves, page_reviews
from gridsvc.usecases.move_pin import move_pin
from gridsvc.usecases.run_data_job import CHECK_POSITIONS, DATA, GEOCODE_RETAILERS
from gridsvc.usecases.settle_review import settle_review
from gridsvc.usecases.settle_reviews_by_rule import SettledByRule, settle_reviews_by_rule
from gridsvc.usecases.start_job import start_job

router = APIRouter(prefix="/v1", tags=["reviews"])
MayRead = Annotated[Grant, Depends(require(Action.DATA_READ))]
MayWrite = Annotated[Grant, Depends(require(Action.DATA_WRITE))]
Crs = Annotated[Datum, Query(description="Datum of every lon and lat in the answer.")]
_BODY_BYTES = 16_384
_SETTLED: dict[int | str, dict[str, Any]] = {409: {"description": "Somebody settled it already"}}


@router.get("/reviews", response_model=Listing[ReviewOut], summary="What has to be looked at")
def get_reviews(
    grant: MayRead,
    service: ServiceOf,
    state: Annotated[str, Query(pattern="^(open|accepted|mended|rejected|all)$")] = "open",
    code: Annotated[str | None, Query(max_length=100, description="Kind of the finding, e.g. wrong_datum.")] = None,
    severity: Annotated[str | None, Query(pattern="^(rejected|suspicious|fault)$")] = None,
    crs: Crs = Datum.WGS84,
    after: After = None,
    limit: Annotated[int, Query(ge=1, le=2000)] = 200,
) -> Response:
    """Give the items with their shops, proposals and evidence, worst first; settled ones say who, when and why.

    First what stays out of the service, then shops that nobody serves or finds, then points that are elsewhere (the
    farthest first), then what only looks wrong; equal ones by age.
    """
    items, following = page_reviews(
        service.store, adcode=grant.caller.adcode, state=None if state == "all" else state, code=code,
        severity=severity, after=after, limit=limit,
    )  # fmt: skip
    return json_response({"items": [review_out(item, crs) for item in items], "next": following})


@router.get("/reviews/counts", response_model=Listing[ReviewCount], summary="How many items of each kind there are")
def get_review_counts(grant: MayRead, service: ServiceOf) -> Response:
    """Give the number of items by state, severity and code."""
    return json_response({"items": count_reviews(service.store, adcode=grant.caller.adcode), "next": None})


@router.post("/reviews:check", response_model=JobOut, status_code=202, summary="Judge every shop's point")
def post_check(grant: MayWrite, service: ServiceOf) -> Response:
    """Judge all points by address, street office, neighbours and check-ins, and bring the queue up to date.

    202 with the job, whose result counts what was found, what is new and what is mended.
    """
    return _start(service, grant, CHECK_POSITIONS)


@router.post("/retailers:geocode", response_model=JobOut, status_code=202, summary="Look up shops without a point")
def post_geocode(grant: MayWrite, service: ServiceOf) -> Response:
    """Look the address of every open shop without a point up in what was imported; nothing leaves this service.

    202 with the job; a batch whose worker dies goes on where it was. What stays uncertain is on the queue.
    """
    return _start(service, grant, GEOCODE_RETAILERS)


@router.post(
    "/reviews:settle", response_model=SettledByRule, summary="Settle all that a rule names", max_body_size=_BODY_BYTES
)
def post_rule(body: RuleIn, grant: MayWrite, service: ServiceOf, crs: Crs = Datum.WGS84) -> Response:
    """Accept or reject every open item that the rule names; `dry_run` says what it names and settles nothing."""
    caller = grant.caller
    done = settle_reviews_by_rule(
        service.store, service.clock, adcode=caller.adcode, actor=caller.name, rule=body.rule(),
        decision=body.decision, reason=body.reason, dry_run=body.dry_run,
    )  # fmt: skip
    return json_response(by_rule_out(done, crs))


@router.post(
    "/reviews/{review_item_id}:accept", response_model=SettledOut, summary="Accept one item", responses=_SETTLED,
    max_body_size=_BODY_BYTES,
)  # fmt: skip
def post_accept(
    review_item_id: UUID, body: ReasonIn, grant: MayWrite, service: ServiceOf, crs: Crs = Datum.WGS84
) -> Response:
    """Take the proposed point, or confirm the present one where nothing is proposed."""
    return _settle(service, grant, review_item_id, Decision.ACCEPT, body.reason, None, crs)


@router.post(
    "/reviews/{review_item_id}:reject", response_model=SettledOut, summary="Reject one item", responses=_SETTLED,
    max_body_size=_BODY_BYTES,
)  # fmt: skip
def post_reject(
    review_item_id: UUID, body: ReasonIn, grant: MayWrite, service: ServiceOf, crs: Crs = Datum.WGS84
) -> Response:
    """Leave everything as it is, with the reason; the finding is not raised again while the point stays."""
    return _settle(service, grant, review_item_id, Decision.REJECT, body.reason, None, crs)


@router.post(
    "/reviews/{review_item_id}:move", response_model=SettledOut, summary="Put the shop where it is", responses=_SETTLED,
    max_body_size=_BODY_BYTES,
)  # fmt: skip
def post_move(review_item_id: UUID, body: PlaceIn, grant: MayWrite, service: ServiceOf) -> Response:
    """Move the shop's point to a place in the named datum; look-ups see it at once, its owners stay."""
    return _settle(service, grant, review_item_id, Decision.MOVE, body.reason, body.wgs84(), body.crs)


@router.put(
    "/retailers/{retailer_id}/pin", response_model=CrossedOut, summary="Move a shop's point",
    responses={409: {"description": "Somebody moved it since"}}, max_body_size=_BODY_BYTES,
)  # fmt: skip
def put_pin(retailer_id: UUID, body: PinIn, grant: MayWrite, service: ServiceOf) -> Response:
    """Move the point of a shop that is not on the queue; the move is recorded with its reason."""
    caller = grant.caller
    lon, lat = body.wgs84()
    crossed = move_pin(
        service.store, service.clock, adcode=caller.adcode, actor=caller.name, retailer_id=str(retailer_id), lon=lon,
        lat=lat, reason=body.reason, expected=body.expected(),
    )  # fmt: skip
    return json_response(CrossedOut(crossed=crossed))


@router.get("/pin-moves", response_model=Listing[PinMoveOut], summary="The moves of points, newest first")
def get_pin_moves(
    grant: MayRead,
    service: ServiceOf,
    retailer_id: Annotated[UUID | None, Query(description="Of one shop.")] = None,
    crs: Crs = Datum.WGS84,
    limit: Annotated[int, Query(ge=1, le=1000)] = 200,
) -> Response:
    """Give before, after, metres, who, when and why."""
    wanted = None if retailer_id is None else str(retailer_id)
    moves = list_pin_moves(service.store, adcode=grant.caller.adcode, retailer_id=wanted, limit=limit)
    return json_response({"items": [pin_move_out(move, crs) for move in moves], "next": None})


def _start(service: ServiceOf, grant: Grant, kind: str) -> Response:
    caller = grant.caller
    who: dict[str, Any] = {"adcode": caller.adcode, "actor": caller.name}
    request = {"actor": caller.name}
    job_id = start_job(service.store, service.clock, **who, kind=kind, request=request, line=DATA)
    return accepted(service, caller.adcode, job_id)


def _settle(
    service: ServiceOf, grant: Grant, item: UUID, decision: Decision, reason: str,
    place: tuple[float, float] | None, crs: Datum,
) -> Response:  # fmt: skip
    caller = grant.caller
    lon, lat = place or (None, None)
    done = settle_review(
        service.store, service.clock, adcode=caller.adcode, actor=caller.name, review_item_id=str(item),
        decision=decision, lon=lon, lat=lat, reason=reason,
    )  # fmt: skip
    return json_response(settled_out(done, crs))

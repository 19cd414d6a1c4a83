"""Whether the process lives, whether it can answer, and what an operator watches."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, cast

from fastapi import APIRouter, Depends
from starlette.requests import Request
from starlette.responses import Response

from api.deps import Grant, ServiceOf, require
from api.metrics import CONTENT_TYPE, Metrics, Sample
from api.respond import json_response
from api.routers.ownership import Board
from gridsvc.domain.errors import Unavailable
from gridsvc.domain.permissions import Action
from gridsvc.usecases.check_database import check_database
from gridsvc.usecases.measure_service import measure_service

router = APIRouter(tags=["health"])
guarded = APIRouter(tags=["health"])
_WORDS = {
    "generation": "Newest publication, -1 before the first.",
    "revision": "Changes that a look-up can see.",
    "newest_event_no": "Number of the last event.",
    "n_webhooks": "Subscriptions.",
    "n_delivered": "Deliveries that were taken.",
    "n_undelivered": "Events that wait for a subscription.",
    "n_dead": "Events that were given up.",
    "oldest_failing_s": "For how long the longest failing delivery has been tried.",
}
_COUNTERS = frozenset({"newest_event_no", "n_delivered"})


@router.get("/healthz", summary="The process lives")
async def live() -> Response:
    """Answer 200 to anyone while the process runs."""
    return json_response({"state": "alive"})


@router.get("/readyz", summary="The service can answer")
def ready(request: Request, service: ServiceOf, board: Board) -> Response:
    """Answer 200 when the database answers, else 503; `can_look_up` tells whether look-ups go on nevertheless.

    A process that has just started answers 503 until what pages need is read, though it answers requests already. One
    that drains answers 503, so that a balancer sends it nothing new.
    """
    if request.app.state.draining.is_set():
        return json_response({"state": "draining", "can_look_up": True}, status=503)
    if not request.app.state.preparation.is_done.is_set():
        answer = {"state": "preparing", "can_look_up": board.holds_any}
        return json_response(answer, status=503, headers={"Retry-After": "2"})
    try:
        check_database(service.store)
    except Unavailable as error:
        answer = {"state": "not_ready", "reason": error.detail, "can_look_up": board.holds_any}
        return json_response(answer, status=503, headers={"Retry-After": "2"})
    return json_response({"state": "ready", "can_look_up": True})


@guarded.get("/metrics", summary="Counts for Prometheus")
def metrics(
    request: Request, service: ServiceOf, board: Board, grant: Annotated[Grant, Depends(require(Action.METRICS_READ))]
) -> Response:
    """Give requests by address and status with their times, the district's numbers, and webhook deliveries.

    Each serving process counts its own requests, under the label `worker`.
    """
    adcode = grant.caller.adcode
    samples = [
        Sample("gridsvc_snapshots_total", "Snapshots that were read.", "counter", {}, board.n_rebuilt),
        Sample(
            "gridsvc_is_stale", "1 while look-ups answer from the last generation known.", "gauge", {}, board.is_lost
        ),
    ]
    try:
        state = asdict(measure_service(service.store, service.clock, adcode=adcode))
    except Unavailable:
        state = {}
    for name, value in state.items():
        kind = "counter" if name in _COUNTERS else "gauge"
        samples.append(Sample(f"gridsvc_{name.removeprefix('n_')}", _WORDS[name], kind, {"adcode": adcode}, value))
    text = cast(Metrics, request.app.state.metrics).text(samples)
    return Response(text, 200, {"Cache-Control": "no-store"}, CONTENT_TYPE)

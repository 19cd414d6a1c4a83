"""The planned cycle: its ledger of joint stops, what is not planned, its lines, and the draw once it is over."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query
from starlette.requests import Request
from starlette.responses import Response

from api.deps import Grant, ServiceOf, require
from api.respond import conditional, etag, json_bytes, json_response
from api.schemas.common import AsOf, Listing
from api.schemas.cycles import LineHand, LineMove, LineMoved
from gridsvc.domain.layers import Layer
from gridsvc.domain.permissions import Action
from gridsvc.usecases.edit_line import edit_line
from gridsvc.usecases.hand_line import HandedLine, hand_line
from gridsvc.usecases.list_lines import ListedLine, list_lines
from gridsvc.usecases.read_cycle import CycleView, NotPlannedDuty, read_cycle
from gridsvc.usecases.reveal_draw import RevealedDraw, reveal_draw

router = APIRouter(prefix="/v1", tags=["cycles"])
MayRead = Annotated[Grant, Depends(require(Action.CYCLES_READ))]
OfDay = Annotated[date | None, Query(description="A day of the cycle, YYYY-MM-DD; today by default.")]


@router.get("/cycles/current", response_model=CycleView, summary="The planned cycle with its joint-stop ledger")
def get_cycle(request: Request, grant: MayRead, service: ServiceOf, day: OfDay = None) -> Response:
    """Give the cycle that holds a day: counts, settings, the ledger and what is not planned.

    The ledger compares the plan with the same duties planned person by person, both solved; minutes are person-minutes.
    Enforcement inspections are in none of the numbers.
    """
    view = read_cycle(service.store, service.clock, adcode=grant.caller.adcode, day=day)
    return conditional(request, etag(view.version), lambda: json_bytes(view))


@router.get(
    "/cycles/current/not-planned", response_model=Listing[NotPlannedDuty], summary="What is due and not planned"
)
def get_not_planned(request: Request, grant: MayRead, service: ServiceOf, day: OfDay = None) -> Response:
    """Give each duty with its reason and the smallest change that would plan it, verified by solving again or not."""
    view = read_cycle(service.store, service.clock, adcode=grant.caller.adcode, day=day)
    body = {"items": view.not_planned, "next": None}
    return conditional(request, etag(view.version, len(view.not_planned)), lambda: json_bytes(body))


@router.get("/lines", response_model=Listing[ListedLine], summary="The lines in force: grid x weekday")
def get_lines(
    grant: Annotated[Grant, Depends(require(Action.GRIDS_READ))],
    service: ServiceOf,
    layer: Annotated[Layer | None, Query(description="One layer; all by default.")] = None,
    as_of: AsOf = None,
) -> Response:
    """Give the named sets of shops with their weekday and person, at an instant."""
    adcode = grant.caller.adcode
    found = list_lines(service.store, service.clock, adcode=adcode, layer=layer, as_of=as_of)
    return json_response({"items": found, "next": None})


@router.post("/line-moves", response_model=LineMoved, summary="Move a shop to another line of the same person")
def post_move(
    body: LineMove, grant: Annotated[Grant, Depends(require(Action.PLANS_WRITE))], service: ServiceOf
) -> Response:
    """Move a shop from its line to another one from an instant on; the next cycle plan prefers the new weekday.

    409 where the line belongs to another person (a plan moves shops between people) or the shop is on it already. The
    answer says whether a delivery changes its day: the order day follows it.
    """
    caller = grant.caller
    before, after = edit_line(
        service.store,
        service.clock,
        adcode=caller.adcode,
        actor=caller.name,
        layer=body.layer,
        retailer_code=body.retailer_code,
        to=body.to,
        valid_from=body.valid_from,
    )
    is_delivery = body.layer is Layer.DELIVERY
    moved = LineMoved(
        came_from=before.name if before else None,
        line=after.name,
        weekday=after.weekday,
        changes_order_day=is_delivery and before is not None and before.weekday != after.weekday,
    )
    return json_response(moved.model_dump())


@router.post("/line-hands", response_model=HandedLine, summary="Give a line to another person of the same role")
def post_hand(
    body: LineHand, grant: Annotated[Grant, Depends(require(Action.PLANS_WRITE))], service: ServiceOf
) -> Response:
    """Let another person work a line from an instant on; giving it to its owner takes that back.

    The line keeps its name, shops and weekday, and its owner stays responsible; the next cycle plan sends the new
    person. 409 where the person works it already.
    """
    caller = grant.caller
    done = hand_line(
        service.store,
        service.clock,
        adcode=caller.adcode,
        actor=caller.name,
        layer=body.layer,
        line=body.line,
        to=body.to,
        valid_from=body.valid_from,
    )
    return json_response(done)


@router.get(
    "/cycles/{day}/draw",
    response_model=RevealedDraw,
    summary="The draw of a cycle that is over",
    responses={409: {"description": "The cycle is not over yet"}},
)
def get_draw(
    day: Annotated[date, Path(description="A day of the cycle, YYYY-MM-DD.")],
    grant: Annotated[Grant, Depends(require(Action.DRAWS_REVEAL))],
    service: ServiceOf,
) -> Response:
    """Show every secret behind the enforcement inspections, and check each draw; 409 before the cycle's end.

    The hashes stood in the audit chain since the plans were made; who asks is written there too. `is_genuine` says that
    each of them is opened by its secret and record, and that each draw made again gives the same crews and days;
    `faults` say what is not so.
    """
    caller = grant.caller
    return json_response(reveal_draw(service.store, service.clock, adcode=caller.adcode, actor=caller.name, day=day))

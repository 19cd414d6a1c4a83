"""Changes of lines: a name, a weekday, a new line, an end. Who works a line and which shops it has: `cycles`."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends
from starlette.responses import Response

from api.deps import Grant, ServiceOf, require
from api.respond import json_response
from api.schemas.cycles import LineEnd, LineName, LineWeekday, NewLine
from gridsvc.domain.permissions import Action
from gridsvc.usecases.add_line import add_line
from gridsvc.usecases.end_line import end_line
from gridsvc.usecases.lines_in_force import ChangedLine
from gridsvc.usecases.move_line import move_line
from gridsvc.usecases.rename_line import rename_line

router = APIRouter(prefix="/v1", tags=["cycles"])
MayWrite = Annotated[Grant, Depends(require(Action.PLANS_WRITE))]


def _who(grant: Grant) -> dict[str, Any]:
    return {"adcode": grant.caller.adcode, "actor": grant.caller.name}


@router.post("/line-names", response_model=ChangedLine, summary="Give a line another name")
def post_name(body: LineName, grant: MayWrite, service: ServiceOf) -> Response:
    """Call a line otherwise from an instant on; shops, person and weekday stay. 409 where the name is taken."""
    return json_response(rename_line(service.store, service.clock, **_who(grant), **dict(body)))


@router.post("/line-weekdays", response_model=ChangedLine, summary="Give a line another weekday")
def post_weekday(body: LineWeekday, grant: MayWrite, service: ServiceOf) -> Response:
    """Let a line be worked on another weekday from a cycle on that is not planned yet; its plan prefers that day.

    409 where the line has that weekday already or the cycle is planned; `changes_order_day` for deliveries.
    """
    return json_response(move_line(service.store, service.clock, **_who(grant), **dict(body)))


@router.post("/lines", response_model=ChangedLine, summary="Make a new line of a person")
def post_line(body: NewLine, grant: MayWrite, service: ServiceOf) -> Response:
    """Make a line without shops; `/v1/line-moves` puts shops on it, and an empty one ends with the next cycle plan."""
    return json_response(add_line(service.store, service.clock, **_who(grant), **dict(body)))


@router.post("/line-ends", response_model=ChangedLine, summary="End a line")
def post_end(body: LineEnd, grant: MayWrite, service: ServiceOf) -> Response:
    """End a line from an instant on; its shops go to another line of the same person, 409 where none is named."""
    return json_response(end_line(service.store, service.clock, **_who(grant), **dict(body)))

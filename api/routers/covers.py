"""Leave cover: who acts for whom, from when to when."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from api.deps import Grant, ServiceOf, require
from api.respond import json_response
from api.schemas.common import Day, Listing
from gridsvc.domain.covers import CoverReason, LeaveCover
from gridsvc.domain.ids import StaffId
from gridsvc.domain.permissions import Action
from gridsvc.usecases.cover_absence import CoveredAbsence, cover_absence
from gridsvc.usecases.end_cover import end_cover
from gridsvc.usecases.list_covers import list_covers
from gridsvc.usecases.split_absence import AbsenceSplit, split_absence

router = APIRouter(prefix="/v1", tags=["covers"])
MayRead = Annotated[Grant, Depends(require(Action.COVERS_READ))]
MayWrite = Annotated[Grant, Depends(require(Action.COVERS_WRITE))]
_IN_THE_WAY: dict[int | str, dict[str, Any]] = {
    409: {"description": "Covered already, ended already, or changed hands"}
}


class CoverIn(BaseModel):
    """Who is away when."""

    model_config = ConfigDict(extra="forbid")

    staff: str = Field(min_length=1, max_length=100, description="staff_code or staff_id.", examples=["M01"])
    first_day: Day
    last_day: Day
    reason: CoverReason = CoverReason.LEAVE
    away: list[UUID] = Field(default_factory=list, max_length=1000, description="Others who take nothing on.")


def _asked(body: CoverIn) -> dict[str, Any]:
    return {
        "staff_code_or_id": body.staff,
        "first_day": body.first_day,
        "last_day": body.last_day,
        "away": [StaffId(str(staff_id)) for staff_id in body.away],
    }


@router.get("/covers", response_model=Listing[LeaveCover], summary="Leave covers, the last to begin first")
def get_covers(
    grant: MayRead,
    service: ServiceOf,
    with_past: Annotated[bool, Query(description="Those that are over, too.")] = False,
) -> Response:
    """Give who is away from when to when; who acts for them is in every ownership answer."""
    found = list_covers(
        service.store, service.clock, adcode=grant.caller.adcode, with_past=with_past, reach=grant.reach
    )
    return json_response({"items": found, "next": None})


@router.post("/covers:preview", response_model=AbsenceSplit, summary="Who would take what on; nothing is written")
def preview_cover(body: CoverIn, grant: MayWrite, service: ServiceOf) -> Response:
    """Share the person's shops among neighbours so that their minutes level, and give everybody's before and after."""
    who: dict[str, Any] = {"adcode": grant.caller.adcode, "reach": grant.reach}
    return json_response(split_absence(service.store, service.clock, **who, **_asked(body)))


@router.post(
    "/covers", response_model=CoveredAbsence, status_code=201, summary="Cover an absence", responses=_IN_THE_WAY
)
def post_cover(body: CoverIn, grant: MayWrite, service: ServiceOf) -> Response:
    """Put the same split in force: look-ups name the acting owners on these days, and it ends by itself."""
    caller = grant.caller
    who: dict[str, Any] = {"adcode": caller.adcode, "actor": caller.name, "reach": grant.reach}
    return json_response(
        cover_absence(service.store, service.clock, **who, **_asked(body), reason=body.reason), status=201
    )


@router.post(
    "/covers/{leave_cover_id}:end", response_model=LeaveCover, summary="End a cover now", responses=_IN_THE_WAY
)
def post_end(leave_cover_id: UUID, grant: MayWrite, service: ServiceOf) -> Response:
    """The owner is back: the acting owners go out at once."""
    caller = grant.caller
    who: dict[str, Any] = {"adcode": caller.adcode, "actor": caller.name, "reach": grant.reach}
    return json_response(end_cover(service.store, service.clock, **who, leave_cover_id=str(leave_cover_id)))

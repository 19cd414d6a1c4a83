"""Where a person's days begin and end: at the office, or at home, which nobody else reads."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Path
from starlette.responses import Response

from api.deps import Grant, ServiceOf, require
from api.own import is_own, refuse_others
from api.respond import json_response
from api.schemas.homes import HomeIn
from gridsvc.domain.errors import NotPermitted
from gridsvc.domain.permissions import Action
from gridsvc.usecases.state_home import Home, read_home, state_home
from gridsvc.wiring import Service

router = APIRouter(prefix="/v1", tags=["days"])
MayRead = Annotated[Grant, Depends(require(Action.DAYS_READ))]
MayWrite = Annotated[Grant, Depends(require(Action.DAYS_WRITE))]
OfStaff = Annotated[str, Path(max_length=100, description="Your own staff_id or staff_code.")]
_BODY_BYTES = 1_024


@router.get("/staff/{staff}/home", response_model=Home, summary="Where your days begin and end")
def get_home(staff: OfStaff, grant: MayRead, service: ServiceOf) -> Response:
    """Give your home, nulls where your days begin at the office. Nobody reads another person's."""
    _refuse_all_but_oneself(grant, service, staff)
    return json_response(read_home(service.store, adcode=grant.caller.adcode, staff_code_or_id=staff))


@router.put("/staff/{staff}/home", response_model=Home, summary="Begin your days at home", max_body_size=_BODY_BYTES)
def put_home(staff: OfStaff, body: HomeIn, grant: MayWrite, service: ServiceOf) -> Response:
    """Plan your coming days from there and back; planned days stay as they are. Others no longer see your way."""
    return _state(grant, service, staff, (body.lon, body.lat))


@router.delete("/staff/{staff}/home", response_model=Home, summary="Begin your days at the office again")
def delete_home(staff: OfStaff, grant: MayWrite, service: ServiceOf) -> Response:
    """Forget your home, and the ways of your routes that led there."""
    return _state(grant, service, staff, None)


def _state(grant: Grant, service: Service, staff: str, home: tuple[float, float] | None) -> Response:
    _refuse_all_but_oneself(grant, service, staff)
    caller = grant.caller
    stated = state_home(
        service.store, service.clock, adcode=caller.adcode, actor=caller.name, staff_code_or_id=staff, home=home
    )
    return json_response(stated)


def _refuse_all_but_oneself(grant: Grant, service: Service, staff: str) -> None:
    refuse_others(grant, service, staff)
    if not is_own(grant, service, staff):
        raise NotPermitted("a home is its owner's alone; sign in as the person")

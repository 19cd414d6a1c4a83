"""Where an address lies, and how sure that is."""

from __future__ import annotations

from typing import Annotated, cast

from fastapi import APIRouter, Depends, Query
from starlette.requests import Request
from starlette.responses import Response

from api.deps import Grant, ServiceOf, require
from api.respond import json_response
from api.schemas.common import AsOf
from api.schemas.geocoding import LocatedAddressOut, located_address_out
from geo_data.datums import Datum
from gridsvc.domain.permissions import Action
from gridsvc.usecases.address_book import AddressBook
from gridsvc.usecases.locate_address import locate_address
from gridsvc.usecases.ownership_snapshot import OwnershipBoard

router = APIRouter(prefix="/v1", tags=["geocoding"])


@router.get("/geocode", response_model=LocatedAddressOut, summary="Where an address lies and who owns it, how surely")
def get_geocode(
    request: Request,
    grant: Annotated[Grant, Depends(require(Action.OWNERSHIP_READ))],
    service: ServiceOf,
    address: Annotated[str, Query(min_length=1, max_length=20_000, description="As written, Chinese or Western.")],
    area_code: Annotated[str, Query(max_length=64, description="Street office or postcode, where known.")] = "",
    crs: Annotated[Datum, Query(description="Datum of lat and lon in the answer.")] = Datum.WGS84,
    as_of: AsOf = None,
) -> Response:
    """Look an address up offline among what was imported; nothing leaves this service.

    Every answer says what its point stands for, how alike the match is, within how many metres 9 of 10 such points lie,
    and, per layer, who may own the place with which probability. An address without a point comes with the reason.
    """
    book = cast(AddressBook, request.app.state.address_book)
    board = cast(OwnershipBoard, request.app.state.board)
    found = locate_address(book, board, service.clock, adcode=grant.caller.adcode, address=address,
                           area_code=area_code, as_of=as_of)  # fmt: skip
    return json_response(located_address_out(found, crs))

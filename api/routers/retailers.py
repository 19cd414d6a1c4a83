"""Shops: found by what a person remembers, written by the systems that know them."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Path, Query
from starlette.responses import Response

from api.deps import Grant, ServiceOf, require
from api.respond import json_response
from api.schemas.common import After, Limit, Listing
from api.schemas.retailers import OrdersIn, RetailerIn
from gridsvc.domain.errors import BadInput
from gridsvc.domain.events import Event
from gridsvc.domain.permissions import Action
from gridsvc.domain.retailers import RetailerStatus
from gridsvc.usecases.find_retailers import FoundRetailer, find_retailers
from gridsvc.usecases.list_events import list_events
from gridsvc.usecases.put_orders import OrdersPut, put_orders
from gridsvc.usecases.put_retailer import RetailerPut, put_retailer

router = APIRouter(prefix="/v1", tags=["retailers"])
MayRead = Annotated[Grant, Depends(require(Action.RETAILERS_READ))]
Beginning = Annotated[str | None, Query(max_length=100, description="Its beginning.")]


@router.get("/retailers", response_model=Listing[FoundRetailer], summary="Find shops by licence, code, name or address")
def list_retailers(
    grant: MayRead,
    service: ServiceOf,
    q: Annotated[str, Query(max_length=200, description="Words; each has to occur. Empty: every shop.")] = "",
    retailer_code: Beginning = None,
    licence_no: Beginning = None,
    name: Annotated[str | None, Query(max_length=200, description="A part of it.")] = None,
    org: Annotated[str | None, Query(max_length=200, description="Department of one of the owners.")] = None,
    grid_id: Annotated[UUID | None, Query(description="Grid, of any layer, that the shop lies in.")] = None,
    status: Annotated[RetailerStatus | None, Query()] = None,
    bbox: Annotated[str | None, Query(max_length=100, description="west,south,east,north in WGS-84 degrees.")] = None,
    after: After = None,
    limit: Limit = 20,
) -> Response:
    """Give shops by retailer code; every filter has to hold. Owners' names and phones are not kept here."""
    items, following = find_retailers(
        service.store,
        service.clock,
        adcode=grant.caller.adcode,
        q=q,
        after=after,
        limit=limit,
        retailer_code=retailer_code,
        licence_no=licence_no,
        name=name,
        org=org,
        grid_id=None if grid_id is None else str(grid_id),
        status=status,
        bbox=box_of(bbox),
    )
    return json_response({"items": items, "next": following})


def box_of(text: str | None) -> tuple[float, float, float, float] | None:
    """Read west,south,east,north; raises `BadInput`."""
    if text is None:
        return None
    try:
        west, south, east, north = (float(part) for part in text.split(","))
    except ValueError:
        raise BadInput("bbox is west,south,east,north: four numbers, a comma between") from None
    return west, south, east, north


@router.put("/retailers/{retailer_code}", response_model=RetailerPut, summary="Add, change, suspend or close a shop")
def write_retailer(
    retailer_code: Annotated[str, Path(min_length=1, max_length=100, pattern=r"^[^\x00-\x1f\x7f]+$")],
    stated: RetailerIn,
    grant: Annotated[Grant, Depends(require(Action.RETAILERS_WRITE))],
    service: ServiceOf,
) -> Response:
    """Say what a shop is now; what is left out stays, and saying the same again changes nothing.

    A new shop is owned at once: the next look-up names its owners. An address without a position is looked up offline.
    A state that cannot follow the present one is 409: a closed licence is never taken up again. Answers 201 for a new
    shop, else 200; `changed` names the fields that differ now, and `notes` what has to be looked at.
    """
    caller = grant.caller
    done = put_retailer(
        service.store, service.clock, adcode=caller.adcode, actor=caller.name, retailer_code=retailer_code,
        stated=stated.stated(),
    )  # fmt: skip
    return json_response(done, status=201 if done.is_new else 200)


@router.get("/retailers/{retailer_id}/events", response_model=Listing[Event], summary="What happened to a shop")
def list_retailer_events(
    retailer_id: UUID, grant: MayRead, service: ServiceOf, after: After = None, limit: Limit = 50
) -> Response:
    """Give the shop's events in order, each change with its values before and after."""
    start = event_cursor(after)
    items, last = list_events(
        service.store, adcode=grant.caller.adcode, after=start, limit=limit, may_read_shops=True,
        retailer_id=str(retailer_id),
    )  # fmt: skip
    return json_response({"items": items, "next": str(last) if len(items) == limit else None})


def event_cursor(text: str | None) -> int:
    """Read a cursor of events; raises `BadInput`."""
    if text is None:
        return 0
    if not (text.isascii() and text.isdigit() and len(text) <= 18):
        raise BadInput("after is the number of an event, as `next` gave it")
    return int(text)


@router.post("/orders:batch", response_model=OrdersPut, summary="Take in orders", max_body_size=16_000_000)
def write_orders(
    orders: OrdersIn, grant: Annotated[Grant, Depends(require(Action.ORDERS_WRITE))], service: ServiceOf
) -> Response:
    """Write orders by shop and day; one that is known is replaced where it differs, so sending again is harmless.

    Orders of unknown shops are listed in `refused` by their place; the others are written.
    """
    caller = grant.caller
    done = put_orders(service.store, service.clock, adcode=caller.adcode, actor=caller.name, orders=orders.orders())
    return json_response(done)

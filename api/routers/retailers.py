"""Shops by what a person remembers of them."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Query
from starlette.responses import Response

from api.deps import Grant, ServiceOf, require
from api.respond import json_response
from api.schemas.common import After, Limit, Listing
from gridsvc.domain.permissions import Action
from gridsvc.usecases.find_retailers import FoundRetailer, find_retailers

router = APIRouter(prefix="/v1", tags=["retailers"])


@router.get("/retailers", response_model=Listing[FoundRetailer], summary="Find shops by licence, code, name or address")
def list_retailers(
    grant: Annotated[Grant, Depends(require(Action.RETAILERS_READ))],
    service: ServiceOf,
    q: Annotated[str, Query(max_length=200, description="Words; each has to occur. Empty: every shop.")] = "",
    after: After = None,
    limit: Limit = 20,
) -> Response:
    """Give shops by retailer code. Owners' names and phones are not kept here."""
    items, following = find_retailers(service.store, adcode=grant.caller.adcode, q=q, after=after, limit=limit)
    return json_response({"items": items, "next": following})

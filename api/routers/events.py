"""What happened, to be followed by other systems; and the publications."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query
from starlette.responses import Response

from api.deps import Grant, ServiceOf, require
from api.respond import json_response
from api.routers.retailers import event_cursor
from api.schemas.common import After, Limit, Listing
from gridsvc.domain.events import KINDS, Event
from gridsvc.domain.permissions import PERMISSIONS, Action
from gridsvc.usecases.compare_generations import GenerationDiff, compare_generations
from gridsvc.usecases.list_events import list_events
from gridsvc.usecases.list_generations import GenerationFacts, list_generations
from gridsvc.usecases.read_current_generation import read_current_generation

router = APIRouter(prefix="/v1", tags=["events"])
MayFollow = Annotated[Grant, Depends(require(Action.EVENTS_READ))]
MayRead = Annotated[Grant, Depends(require(Action.GRIDS_READ))]
Number = Annotated[int, Path(ge=0, le=2_000_000_000)]


@router.get("/events", response_model=Listing[Event], summary="What happened, in order")
def get_events(
    grant: MayFollow,
    service: ServiceOf,
    after: After = None,
    kinds: Annotated[str | None, Query(max_length=500, description="Kinds to give, a comma between.")] = None,
    limit: Limit = 100,
) -> Response:
    """Give events after a cursor. `next` is always there: keep it, and ask again with it, now or next week.

    Numbers rise in the order in which changes were committed, so nothing ever appears behind a cursor. Values of shops
    are given to roles that may read shops; the others are told which fields changed.
    """
    chosen = tuple(kind.strip() for kind in kinds.split(",") if kind.strip()) if kinds else ()
    may_read = Action.RETAILERS_READ in PERMISSIONS[grant.caller.role]
    items, last = list_events(
        service.store, adcode=grant.caller.adcode, after=event_cursor(after), kinds=chosen, limit=limit,
        may_read_shops=may_read,
    )  # fmt: skip
    return json_response({"items": items, "next": str(last)})


@router.get("/event-kinds", response_model=dict[str, str], summary="The kinds of events and what they mean")
def get_event_kinds(grant: MayFollow) -> Response:
    """Give every kind that is told of, with its meaning."""
    del grant
    return json_response(KINDS)


@router.get("/generations", response_model=Listing[GenerationFacts], summary="The publications, newest first")
def get_generations(grant: MayRead, service: ServiceOf) -> Response:
    """Give every publication, who made it, and from when it is in force."""
    found = list_generations(service.store, service.clock, adcode=grant.caller.adcode)
    return json_response({"items": found, "next": None})


@router.get("/generations/current", response_model=GenerationFacts, summary="The publication in force")
def get_current_generation(grant: MayRead, service: ServiceOf) -> Response:
    """Give the publication in force; 404 before the first."""
    return json_response(read_current_generation(service.store, service.clock, adcode=grant.caller.adcode))


@router.get(
    "/generations/{first}..{second}/diff",
    response_model=GenerationDiff,
    summary="What changed between two publications",
)
def get_generation_diff(
    first: Number,
    second: Number,
    grant: Annotated[Grant, Depends(require(Action.RETAILERS_READ))],
    service: ServiceOf,
    after: After = None,
    limit: Limit = 100,
) -> Response:
    """Give the shops that changed hands, a page of them, with the counts per layer and per person."""
    return json_response(
        compare_generations(
            service.store, adcode=grant.caller.adcode, first=first, second=second, after=after, limit=limit
        )
    )

"""Requests that find the right person by place, and notices to people."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Header, Query
from starlette.requests import Request
from starlette.responses import Response

from api.deps import Grant, ServiceOf, require
from api.respond import conditional, etag, json_bytes, json_response
from api.routers.ownership import Board
from api.schemas.collaborations import CollaborationIn, OpenedOut, PlaceIn, ProcessIn, RecallIn
from api.schemas.common import Limit, Listing, Plain
from geo_data.datums import to_wgs84
from gridsvc.domain.collaborations import OPEN_STATES, Collaboration, CollaborationState
from gridsvc.domain.ids import RetailerId
from gridsvc.domain.notices import Notice
from gridsvc.domain.permissions import Action, Scope, widest
from gridsvc.usecases.collaboration_handlers import Actor, Place
from gridsvc.usecases.list_collaborations import CollaborationFilter, list_collaborations
from gridsvc.usecases.list_departments import Department, list_departments
from gridsvc.usecases.list_notices import list_notices
from gridsvc.usecases.mark_notice_read import mark_notice_read
from gridsvc.usecases.open_collaboration import NewCollaboration, open_collaboration
from gridsvc.usecases.process_collaboration import process_collaboration
from gridsvc.usecases.read_collaboration import TracedCollaboration, read_collaboration
from gridsvc.usecases.read_reporter import Reporter, read_reporter
from gridsvc.usecases.recall_collaboration import recall_collaboration

router = APIRouter(prefix="/v1", tags=["collaborations"])
MayRead = Annotated[Grant, Depends(require(Action.COLLABORATIONS_READ))]
MayOpen = Annotated[Grant, Depends(require(Action.COLLABORATIONS_OPEN))]
MayProcess = Annotated[Grant, Depends(require(Action.COLLABORATIONS_PROCESS))]
MayReadReporters = Annotated[Grant, Depends(require(Action.REPORTERS_READ))]
MayReadDepartments = Annotated[Grant, Depends(require(Action.DEPARTMENTS_READ))]
MayReadNotices = Annotated[Grant, Depends(require(Action.NOTICES_READ))]
OVER: dict[int | str, dict[str, Any]] = {409: {"description": "It is archived or recalled already"}}


def actor_of(grant: Grant) -> Actor:
    """Give the caller as the use-cases know them."""
    caller = grant.caller
    reads = widest(caller.role, Action.COLLABORATIONS_READ)
    processes = widest(caller.role, Action.COLLABORATIONS_PROCESS)
    return Actor(
        adcode=caller.adcode,
        name=caller.name,
        staff_id=caller.staff_id,
        sees_district=reads is not None and reads.includes(Scope.DISTRICT),
        acts_for_district=processes is not None and processes.includes(Scope.DISTRICT),
        sees_department=reads is Scope.DEPARTMENT,
        acts_for_department=processes is Scope.DEPARTMENT,
    )


def _place(given: PlaceIn) -> Place:
    lon, lat = given.lon, given.lat
    if lon is not None and lat is not None:
        x, y = to_wgs84(lon, lat, given.crs)
        lon, lat = float(x), float(y)
    names = {name: getattr(given, name) for name in ("retailer_id", "retailer_code", "licence_no", "grid_id")}
    return Place(lon=lon, lat=lat, **names)


def _shown(request: Request, grant: Grant, service: ServiceOf, collaboration_id: str) -> Response:
    found = read_collaboration(service.store, actor=actor_of(grant), collaboration_id=collaboration_id)
    tag = etag(collaboration_id, found.collaboration.n_steps, int(found.may_process), int(found.may_recall))
    return conditional(request, tag, lambda: json_bytes(found))


@router.post(
    "/collaborations",
    response_model=OpenedOut,
    status_code=201,
    summary="Open a collaboration: it finds its handler by place",
    responses={
        200: {"description": "The same request was opened before; this is what became of it", "model": OpenedOut},
        409: {"description": "The Idempotency-Key was used for another request"},
    },
)
def post_collaboration(
    body: CollaborationIn,
    grant: MayOpen,
    service: ServiceOf,
    board: Board,
    key: Annotated[str | None, Header(alias="Idempotency-Key", min_length=1, max_length=200)] = None,
) -> Response:
    """Dispatch a request to the owner of the layer that its type names, the acting owner where there is one.

    Never to whom it is about nor to a declared relation of the shop: then to the head of the department. Where nobody
    owns the place the grassroots department gets it, with the reason. Send an `Idempotency-Key` to be able to send
    the request again.
    """
    actor = actor_of(grant)
    wanted = NewCollaboration(
        type=body.type,
        subject=body.subject,
        content=body.content,
        place=_place(body.place),
        about_staff_code=body.about_staff_code,
        external_ref=body.external_ref,
    )
    reporter = Reporter(name=body.reporter.name, phone=body.reporter.phone) if body.reporter else None
    opened = open_collaboration(
        service.store, service.clock, board, actor=actor, wanted=wanted, idempotency_key=key, reporter=reporter
    )
    identifier = opened.collaboration.collaboration_id
    traced = read_collaboration(service.store, actor=actor, collaboration_id=identifier)
    out = OpenedOut(traced=traced, candidates=opened.candidates)
    headers = {"Location": f"/v1/collaborations/{identifier}"}
    return json_response(out, status=201 if opened.is_new else 200, headers=headers)


@router.get("/collaborations", response_model=Listing[Collaboration], summary="Collaborations, newest first")
def get_collaborations(
    grant: MayRead,
    service: ServiceOf,
    state: Annotated[CollaborationState | None, Query(description="Only this state.")] = None,
    is_open: Annotated[bool, Query(alias="open", description="Only what somebody still has to handle.")] = False,
    mine: Annotated[bool, Query(description="Only those that you have to handle yourself.")] = False,
    opened_by_me: Annotated[bool, Query(description="Only those that you opened.")] = False,
    retailer_id: Annotated[UUID | None, Query()] = None,
    external_ref: Annotated[Plain | None, Query(max_length=100)] = None,
    after: Annotated[UUID | None, Query(description="`next` of the page before.")] = None,
    limit: Limit = 50,
) -> Response:
    """Give what you opened, handled or have to handle and your department's queue; planners see the whole district."""
    actor = actor_of(grant)
    wanted = CollaborationFilter(
        states=OPEN_STATES if is_open and state is None else None if state is None else (state,),
        handler_staff_id=actor.staff_id if mine else None,
        initiator=actor.name if opened_by_me else None,
        retailer_id=RetailerId(str(retailer_id)) if retailer_id else None,
        external_ref=external_ref,
    )
    start = str(after) if after else None
    items, following = list_collaborations(service.store, actor=actor, wanted=wanted, after=start, limit=limit)
    return json_response({"items": items, "next": following})


@router.get("/collaborations/{collaboration_id}", response_model=TracedCollaboration, summary="One with its trace")
def get_collaboration(request: Request, collaboration_id: UUID, grant: MayRead, service: ServiceOf) -> Response:
    """Give a collaboration, every step of it, and what you may do with it now."""
    return _shown(request, grant, service, str(collaboration_id))


@dataclass(frozen=True, slots=True)
class StepRequest:
    """A step of one collaboration: whose it is, who takes it, and how what became of it is shown."""

    request: Request
    collaboration_id: UUID
    service: ServiceOf

    def taken(self, grant: Grant, take: Callable[..., object], **words: str | None) -> Response:
        """Take the step and show the collaboration as it is then."""
        known, identifier = self.service, str(self.collaboration_id)
        take(known.store, known.clock, actor=actor_of(grant), collaboration_id=identifier, **words)
        return _shown(self.request, grant, known, identifier)


@router.post(
    "/collaborations/{collaboration_id}:process",
    response_model=TracedCollaboration,
    summary="Say what was done; pass it on or end it",
    responses=OVER,
)
def post_step(step: Annotated[StepRequest, Depends()], body: ProcessIn, grant: MayProcess) -> Response:
    """With a next handler it goes on; with none it ends here, is archived by itself, and who opened it is told."""
    return step.taken(grant, process_collaboration, **body.model_dump())


@router.post(
    "/collaborations/{collaboration_id}:recall",
    response_model=TracedCollaboration,
    summary="Take back what you opened",
    responses=OVER,
)
def post_recall(step: Annotated[StepRequest, Depends()], body: RecallIn, grant: MayOpen) -> Response:
    """Take a collaboration back while it is open; afterwards nobody may process it."""
    return step.taken(grant, recall_collaboration, **body.model_dump())


@router.get("/collaborations/{collaboration_id}/reporter", response_model=Reporter, summary="Who told the hotline")
def get_reporter(collaboration_id: UUID, grant: MayReadReporters, service: ServiceOf) -> Response:
    """Give the reporter's name and telephone to the intake; every reading is recorded."""
    caller = grant.caller
    found = read_reporter(
        service.store,
        service.clock,
        adcode=caller.adcode,
        actor=caller.name,
        collaboration_id=str(collaboration_id),
    )
    return json_response(found)


@router.get("/departments", response_model=Listing[Department], summary="Departments, their heads and duty telephones")
def get_departments(grant: MayReadDepartments, service: ServiceOf) -> Response:
    """Give the departments by name; the head gets what may not go to an owner."""
    return json_response({"items": list_departments(service.store, adcode=grant.caller.adcode), "next": None})


@router.get("/notices", response_model=Listing[Notice], summary="What you were told, newest first")
def get_notices(
    grant: MayReadNotices,
    service: ServiceOf,
    unread: Annotated[bool, Query(description="Only what you have not read yet.")] = False,
    after: Annotated[UUID | None, Query(description="`next` of the page before.")] = None,
    limit: Limit = 50,
) -> Response:
    """Give your own notices: collaborations that reached or left you, and what published grids change for you."""
    caller = grant.caller
    items, following = list_notices(
        service.store,
        adcode=caller.adcode,
        name=caller.name,
        staff_id=caller.staff_id,
        is_unread=unread,
        after=str(after) if after else None,
        limit=limit,
    )
    return json_response({"items": items, "next": following})


@router.post("/notices/{notice_id}:read", response_model=Notice, summary="Mark a notice as read")
def post_read(notice_id: UUID, grant: MayReadNotices, service: ServiceOf) -> Response:
    """Record that you read a notice; again changes nothing."""
    caller = grant.caller
    found = mark_notice_read(
        service.store,
        service.clock,
        adcode=caller.adcode,
        name=caller.name,
        staff_id=caller.staff_id,
        notice_id=str(notice_id),
    )
    return json_response(found)

"""The draft of a plan: read as a whole, changed by edits on the version that was seen."""

from __future__ import annotations

import re
from typing import Annotated, Any, cast
from uuid import UUID

from fastapi import APIRouter, Depends, Header, Query
from starlette.requests import Request
from starlette.responses import Response

from api.deps import Grant, ServiceOf, require
from api.respond import conditional, etag, json_bytes, json_response
from api.schemas.plans import EditsIn, EvenOutIn, MergeIn, SplitIn, TakeDesignIn, edit_of
from gridsvc.domain.drafts import VersionUnknown
from gridsvc.domain.layers import Layer
from gridsvc.domain.permissions import Action
from gridsvc.usecases.draft_bench import DraftBoard
from gridsvc.usecases.edit_draft import EditedDraft, edit_draft
from gridsvc.usecases.even_out_draft import EvenedOut, even_out_draft
from gridsvc.usecases.merge_units import merge_units
from gridsvc.usecases.read_bench import Bench, read_bench
from gridsvc.usecases.read_draft import Draft, DraftVersion, read_draft, read_draft_version
from gridsvc.usecases.recut_draft import RecutDraft
from gridsvc.usecases.split_units import split_units
from gridsvc.usecases.take_design import TakenDesign, take_design

router = APIRouter(prefix="/v1", tags=["plans"])
_VERSION = re.compile(r'(?:W/)?"?(\d{1,9})(?:\.\d{1,9})?"?')
_FAILURES: dict[int | str, dict[str, Any]] = {
    409: {"description": "Somebody changed the same units since; `conflicts` names them, who and when"},
    412: {"description": "`If-Match` names a version that the draft never had"},
    428: {"description": "`If-Match` is missing"},
}


def _drafts(request: Request) -> DraftBoard:
    return cast(DraftBoard, request.app.state.drafts)


Drafts = Annotated[DraftBoard, Depends(_drafts)]
MayRead = Annotated[Grant, Depends(require(Action.PLANS_READ))]
MayWrite = Annotated[Grant, Depends(require(Action.PLANS_WRITE))]
IfMatch = Annotated[
    str | None,
    Header(alias="If-Match", description="ETag of the draft that was seen, or its revision in quotes.", max_length=100),
]


def base_revision(if_match: str | None) -> int | None:
    """Read the revision that a client saw; raises `VersionUnknown` for anything else than one entity tag of ours."""
    if if_match is None:
        return None
    found = _VERSION.fullmatch(if_match.strip())
    if found is None:
        raise VersionUnknown("`If-Match` is not the ETag of a draft")
    return int(found.group(1))


def draft_tag(version: DraftVersion) -> str:
    """Give the draft's ETag: its revision, and behind a dot that of the district, whose shops and people it shows."""
    return etag(f"{version.revision}.{version.district_revision}")


@router.get("/plans/{plan_id}/draft", response_model=Draft, summary="One layer of a plan, to be drawn and changed")
def get_draft(
    request: Request,
    plan_id: UUID,
    grant: MayRead,
    service: ServiceOf,
    drafts: Drafts,
    layer: Annotated[Layer, Query(description="inspection, marketing or delivery.")],
) -> Response:
    """Give grids with their work, the grid of every unit, exceptions, rules, metrics and warnings.

    Lay `grid_of_unit` over `/v1/unit-sets/{unit_set_id}`. The ETag is `"revision.district_revision"`; send it as
    `If-Match` with an edit and as `If-None-Match` with the next read.
    """
    who: dict[str, Any] = {"adcode": grant.caller.adcode, "plan_id": str(plan_id)}
    tag = draft_tag(read_draft_version(service.store, **who))
    held = conditional(request, tag, lambda: b"")
    if held.status_code == 304:
        return held
    found, version = read_draft(service.store, service.clock, drafts, **who, layer=layer)
    return conditional(request, draft_tag(version), lambda: json_bytes(found))


@router.get("/plans/{plan_id}/bench", response_model=Bench, summary="What a layer of a plan is counted with")
def get_bench(
    request: Request,
    plan_id: UUID,
    grant: MayRead,
    service: ServiceOf,
    drafts: Drafts,
    layer: Annotated[Layer, Query(description="inspection, marketing or delivery.")],
) -> Response:
    """Give every shop of the plan's units with its work, its owners today and in the other layers, and its place.

    With `/v1/plans/{plan_id}/draft` it gives the same sums, churn and trios as the service counts. The ETag is that of
    the draft.
    """
    who: dict[str, Any] = {"adcode": grant.caller.adcode, "plan_id": str(plan_id)}
    tag = draft_tag(read_draft_version(service.store, **who))
    held = conditional(request, tag, lambda: b"")
    if held.status_code == 304:
        return held
    found = read_bench(service.store, service.clock, drafts, **who, layer=layer)
    return conditional(request, tag, lambda: json_bytes(found))


@router.patch(
    "/plans/{plan_id}/draft", response_model=EditedDraft, summary="Change one layer of a draft", responses=_FAILURES
)
def patch_draft(
    plan_id: UUID, body: EditsIn, grant: MayWrite, service: ServiceOf, drafts: Drafts, if_match: IfMatch = None
) -> Response:
    """Lay edits over the draft, all of them or none, and give the metrics before and after.

    Where nobody touched the same since the version in `If-Match`, the edits are laid over what others did
    (`rebased_over`). A draft may be out of balance or in pieces (`warnings`); locked grids, pinned units and forbidden
    grids are refused.
    """
    edits = [edit_of(edit) for edit in body.edits]
    seen = _seen(plan_id, grant, if_match)
    return _revised(
        edit_draft(service.store, service.clock, drafts, **seen, layer=body.layer, edits=edits, step=body.step)
    )


def _seen(plan_id: UUID, grant: Grant, if_match: str | None) -> dict[str, Any]:
    """Give who changes which draft, on the revision that was seen."""
    caller = grant.caller
    return {
        "adcode": caller.adcode, "actor": caller.name, "plan_id": str(plan_id),
        "base_revision": base_revision(if_match),
    }  # fmt: skip


def _revised(done: EditedDraft | RecutDraft | TakenDesign) -> Response:
    return json_response(done, headers={"ETag": etag(done.revision)})


@router.post(
    "/plans/{plan_id}/draft:split",
    response_model=RecutDraft,
    summary="Split hot cells of a draft into finer ones",
    responses=_FAILURES,
)
def post_split(plan_id: UUID, body: SplitIn, grant: MayWrite, service: ServiceOf, if_match: IfMatch = None) -> Response:
    """Replace cells by their children, in every layer of the plan; everybody keeps their owner until they are moved.

    The draft stands on another unit set then: read `/v1/unit-sets/{unit_set_id}`, the draft and the bench again. Cells
    of the finest size and areas cannot be split; keep single shops with another owner instead (`move_retailers`).
    """
    seen = _seen(plan_id, grant, if_match)
    return _revised(split_units(service.store, service.clock, **seen, units=body.units, cells=body.cells))


@router.post(
    "/plans/{plan_id}/draft:merge",
    response_model=RecutDraft,
    summary="Unite finer cells of a draft again",
    responses=_FAILURES,
)
def post_merge(plan_id: UUID, body: MergeIn, grant: MayWrite, service: ServiceOf, if_match: IfMatch = None) -> Response:
    """Put a cell in the place of the finer cells inside it; refused where they lie in different grids."""
    seen = _seen(plan_id, grant, if_match)
    return _revised(merge_units(service.store, service.clock, **seen, cell=body.cell))


@router.post(
    "/plans/{plan_id}/draft:even-out",
    response_model=EvenedOut,
    summary="What would bring a drawn layer back into balance",
    responses={409: {"description": "The plan can no longer be edited"}},
)
def post_even_out(plan_id: UUID, body: EvenOutIn, grant: MayWrite, service: ServiceOf, drafts: Drafts) -> Response:
    """Give the units that have to follow what was drawn by hand, so that every rule holds and few shops move.

    Fast enough to follow a brush; nothing is written: send the moves as an edit (`move_units`). `is_even` false: no
    such plan was found around the kept units, and `findings` say what the least broken one leaves.
    """
    return json_response(
        even_out_draft(
            service.store, service.clock, drafts, adcode=grant.caller.adcode, plan_id=str(plan_id), layer=body.layer,
            kept=body.kept,
        )
    )  # fmt: skip


@router.post(
    "/plans/{plan_id}/draft:take-design",
    response_model=TakenDesign,
    summary="Take over the travel and the certificate of a proposal that was accepted",
    responses={409: {"description": "The plan cannot be edited, or differs from the one that was designed"}},
)
def post_take_design(
    plan_id: UUID, body: TakeDesignIn, grant: MayWrite, service: ServiceOf, drafts: Drafts
) -> Response:
    """Give a layer what the engine learnt of travel on a copy, with the copy's certificate, once it has its grids.

    Send the proposal's moves as edits first. Nothing moves here, so no version has to be named: a draft that has other
    grids or owners than the copy is refused.
    """
    caller = grant.caller
    return _revised(
        take_design(
            service.store, service.clock, drafts, adcode=caller.adcode, actor=caller.name, plan_id=str(plan_id),
            layer=body.layer, design_of=str(body.plan_id),
        )
    )  # fmt: skip

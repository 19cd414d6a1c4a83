"""The roster: download every shop with its owners, change the owner columns, send it back as a draft."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, Depends, File, Form, UploadFile
from starlette.responses import Response

from api.deps import Grant, ServiceOf, require
from api.respond import json_response
from api.routers.drafts import Drafts
from gridsvc.domain.errors import BadInput
from gridsvc.domain.permissions import Action
from gridsvc.usecases.draft_from_roster import RosterDraft, draft_from_roster
from gridsvc.usecases.write_roster import write_roster

router = APIRouter(prefix="/v1", tags=["plans"])
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
LARGEST_BYTES = 50_000_000


@router.get(
    "/roster.xlsx",
    response_class=Response,
    responses={200: {"content": {XLSX: {}}, "description": "One row per active shop"}},
    summary="Every shop with its owners, as a spreadsheet",
)
def get_roster(grant: Annotated[Grant, Depends(require(Action.ROSTER_READ))], service: ServiceOf) -> Response:
    """Give one row per active shop: code, licence, name, address, and each layer's owner by code and name."""
    caller = grant.caller
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "roster.xlsx"
        write_roster(service.store, service.clock, adcode=caller.adcode, actor=caller.name, path=path)
        body = path.read_bytes()
    headers = {"Content-Disposition": 'attachment; filename="roster.xlsx"', "Cache-Control": "no-store"}
    return Response(body, media_type=XLSX, headers=headers)


@router.post(
    "/plans:from-roster", response_model=RosterDraft, status_code=201, summary="A draft from a roster",
    max_body_size=LARGEST_BYTES + 100_000,
)  # fmt: skip
def post_roster(
    grant: Annotated[Grant, Depends(require(Action.PLANS_WRITE))],
    service: ServiceOf,
    drafts: Drafts,
    file: Annotated[UploadFile, File(description="The roster, XLSX or CSV, at most 50 MB.")],
    title: Annotated[str, Form(min_length=1, max_length=200)] = "From the roster",
) -> Response:
    """Make a draft in which every shop has the owner that the file names, and list what it breaks.

    Where only the name or only the code of an owner was changed, the changed one counts. Rows that cannot be used are
    listed, all of them, and nothing is written.
    """
    caller = grant.caller
    with _kept(file) as path:
        done = draft_from_roster(
            service.store, service.clock, drafts, adcode=caller.adcode, actor=caller.name, title=title, path=path
        )
    return json_response(done, status=201, headers={"Location": f"/v1/plans/{done.plan.plan_id}"})


@contextmanager
def _kept(file: UploadFile) -> Iterator[Path]:
    """Keep an upload in a file of its own for as long as it is read; its name only says the format."""
    ending = Path(file.filename or "").suffix.lower()
    if ending not in (".xlsx", ".csv"):
        raise BadInput("a roster is sent as .xlsx or .csv")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"roster{ending}"
        content = file.file.read(LARGEST_BYTES + 1)
        if len(content) > LARGEST_BYTES:
            raise BadInput(f"the file is larger than {LARGEST_BYTES // 1_000_000} MB")
        path.write_bytes(content)
        yield path

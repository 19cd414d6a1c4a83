"""Take files into the district: look into them, judge them, take them in."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, File, Form, Query, UploadFile
from starlette.responses import Response

from api.deps import Grant, ServiceOf, require
from api.respond import json_response
from api.schemas.common import Listing
from api.schemas.imports import ImportReportOut, on_disk, parse_options, uploaded
from api.schemas.jobs import JobOut, accepted
from gridsvc.domain.errors import BadInput
from gridsvc.domain.permissions import Action
from gridsvc.usecases.inspect_file import FileInspection, inspect_file
from gridsvc.usecases.list_imports import ImportRecord, list_imports
from gridsvc.usecases.read_import_report import read_import_report
from gridsvc.usecases.start_import import start_import

router = APIRouter(prefix="/v1", tags=["imports"])
MayRead = Annotated[Grant, Depends(require(Action.DATA_READ))]
MayWrite = Annotated[Grant, Depends(require(Action.DATA_WRITE))]
MOST_BYTES = 64 * 1024 * 1024
Kind = Annotated[str, Form(max_length=60, description="retailers, assignments, areas, streets, staff, absences, ...")]
Upload = Annotated[UploadFile, File(description="CSV (.gz), XLSX, GeoJSON, GeoPackage or GeoParquet")]
Options = Annotated[
    str, Form(max_length=20_000, description="JSON: columns, where, crs (wgs84, gcj02, bd09, cgcs2000), level, ...")
]


@router.get("/imports", response_model=Listing[ImportRecord], summary="What was taken in, newest first")
def get_imports(grant: MayRead, service: ServiceOf, limit: Annotated[int, Query(ge=1, le=200)] = 50) -> Response:
    """Give the files with their counts, who took them in and when."""
    return json_response({"items": list_imports(service.store, adcode=grant.caller.adcode, limit=limit), "next": None})


@router.post("/imports:inspect", response_model=FileInspection, summary="Look into a file", max_body_size=MOST_BYTES)
def post_inspect(grant: MayWrite, kind: Kind, file: Upload, options: Options = "{}") -> Response:
    """Give the headings, the first rows and which column seems to be which; nothing is written."""
    given = parse_options(options)
    with on_disk(file) as (path,):
        if path is None:
            raise BadInput("no file was sent")
        return json_response(inspect_file(path, kind, encoding=given.encoding or None, part=given.part or None))


@router.post("/imports", response_model=JobOut, status_code=202, summary="Take a file in", max_body_size=MOST_BYTES)
def post_import(
    grant: MayWrite,
    service: ServiceOf,
    kind: Kind,
    file: Upload,
    nodes: Annotated[UploadFile | None, File(description="Of streets: the nodes that the edges name.")] = None,
    options: Options = "{}",
    dry_run: Annotated[bool, Form(description="Judge and report, write nothing.")] = False,
) -> Response:
    """Queue the file for the worker; 202 with the job, whose `links.report` says row by row what became of it.

    Every row is judged and the accepted ones come in, in one transaction. Coordinates need their datum named, unless
    the format declares it: nothing is guessed. A file that cannot be used as a whole ends the job as failed, in words.
    """
    given, sent, caller = parse_options(options), uploaded(file), grant.caller
    if sent is None:
        raise BadInput("no file was sent")
    job_id = start_import(
        service.store, service.clock, adcode=caller.adcode, actor=caller.name, kind=kind, file=sent,
        nodes=uploaded(nodes), options=given.source(), level=given.level, dry_run=dry_run,
    )  # fmt: skip
    return accepted(service, caller.adcode, job_id)


@router.get("/jobs/{job_id}/report", response_model=ImportReportOut, summary="What an import said, row by row")
def get_report(job_id: UUID, grant: MayRead, service: ServiceOf) -> Response:
    """Give every rejected and every suspicious row with its reason, and what differs from before; kept for 90 days."""
    return json_response(read_import_report(service.store, adcode=grant.caller.adcode, job_id=str(job_id)))

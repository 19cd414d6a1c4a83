"""Take files into the district: look into them, judge them, take them in."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, File, Form, Query, UploadFile
from starlette.responses import Response

from api.deps import Grant, ServiceOf, require
from api.respond import json_response
from api.schemas.common import Listing
from api.schemas.imports import ImportReportOut, on_disk, parse_options, report_out
from gridsvc.domain.errors import BadInput
from gridsvc.domain.permissions import Action
from gridsvc.usecases.import_file import import_file
from gridsvc.usecases.inspect_file import FileInspection, inspect_file
from gridsvc.usecases.list_imports import ImportRecord, list_imports

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


@router.post("/imports", response_model=ImportReportOut, summary="Take a file in", max_body_size=MOST_BYTES)
def post_import(
    grant: MayWrite,
    service: ServiceOf,
    kind: Kind,
    file: Upload,
    nodes: Annotated[UploadFile | None, File(description="Of streets: the nodes that the edges name.")] = None,
    options: Options = "{}",
    dry_run: Annotated[bool, Form(description="Judge and report, write nothing.")] = False,
) -> Response:
    """Judge every row and take the accepted ones in, in one transaction; rejected and suspicious rows say why.

    Coordinates need their datum named, unless the format declares it: nothing is guessed.
    """
    given = parse_options(options)
    caller = grant.caller
    with on_disk(file, nodes) as (path, nodes_path):
        if path is None:
            raise BadInput("no file was sent")
        report = import_file(
            service.store, service.clock, adcode=caller.adcode, actor=caller.name, kind=kind, path=path,
            options=given.source(), level=given.level, nodes=nodes_path, dry_run=dry_run,
        )  # fmt: skip
    return json_response(report_out(report))

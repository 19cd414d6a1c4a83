"""Hand an uploaded file to the worker: the file, the job and its place in the queue, in one transaction."""

from __future__ import annotations

from typing import Any

from gridsvc.clock import Clock, new_id
from gridsvc.domain.errors import BadInput
from gridsvc.domain.ids import Adcode, JobId
from gridsvc.storage import Store, districts, uploads
from gridsvc.storage.uploads import UploadedFile
from gridsvc.usecases.import_file import check_kind
from gridsvc.usecases.run_data_job import DATA, IMPORT_FILE
from gridsvc.usecases.start_job import queue_job

__all__ = ["UploadedFile", "start_import"]


def start_import(
    store: Store,
    clock: Clock,
    *,
    adcode: Adcode,
    actor: str,
    kind: str,
    file: UploadedFile,
    nodes: UploadedFile | None = None,
    options: dict[str, Any],
    level: str = "",
    dry_run: bool = False,
) -> JobId:
    """Queue the import of a file and give the job's identifier; its report is there when the job is done.

    Parameters
    ----------
    kind : one of `IMPORTS`
    nodes : of streets: the file of the nodes that their edges name
    options : how to read the file, the fields of `SourceOptions` as JSON
    dry_run : judge and report, write nothing

    Raises
    ------
    BadInput
        an unknown kind, a missing level or nodes file, an empty file: nothing is queued.
    NotFound
        an unknown district.
    """
    check_kind(kind, level=level, has_nodes=nodes is not None)
    sent = [file] if nodes is None else [file, nodes]
    empty = [one.file_name for one in sent if not one.content]
    if empty:
        raise BadInput(f"{' and '.join(empty)}: the file is empty")
    upload_id = new_id()
    request = {"upload_id": upload_id, "actor": actor, "kind": kind, "options": options, "level": level,
               "dry_run": dry_run}  # fmt: skip
    with store.transaction(adcode) as tx:
        districts.find(tx)
        uploads.add(tx, clock, upload_id, sent)
        told = {"kind": kind, "file_name": file.file_name, "dry_run": dry_run}
        return queue_job(tx, clock, actor=actor, kind=IMPORT_FILE, request=request, line=DATA, told=told)

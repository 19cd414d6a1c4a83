"""Run one job about the district's data: take a file in, judge all points, look addresses up."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from geo_data.notes import note_document
from gridsvc.clock import Clock
from gridsvc.domain.ids import Adcode
from gridsvc.domain.imports import ImportReport
from gridsvc.engines.pool import SolveStopped
from gridsvc.storage import Store, uploads
from gridsvc.usecases.check_positions import check_positions
from gridsvc.usecases.geocode_retailers import geocode_retailers
from gridsvc.usecases.import_file import import_file
from gridsvc.usecases.read_source import SourceOptions

DATA = "data"  # the queue of such jobs: they do not wait behind the solves of the other one
IMPORT_FILE, CHECK_POSITIONS, GEOCODE_RETAILERS = "import_file", "check_positions", "geocode_retailers"
DATA_JOBS = (IMPORT_FILE, CHECK_POSITIONS, GEOCODE_RETAILERS)
Say = Callable[[float, str], None]


def run_data_job(
    store: Store,
    clock: Clock,
    *,
    kind: str,
    adcode: Adcode,
    request: dict[str, Any],
    cache_folder: Path,
    on_progress: Say | None = None,
    is_cancelled: Callable[[], bool] | None = None,
) -> dict[str, Any]:
    """Do what a job of one of the kinds in `DATA_JOBS` asks, and give its result as a document.

    A job that is cancelled in time writes nothing: everything is written in one transaction, at the end.

    Raises
    ------
    SolveStopped
        the job was cancelled before it wrote.
    BadInput
        a file that cannot be used as a whole.
    """

    def say(share: float, words: str) -> None:
        if share < 1 and is_cancelled is not None and is_cancelled():
            raise SolveStopped("cancelled; nothing was written")
        if on_progress is not None:
            on_progress(share, words)

    actor = str(request["actor"])
    if kind == IMPORT_FILE:
        return _import_upload(store, clock, adcode=adcode, request=request, say=say)
    if kind == CHECK_POSITIONS:
        return asdict(check_positions(store, clock, adcode=adcode, actor=actor, on_progress=say))
    if kind == GEOCODE_RETAILERS:
        done = geocode_retailers(
            store, clock, adcode=adcode, actor=actor, kept_in=cache_folder / "geocoding", on_progress=say
        )
        return {"n_asked": done.n_asked, "n_located": done.n_located, "n_findings": len(done.findings),
                "notes": [note_document(note) for note in done.notes]}  # fmt: skip
    raise ValueError(f"{kind} is no job about data")


def _import_upload(store: Store, clock: Clock, *, adcode: Adcode, request: dict[str, Any], say: Say) -> dict[str, Any]:
    """Take the files of an upload in, keep the report, and remove the files whatever came of them.

    A worker that is killed leaves the files to the next one.
    """
    say(0.0, "reading the file")
    upload_id = str(request["upload_id"])
    with store.transaction(adcode) as tx:
        files = uploads.files(tx, upload_id)
    try:
        with TemporaryDirectory(prefix="gridsvc-upload-") as folder:
            paths = []
            for number, file in enumerate(files):
                path = Path(folder, str(number), file.file_name)
                path.parent.mkdir()
                path.write_bytes(file.content)
                paths.append(path)
            report = import_file(
                store, clock, adcode=adcode, actor=str(request["actor"]), kind=str(request["kind"]), path=paths[0],
                nodes=paths[1] if len(paths) > 1 else None, options=SourceOptions(**request["options"]),
                level=str(request["level"]), dry_run=bool(request["dry_run"]), on_progress=say,
            )  # fmt: skip
        with store.transaction(adcode) as tx:
            uploads.keep_report(tx, clock, upload_id, report_document(report))
    finally:
        with store.transaction(adcode) as tx:
            uploads.forget(tx, upload_id)
    return {"kind": report.kind, "file_name": report.file_name, "counts": report.counts(),
            "is_dry_run": report.is_dry_run}  # fmt: skip


def report_document(report: ImportReport) -> dict[str, Any]:
    """Give a report as it is kept and sent: its fields, with the counts together."""
    findings = [asdict(finding) | {"evidence": dict(finding.evidence)} for finding in report.findings]
    return {
        "kind": report.kind, "file_name": report.file_name, "counts": report.counts(),
        "notes": [note_document(note) for note in report.notes], "findings": findings,
        "changes": [asdict(change) for change in report.changes],
        "is_dry_run": report.is_dry_run, "is_synthetic": report.is_synthetic,
    }  # fmt: skip

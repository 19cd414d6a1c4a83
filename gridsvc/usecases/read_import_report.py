"""Read what an import that ran as a job said, row by row."""

from __future__ import annotations

from typing import Any

from geo_data.notes import note_document
from gridsvc.domain.errors import NotFound
from gridsvc.domain.ids import Adcode
from gridsvc.storage import Store, jobs, uploads
from gridsvc.usecases.run_data_job import IMPORT_FILE


def read_import_report(store: Store, *, adcode: Adcode, job_id: str) -> dict[str, Any]:
    """Give the report of a job that took a file in.

    Raises `NotFound` for an unknown job, one of another kind, one that has not ended or failed (its words say why), and
    a report older than 90 days.
    """
    with store.transaction(adcode) as tx:
        job = jobs.find(tx, job_id)
        if job.kind != IMPORT_FILE:
            raise NotFound(f"job {job_id} takes no file in")
        kept = uploads.report(tx, str(job.request["upload_id"]))
    # a report that was kept before notes had kinds has bare sentences
    return kept | {"notes": [note_document(note) if isinstance(note, str) else note for note in kept["notes"]]}

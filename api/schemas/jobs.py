"""Long work as it goes out: without what was asked of the worker, which names files of the server."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from starlette.responses import Response

from api.respond import json_response
from gridsvc.domain.ids import Adcode, JobId
from gridsvc.usecases.cancel_job import Job, JobState
from gridsvc.usecases.read_job import read_job
from gridsvc.usecases.run_data_job import IMPORT_FILE
from gridsvc.wiring import Service


@dataclass(frozen=True, slots=True, kw_only=True)
class JobOut:
    """One piece of long work.

    `progress` runs from 0 to 1; `best` is the best answer so far; `words` say what is being done or what went wrong.
    `links` holds addresses: `self`, `cancel` while the job can be cancelled, `report` of a file that was taken in.
    """

    job_id: JobId
    kind: str
    state: JobState
    progress: float
    words: str
    best: dict[str, Any] | None
    result: dict[str, Any] | None
    started_by: str
    created_at: datetime
    ended_at: datetime | None
    cancel_requested_at: datetime | None
    links: dict[str, str]


def job_out(job: Job) -> JobOut:
    """Give a job with its addresses."""
    address = f"/v1/jobs/{job.job_id}"
    links = {"self": address}
    if job.ended_at is None and job.cancel_requested_at is None:
        links["cancel"] = f"{address}:cancel"
    if job.kind == IMPORT_FILE and job.state is JobState.DONE:
        links["report"] = f"{address}/report"
    return JobOut(
        job_id=job.job_id,
        kind=job.kind,
        state=job.state,
        progress=job.progress_share,
        words=job.words,
        best=job.best,
        result=job.result,
        started_by=job.started_by,
        created_at=job.created_at,
        ended_at=job.ended_at,
        cancel_requested_at=job.cancel_requested_at,
        links=links,
    )


def accepted(service: Service, adcode: Adcode, job_id: JobId) -> Response:
    """Give 202 with the job that was just queued and its address."""
    job = job_out(read_job(service.store, adcode=adcode, job_id=job_id))
    return json_response(job, status=202, headers={"Location": job.links["self"]})

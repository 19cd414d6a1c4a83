"""Long work in progress: what it is, how far it is, what it found; the queue itself is procrastinate's."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa

from gridsvc.clock import Clock, new_id
from gridsvc.domain.errors import NotFound
from gridsvc.domain.ids import JobId
from gridsvc.storage.store import Transaction
from gridsvc.storage.tables import job


class JobState(StrEnum):
    """Where a job stands."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One piece of long work.

    `progress_share` runs from 0 to 1; `words` say what is being done or what went wrong.
    """

    job_id: JobId
    kind: str
    state: JobState
    progress_share: float
    words: str
    request: dict[str, Any]
    best: dict[str, Any] | None
    result: dict[str, Any] | None
    started_by: str
    created_at: datetime
    ended_at: datetime | None
    cancel_requested_at: datetime | None


_ENDED = (JobState.DONE, JobState.FAILED, JobState.CANCELLED)


def start(tx: Transaction, clock: Clock, kind: str, request: dict[str, Any], *, started_by: str) -> JobId:
    """Write a waiting job and give its identifier."""
    job_id = JobId(new_id())
    tx.execute(
        job.insert().values(
            adcode=tx.adcode,
            job_id=job_id,
            kind=kind,
            state=JobState.WAITING,
            progress_share=0.0,
            words="",
            request=request,
            started_by=started_by,
            created_at=clock.now(),
        )
    )
    return job_id


def report(tx: Transaction, job_id: JobId, share: float, words: str, *, best: dict[str, Any] | None = None) -> None:
    """Record how far a job is; an ended job stays as it ended."""
    values: dict[str, Any] = {"state": JobState.RUNNING, "progress_share": share, "words": words}
    if best is not None:
        values["best"] = best
    tx.execute(
        job.update()
        .where(job.c.adcode == tx.adcode, job.c.job_id == job_id, job.c.state.not_in(_ENDED))
        .values(**values)
    )


def end(
    tx: Transaction, clock: Clock, job_id: JobId, state: JobState, words: str, *, result: dict[str, Any] | None = None
) -> None:
    """Record how a job ended."""
    values: dict[str, Any] = {"state": state, "words": words, "ended_at": clock.now(), "result": result}
    if state is JobState.DONE:
        values["progress_share"] = 1.0
    tx.execute(
        job.update()
        .where(job.c.adcode == tx.adcode, job.c.job_id == job_id, job.c.state.not_in(_ENDED))
        .values(**values)
    )


def request_cancel(tx: Transaction, clock: Clock, job_id: str) -> None:
    """Ask a running job to stop with the best it has; an ended one stays as it is."""
    find(tx, job_id)
    tx.execute(
        job.update()
        .where(job.c.adcode == tx.adcode, job.c.job_id == job_id, job.c.state.not_in(_ENDED))
        .values(cancel_requested_at=clock.now())
    )


def _job(row: Any) -> Job:
    return Job(
        job_id=JobId(row.job_id),
        kind=row.kind,
        state=JobState(row.state),
        progress_share=row.progress_share,
        words=row.words,
        request=row.request,
        best=row.best,
        result=row.result,
        started_by=row.started_by,
        created_at=row.created_at,
        ended_at=row.ended_at,
        cancel_requested_at=row.cancel_requested_at,
    )


def find(tx: Transaction, job_id: str) -> Job:
    """Give a job; raises `NotFound`."""
    row = tx.execute(sa.select(job).where(job.c.adcode == tx.adcode, job.c.job_id == job_id)).first()
    if row is None:
        raise NotFound(f"there is no job {job_id} in district {tx.adcode}")
    return _job(row)


def newest(tx: Transaction, *, limit: int = 20) -> list[Job]:
    """List the newest jobs, newest first."""
    rows = tx.execute(sa.select(job).where(job.c.adcode == tx.adcode).order_by(job.c.job_id.desc()).limit(limit))
    return [_job(row) for row in rows]

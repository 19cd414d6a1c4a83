"""Ask long work to stop."""

from __future__ import annotations

from gridsvc.clock import Clock
from gridsvc.domain.errors import Conflict
from gridsvc.domain.ids import Adcode
from gridsvc.storage import Store, audit, jobs
from gridsvc.storage.jobs import Job, JobState

__all__ = ["Job", "JobState", "cancel_job"]


def cancel_job(store: Store, clock: Clock, *, adcode: Adcode, actor: str, job_id: str) -> Job:
    """Ask a waiting or running job to stop and give it as it stands: its worker ends it soon after, not here.

    Asking again is harmless. Raises `NotFound`, and `Conflict` for a job that has ended, which stays as it ended.
    """
    with store.transaction(adcode) as tx:
        jobs.request_cancel(tx, clock, job_id)
        job = jobs.find(tx, job_id)
        if job.ended_at is not None:
            raise Conflict(f"the job has ended already: it is {job.state}")
        audit.add(tx, clock, actor=actor, action="job.cancel", subject=job.job_id, content={"kind": job.kind})
    return job

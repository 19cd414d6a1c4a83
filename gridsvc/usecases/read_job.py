"""Read how far a piece of long work is."""

from __future__ import annotations

from gridsvc.domain.ids import Adcode
from gridsvc.storage import Store, jobs
from gridsvc.storage.jobs import Job


def read_job(store: Store, *, adcode: Adcode, job_id: str) -> Job:
    """Give a job; raises `NotFound`."""
    with store.transaction(adcode) as tx:
        return jobs.find(tx, job_id)

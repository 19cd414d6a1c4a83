"""List long work, newest first."""

from __future__ import annotations

from gridsvc.domain.ids import Adcode
from gridsvc.storage import Store, jobs
from gridsvc.storage.jobs import Job

__all__ = ["Job", "list_jobs"]


def list_jobs(store: Store, *, adcode: Adcode, limit: int = 20) -> list[Job]:
    """Give the newest jobs."""
    with store.transaction(adcode) as tx:
        return jobs.newest(tx, limit=limit)

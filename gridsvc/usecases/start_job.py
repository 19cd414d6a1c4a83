"""Start long work: a job that people can watch and the queue entry that a worker takes, in one transaction."""

from __future__ import annotations

from typing import Any

from gridsvc.clock import Clock
from gridsvc.domain.ids import Adcode, JobId
from gridsvc.storage import Store, Transaction, audit, jobs, queue


def start_job(
    store: Store,
    clock: Clock,
    *,
    adcode: Adcode,
    actor: str,
    kind: str,
    request: dict[str, Any],
    line: str = "default",
) -> JobId:
    """Queue a job of `kind` (a task of the worker) and give its identifier.

    Jobs of one district run one by one in each line.

    Parameters
    ----------
    line : queue that it waits in; short work does not wait behind long solves
    """
    with store.transaction(adcode) as tx:
        return queue_job(tx, clock, actor=actor, kind=kind, request=request, line=line, told={})


def queue_job(
    tx: Transaction, clock: Clock, *, actor: str, kind: str, request: dict[str, Any], line: str, told: dict[str, Any]
) -> JobId:
    """Queue a job within a transaction that writes what it needs; `told` goes into the audit."""
    lock = tx.adcode if line == "default" else f"{tx.adcode} {line}"
    job_id = jobs.start(tx, clock, kind, request, started_by=actor)
    queue.defer(tx, kind, {"adcode": tx.adcode, "job_id": job_id}, lock=lock, queue=line)
    audit.add(tx, clock, actor=actor, action=f"job.{kind}", subject=job_id, content=told)
    return job_id

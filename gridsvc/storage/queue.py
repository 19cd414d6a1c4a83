"""Put work into procrastinate's queue in the transaction of the change that asks for it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB

from gridsvc.storage.store import Transaction

_DEFER = sa.text(
    "SELECT procrastinate_defer_jobs_v1(ARRAY[ROW(:queue, :task, 0, :lock, NULL, :arguments, :scheduled_at)]"
    "::procrastinate_job_to_defer_v1[])"
).bindparams(sa.bindparam("arguments", type_=JSONB), sa.bindparam("scheduled_at", type_=sa.DateTime(timezone=True)))


def defer(
    tx: Transaction,
    task: str,
    arguments: dict[str, Any],
    *,
    lock: str | None = None,
    at: datetime | None = None,
    queue: str = "default",
) -> None:
    """Queue one call of a worker's task; it is seen by workers when, and only when, the transaction commits.

    Parameters
    ----------
    task : name under which the worker knows the function
    arguments : its keyword arguments, as JSON
    lock : tasks with the same lock run one after the other
    at : not before this instant; None = as soon as a worker is free
    queue : the line it waits in; short work does not wait behind long solves
    """
    tx.execute(_DEFER, {"queue": queue, "task": task, "lock": lock, "arguments": arguments, "scheduled_at": at})

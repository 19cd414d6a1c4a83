"""The worker: takes long work from the queue, carries it out in child processes, and rescues what a dead worker held.

The queue is procrastinate on the same PostgreSQL; jobs are queued in the transaction that asks for them. A worker that
is killed leaves its job in `doing`; `rescue` puts it back. Every task can be run again: it looks at what is done first.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import procrastinate

from gridsvc.domain.ids import Adcode
from gridsvc.engines.pool import EnginePool
from gridsvc.storage import events
from gridsvc.usecases.carry_out_job import carry_out_job
from gridsvc.usecases.run_data_job import DATA
from gridsvc.wiring import Service, follow_ups, job_works, keep_house

logger = logging.getLogger(__name__)
_STALLED_AFTER_S = 30.0


def make_app(service: Service, pool: EnginePool) -> procrastinate.App:
    """Give the queue's application with one task per kind of job and per follow-up of a change."""
    app = procrastinate.App(connector=procrastinate.PsycopgConnector(conninfo=service.database.app_conninfo))
    for kind, work in job_works(service, pool).items():
        app.task(name=kind)(_task(service, work))
    for name, follow_up in follow_ups(service).items():
        app.task(name=name, retry=procrastinate.RetryStrategy(max_attempts=5, wait=10))(follow_up)
    app.periodic(cron="* * * * * */20")(app.task(name="rescue", pass_context=True)(_rescue))
    app.periodic(cron="30 18 * * *")(app.task(name="keep_house")(_nightly(service)))  # 02:30 in China
    return app


def _task(service: Service, work: Callable[..., dict[str, Any]]) -> Callable[..., None]:
    def carry_out(adcode: str, job_id: str) -> None:
        def bound(
            request: dict[str, Any], report: Callable[[float, str], None], is_cancelled: Callable[[], bool]
        ) -> dict[str, Any]:
            return work(Adcode(adcode), request, report, is_cancelled)

        carry_out_job(service.store, service.clock, adcode=Adcode(adcode), job_id=job_id, work=bound)

    return carry_out


def _nightly(service: Service) -> Callable[[int], None]:
    def carry_out(timestamp: int) -> None:
        logger.info("kept house: %s", keep_house(service))

    return carry_out


async def _rescue(context: procrastinate.JobContext, timestamp: int) -> None:
    """Put jobs of dead workers back into the queue; one that cannot be put back does not keep the others."""
    manager = context.app.job_manager
    for job in await manager.get_stalled_jobs(seconds_since_heartbeat=_STALLED_AFTER_S):
        try:
            await manager.retry_job(job, retry_at=datetime.now(UTC))
            logger.warning("put job %s (%s) back: its worker died", job.id, job.task_name)
        except Exception:
            logger.exception("job %s could not be put back", job.id)


def run(service: Service) -> None:
    """Work until SIGINT or SIGTERM; a job that does not end within seconds is left to the next worker."""
    with EnginePool(service.settings.workers) as pool:
        asyncio.run(_work(make_app(service, pool)))


async def _work(app: procrastinate.App) -> None:
    """Take long work two at a time; beside it take files in and deliver webhooks, which do not wait behind a solve."""
    how: dict[str, Any] = {"shutdown_graceful_timeout": 3, "delete_jobs": "successful"}
    async with app.open_async():
        beside = [
            asyncio.create_task(
                app.run_worker_async(queues=[line], concurrency=n_at_once, install_signal_handlers=False, **how)
            )
            for line, n_at_once in ((events.DELIVER, 4), (DATA, 2))
        ]
        try:
            await app.run_worker_async(queues=["default"], concurrency=2, install_signal_handlers=True, **how)
        finally:
            for task in beside:
                task.cancel()
            await asyncio.gather(*beside, return_exceptions=True)

"""A worker for jobs about data, without a queue: it does what waits, at once or beside a browser."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx

from gridsvc.domain.ids import Adcode
from gridsvc.storage.jobs import JobState
from gridsvc.usecases.carry_out_job import carry_out_job
from gridsvc.usecases.list_jobs import list_jobs
from gridsvc.usecases.run_data_job import DATA_JOBS
from gridsvc.wiring import Service, data_work


def work_off_data(service: Service, adcode: Adcode) -> None:
    """Carry out every waiting job about data, the oldest first."""
    waiting = [job for job in list_jobs(service.store, adcode=adcode, limit=50) if job.state is JobState.WAITING]
    for job in reversed(waiting):
        if job.kind in DATA_JOBS:
            work = data_work(service, job.kind)
            carry_out_job(
                service.store, service.clock, adcode=adcode, job_id=job.job_id,
                work=lambda request, report, is_cancelled, work=work: work(adcode, request, report, is_cancelled),
            )  # fmt: skip


def ended(client: httpx.Client, answer: httpx.Response, service: Service, adcode: Adcode) -> dict[str, Any]:
    """Let a job that was just accepted be done, and give it as it ended."""
    assert answer.status_code == 202, answer.text
    assert answer.headers["location"] == answer.json()["links"]["self"]
    work_off_data(service, adcode)
    job: dict[str, Any] = client.get(answer.headers["location"]).json()
    assert job["ended_at"] is not None
    return job


@contextmanager
def data_worker(service: Service, adcode: Adcode) -> Iterator[None]:
    """Carry out what is asked for as long as the block runs."""
    stop = threading.Event()

    def run() -> None:
        while not stop.wait(0.05):
            work_off_data(service, adcode)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()

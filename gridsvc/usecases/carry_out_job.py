"""Carry out one job: its progress, its end and its failure are written where people watch."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from gridsvc.clock import Clock
from gridsvc.domain.errors import GridsvcError
from gridsvc.domain.ids import Adcode, JobId
from gridsvc.engines.pool import SolveStopped
from gridsvc.storage import Store, jobs
from gridsvc.storage.jobs import JobState

_SECONDS_BETWEEN_REPORTS = 0.3
Work = Callable[[dict[str, Any], Callable[[float, str], None], Callable[[], bool]], dict[str, Any]]


def carry_out_job(store: Store, clock: Clock, *, adcode: Adcode, job_id: str, work: Work) -> None:
    """Run `work(request, report, is_cancelled)` for a job and record what became of it.

    Work that is cancelled and gives a result all the same gave the best that it had.

    A fault of the input or of a rule ends the job as failed with its words. Any other exception is recorded and raised
    again, for the log. A job that ended already is left alone, so that a task that is delivered twice is harmless.
    """
    job = JobId(job_id)
    with store.transaction(adcode) as tx:
        known = jobs.find(tx, job)
        if known.ended_at is not None:
            return
        jobs.report(tx, job, 0.0, "started")
    last_report_s, last_words = 0.0, ""

    def report(share: float, words: str) -> None:
        nonlocal last_report_s, last_words
        now_s = time.monotonic()
        if words == last_words and share < 1.0 and now_s - last_report_s < _SECONDS_BETWEEN_REPORTS:
            return
        last_report_s, last_words = now_s, words
        with store.transaction(adcode) as tx:
            jobs.report(tx, job, share, words)

    def is_cancelled() -> bool:
        with store.transaction(adcode) as tx:
            return jobs.find(tx, job).cancel_requested_at is not None

    def end(state: JobState, words: str, result: dict[str, Any] | None = None) -> None:
        with store.transaction(adcode) as tx:
            jobs.end(tx, clock, job, state, words, result=result)

    try:
        result = work(known.request, report, is_cancelled)
    except SolveStopped as stopped:
        end(JobState.CANCELLED if is_cancelled() else JobState.FAILED, str(stopped))
    except GridsvcError as error:
        end(JobState.FAILED, str(error))
    except BaseException as error:
        end(JobState.FAILED, f"a fault of this program: {type(error).__name__}")
        raise
    else:
        if is_cancelled():
            end(JobState.CANCELLED, "cancelled; the best so far is kept", result)
        else:
            end(JobState.DONE, "done", result)

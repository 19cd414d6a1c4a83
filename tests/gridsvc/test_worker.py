"""Long work is done by a worker: once, in words that people can read, and by another one when the first dies."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest

from gridsvc import worker
from gridsvc.clock import FixedClock
from gridsvc.cluster import RunningDatabase
from gridsvc.domain.errors import NotFound, RuleBroken
from gridsvc.domain.ids import Adcode
from gridsvc.engines.pool import EnginePool, SolveStopped
from gridsvc.settings import Settings
from gridsvc.storage import Store, jobs, queue, uploads
from gridsvc.storage.jobs import Job, JobState
from gridsvc.usecases.carry_out_job import carry_out_job
from gridsvc.usecases.forget_uploads import forget_uploads
from gridsvc.usecases.read_import_report import read_import_report
from gridsvc.usecases.start_import import UploadedFile, start_import
from gridsvc.usecases.start_job import start_job
from gridsvc.wiring import JobWork, Service
from tests.gridsvc.usecases.small_town import make_town, shops, write_csv

HERE = Adcode("520103")
Report = Callable[[float, str], None]


@dataclass
class Shop:
    """A service whose worker knows one kind of job, and what that job was asked."""

    service: Service
    asked: list[dict[str, Any]] = field(default_factory=list)

    def start(self, **request: Any) -> str:
        return start_job(
            self.service.store, self.service.clock, adcode=HERE, actor="planner", kind="errand", request=request
        )

    def find(self, job_id: str) -> Job:
        with self.service.store.transaction(HERE) as tx:
            return jobs.find(tx, job_id)

    def run_errand(
        self, adcode: Adcode, request: dict[str, Any], report: Report, is_cancelled: Callable[[], bool]
    ) -> dict[str, Any]:
        self.asked.append(request)
        report(0.5, "half way")
        if request.get("fault") == "rule":
            raise RuleBroken("the plan breaks rules", violations=("marketing: grid M01 is in two pieces",))
        if request.get("fault") == "program":
            raise ZeroDivisionError("secret detail")
        if is_cancelled():
            raise SolveStopped("the solve was cancelled")
        return {"adcode": adcode, "answer": 42}


@pytest.fixture
def shop(database: RunningDatabase, monkeypatch: pytest.MonkeyPatch) -> Iterator[Shop]:
    store = Store(database.app_url, pool_size=2)
    service = Service(Settings(), FixedClock(datetime(2026, 11, 23, 4, 0, tzinfo=UTC)), store, database)
    made = Shop(service)

    def works(_: Service, __: EnginePool) -> dict[str, JobWork]:
        return {"errand": made.run_errand}

    monkeypatch.setattr(worker, "job_works", works)
    yield made
    store.close()


def work_until_idle(shop: Shop) -> None:
    """Run a real worker until the queue is empty."""
    with EnginePool(1) as pool:
        worker.make_app(shop.service, pool).run_worker(
            wait=False, install_signal_handlers=False, listen_notify=False, concurrency=1
        )


def test_a_job_is_carried_out_and_its_result_kept(shop: Shop) -> None:
    job_id = shop.start(colour="green")
    assert shop.find(job_id).state is JobState.WAITING
    work_until_idle(shop)
    done = shop.find(job_id)
    assert (done.state, done.progress_share, done.words) == (JobState.DONE, 1.0, "done")
    assert done.result == {"adcode": "520103", "answer": 42}
    assert done.started_by == "planner"
    assert shop.asked == [{"colour": "green"}]


def test_a_broken_rule_ends_a_job_with_its_words(shop: Shop) -> None:
    job_id = shop.start(fault="rule")
    work_until_idle(shop)
    failed = shop.find(job_id)
    assert failed.state is JobState.FAILED
    assert failed.words == "the plan breaks rules\n  - marketing: grid M01 is in two pieces"


def test_a_fault_of_the_program_is_named_without_its_inside(shop: Shop) -> None:
    job_id = shop.start(fault="program")
    work_until_idle(shop)
    failed = shop.find(job_id)
    assert (failed.state, failed.words) == (JobState.FAILED, "a fault of this program: ZeroDivisionError")


def test_a_job_that_is_delivered_twice_is_done_once(shop: Shop) -> None:
    job_id = shop.start()
    work_until_idle(shop)

    def again(request: dict[str, Any], report: Report, is_cancelled: Callable[[], bool]) -> dict[str, Any]:
        pytest.fail("the work was done twice")

    carry_out_job(shop.service.store, shop.service.clock, adcode=HERE, job_id=job_id, work=again)
    assert shop.find(job_id).result == {"adcode": "520103", "answer": 42}


def test_a_cancelled_job_says_so(shop: Shop) -> None:
    job_id = shop.start()
    with shop.service.store.transaction(HERE) as tx:
        jobs.request_cancel(tx, shop.service.clock, job_id)
    work_until_idle(shop)
    assert shop.find(job_id).state is JobState.CANCELLED


def test_nothing_is_queued_by_a_transaction_that_fails(shop: Shop) -> None:
    def fail_after_asking() -> None:
        with shop.service.store.transaction(HERE) as tx:
            job_id = jobs.start(tx, shop.service.clock, "errand", {}, started_by="planner")
            queue.defer(tx, "errand", {"adcode": HERE, "job_id": job_id})
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail_after_asking()
    work_until_idle(shop)
    assert shop.asked == []


def test_the_job_of_a_dead_worker_is_put_back(shop: Shop, database: RunningDatabase) -> None:
    job_id = shop.start(colour="red")
    with psycopg.connect(database.app_conninfo) as raw:
        dead = raw.execute(
            "INSERT INTO procrastinate_workers (last_heartbeat) VALUES (now() - interval '1 hour') RETURNING id"
        ).fetchone()
        assert dead is not None
        taken = raw.execute(
            "UPDATE procrastinate_jobs SET status = 'doing', worker_id = %s WHERE args->>'job_id' = %s",
            [dead[0], job_id],
        )
        assert taken.rowcount == 1
    with shop.service.store.transaction(HERE) as tx:
        jobs.report(tx, jobs.find(tx, job_id).job_id, 0.3, "under way")
    work_until_idle(shop)
    assert shop.find(job_id).state is JobState.RUNNING, "a job that somebody holds is nobody else's"
    with shop.service.store.transaction(HERE) as tx:
        queue.defer(tx, "rescue", {"timestamp": 0})  # as the clock does three times a minute
    work_until_idle(shop)
    assert shop.find(job_id).state is JobState.DONE
    assert shop.asked == [{"colour": "red"}]


def test_a_real_worker_takes_a_file_in_and_a_dead_one_leaves_it_to_the_next(
    database: RunningDatabase, tmp_path: Path
) -> None:
    store = Store(database.app_url, pool_size=3)
    service = Service(Settings(var_dir=tmp_path), FixedClock(datetime(2026, 11, 23, 4, 0, tzinfo=UTC)), store, database)
    here = make_town(store, service.clock, "100035", tmp_path)
    file = UploadedFile(file_name="shops.csv", content=write_csv(tmp_path / "shops.csv", shops(5)).read_bytes())
    how: dict[str, Any] = {"adcode": here, "actor": "planner", "kind": "retailers", "options": {"crs": "wgs84"}}
    job_id = start_import(store, service.clock, file=file, **how)
    with psycopg.connect(database.app_conninfo) as raw:
        dead = raw.execute(
            "INSERT INTO procrastinate_workers (last_heartbeat) VALUES (now() - interval '1 hour') RETURNING id"
        ).fetchone()
        assert dead is not None
        raw.execute(
            "UPDATE procrastinate_jobs SET status = 'doing', worker_id = %s WHERE args->>'job_id' = %s",
            [dead[0], job_id],
        )
    with store.transaction(here) as tx:
        queue.defer(tx, "rescue", {"timestamp": 0})
    for _ in range(2):  # the first puts it back
        with EnginePool(1) as pool:
            worker.make_app(service, pool).run_worker(wait=False, install_signal_handlers=False, listen_notify=False)
    report = read_import_report(store, adcode=here, job_id=job_id)
    assert report["counts"] | {"rows": 5, "new": 5} == report["counts"]
    with store.transaction(here) as tx:
        assert jobs.find(tx, job_id).state is JobState.DONE
        with pytest.raises(NotFound, match="send them again"):
            uploads.files(tx, str(jobs.find(tx, job_id).request["upload_id"]))
        assert uploads.forget_before(tx, uploaded=service.clock.now(), reported=service.clock.now()) == 0
    service.clock.instant += timedelta(days=91)  # type: ignore[attr-defined]
    assert forget_uploads(store, service.clock, adcode=here) == 1
    with pytest.raises(NotFound, match="older than is kept"):
        read_import_report(store, adcode=here, job_id=job_id)
    store.close()

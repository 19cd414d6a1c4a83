"""Long work over HTTP: how far it is, and asking it to stop."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest
import sqlalchemy as sa

from gridsvc.domain.ids import JobId
from gridsvc.domain.permissions import AccountRole
from gridsvc.storage import jobs, tables
from gridsvc.storage.jobs import JobState
from tests.api.conftest import Served


@pytest.fixture
def job_id(served: Served) -> Iterator[JobId]:
    """A running job whose request names a file of the server; it is ended afterwards."""
    store, adcode = served.service.store, served.seeded.adcode
    with store.transaction(adcode) as tx:
        made = jobs.start(tx, served.clock, "first_run", {"folder": "/srv/secret"}, started_by="operator")
        jobs.report(tx, made, 0.4, "designing grids", best={"n_grids": 3})
    yield made
    end(served, made)


def end(served: Served, job_id: JobId) -> None:
    with served.service.store.transaction(served.seeded.adcode) as tx:
        jobs.end(tx, served.clock, job_id, JobState.DONE, "done")


@pytest.fixture(scope="module")
def planner(served: Served) -> Iterator[httpx.Client]:
    with served.as_key(AccountRole.PLANNER) as client:
        yield client


def test_a_job_tells_state_progress_best_and_links_and_no_path_of_the_server(
    planner: httpx.Client, job_id: JobId
) -> None:
    answer = planner.get(f"/v1/jobs/{job_id}")
    known = answer.json()
    assert (known["state"], known["progress"], known["best"]) == ("running", 0.4, {"n_grids": 3})
    assert (known["words"], known["kind"]) == ("designing grids", "first_run")
    assert known["links"] == {"self": f"/v1/jobs/{job_id}", "cancel": f"/v1/jobs/{job_id}:cancel"}
    assert planner.get("/v1/jobs").json()["items"][0] == known
    assert "/srv/secret" not in answer.text


def test_a_running_job_is_asked_to_stop_once_or_twice(served: Served, planner: httpx.Client, job_id: JobId) -> None:
    for _ in range(2):
        answer = planner.post(f"/v1/jobs/{job_id}:cancel")
        assert answer.status_code == 202
        assert answer.json()["cancel_requested_at"] is not None
        assert answer.json()["links"] == {"self": f"/v1/jobs/{job_id}"}
    with served.service.store.transaction(served.seeded.adcode) as tx:
        assert jobs.find(tx, job_id).cancel_requested_at is not None
        rows = tx.execute(sa.select(tables.audit).where(tables.audit.c.subject == job_id)).all()
    assert [(row.actor, row.action) for row in rows] == [("planner", "job.cancel")] * 2


def test_an_ended_job_stays_as_it_is(served: Served, planner: httpx.Client, job_id: JobId) -> None:
    end(served, job_id)
    before = planner.get(f"/v1/jobs/{job_id}").json()
    answer = planner.post(f"/v1/jobs/{job_id}:cancel")
    assert (answer.status_code, answer.json()["code"]) == (409, "conflict")
    assert planner.get(f"/v1/jobs/{job_id}").json() == before
    assert before["links"] == {"self": f"/v1/jobs/{job_id}"}
    assert before["cancel_requested_at"] is None


def test_a_page_of_another_site_cannot_stop_a_job(served: Served, planner: httpx.Client, job_id: JobId) -> None:
    with served.as_person("planner") as client:
        forged = client.post(f"/v1/jobs/{job_id}:cancel", headers={"Sec-Fetch-Site": "cross-site"})
        assert forged.status_code == 403
        assert planner.get(f"/v1/jobs/{job_id}").json()["cancel_requested_at"] is None
        own = client.post(f"/v1/jobs/{job_id}:cancel", headers={"Sec-Fetch-Site": "same-origin"})
    assert own.status_code == 202


def test_a_job_that_is_not_there_cannot_be_stopped(planner: httpx.Client) -> None:
    assert planner.post("/v1/jobs/01a202d9-0000-7000-8000-000000000000:cancel").status_code == 404

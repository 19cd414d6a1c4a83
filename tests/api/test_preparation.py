"""What pages need is read before they ask, at the start and after a change; `/readyz` waits for it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import replace

import httpx
import pytest

from gridsvc.cluster import RunningDatabase
from gridsvc.domain.ids import UnitSetId
from gridsvc.domain.permissions import AccountRole
from gridsvc.storage import districts
from gridsvc.usecases.fingerprint_basemap import fingerprint_basemap
from tests.api.conftest import PATIENCE_S, Served, serving_district


@pytest.fixture(scope="module")
def served(database: RunningDatabase) -> Iterator[Served]:
    """A small district whose pages are prepared."""
    with serving_district(database, is_prepared=True) as known:
        assert known.app.state.preparation.is_done.wait(PATIENCE_S)
        yield known


def bench_revision(served: Served) -> int | None:
    """Give the revision of the district at which the bench in memory was read."""
    key = (served.seeded.adcode, UnitSetId(served.seeded.unit_set_id))
    known = served.app.state.drafts._benches.get(key)
    return None if known is None else known.revision


def until(is_so: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not is_so():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_a_service_is_ready_only_when_its_pages_are_prepared(served: Served) -> None:
    done = served.app.state.preparation.is_done
    assert httpx.get(f"{served.address}/readyz", timeout=PATIENCE_S).json()["state"] == "ready"
    done.clear()
    try:
        answer = httpx.get(f"{served.address}/readyz", timeout=PATIENCE_S)
        assert (answer.status_code, answer.json()) == (503, {"state": "preparing", "can_look_up": True})
        assert "Retry-After" in answer.headers
        with served.as_key(AccountRole.PLANNER) as client:
            assert client.get("/v1/basemap").status_code == 200  # who comes earlier is answered
    finally:
        done.set()


def test_the_bodies_of_a_page_are_rendered_already(served: Served) -> None:
    adcode, rendered = served.seeded.adcode, served.app.state.rendered

    def never() -> bytes:
        raise AssertionError("rendered again")

    body = rendered.get((adcode, "unit set", served.seeded.unit_set_id), never)
    with served.as_key(AccountRole.PLANNER) as client:
        assert client.get(f"/v1/unit-sets/{served.seeded.unit_set_id}").content == body
        tag = client.get("/v1/basemap").headers["ETag"]
        assert client.get("/v1/basemap", headers={"If-None-Match": tag}).status_code == 304
    rendered.get((adcode, "basemap", tag.strip('"')), never)


def test_a_change_is_prepared_once_it_is_quiet(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("api.preparation._QUIET_S", 0.2)
    with served.service.store.transaction(served.seeded.adcode) as tx:
        districts.bump_revision(tx)
        revision = districts.version(tx)[1]
    assert bench_revision(served) != revision
    until(lambda: bench_revision(served) == revision)


def test_a_basemap_is_drawn_anew_for_another_boundary_and_not_for_another_revision(served: Served) -> None:
    store, adcode = served.service.store, served.seeded.adcode
    before = fingerprint_basemap(store, adcode=adcode)
    with store.transaction(adcode) as tx:
        districts.bump_revision(tx)
        known = districts.find(tx)
    assert fingerprint_basemap(store, adcode=adcode) == before
    with store.transaction(adcode) as tx:
        districts.save(tx, served.clock, replace(known, boundary=known.boundary.buffer(0.01)))
    assert fingerprint_basemap(store, adcode=adcode) != before


def test_a_fault_in_one_district_does_not_end_the_preparation_of_others(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def fail(*_: object, adcode: str) -> None:
        asked.append(adcode)
        raise RuntimeError("broken")

    monkeypatch.setattr("api.preparation.prepare_district", fail)
    monkeypatch.setattr("api.preparation._QUIET_S", 0.2)
    for number in (1, 2):
        served.app.state.preparation.mark(served.seeded.adcode)
        until(lambda number=number: len(asked) == number)

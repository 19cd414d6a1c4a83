"""What came of a stop: sent by a device, perhaps twice, perhaps hours later; seen by whom it concerns."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from uuid import uuid4

import httpx
import pytest

from gridsvc.domain.permissions import AccountRole
from gridsvc.domain.visits import POSITION_KEPT
from gridsvc.storage import visits
from gridsvc.wiring import keep_house
from tests.api.conftest import Served

HERE = {"lon": 106.7135, "lat": 26.5783, "accuracy_m": 12.0}


@pytest.fixture(scope="module")
def manager(served: Served) -> Iterator[httpx.Client]:
    with served.as_person("customer_manager") as client:
        yield client


@pytest.fixture(scope="module")
def inspector(served: Served) -> Iterator[httpx.Client]:
    with served.as_person("market_inspector") as client:
        yield client


@pytest.fixture(scope="module")
def planner(served: Served) -> Iterator[httpx.Client]:
    with served.as_key(AccountRole.PLANNER) as client:
        yield client


def told(served: Served, shop: int = 0, **values: Any) -> dict[str, Any]:
    """Give a done visit of ten minutes that ends now."""
    ended = served.clock.instant
    return {
        "visit_id": str(uuid4()),
        "retailer_id": served.seeded.retailer_ids[shop],
        "outcome": "done",
        "arrived_at": (ended - timedelta(minutes=10)).isoformat(),
        "ended_at": ended.isoformat(),
    } | values


def listed(client: httpx.Client, served: Served, **query: str) -> list[dict[str, Any]]:
    day = served.seeded.day.isoformat()
    items: list[dict[str, Any]] = client.get("/v1/visits", params={"first": day, "last": day} | query).json()["items"]
    return items


def test_a_visit_is_recorded_once_however_often_it_is_sent(served: Served, manager: httpx.Client) -> None:
    visit = told(served, position=HERE)
    first, again = manager.post("/v1/visits", json=visit), manager.post("/v1/visits", json=visit)
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json()["visit"] == again.json()["visit"]
    assert first.json()["position"] == "kept"
    recorded = first.json()["visit"]
    assert (recorded["task_type"], recorded["service_min"], recorded["was_offline"]) == ("visit", 10.0, False)
    assert recorded["position"]["distance_m"] > 0
    mine = [item for item in listed(manager, served) if item["visit_id"] == visit["visit_id"]]
    assert mine == [recorded]


def test_the_same_identifier_with_other_content_is_refused(served: Served, manager: httpx.Client) -> None:
    visit = told(served)
    assert manager.post("/v1/visits", json=visit).status_code == 201
    other = manager.post("/v1/visits", json=visit | {"outcome": "closed", "reason": "shut_now"})
    assert other.status_code == 409


@pytest.mark.parametrize(
    ("values", "place"),
    [
        ({"outcome": "closed"}, "reason"),
        ({"outcome": "done", "reason": "no_time"}, "reason"),
        ({"outcome": "cannot", "reason": "shut_now"}, "reason"),
        ({"outcome": "cannot", "reason": "other"}, "note"),
        ({"ended_at": "2026-11-24T01:00:00+00:00", "arrived_at": None}, "ended_at"),
        ({"ended_at": "2026-11-01T01:00:00+00:00", "arrived_at": None}, "ended_at"),
        ({"arrived_at": "2026-11-23T05:00:00+00:00"}, "arrived_at"),
        ({"arrived_at": "2026-11-22T01:00:00+00:00"}, "arrived_at"),
    ],
)
def test_a_report_that_cannot_be_is_refused_with_its_place(
    served: Served, manager: httpx.Client, values: dict[str, Any], place: str
) -> None:
    before = len(listed(manager, served))
    answer = manager.post("/v1/visits", json=told(served) | values)
    assert answer.status_code == 422
    assert any(words.startswith(place) for words in answer.json()["violations"]), answer.json()
    assert len(listed(manager, served)) == before


def test_an_unknown_field_is_refused(served: Served, manager: httpx.Client) -> None:
    assert manager.post("/v1/visits", json=told(served, track=[HERE])).status_code == 422


def test_a_field_role_records_its_own_visits_only(served: Served, manager: httpx.Client) -> None:
    assert manager.post("/v1/visits", json=told(served, staff="M01")).status_code == 201
    assert manager.post("/v1/visits", json=told(served, staff="M02")).status_code == 403
    assert manager.get("/v1/visits?first=2026-11-23&last=2026-11-23&staff=M02").status_code == 403


def test_a_planner_records_for_others_but_never_where_they_stood(served: Served, planner: httpx.Client) -> None:
    answer = planner.post("/v1/visits", json=told(served, staff="M02", position=HERE))
    assert (answer.status_code, answer.json()["position"]) == (201, "not_own")
    assert answer.json()["visit"]["position"] is None
    assert planner.post("/v1/visits", json=told(served)).status_code == 422  # a key is nobody of the staff


def test_a_position_outside_working_hours_is_not_kept(served: Served, manager: httpx.Client) -> None:
    served.clock.instant += timedelta(hours=11)
    try:
        answer = manager.post("/v1/visits", json=told(served, position=HERE)).json()
    finally:
        served.clock.instant -= timedelta(hours=11)
    assert (answer["position"], answer["visit"]["position"]) == ("outside_work_hours", None)


def test_a_device_that_was_offline_keeps_its_times_and_is_marked(served: Served, manager: httpx.Client) -> None:
    ended = (served.clock.instant - timedelta(hours=3)).isoformat()
    answer = manager.post("/v1/visits", json=told(served, ended_at=ended, arrived_at=None)).json()["visit"]
    assert (answer["was_offline"], answer["service_min"]) == (True, None)


def test_others_do_not_see_positions_and_the_person_can_delete_them(
    served: Served, manager: httpx.Client, planner: httpx.Client
) -> None:
    visit = told(served, 3, position=HERE)
    assert manager.post("/v1/visits", json=visit).status_code == 201
    seen = next(item for item in listed(planner, served) if item["visit_id"] == visit["visit_id"])
    assert seen["position"] is None
    path = f"/v1/visits/{visit['visit_id']}/position"
    assert planner.delete(path).status_code == 403
    assert [manager.delete(path).status_code for _ in range(2)] == [204, 204]
    mine = next(item for item in listed(manager, served) if item["visit_id"] == visit["visit_id"])
    assert mine["position"] is None


def test_a_sealed_stop_is_recorded_by_its_inspector_and_seen_by_nobody_else(
    served: Served, inspector: httpx.Client, planner: httpx.Client
) -> None:
    day = inspector.get(f"/v1/staff/I01/days/{served.seeded.day.isoformat()}").json()
    sealed = next(stop for stop in day["stops"] if stop["is_sealed"])["retailer"]["retailer_id"]
    visit = told(served) | {"retailer_id": sealed}
    assert inspector.post("/v1/visits", json=visit).json()["visit"]["is_sealed"] is True
    assert visit["visit_id"] in {item["visit_id"] for item in listed(inspector, served)}
    assert visit["visit_id"] not in {item["visit_id"] for item in listed(planner, served)}
    assert planner.delete(f"/v1/visits/{visit['visit_id']}/position").status_code == 404
    for_inspector = told(served, staff="I01") | {"retailer_id": sealed}
    assert planner.post("/v1/visits", json=for_inspector).json()["visit"]["is_sealed"] is False
    assert planner.post("/v1/visits", json=told(served, staff="I01", is_sealed=True)).status_code == 422
    with served.service.store.transaction(served.seeded.adcode) as tx:
        known = [item for item in visits.between(tx, served.seeded.day, served.seeded.day) if item.is_sealed]
        assert [item.visit_id for item in known] == [visit["visit_id"]]


def test_the_last_real_visit_is_the_newest_that_was_done(served: Served, manager: httpx.Client) -> None:
    shop = served.seeded.retailer_ids[40]
    shut = {"outcome": "closed", "reason": "shut_today"}
    assert manager.post("/v1/visits", json=told(served, 40, **shut)).status_code == 201
    with served.service.store.transaction(served.seeded.adcode) as tx:
        assert shop not in {retailer for retailer, _ in visits.last_done(tx)}
    assert manager.post("/v1/visits", json=told(served, 40)).status_code == 201
    with served.service.store.transaction(served.seeded.adcode) as tx:
        last = visits.last_done(tx)
        assert {day for (retailer, _), day in last.items() if retailer == shop} == {served.seeded.day}
        assert shop not in {retailer for retailer, _ in visits.last_done(tx, before=served.seeded.day)}


def test_the_night_forgets_old_positions_and_estimates_the_minutes(
    served: Served, manager: httpx.Client, planner: httpx.Client
) -> None:
    for _ in range(3):
        assert manager.post("/v1/visits", json=told(served, 7, position=HERE)).status_code == 201
    assert keep_house(served.service)[served.seeded.adcode]["n_positions_forgotten"] == 0
    items = planner.get("/v1/service-minutes").json()["items"]
    assert len(items) == 3 * 3 * 3
    assert sum(item["n_observed"] for item in items) >= 3
    for item in items:
        low, high = sorted([item["assumed_min"], item["observed_min"] or item["assumed_min"]])
        assert low <= item["estimate_min"] <= high
    assert manager.get("/v1/service-minutes").status_code == 403
    served.clock.instant += POSITION_KEPT + timedelta(days=1)
    try:
        assert keep_house(served.service)[served.seeded.adcode]["n_positions_forgotten"] >= 3
    finally:
        served.clock.instant -= POSITION_KEPT + timedelta(days=1)
    assert all(item["position"] is None for item in listed(manager, served))

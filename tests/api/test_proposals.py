"""The rest of a day after something happened: proposed with its consequence, accepted or declined."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import httpx
import pytest
import sqlalchemy as sa

from gridsvc.domain.permissions import AccountRole
from gridsvc.storage import audit, tables
from tests.api.conftest import Served

NINE = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)


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


@pytest.fixture(autouse=True)
def at_nine(served: Served) -> Iterator[None]:
    """Begin every test at nine o'clock, whatever an earlier one did to the clock."""
    served.clock.instant = NINE
    yield
    served.clock.instant = NINE


def path_of(served: Served, staff: str) -> str:
    return f"/v1/staff/{staff}/days/{served.seeded.day.isoformat()}"


def stops_of(client: httpx.Client, served: Served, staff: str) -> list[dict[str, Any]]:
    stops: list[dict[str, Any]] = client.get(path_of(served, staff)).json()["stops"]
    return stops


def shops(stops: list[dict[str, Any]]) -> list[str]:
    return [stop["retailer"]["retailer_id"] for stop in stops]


def propose(client: httpx.Client, served: Served, staff: str, **change: Any) -> dict[str, Any]:
    answer = client.post(f"{path_of(served, staff)}/proposals", json=change)
    assert answer.status_code == 201, answer.text
    known: dict[str, Any] = answer.json()
    return known


def record(client: httpx.Client, served: Served, shop: str, **values: Any) -> None:
    told = {
        "visit_id": str(uuid4()),
        "retailer_id": shop,
        "outcome": "done",
        "ended_at": served.clock.instant.isoformat(),
    } | values
    assert client.post("/v1/visits", json=told).status_code == 201


def test_a_delay_keeps_everybody_and_says_what_it_costs(served: Served, manager: httpx.Client) -> None:
    before = stops_of(manager, served, "M01")
    proposal = propose(manager, served, "M01", kind="delay", delay_min=20)
    look = proposal["outlook"]
    assert proposal["state"] == "open"
    assert look["left_out"] == []
    assert look["n_moved"] <= 3
    assert "drops nobody" in look["words"]
    assert "不取消任何一站" in look["words_zh"]
    assert sorted(stop["retailer_id"] for stop in look["routes"][0]["stops"]) == sorted(shops(before))
    assert stops_of(manager, served, "M01") == before  # nothing changes before it is accepted


def test_only_one_proposal_is_open_at_a_time(served: Served, manager: httpx.Client) -> None:
    first = propose(manager, served, "M01", kind="delay", delay_min=10)
    second = propose(manager, served, "M01", kind="delay", delay_min=15)
    listed = manager.get(f"{path_of(served, 'M01')}/proposals").json()["items"]
    states = {item["proposal_id"]: item["state"] for item in listed}
    assert (states[first["proposal_id"]], states[second["proposal_id"]]) == ("superseded", "open")
    assert [item["state"] for item in listed].count("open") == 1
    assert manager.post(f"/v1/proposals/{first['proposal_id']}:accept").status_code == 409


def test_declining_wants_a_reason_and_changes_nothing(served: Served, manager: httpx.Client) -> None:
    before = stops_of(manager, served, "M01")
    proposal = propose(manager, served, "M01", kind="closed", retailer_id=shops(before)[4])
    path = f"/v1/proposals/{proposal['proposal_id']}:decline"
    assert manager.post(path, json={}).status_code == 422
    declined = manager.post(path, json={"reason": "I pass there anyhow"}).json()
    assert (declined["state"], declined["reason"]) == ("declined", "I pass there anyhow")
    assert declined["decided_at"] is not None
    assert stops_of(manager, served, "M01") == before
    assert manager.post(path, json={"reason": "again"}).status_code == 409


def test_an_urgent_stop_is_taken_in_and_what_is_done_stays_in_front(served: Served, planner: httpx.Client) -> None:
    before = stops_of(planner, served, "M02")
    for shop in shops(before)[:2]:
        record(planner, served, shop, staff="M02")
    served.clock.instant += timedelta(minutes=5)
    new = next(shop for shop in served.seeded.retailer_ids if shop not in shops(before))
    etag = planner.get(path_of(served, "M02")).headers["etag"]
    proposal = propose(planner, served, "M02", kind="urgent", retailer_id=new, service_min=10)
    route = proposal["outlook"]["routes"][0]
    assert route["n_done"] == 2
    assert [stop["retailer_id"] for stop in route["stops"] if stop["is_new"]] == [new]
    assert all(stop["starts_at"] >= served.clock.instant.isoformat()[:16] for stop in route["stops"])
    accepted = planner.post(f"/v1/proposals/{proposal['proposal_id']}:accept").json()
    assert accepted["state"] == "accepted"
    after = planner.get(path_of(served, "M02"))
    assert after.headers["etag"] != etag
    stops = after.json()["stops"]
    assert shops(stops)[:2] == shops(before)[:2]
    assert sorted(shops(stops)) == sorted([*shops(before), new])
    assert [stop["state"] for stop in stops[:3]] == ["done", "done", "ahead"]
    assert [stop["why"] for stop in stops if stop["retailer"]["retailer_id"] == new] == ["urgent"]
    starts = [stop["starts_at"] for stop in stops[2:]]
    assert starts == sorted(starts)
    with served.service.store.transaction(served.seeded.adcode) as tx:
        assert audit.first_broken(tx) is None


def test_a_shop_that_opens_later_is_tried_again_after_its_hour(served: Served, manager: httpx.Client) -> None:
    before = stops_of(manager, served, "M01")
    shop = shops(before)[0]
    record(manager, served, shop, outcome="closed", reason="shut_now")
    proposal = propose(manager, served, "M01", kind="closed", retailer_id=shop, retry_after_min=60)
    again = [stop for stop in proposal["outlook"]["routes"][0]["stops"] if stop["retailer_id"] == shop]
    assert len(again) == 1
    assert datetime.fromisoformat(again[0]["starts_at"]) >= served.clock.instant + timedelta(minutes=60)
    assert manager.post(f"/v1/proposals/{proposal['proposal_id']}:accept").status_code == 200
    stops = stops_of(manager, served, "M01")
    assert [stop["state"] for stop in stops if stop["retailer"]["retailer_id"] == shop] == ["closed", "ahead"]
    served.clock.instant += timedelta(minutes=70)
    record(manager, served, shop)
    after = stops_of(manager, served, "M01")
    assert [stop["state"] for stop in after if stop["retailer"]["retailer_id"] == shop] == ["closed", "done"]


def test_a_day_that_went_on_wants_a_new_proposal(served: Served, manager: httpx.Client) -> None:
    ahead = [stop for stop in stops_of(manager, served, "M01") if stop["state"] == "ahead"]
    proposal = propose(manager, served, "M01", kind="delay", delay_min=5)
    record(manager, served, ahead[0]["retailer"]["retailer_id"])
    answer = manager.post(f"/v1/proposals/{proposal['proposal_id']}:accept")
    assert (answer.status_code, "went on" in answer.json()["detail"]) == (409, True)


def test_a_closed_shop_is_off_the_route_and_listed_with_its_reason(served: Served, planner: httpx.Client) -> None:
    ahead = [stop for stop in stops_of(planner, served, "M02") if stop["state"] == "ahead"]
    shop = ahead[2]["retailer"]["retailer_id"]
    proposal = propose(planner, served, "M02", kind="closed", retailer_id=shop)
    assert proposal["outlook"]["extra_travel_min"] <= 0
    planner.post(f"/v1/proposals/{proposal['proposal_id']}:accept")
    day = planner.get(path_of(served, "M02")).json()
    assert shop not in shops(day["stops"])
    with served.service.store.transaction(served.seeded.adcode) as tx:
        reasons = tx.execute(
            sa.select(tables.not_planned.c.reason).where(
                tables.not_planned.c.adcode == tx.adcode, tables.not_planned.c.retailer_id == shop
            )
        ).scalars()
        assert "closed" in set(reasons)


def test_colleagues_take_over_from_somebody_who_is_ill(served: Served, planner: httpx.Client) -> None:
    mine, theirs = stops_of(planner, served, "D01"), stops_of(planner, served, "D02")
    proposal = propose(planner, served, "D01", kind="absent")
    routes = {route["staff_code"]: route for route in proposal["outlook"]["routes"]}
    assert routes["D01"]["stops"] == []
    kept = [stop["retailer_id"] for stop in routes["D02"]["stops"]]
    dropped = [item["retailer_id"] for item in proposal["outlook"]["left_out"]]
    assert sorted(kept + dropped) == sorted(shops(mine) + shops(theirs))
    assert set(shops(theirs)) <= set(kept)  # what the colleague promised is kept
    assert proposal["outlook"]["level"] in {"person", "overtime"}
    planner.post(f"/v1/proposals/{proposal['proposal_id']}:accept")
    assert sorted(shops(stops_of(planner, served, "D02"))) == sorted(kept)
    assert planner.get(path_of(served, "D01")).status_code == 404


def test_a_smaller_van_leaves_out_what_it_cannot_carry_with_the_reason(served: Served, planner: httpx.Client) -> None:
    n_ahead = len(stops_of(planner, served, "D02"))
    proposal = propose(planner, served, "D02", kind="vehicle", capacity_cartons=30)
    look = proposal["outlook"]
    assert len(look["routes"][0]["stops"]) == 5  # of six cartons each
    assert len(look["left_out"]) == n_ahead - 5
    assert {item["reason"] for item in look["left_out"]} == {"no_capacity_left"}
    assert f"drops {n_ahead - 5} (" in look["words"]
    assert f"取消 {n_ahead - 5} 站" in look["words_zh"]


def test_overtime_saves_a_late_day_only_where_it_is_allowed_and_stays_agreed(
    served: Served, planner: httpx.Client
) -> None:
    ahead = [stop for stop in stops_of(planner, served, "M02") if stop["state"] == "ahead"]
    with served.service.store.transaction(served.seeded.adcode) as tx:  # shops that never close: only the shift binds
        theirs = tables.retailer.c.retailer_id.in_(shops(ahead))
        tx.execute(tables.retailer.update().where(theirs).values(opens_min=None, closes_min=None))
    late = {"kind": "delay", "delay_min": 420}
    strict = propose(planner, served, "M02", **late)["outlook"]
    assert strict["overtime_min"] == 0
    assert strict["level"] != "overtime"
    n_dropped = sum(item["is_promised"] for item in strict["left_out"])
    assert n_dropped > 0
    longer = propose(planner, served, "M02", overtime_min=180, **late)
    look = longer["outlook"]
    assert look["level"] == "overtime"
    assert 0 < look["overtime_min"] <= 180
    assert sum(item["is_promised"] for item in look["left_out"]) < n_dropped
    assert f"ends {look['overtime_min']} min after the shift" in look["words"]
    assert f"下班推迟 {look['overtime_min']} 分钟" in look["words_zh"]
    planner.post(f"/v1/proposals/{longer['proposal_id']}:accept").raise_for_status()
    kept = len(look["routes"][0]["stops"])
    again = propose(planner, served, "M02", kind="delay", delay_min=1)["outlook"]
    assert len(again["routes"][0]["stops"]) == kept  # nothing agreed on is dropped for the old end of the shift


def test_a_field_role_changes_its_own_day_only(served: Served, manager: httpx.Client, planner: httpx.Client) -> None:
    path = path_of(served, "M02")
    assert manager.post(f"{path}/proposals", json={"kind": "delay", "delay_min": 5}).status_code == 403
    assert manager.get(f"{path}/proposals").status_code == 403
    own = f"{path_of(served, 'M01')}/proposals"
    assert manager.post(own, json={"kind": "absent"}).status_code == 403
    assert manager.post(own, json={"kind": "delay", "delay_min": 5, "with_others": True}).status_code == 403
    theirs = propose(planner, served, "M02", kind="delay", delay_min=5)
    assert manager.post(f"/v1/proposals/{theirs['proposal_id']}:accept").status_code == 403


def test_an_inspectors_proposal_is_told_in_full_to_the_inspector_alone(
    served: Served, inspector: httpx.Client, planner: httpx.Client
) -> None:
    own = propose(inspector, served, "I01", kind="delay", delay_min=10)
    assert any(stop["is_sealed"] for stop in own["outlook"]["routes"][0]["stops"])
    refused = planner.post(f"{path_of(served, 'I01')}/proposals", json={"kind": "delay", "delay_min": 10})
    assert refused.status_code == 403
    seen = planner.get(f"{path_of(served, 'I01')}/proposals").json()["items"]
    absent = propose(planner, served, "I01", kind="absent")
    for item in [*seen, absent]:
        look = item["outlook"]
        assert (look["extra_travel_min"], look["latest_delay_min"]) == (None, None)
        for route in look["routes"]:
            assert not any(stop["is_sealed"] for stop in route["stops"])
            assert all(stop["starts_at"] is None for stop in route["stops"])
            assert (route["travel_s"], route["returns_at"], route["n_done"]) == (None, None, 0)
        assert not any(left["is_sealed"] for left in look["left_out"])


@pytest.mark.parametrize(
    ("change", "place"),
    [
        ({"kind": "delay"}, "delay_min"),
        ({"kind": "delay", "delay_min": 0}, "delay_min"),
        ({"kind": "delay", "delay_min": 5, "capacity_cartons": 3}, "capacity_cartons"),
        ({"kind": "urgent"}, "retailer_id"),
        ({"kind": "vehicle"}, "capacity_cartons"),
        ({"kind": "strike"}, "kind"),
        ({"kind": "delay", "delay_min": 5, "overtime_min": 999}, "overtime_min"),
    ],
)
def test_a_change_that_cannot_be_is_refused_with_its_place(
    served: Served, planner: httpx.Client, change: dict[str, Any], place: str
) -> None:
    answer = planner.post(f"{path_of(served, 'M02')}/proposals", json=change)
    assert answer.status_code == 422
    assert place in str(answer.json()["violations"])


def test_an_unknown_shop_and_a_day_that_is_over_are_named(served: Served, planner: httpx.Client) -> None:
    path = f"{path_of(served, 'M02')}/proposals"
    assert planner.post(path, json={"kind": "urgent", "retailer_id": str(uuid4())}).status_code == 404
    assert planner.post(path, json={"kind": "closed", "retailer_id": str(uuid4())}).status_code == 404
    served.clock.instant += timedelta(days=1)
    assert planner.post(path, json={"kind": "delay", "delay_min": 5}).status_code == 409

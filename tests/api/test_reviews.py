"""The review queue over HTTP: positions in the caller's datum, conflicts in words, nothing lost."""

from __future__ import annotations

import time
from typing import Any

import httpx
import pytest

from geo_data.datums import Datum, from_wgs84
from gridsvc.domain.permissions import AccountRole
from tests.api.conftest import Served
from tests.fakes.data_worker import ended


def first_item(served: Served, **wanted: str) -> dict[str, object]:
    with served.as_key(AccountRole.PLANNER) as client:
        items = client.get("/v1/reviews", params={"limit": "2000", **wanted}).json()["items"]
    assert items
    return dict(items[0])


def newer_ownership(client: httpx.Client, retailer_code: str, etag: str) -> dict[str, Any]:
    """Ask until the answer is newer than the tag: the look-up hears of a commit from the database."""
    for _ in range(600):
        answer = client.get("/v1/ownership", params={"retailer_code": retailer_code}, headers={"If-None-Match": etag})
        if answer.status_code == 200:
            return dict(answer.json())
        time.sleep(0.1)
    raise AssertionError("the look-up never heard of the move")


@pytest.fixture(scope="module", autouse=True)
def doubted(served: Served) -> None:
    """Put two shops on one point and check all points, as a planner does."""
    with served.as_key(AccountRole.PLANNER) as client:
        shops = client.get("/v1/retailers", params={"limit": 2}).json()["items"]
        target = client.get(f"/v1/retailers/{shops[0]['retailer_id']}/ownership").json()["retailer"]
        moved = client.put(
            f"/v1/retailers/{shops[1]['retailer_id']}/pin",
            json={"lon": target["lon"], "lat": target["lat"], "reason": "a test"},
        )
        assert moved.status_code == 200, moved.text
        checked = ended(client, client.post("/v1/reviews:check"), served.service, served.seeded.adcode)
        assert checked["result"]["found"]["shared_point"] == 2
        assert checked["result"]["n_shops"] > 100


def test_a_move_is_seen_by_look_ups_at_once_and_stands_in_the_history(served: Served) -> None:
    item = first_item(served, code="shared_point")
    with served.as_key(AccountRole.PLANNER) as client:
        before = client.get("/v1/ownership", params={"retailer_code": str(item["retailer_code"])})
        lon, lat = (float(str(item[axis])) + 0.0005 for axis in ("lon", "lat"))
        x, y = from_wgs84(lon, lat, Datum.GCJ02)
        done = client.post(
            f"/v1/reviews/{item['review_item_id']}:move",
            json={"lon": float(x), "lat": float(y), "crs": "gcj02", "reason": "the next house"},
        )
        assert done.status_code == 200, done.text
        assert done.json()["item"]["state"] == "mended"
        assert done.json()["item"]["crs"] == "gcj02"
        after = newer_ownership(client, str(item["retailer_code"]), before.headers["etag"])
        assert after["retailer"]["lon"] == pytest.approx(lon, abs=1e-7)
        history = client.get("/v1/pin-moves", params={"retailer_id": str(item["retailer_id"])}).json()["items"]
        assert history[0]["reason"] == "the next house"
        assert history[0]["moved_by"] == "planner"
        again = client.post(f"/v1/reviews/{item['review_item_id']}:accept", json={})
        assert again.status_code == 409
        assert "planner settled this item" in again.json()["detail"]


def test_a_rule_says_what_it_names_before_it_settles(served: Served) -> None:
    rule = {"code": "shared_point", "decision": "reject", "reason": "one house, two doors"}
    with served.as_key(AccountRole.PLANNER) as client:
        dry = client.post("/v1/reviews:settle", json=rule | {"dry_run": True}).json()
        assert dry["n_settled"] == 0
        assert dry["n_named"] >= 1
        done = client.post("/v1/reviews:settle", json=rule).json()
        assert done["n_settled"] == dry["n_named"]
        counts = client.get("/v1/reviews/counts").json()["items"]
        assert {"state": "rejected", "severity": "suspicious", "code": "shared_point",
                "n_items": done["n_settled"]} in counts  # fmt: skip


def test_what_cannot_be_is_refused_in_words(served: Served) -> None:
    item = first_item(served, state="all")
    address = f"/v1/reviews/{item['review_item_id']}"
    with served.as_key(AccountRole.PLANNER) as client:
        assert client.post(f"{address}:move", json={"lon": 0, "lat": 95}).status_code == 422
        assert client.post(f"{address}:reject", json={}).status_code == 422
        assert client.post(f"{address}:accept", json={"resaon": "x"}).status_code == 422
        assert client.get("/v1/reviews", params={"state": "opne"}).status_code == 422
    with served.as_key(AccountRole.APPROVER) as client:
        assert client.get("/v1/reviews").status_code == 200
        assert client.post(f"{address}:accept", json={}).status_code == 403
    with served.as_key(AccountRole.HOTLINE) as client:
        assert client.get("/v1/reviews").status_code == 403

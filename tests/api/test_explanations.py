"""A plan explains itself over HTTP: minutes by part, limits, prechecks, drift, and prices as a job."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest

from gridsvc.domain.permissions import AccountRole
from tests.api.conftest import Served


@pytest.fixture(scope="module")
def planner(served: Served) -> Iterator[httpx.Client]:
    with served.as_key(AccountRole.PLANNER) as client:
        yield client


def test_an_explanation_names_every_grid_with_words_in_both_languages(served: Served, planner: httpx.Client) -> None:
    plan_id = served.seeded.plan_id
    found = planner.get(f"/v1/plans/{plan_id}/explanation")
    assert found.status_code == 200, found.text
    layers = found.json()["items"]
    assert [layer["layer"] for layer in layers] == ["inspection", "marketing", "delivery"]
    for layer in layers:
        assert len(layer["grids"]) == 3
        assert set(layer["headline"]) == {"en", "zh"}
        for grid in layer["grids"]:
            parts = grid["parts"]
            total = parts["stops"] + parts["enforcement"] + parts["assisted"] + parts["travel"]
            assert grid["expected_min_per_day"] == pytest.approx(total, abs=0.2)
            assert set(grid["words"]) == {"en", "zh"}
    (one,) = planner.get(f"/v1/plans/{plan_id}/explanation", params={"layer": "marketing"}).json()["items"]
    assert one == layers[1]
    assert planner.get(f"/v1/plans/{plan_id}/explanation", params={"layer": "roads"}).status_code == 422


def test_a_precheck_gives_the_smallest_tolerance_that_can_hold(served: Served, planner: httpx.Client) -> None:
    found = planner.get(f"/v1/plans/{served.seeded.plan_id}/precheck")
    assert found.status_code == 200, found.text
    for layer in found.json()["items"]:
        assert set(layer["smallest_share"]) == set(layer["tolerance_share"])
        assert set(layer["headline"]) == {"en", "zh"}


def test_drift_is_of_what_is_in_force(served: Served, planner: httpx.Client) -> None:
    everything = planner.get("/v1/drift", params={"repair": "false"})
    assert everything.status_code == 200, everything.text
    items = everything.json()["items"]
    assert {item["plan_id"] for item in items} == {served.seeded.plan_id}
    assert all(item["repair"] is None for item in items)
    assert all(grid["per_30_days"] is None for item in items for grid in item["grids"])  # published a week ago
    draft = planner.post("/v1/plans", json={"title": "Not in force", "layers": ["marketing"]}).json()["plan_id"]
    refused = planner.get(f"/v1/plans/{draft}/drift")
    assert refused.status_code == 409
    assert "not in force" in refused.json()["detail"]


def test_prices_are_a_job(served: Served, planner: httpx.Client) -> None:
    started = planner.post(f"/v1/plans/{served.seeded.plan_id}:explain", json={"layers": ["marketing"]})
    assert started.status_code == 202, started.text
    assert started.headers["Location"] == started.json()["links"]["self"]
    assert planner.post(f"/v1/plans/{served.seeded.plan_id}:explain", json={"bound_steps": -1}).status_code == 422


def test_borders_of_offices_are_rules_of_a_draft(planner: httpx.Client) -> None:
    plan = planner.post("/v1/plans", json={"title": "Offices", "layers": ["marketing"]}).json()["plan_id"]
    border = {"level": "street_office", "mode": "priced", "price": 2.0}
    body = {"layer": "marketing", "edits": [{"kind": "set_rules", "borders": [border]}]}
    seen = planner.get(f"/v1/plans/{plan}/draft", params={"layer": "marketing"}).headers["etag"]
    done = planner.patch(f"/v1/plans/{plan}/draft", json=body, headers={"If-Match": seen})
    assert done.status_code == 200, done.text
    answer = planner.get(f"/v1/plans/{plan}/draft", params={"layer": "marketing"})
    assert answer.json()["rules"]["borders"] == [border]
    body = {"layer": "marketing", "edits": [{"kind": "set_rules", "borders": [border | {"level": "parish"}]}]}
    refused = planner.patch(f"/v1/plans/{plan}/draft", json=body, headers={"If-Match": answer.headers["etag"]})
    assert refused.status_code == 422
    assert "no areas of level parish" in refused.text

"""What a plan comes to: figures that agree with each other, and handovers that are the diff again."""

from __future__ import annotations

import io
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import httpx
import openpyxl
import pytest

from gridsvc.domain.permissions import AccountRole
from gridsvc.usecases.plan_introductions import plan_introductions
from tests.api.conftest import Served


@pytest.fixture(scope="module")
def planner(served: Served) -> Iterator[httpx.Client]:
    with served.as_key(AccountRole.PLANNER) as client:
        yield client


@pytest.fixture(scope="module")
def redrawn(planner: httpx.Client) -> dict[str, Any]:
    """A draft of all layers in which the busiest grid gives its northern half away; the plan and its drafts."""
    plan = planner.post("/v1/plans", json={"title": "Half away"}).json()["plan_id"]
    for layer in ("inspection", "marketing", "delivery"):
        answer = planner.get(f"/v1/plans/{plan}/draft", params={"layer": layer})
        draft = answer.json()
        units = [unit for unit, grid in enumerate(draft["grid_of_unit"]) if grid == 0]
        edit = {"kind": "move_units", "units": units[: len(units) // 2], "to": draft["grids"][1]["grid_id"]}
        done = planner.patch(
            f"/v1/plans/{plan}/draft",
            json={"layer": layer, "edits": [edit]},
            headers={"If-Match": answer.headers["etag"]},
        )
        assert done.status_code == 200, done.text
    return {"plan_id": plan}


def test_metrics_diff_and_handover_say_the_same(planner: httpx.Client, redrawn: dict[str, Any]) -> None:
    plan = redrawn["plan_id"]
    metrics = planner.get(f"/v1/plans/{plan}/metrics")
    assert metrics.status_code == 200, metrics.text
    figures = metrics.json()
    diff = planner.get(f"/v1/plans/{plan}/diff").json()
    lists = planner.get(f"/v1/plans/{plan}/handover").json()["lists"]
    keys = {definition["key"] for definition in figures["definitions"]}
    assert len(keys) == len(figures["definitions"])
    for layer, found in figures["layers"].items():
        assert set(found["after"]) == keys
        assert found["before"]["n_moved"] == 0
        assert found["after"]["n_moved"] == diff["n_moved"][layer] > 0
    assert figures["n_lose_all_three"] == len(diff["lose_all_three"])
    assert set(figures["headline"]) == {"en", "zh"}
    moves = {(m["layer"], m["retailer_id"], m["from_staff_id"], m["to_staff_id"]) for m in diff["moves"]}
    handed = [
        (item["layer"], shop["retailer_id"], item["giver"]["staff_id"], item["receiver"]["staff_id"])
        for item in lists
        for shop in item["shops"]
    ]
    assert len(handed) == len(set(handed))
    assert set(handed) == moves
    for person in diff["staff"]:
        assert len(person["gained"]) == sum(m[3] == person["staff_id"] for m in moves)
        assert len(person["lost"]) == sum(m[2] == person["staff_id"] for m in moves)


def test_scenarios_stand_side_by_side(planner: httpx.Client, redrawn: dict[str, Any]) -> None:
    plan = redrawn["plan_id"]
    same = planner.post(f"/v1/plans/{plan}:duplicate").json()["plan_id"]
    now = planner.post("/v1/plans", json={"title": "As it is"}).json()["plan_id"]
    found = planner.get("/v1/plans:compare", params={"plan_ids": f"{plan},{same},{now}"})
    assert found.status_code == 200, found.text
    answer = found.json()
    assert [one["plan_id"] for one in answer["plans"]] == [plan, same, now]
    apart = {(d["first"], d["second"], d["layer"]): d for d in answer["differences"]}
    assert len(apart) == 9
    diff = planner.get(f"/v1/plans/{plan}/diff").json()
    for layer, n_moved in diff["n_moved"].items():
        assert (apart[plan, same, layer]["units"], apart[plan, same, layer]["n_retailers"]) == ([], 0)
        assert apart[plan, now, layer]["n_retailers"] == n_moved
    for wrong in (plan, f"{plan},{plan}", ",".join([plan, same, now, plan[:-4] + "0000", plan[:-4] + "0001"])):
        assert planner.get("/v1/plans:compare", params={"plan_ids": wrong}).status_code == 422
    assert planner.get("/v1/plans:compare", params={"plan_ids": f"{plan},{plan[:-4]}0000"}).status_code == 404
    assert planner.get("/v1/plans:compare", params={"plan_ids": "a,b"}).status_code == 404


def test_a_hand_drawn_plan_says_that_it_has_no_certificate(planner: httpx.Client, redrawn: dict[str, Any]) -> None:
    found = planner.get(f"/v1/plans/{redrawn['plan_id']}/certificate").json()
    assert (found["verdict"]["holds"], found["certificate"]) == (False, {})
    assert "no certificate" in found["verdict"]["words"][-1]


def test_both_sides_acknowledge_and_nobody_speaks_for_another(
    planner: httpx.Client, redrawn: dict[str, Any], served: Served
) -> None:
    plan = redrawn["plan_id"]
    handed = next(item for item in planner.get(f"/v1/plans/{plan}/handover").json()["lists"]
                  if item["giver"]["staff_code"] == "I01")  # fmt: skip
    pair = {"from_staff_id": handed["giver"]["staff_id"], "to_staff_id": handed["receiver"]["staff_id"]}
    with served.as_role(AccountRole.MARKET_INSPECTOR) as inspector:
        mine = inspector.get(f"/v1/plans/{plan}/handover").json()["lists"]
        assert [item["giver"]["staff_code"] for item in mine] == ["I01"]
        other = handed["receiver"]["staff_id"]
        assert inspector.get(f"/v1/plans/{plan}/handover", params={"staff_id": other}).status_code == 403
        address = f"/v1/plans/{plan}/handover:acknowledge"
        assert inspector.post(address, json=pair | {"side": "receiving"}).status_code == 403
        said = inspector.post(address, json=pair | {"side": "giving"})
        assert (said.status_code, said.json()["lists"][0]["is_done"]) == (200, False)
    both = planner.post(f"/v1/plans/{plan}/handover:acknowledge", json=pair | {"side": "receiving"}).json()
    done = next(item for item in both["lists"] if item["giver"]["staff_code"] == "I01")
    assert (done["is_done"], [word["acknowledged_by"] for word in done["acknowledged"]]) == (
        True, ["market_inspector", "planner"]
    )  # fmt: skip
    backwards = {"from_staff_id": pair["to_staff_id"], "to_staff_id": pair["from_staff_id"], "side": "giving"}
    assert planner.post(f"/v1/plans/{plan}/handover:acknowledge", json=backwards).status_code == 404
    sheet = openpyxl.load_workbook(io.BytesIO(planner.get(f"/v1/plans/{plan}/handover.xlsx").content)).active
    assert sheet is not None
    n_shops = sum(len(item["shops"]) for item in both["lists"])
    assert sheet.max_row == 1 + n_shops


def test_after_the_publication_the_diff_is_that_of_then_and_introductions_are_due(
    planner: httpx.Client, served: Served
) -> None:
    plan = planner.post("/v1/plans", json={"title": "Six shops"}).json()["plan_id"]
    for layer in ("inspection", "marketing", "delivery"):
        answer = planner.get(f"/v1/plans/{plan}/draft", params={"layer": layer})
        edits = [
            {"kind": "move_retailers", "retailer_ids": served.seeded.retailer_ids[:6], "reason": "by the depot",
             "to": answer.json()["grids"][2]["grid_id"]},
            {"kind": "set_rules", "tolerance": 0.9, "count_tolerance": 0.9},
        ]  # fmt: skip
        done = planner.patch(
            f"/v1/plans/{plan}/draft",
            json={"layer": layer, "edits": edits},
            headers={"If-Match": answer.headers["etag"]},
        )
        assert done.status_code == 200, done.text
    before = planner.get(f"/v1/plans/{plan}/diff").json()
    planner.post(f"/v1/plans/{plan}:submit")
    with served.as_key(AccountRole.APPROVER) as approver:
        approver.post(f"/v1/plans/{plan}:approve")
        published = approver.post(f"/v1/plans/{plan}:publish", json={"reason": "agreed"})
    assert published.status_code == 200, published.text
    assert published.json()["n_changed"] == before["n_moved"]
    served.clock.instant += timedelta(hours=1)
    after = planner.get(f"/v1/plans/{plan}/diff").json()
    assert after["moves"]
    assert [(m["layer"], m["retailer_id"], m["from_staff_id"], m["to_staff_id"]) for m in after["moves"]] == [
        (m["layer"], m["retailer_id"], m["from_staff_id"], m["to_staff_id"]) for m in before["moves"]
    ]
    assert after["lose_all_three"] == before["lose_all_three"]
    for _ in range(2):
        n_due = plan_introductions(
            served.service.store, adcode=served.seeded.adcode, generation=published.json()["generation"]
        )
        assert n_due == len(after["moves"])


@pytest.mark.parametrize(
    ("step", "body"),
    [("design", {"seed": 3, "keep_owner_km2": 0.5}), ("repair", None), ("spend", {"n_moves": 20}),
     ("price", {"budgets": [5, 10]})],
)  # fmt: skip
def test_the_engine_is_asked_by_a_job_that_can_be_watched(
    planner: httpx.Client, served: Served, step: str, body: dict[str, Any] | None
) -> None:
    plan = planner.post("/v1/plans", json={"title": step, "layers": ["delivery"]}).json()["plan_id"]
    asked = planner.post(f"/v1/plans/{plan}:{step}", json=body)
    assert asked.status_code == 202, asked.text
    job = planner.get(asked.headers["location"]).json()
    assert (job["state"], job["started_by"]) == ("waiting", "planner")
    planner.post(f"/v1/plans/{plan}:withdraw")
    assert planner.post(f"/v1/plans/{plan}:{step}", json=body).status_code == 409
    with served.as_key(AccountRole.APPROVER) as approver:
        assert approver.post(f"/v1/plans/{plan}:{step}", json=body).status_code == 403

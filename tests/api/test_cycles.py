"""The planned cycle over HTTP: who may read it, and that a draw is shown by the right people at the right time."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import pytest

from gridsvc.domain.joint_stops import JointMode
from gridsvc.domain.permissions import AccountRole
from gridsvc.engines.pool import EnginePool
from gridsvc.usecases.plan_cycle import plan_cycle
from tests.api.conftest import Served
from tests.fakes.seeded_district import ZONE


def test_a_cycle_is_told_to_planners_and_to_nobody_in_the_field(served: Served) -> None:
    with served.as_key(AccountRole.PLANNER) as client:
        found = client.get("/v1/cycles/current")
        again = client.get("/v1/cycles/current", headers={"If-None-Match": found.headers["etag"]})
        left = client.get("/v1/cycles/current/not-planned")
    assert found.status_code == 200
    assert {"ledger", "n_stops", "not_planned", "settings"} <= found.json().keys()
    assert not {"sealed_seed", "metrics", "draw"} & found.json().keys()
    assert again.status_code == 304
    assert left.json()["next"] is None
    for role in (AccountRole.MARKET_INSPECTOR, AccountRole.SYSTEM, AccountRole.HOTLINE):
        with served.as_role(role) as client:
            assert client.get("/v1/cycles/current").status_code == 403


def test_a_draw_is_not_shown_before_the_cycle_is_over_nor_to_planners(served: Served) -> None:
    day = served.seeded.day
    with served.as_key(AccountRole.APPROVER) as client:
        assert client.get(f"/v1/cycles/{day}/draw").status_code == 409
        assert client.get(f"/v1/cycles/{day - timedelta(days=400)}/draw").status_code == 404
    with served.as_key(AccountRole.PLANNER) as client:
        assert client.get(f"/v1/cycles/{day}/draw").status_code == 403


def test_lines_are_told_with_their_weekday_and_person(served: Served) -> None:
    with served.as_key(AccountRole.SYSTEM) as client:
        body = client.get("/v1/lines", params={"layer": "delivery"}).json()
    assert body["next"] is None
    assert {item["line"]["layer"] for item in body["items"]} <= {"delivery"}


def test_a_line_move_is_for_planners_and_names_what_is_missing(served: Served) -> None:
    body = {"layer": "delivery", "retailer_code": served.seeded.retailer_codes[0], "to": "nowhere"}
    with served.as_key(AccountRole.PLANNER) as client:
        unknown = client.post("/v1/line-moves", json=body)
        incomplete = client.post("/v1/line-moves", json={"layer": "delivery"})
    assert unknown.status_code == 404
    assert "nowhere" in unknown.json()["detail"]
    assert incomplete.status_code == 422
    assert all(name in str(incomplete.json()["violations"]) for name in ("retailer_code", "body.to"))
    with served.as_key(AccountRole.SYSTEM) as client:
        assert client.post("/v1/line-moves", json=body).status_code == 403


@pytest.fixture(scope="module")
def line_from(served: Served) -> datetime:
    """Plan the next cycle, whose days make lines, and give the instant from which they are in force."""
    first_day = served.seeded.day + timedelta(days=28)
    who: dict[str, Any] = {"adcode": served.seeded.adcode, "actor": "test"}
    with EnginePool(1) as pool:
        apart: dict[str, Any] = {"first_day": first_day, "mode": JointMode.APART, "max_iterations": 20}
        plan_cycle(served.service.store, served.clock, pool, **who, **apart)
    return datetime.combine(first_day, time(), ZoneInfo(ZONE))


def lines_at(client: httpx.Client, layer: str, instant: datetime) -> dict[str, dict[str, Any]]:
    answer = client.get("/v1/lines", params={"layer": layer, "as_of": instant.isoformat()})
    assert answer.status_code == 200, answer.text
    return {item["line"]["name"]: item for item in answer.json()["items"]}


@pytest.mark.parametrize("layer", ["inspection", "marketing", "delivery"])
def test_a_line_is_handed_on_and_listed_under_its_new_person_from_its_instant_on(
    served: Served, line_from: datetime, layer: str
) -> None:
    begins = line_from + timedelta(days=3)
    earlier = begins - timedelta(seconds=1)
    with served.as_key(AccountRole.PLANNER) as client:
        before = lines_at(client, layer, earlier)
        name, item = next((name, item) for name, item in before.items() if item["line"]["retailers"])
        owner, owner_id = item["staff_code"], item["line"]["staff_id"]
        other = min({one["staff_code"] for one in before.values()} - {owner})
        body = {"layer": layer, "line": name, "to": other, "valid_from": begins.isoformat()}
        done = client.post("/v1/line-hands", json=body)
        assert done.status_code == 200, done.text
        told = done.json()
        assert (told["line"], told["came_from"], told["staff_code"], told["is_back"]) == (name, owner, other, False)
        assert datetime.fromisoformat(told["begins"]) == begins
        assert lines_at(client, layer, earlier) == before
        after = lines_at(client, layer, begins)
        assert (after[name]["staff_code"], after[name]["line"]["instead_of"]) == (other, owner_id)
        for kept in ("line_id", "retailers", "weekday", "grid_id"):
            assert after[name]["line"][kept] == item["line"][kept]
        assert {key: one for key, one in after.items() if key != name} == {
            key: one for key, one in before.items() if key != name
        }
        again = client.post("/v1/line-hands", json=body)
        assert (again.status_code, name in again.json()["detail"]) == (409, True)
        unknown = client.post("/v1/line-hands", json=body | {"to": "nobody"})
        assert (unknown.status_code, "nobody" in unknown.json()["detail"]) == (404, True)
        assert lines_at(client, layer, begins) == after
        back = client.post("/v1/line-hands", json=body | {"to": owner})
        assert (back.status_code, back.json()["came_from"], back.json()["is_back"]) == (200, other, True)
        assert lines_at(client, layer, begins)[name] == item


def test_a_line_hand_is_for_planners_and_names_what_is_missing(served: Served, line_from: datetime) -> None:
    begins = line_from + timedelta(days=3)
    body = {"layer": "delivery", "line": "nowhere", "to": "D01", "valid_from": begins.isoformat()}
    with served.as_key(AccountRole.PLANNER) as client:
        unknown = client.post("/v1/line-hands", json=body)
        incomplete = client.post("/v1/line-hands", json={"layer": "delivery"})
        known = next(iter(lines_at(client, "delivery", begins)))
    assert unknown.status_code == 404
    assert "nowhere" in unknown.json()["detail"]
    assert incomplete.status_code == 422
    assert all(name in str(incomplete.json()["violations"]) for name in ("body.line", "body.to"))
    for role in set(AccountRole) - {AccountRole.PLANNER, AccountRole.ADMIN}:
        with served.as_role(role) as client:
            assert client.post("/v1/line-hands", json=body | {"line": known}).status_code == 403


def test_lines_are_named_made_moved_and_ended_by_planners(served: Served, line_from: datetime) -> None:
    begins = line_from + timedelta(days=5)
    with served.as_key(AccountRole.PLANNER) as client:
        before = lines_at(client, "marketing", begins)
        name, item = next((name, item) for name, item in before.items() if item["line"]["retailers"])
        given = {"layer": "marketing", "valid_from": begins.isoformat()}
        made = client.post("/v1/lines", json=given | {"line": "新线", "staff": item["staff_code"], "weekday": 2})
        assert (made.status_code, made.json()["line"], made.json()["n_retailers"]) == (200, "新线", 0)
        named = client.post("/v1/line-names", json=given | {"line": name, "to": "一线"})
        assert (named.status_code, named.json()["was_line"], named.json()["line"]) == (200, name, "一线")
        taken = client.post("/v1/line-names", json=given | {"line": "新线", "to": "一线"})
        assert (taken.status_code, "already" in taken.json()["detail"]) == (409, True)
        other_day = item["line"]["weekday"] % 5 + 1
        moved = client.post("/v1/line-weekdays", json={"layer": "marketing", "line": "一线", "weekday": other_day})
        assert (moved.status_code, moved.json()["weekday"]) == (200, other_day)
        within = client.post("/v1/line-weekdays", json=given | {"line": "一线", "weekday": other_day})
        assert within.status_code == 409
        refused = client.post("/v1/line-ends", json=given | {"line": "一线"})
        assert (refused.status_code, "takes them over" in refused.json()["detail"]) == (409, True)
        ended = client.post("/v1/line-ends", json=given | {"line": "新线"})
        assert ended.status_code == 200, ended.text
        after = lines_at(client, "marketing", begins)
        assert set(after) == (set(before) - {name}) | {"一线"}
    body = {"layer": "marketing", "line": "一线", "to": "x", "staff": "M01", "weekday": 1}
    for role in set(AccountRole) - {AccountRole.PLANNER, AccountRole.ADMIN}:
        with served.as_role(role) as client:
            for path, names in (
                ("lines", ("line", "staff", "weekday")), ("line-names", ("line", "to")),
                ("line-weekdays", ("line", "weekday")), ("line-ends", ("line",)),
            ):  # fmt: skip
                told = {"layer": "marketing"} | {key: body[key] for key in names}
                assert client.post(f"/v1/{path}", json=told).status_code == 403

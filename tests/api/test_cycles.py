"""The planned cycle over HTTP: who may read it, and that a draw is shown by the right people at the right time."""

from __future__ import annotations

from datetime import timedelta

from gridsvc.domain.permissions import AccountRole
from tests.api.conftest import Served


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


def test_a_line_hand_is_for_planners_and_names_what_is_missing(served: Served) -> None:
    begins = served.clock.now() + timedelta(days=40)
    body = {"layer": "delivery", "line": "nowhere", "to": "D1", "valid_from": begins.isoformat()}
    with served.as_key(AccountRole.PLANNER) as client:
        unknown = client.post("/v1/line-hands", json=body)
        incomplete = client.post("/v1/line-hands", json={"layer": "delivery"})
    assert unknown.status_code == 404
    assert "nowhere" in unknown.json()["detail"]
    assert incomplete.status_code == 422
    with served.as_key(AccountRole.SYSTEM) as client:
        assert client.post("/v1/line-hands", json=body).status_code == 403

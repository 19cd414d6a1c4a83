"""What was drawn by hand stays, and few other cells follow so that the layer is in balance again."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from gridsvc.domain.permissions import AccountRole
from tests.api.conftest import Served
from tests.api.test_drafts import patch, read


@pytest.fixture(scope="module")
def planner(served: Served) -> Any:
    with served.as_key(AccountRole.PLANNER) as client:
        yield client


@pytest.fixture
def plan(planner: httpx.Client) -> str:
    """A draft that is in balance within 12 %."""
    made = str(planner.post("/v1/plans", json={"title": "Redraw", "layers": ["inspection"]}).json()["plan_id"])
    rules = {"kind": "set_rules", "tolerance": 0.12, "count_tolerance": 0.3}
    assert patch(planner, made, read(planner, made)[1], rules).status_code == 200
    follow(planner, made, even_out(planner, made))
    return made


def even_out(client: httpx.Client, plan: str, kept: tuple[int, ...] = ()) -> dict[str, Any]:
    body = {"layer": "inspection", "kept": list(kept)}
    answer = client.post(f"/v1/plans/{plan}/draft:even-out", json=body)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def follow(client: httpx.Client, plan: str, found: dict[str, Any]) -> dict[str, Any]:
    edits = [{"kind": "move_units", "units": [move["unit"]], "to": move["grid_id"]} for move in found["moves"]]
    done = patch(client, plan, f'"{found["revision"]}"', *edits)
    assert done.status_code == 200, done.text
    return dict(done.json())


def far_from_even(draft: dict[str, Any], edges: list[list[int]]) -> tuple[list[int], str]:
    """Give units of the heaviest grid's neighbours that touch it, and the heaviest grid."""
    heaviest = max(range(len(draft["grids"])), key=lambda grid: draft["grids"][grid]["load_min_per_day"])
    grid_of = draft["grid_of_unit"]
    pairs = [pair for a, b in edges for pair in ((a, b), (b, a))]
    around = sorted({b for a, b in pairs if grid_of[a] == heaviest and grid_of[b] != heaviest})
    return around[:6], draft["grids"][heaviest]["grid_id"]


def test_what_was_painted_stays_few_shops_follow_and_every_rule_holds(planner: httpx.Client, plan: str) -> None:
    draft, tag = read(planner, plan)
    assert draft["metrics"]["minutes_deviation_share"] <= 0.12
    edges = planner.get(f"/v1/unit-sets/{draft['unit_set_id']}").json()["edges"]
    painted, grid_id = far_from_even(draft, edges)
    assert patch(planner, plan, tag, {"kind": "move_units", "units": painted, "to": grid_id}).status_code == 200
    drawn, _ = read(planner, plan)
    assert drawn["metrics"]["minutes_deviation_share"] > 0.12
    found = even_out(planner, plan, tuple(painted))
    assert (found["is_even"], found["findings"]) == (True, [])
    assert not {move["unit"] for move in found["moves"]} & set(painted)
    assert 0 < found["n_shops"] <= 60
    assert read(planner, plan)[0] == drawn  # nothing is written
    done = follow(planner, plan, found)
    assert done["metrics"]["after"] == found["after"]
    assert found["after"]["minutes_deviation_share"] <= 0.12
    assert even_out(planner, plan, tuple(painted))["moves"] == []


def test_locked_grids_neither_give_nor_take_and_the_impossible_is_said(planner: httpx.Client, plan: str) -> None:
    draft, tag = read(planner, plan)
    edges = planner.get(f"/v1/unit-sets/{draft['unit_set_id']}").json()["edges"]
    painted, grid_id = far_from_even(draft, edges)
    locks = [{"kind": "lock_grid", "grid_id": grid["grid_id"], "locked": True} for grid in draft["grids"]]
    assert patch(planner, plan, tag, {"kind": "move_units", "units": painted, "to": grid_id}, *locks).status_code == 200
    found = even_out(planner, plan)
    assert (found["is_even"], found["moves"]) == (False, [])
    assert {finding["rule"] for finding in found["findings"]} >= {"load"}


def test_bad_rows_layers_and_people_without_the_right_are_refused(
    served: Served, planner: httpx.Client, plan: str
) -> None:
    path = f"/v1/plans/{plan}/draft:even-out"
    unknown = planner.post(path, json={"layer": "inspection", "kept": [999_999]})
    assert (unknown.status_code, "no unit row" in unknown.json()["detail"]) == (422, True)
    lacking = planner.post(path, json={"layer": "delivery"})
    assert (lacking.status_code, "no delivery layer" in lacking.json()["detail"]) == (422, True)
    with served.as_key(AccountRole.FEED) as feed:
        assert feed.post(path, json={"layer": "inspection"}).status_code == 403
    assert planner.post(f"/v1/plans/{plan}:withdraw", json={}).status_code == 200
    assert planner.post(path, json={"layer": "inspection"}).status_code == 409

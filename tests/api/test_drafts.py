"""Planners at one draft: edits land whole or not at all, stale ones are told who was faster, nothing is lost."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from gridsvc.domain.permissions import AccountRole
from tests.api.conftest import Served


@pytest.fixture(scope="module")
def planner(served: Served) -> Iterator[httpx.Client]:
    with served.as_key(AccountRole.PLANNER) as client:
        yield client


@pytest.fixture(scope="module")
def approver(served: Served) -> Iterator[httpx.Client]:
    with served.as_key(AccountRole.APPROVER) as client:
        yield client


@pytest.fixture
def plan(planner: httpx.Client) -> str:
    """A draft from what is in force."""
    made = planner.post("/v1/plans", json={"title": "Redraw", "layers": ["inspection", "marketing"]})
    assert made.status_code == 201, made.text
    assert made.headers["location"] == f"/v1/plans/{made.json()['plan_id']}"
    return str(made.json()["plan_id"])


def read(client: httpx.Client, plan: str, layer: str = "inspection") -> tuple[dict[str, Any], str]:
    answer = client.get(f"/v1/plans/{plan}/draft", params={"layer": layer})
    assert answer.status_code == 200, answer.text
    return answer.json(), answer.headers["etag"]


def patch(client: httpx.Client, plan: str, tag: str | None, *edits: dict[str, Any], layer: str = "inspection") -> Any:
    headers = {} if tag is None else {"If-Match": tag}
    body = {"layer": layer, "edits": list(edits), "step": "by hand"}
    return client.patch(f"/v1/plans/{plan}/draft", json=body, headers=headers)


def units_of(draft: dict[str, Any], position: int) -> list[int]:
    return [unit for unit, grid in enumerate(draft["grid_of_unit"]) if grid == position]


def test_a_draft_begins_as_what_is_in_force_and_is_read_once(planner: httpx.Client, plan: str) -> None:
    draft, tag = read(planner, plan)
    layer = planner.get("/v1/layers/inspection").json()
    assert draft["grid_of_unit"] == layer["grid_of_unit"]
    assert [grid["grid_id"] for grid in draft["grids"]] == [grid["grid_id"] for grid in layer["grids"]]
    assert [grid["n_retailers"] for grid in draft["grids"]] == [grid["n_retailers"] for grid in layer["grids"]]
    for mine, theirs in zip(draft["grids"], layer["grids"], strict=True):
        assert mine["load_min_per_day"] == pytest.approx(theirs["load_min_per_day"], abs=1e-3)
        assert mine["staff_code"] == theirs["owner"]["staff_code"]
    assert (draft["metrics"]["n_moved"], draft["exceptions"], draft["state"]) == (0, [], "draft")
    again = planner.get(f"/v1/plans/{plan}/draft", params={"layer": "inspection"}, headers={"If-None-Match": tag})
    assert (again.status_code, again.content) == (304, b"")


def test_moved_units_change_hands_and_the_metrics_say_what_it_cost(planner: httpx.Client, plan: str) -> None:
    draft, tag = read(planner, plan)
    taken, to = units_of(draft, 0)[:3], draft["grids"][1]["grid_id"]
    done = patch(planner, plan, tag, {"kind": "move_units", "units": taken, "to": to})
    assert done.status_code == 200, done.text
    answer = done.json()
    assert (answer["touched"], answer["n_moved_units"], answer["rebased_over"]) == (taken, 3, [])
    after, new_tag = read(planner, plan)
    assert [after["grid_of_unit"][unit] for unit in taken] == [1, 1, 1]
    assert [g for u, g in enumerate(after["grid_of_unit"]) if u not in taken] == [
        g for u, g in enumerate(draft["grid_of_unit"]) if u not in taken
    ]
    assert answer["metrics"]["before"] == draft["metrics"]
    assert answer["metrics"]["after"] == after["metrics"]
    moved = draft["grids"][0]["n_retailers"] - after["grids"][0]["n_retailers"]
    assert after["metrics"]["n_moved"] == moved == after["grids"][0]["n_lost"] == after["grids"][1]["n_gained"]
    assert answer["revision"] == after["revision"] == draft["revision"] + 1
    assert new_tag != tag


def test_the_other_layer_and_other_plans_are_not_touched(planner: httpx.Client, plan: str) -> None:
    other = planner.post("/v1/plans", json={"title": "Other", "layers": ["inspection"]}).json()["plan_id"]
    before = read(planner, other)[0], read(planner, plan, "marketing")[0]
    draft, tag = read(planner, plan)
    patch(planner, plan, tag, {"kind": "move_units", "units": [0, 1, 2], "to": draft["grids"][2]["grid_id"]})
    after = read(planner, other)[0], read(planner, plan, "marketing")[0]
    assert after[0] == before[0]
    assert after[1]["grid_of_unit"] == before[1]["grid_of_unit"]


def test_no_version_is_428_an_unknown_one_412_and_nothing_is_written(planner: httpx.Client, plan: str) -> None:
    draft, _ = read(planner, plan)
    edit = {"kind": "move_units", "units": [0], "to": None}
    for tag, status in ((None, 428), ('"99"', 412), ('"x"', 412), ("*", 412), ("", 412)):
        refused = patch(planner, plan, tag, edit)
        assert (refused.status_code, refused.headers["content-type"]) == (status, "application/problem+json")
    assert read(planner, plan)[0] == draft


def test_a_disjoint_edit_on_an_old_version_lands_a_clashing_one_names_units_who_and_when(
    planner: httpx.Client, plan: str, served: Served
) -> None:
    draft, tag = read(planner, plan)
    to = draft["grids"][1]["grid_id"]
    mine, theirs = units_of(draft, 0)[:2], units_of(draft, 2)[:2]
    with served.as_key(AccountRole.ADMIN) as admin:
        assert patch(admin, plan, tag, {"kind": "move_units", "units": theirs, "to": to}).status_code == 200
    landed = patch(planner, plan, tag, {"kind": "move_units", "units": mine, "to": to})
    assert landed.status_code == 200
    assert [(edit["by"], edit["revision"]) for edit in landed.json()["rebased_over"]] == [("admin", 2)]
    both, _ = read(planner, plan)
    assert [both["grid_of_unit"][unit] for unit in mine + theirs] == [1, 1, 1, 1]
    clash = patch(planner, plan, tag, {"kind": "move_units", "units": [*theirs, mine[0]], "to": None})
    assert clash.status_code == 409
    problem = clash.json()
    assert [(c["kind"], c["units"], c["by"], c["revision"]) for c in problem["conflicts"]] == [
        ("units", theirs, "admin", 2),
        ("units", [mine[0]], "planner", 3),
    ]
    assert all(conflict["at"].startswith("2026-11-23T01:00:00") for conflict in problem["conflicts"])
    assert "changed by admin at 2026-11-23" in problem["violations"][0]
    assert read(planner, plan)[0] == both


def test_fifty_planners_at_once_lose_nothing(planner: httpx.Client, plan: str, served: Served) -> None:
    draft, tag = read(planner, plan)
    to = [grid["grid_id"] for grid in draft["grids"]]
    n_units = len(draft["grid_of_unit"])
    assert n_units >= 100
    statuses: dict[int, int] = {}
    begin = threading.Barrier(50)

    def write(number: int) -> None:
        units = [2 * number, 2 * number + 1]
        target = to[(draft["grid_of_unit"][units[0]] + 1) % 3]
        with served.as_key(AccountRole.PLANNER) as client:
            begin.wait()
            statuses[number] = patch(
                client, plan, tag, {"kind": "move_units", "units": units, "to": target}
            ).status_code

    threads = [threading.Thread(target=write, args=(number,)) for number in range(50)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert set(statuses.values()) == {200}
    after, _ = read(planner, plan)
    assert after["revision"] == draft["revision"] + 50
    for number in range(50):
        expected = (draft["grid_of_unit"][2 * number] + 1) % 3
        assert [after["grid_of_unit"][unit] for unit in (2 * number, 2 * number + 1)] == [expected] * 2
    assert after["grid_of_unit"][100:] == draft["grid_of_unit"][100:]


def test_of_fifty_who_want_one_unit_one_gets_it(planner: httpx.Client, plan: str, served: Served) -> None:
    draft, tag = read(planner, plan)
    statuses: list[int] = []

    def write(number: int) -> None:
        with served.as_key(AccountRole.PLANNER) as client:
            to = draft["grids"][number % 3]["grid_id"]
            statuses.append(patch(client, plan, tag, {"kind": "move_units", "units": [7], "to": to}).status_code)

    threads = [threading.Thread(target=write, args=(number,)) for number in range(50)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(statuses) == [200] + 49 * [409]
    assert read(planner, plan)[0]["revision"] == draft["revision"] + 1


def test_locked_pinned_and_forbidden_are_refused_with_every_reason(planner: httpx.Client, plan: str) -> None:
    draft, tag = read(planner, plan)
    first, second, third = (grid["grid_id"] for grid in draft["grids"])
    mine = units_of(draft, 0)[:2]
    other = units_of(draft, 1)[:2]
    ruled = patch(
        planner, plan, tag,
        {"kind": "lock_grid", "grid_id": third, "locked": True},
        {"kind": "pin_unit", "units": [mine[0]], "to": first},
        {"kind": "forbid_unit", "units": [other[0]], "grid_id": first},
    )  # fmt: skip
    assert ruled.status_code == 200, ruled.text
    kept, tag = read(planner, plan)
    assert [grid["is_locked"] for grid in kept["grids"]] == [False, False, True]
    assert kept["rules"]["pins"] == [{"unit": mine[0], "grid_id": first}]
    refused = patch(
        planner, plan, tag,
        {"kind": "move_units", "units": [mine[0]], "to": second},
        {"kind": "move_units", "units": [other[0]], "to": first},
        {"kind": "move_units", "units": [other[1]], "to": third},
        {"kind": "move_units", "units": units_of(draft, 2)[:1], "to": None},
    )  # fmt: skip
    assert refused.status_code == 422
    violations = refused.json()["violations"]
    assert [v.split(":")[0] for v in violations] == ["edits.0", "edits.1", "edits.2", "edits.3"]
    assert "pinned to grid I01" in violations[0]
    assert "must not lie in grid I01" in violations[1]
    assert "I03 is locked" in violations[2]
    assert "I03 is locked" in violations[3]
    assert read(planner, plan)[0] == kept
    undone = patch(planner, plan, tag, {"kind": "lock_grid", "grid_id": third, "locked": False},
                   {"kind": "pin_unit", "units": [mine[0]], "to": None})  # fmt: skip
    assert undone.json()["revision"] == kept["revision"] + 1
    assert patch(planner, plan, undone.headers["etag"], {"kind": "move_units", "units": mine, "to": second}).is_success


def test_single_shops_are_kept_elsewhere_and_published_as_exceptions(
    planner: httpx.Client, approver: httpx.Client, plan: str, served: Served
) -> None:
    draft, tag = read(planner, plan)
    shop = served.seeded.retailer_ids[5]
    now = planner.get(f"/v1/retailers/{shop}/ownership").json()["layers"][0]
    target = next(grid for grid in draft["grids"] if grid["grid_id"] != now["grid"]["grid_id"])
    edit = {"kind": "move_retailers", "retailer_ids": [shop], "to": target["grid_id"]}
    assert "say why" in patch(planner, plan, tag, edit).json()["violations"][0]
    done = patch(planner, plan, tag, edit | {"reason": "speaks the dialect"})
    assert done.status_code == 200, done.text
    after, _ = read(planner, plan)
    assert after["exceptions"] == [
        {
            "retailer_id": shop,
            "staff_id": target["staff_id"],
            "grid_id": target["grid_id"],
            "reason": "speaks the dialect",
        }
    ]
    assert after["metrics"]["n_moved"] == after["metrics"]["n_exceptions"] == 1
    assert planner.post(f"/v1/plans/{plan}:submit").status_code == 200
    assert patch(planner, plan, done.headers["etag"], edit | {"to": None}).status_code == 409
    assert approver.post(f"/v1/plans/{plan}:approve", json={"words": "fine"}).json()["state"] == "approved"
    published = approver.post(f"/v1/plans/{plan}:publish", json={"reason": "as agreed"})
    assert published.status_code == 200, published.text
    assert published.json()["n_changed"] == {"inspection": 1, "marketing": 0}
    served.clock.instant = served.clock.instant.replace(minute=served.clock.instant.minute + 1)
    owner = planner.get(f"/v1/retailers/{shop}/ownership").json()["layers"][0]
    assert (owner["owner"]["staff_id"], owner["source"]) == (target["staff_id"], "exception")
    # rolled back by a new plan: everything is as it was
    back = planner.post(f"/v1/plans/{plan}:rollback")
    assert back.status_code == 201, back.text
    undo = back.json()["plan_id"]
    assert read(planner, undo)[0]["exceptions"] == []
    assert read(planner, undo)[0]["grid_of_unit"] == draft["grid_of_unit"]
    planner.post(f"/v1/plans/{undo}:submit")
    approver.post(f"/v1/plans/{undo}:approve")
    assert approver.post(f"/v1/plans/{undo}:publish", json={"reason": "back"}).json()["n_changed"]["inspection"] == 1
    served.clock.instant = served.clock.instant.replace(minute=served.clock.instant.minute + 1)
    again = planner.get(f"/v1/retailers/{shop}/ownership").json()["layers"][0]
    assert again["owner"] == now["owner"]


def test_a_returned_plan_is_edited_as_a_successor_of_what_was_looked_at(
    planner: httpx.Client, approver: httpx.Client, plan: str
) -> None:
    draft, tag = read(planner, plan)
    planner.post(f"/v1/plans/{plan}:submit", json={"words": "please look"})
    version = planner.get(f"/v1/plans/{plan}").json()["plan"]["plan_version_id"]
    assert approver.post(f"/v1/plans/{plan}:return", json={"words": "grid I02 is torn"}).json()["state"] == "returned"
    done = patch(planner, plan, tag, {"kind": "move_units", "units": [3], "to": draft["grids"][2]["grid_id"]})
    assert done.status_code == 200
    found = planner.get(f"/v1/plans/{plan}").json()
    assert found["plan"]["plan_version_id"] != version
    assert [(s["state"], s["actor"], s["words"]) for s in found["steps"]] == [
        ("submitted", "planner", "please look"), ("returned", "approver", "grid I02 is torn")
    ]  # fmt: skip
    assert read(planner, plan)[0]["grid_of_unit"][3] == 2
    assert planner.post(f"/v1/plans/{plan}:submit").json()["state"] == "submitted"


def test_a_polygon_takes_the_units_whose_centre_it_covers(planner: httpx.Client, plan: str, served: Served) -> None:
    draft, tag = read(planner, plan)
    shapes = planner.get(f"/v1/unit-sets/{draft['unit_set_id']}").json()
    lon, lat = float(served.seeded.lon.mean()), float(served.seeded.lat.mean())
    ring = [[lon, lat], [lon + 0.01, lat], [lon + 0.01, lat + 0.01], [lon, lat + 0.01], [lon, lat]]
    square = {"type": "Feature", "properties": {}, "geometry": {"type": "Polygon", "coordinates": [ring]}}
    done = patch(planner, plan, tag, {"kind": "move_polygon", "polygon": square, "to": draft["grids"][1]["grid_id"]})
    assert done.status_code == 200, done.text
    touched = done.json()["touched"]
    assert 0 < len(touched) < len(shapes["ids"])
    for bad in ({"type": "Point", "coordinates": [0, 0]}, {"type": "Polygon", "coordinates": [[[0, 0], [1, "x"]]]},
                {"type": "Polygon", "coordinates": [[[0, 0], [1, 1], [0, 1], [1, 0], [0, 0]]]},
                {"type": "Polygon", "coordinates": []}):  # fmt: skip
        refused = patch(planner, plan, done.headers["etag"], {"kind": "move_polygon", "polygon": bad, "to": None})
        assert refused.status_code == 422
        assert refused.json()["violations"][0].startswith("edits.0.polygon: ")


def test_what_an_edit_names_has_to_be_there(planner: httpx.Client, plan: str, served: Served) -> None:
    draft, tag = read(planner, plan)
    nobody = "018f0000-0000-7000-8000-000000000000"
    customer_manager = served.seeded.staff[list(served.seeded.staff)[1]][0].staff_id
    refused = patch(
        planner, plan, tag,
        {"kind": "move_units", "units": [100_000], "to": None},
        {"kind": "move_units", "cells": ["8928308280fffff"], "to": None},
        {"kind": "move_units", "units": [1], "to": nobody},
        {"kind": "move_retailers", "retailer_ids": [nobody], "to": None},
        {"kind": "set_owner", "grid_id": draft["grids"][0]["grid_id"], "staff_id": nobody},
    )  # fmt: skip
    assert refused.status_code == 422
    assert len(refused.json()["violations"]) == 5
    wrong = patch(planner, plan, tag, {"kind": "set_owner", "grid_id": draft["grids"][0]["grid_id"],
                                       "staff_id": customer_manager})  # fmt: skip
    assert "cannot own in inspection" in wrong.json()["violations"][0]
    assert read(planner, plan)[0] == draft


def test_grids_are_added_given_an_owner_and_removed(planner: httpx.Client, plan: str) -> None:
    draft, tag = read(planner, plan)
    added = patch(planner, plan, tag, {"kind": "add_grid"})
    assert added.status_code == 200, added.text
    grid_id = added.json()["added_grid_id"]
    grown, tag = read(planner, plan)
    assert [grid["grid_id"] for grid in grown["grids"]][-1] == grid_id
    assert "nobody owns" in " ".join(grown["warnings"])
    person = grown["grids"][0]["staff_id"]
    owned = patch(planner, plan, tag, {"kind": "set_owner", "grid_id": draft["grids"][0]["grid_id"], "staff_id": None},
                  {"kind": "set_owner", "grid_id": grid_id, "staff_id": person},
                  {"kind": "move_units", "units": units_of(grown, 0), "to": grid_id},
                  {"kind": "remove_grid", "grid_id": draft["grids"][0]["grid_id"]})  # fmt: skip
    assert owned.status_code == 200, owned.text
    after, _ = read(planner, plan)
    assert [grid["grid_id"] for grid in after["grids"]] == [grid["grid_id"] for grid in grown["grids"]][1:]
    assert after["metrics"]["n_moved"] == 0  # the same people serve the same shops
    assert -1 not in after["grid_of_unit"]


def test_a_draft_may_be_in_pieces_but_is_not_published_so(
    planner: httpx.Client, approver: httpx.Client, plan: str
) -> None:
    draft, tag = read(planner, plan)
    done = patch(planner, plan, tag, {"kind": "move_units", "units": units_of(draft, 0)[:1], "to": None})
    assert any("lies in no grid" in words for words in done.json()["warnings"])
    judged = planner.get(f"/v1/plans/{plan}/validation").json()
    assert (judged["is_publishable"], judged["n_hard"] >= 1) == (False, True)
    assert judged["findings"][0]["is_hard"]
    measures = {finding["measure"] for finding in judged["findings"] if finding["rule"] == "load"}
    assert measures <= {"minutes", "retailers"}
    assert {finding["measure"] for finding in judged["findings"] if finding["rule"] != "load"} == {None}
    planner.post(f"/v1/plans/{plan}:submit")
    approver.post(f"/v1/plans/{plan}:approve")
    refused = approver.post(f"/v1/plans/{plan}:publish", json={"reason": "I insist"})
    assert refused.status_code == 422
    assert any("lies in no grid" in words for words in refused.json()["violations"])


def test_the_churn_budget_is_a_hard_cap(planner: httpx.Client, plan: str) -> None:
    draft, tag = read(planner, plan)
    busy = max(range(3), key=lambda position: draft["grids"][position]["n_retailers"])
    to = draft["grids"][(busy + 1) % 3]["grid_id"]
    done = patch(planner, plan, tag, {"kind": "set_rules", "churn_budget": 2, "tolerance": 0.9},
                 {"kind": "move_units", "units": units_of(draft, busy), "to": to})  # fmt: skip
    n_moved = done.json()["metrics"]["after"]["n_moved"]
    assert n_moved > 2
    findings = planner.get(f"/v1/plans/{plan}/validation").json()["findings"]
    assert [f["words"] for f in findings if f["rule"] == "churn_budget"] == [
        f"{n_moved} shops get another owner, {n_moved - 2} over the budget of 2"
    ]
    assert read(planner, plan)[0]["rules"]["tolerance"] == 0.9


def test_rules_of_loads_groups_bases_and_crews_are_set_and_read_back(planner: httpx.Client, plan: str) -> None:
    draft, tag = read(planner, plan)
    grid = draft["grids"][0]
    inside = units_of(draft, 0)[:2]
    done = patch(planner, plan, tag, {
        "kind": "set_rules", "carton_tolerance": 0.4, "crews": "rota", "links": [{"units": inside}],
        "bases": [{"unit": inside[0], "staff_code": grid["staff_code"]}],
    })  # fmt: skip
    assert done.status_code == 200, done.text
    rules = read(planner, plan)[0]["rules"]
    assert (rules["carton_tolerance"], rules["crews"], rules["links"]) == (0.4, "rota", [inside])
    assert rules["bases"] == [{"unit": inside[0], "grid_id": grid["grid_id"]}]
    assert done.json()["metrics"]["after"]["cartons_deviation_share"] is not None
    away = patch(planner, plan, done.headers["ETag"], {"kind": "move_units", "units": inside[:1],
                                                       "to": draft["grids"][1]["grid_id"]})  # fmt: skip
    assert away.status_code == 422
    assert "is pinned to grid" in away.text
    patch(planner, plan, done.headers["ETag"], {"kind": "set_rules", "carton_tolerance": -1, "links": [], "bases": []})
    rules = read(planner, plan)[0]["rules"]
    assert (rules["carton_tolerance"], rules["links"], rules["bases"]) == (None, [], [])


def test_plans_begin_empty_as_copies_and_from_an_earlier_generation(planner: httpx.Client, plan: str) -> None:
    empty = planner.post("/v1/plans", json={"title": "Blank", "layers": ["delivery"], "start": "empty"}).json()
    draft, _ = read(planner, empty["plan_id"], "delivery")
    assert set(draft["grid_of_unit"]) == {-1}
    assert [grid["staff_code"] for grid in draft["grids"]] == ["D01", "D02", "D03"]
    assert f"{len(draft['grid_of_unit'])} units lie in no grid" in draft["warnings"]
    patched = patch(planner, plan, read(planner, plan)[1], {"kind": "move_units", "units": [4], "to": None})
    assert patched.is_success
    copy = planner.post(f"/v1/plans/{plan}:duplicate", json={"title": "Copy"}).json()
    assert (copy["title"], copy["state"], copy["layers"]) == ("Copy", "draft", ["inspection", "marketing"])
    assert read(planner, copy["plan_id"])[0]["grid_of_unit"] == read(planner, plan)[0]["grid_of_unit"]
    old = planner.post("/v1/plans", json={"title": "As it was", "start": {"generation": 1}})
    assert old.status_code == 201, old.text
    assert planner.post("/v1/plans", json={"title": "x", "start": {"generation": 99}}).status_code == 404
    assert planner.post("/v1/plans", json={"title": " "}).status_code == 422
    assert planner.post(f"/v1/plans/{copy['plan_id']}:withdraw").json()["state"] == "withdrawn"
    assert planner.post(f"/v1/plans/{copy['plan_id']}:rollback").status_code == 409

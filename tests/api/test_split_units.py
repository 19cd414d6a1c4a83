"""A hot cell is split in a draft: no owner changes by it, a border can run through it, and it can be taken back."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

import h3
import httpx
import numpy as np
import pytest

from gridsvc.domain.permissions import AccountRole
from tests.api.conftest import Served


@pytest.fixture(scope="module")
def planner(served: Served) -> Iterator[httpx.Client]:
    with served.as_key(AccountRole.PLANNER) as client:
        yield client


def new_draft(planner: httpx.Client, *layers: str) -> str:
    made = planner.post("/v1/plans", json={"title": "Old town", "layers": list(layers) or ["inspection"]})
    assert made.status_code == 201, made.text
    return str(made.json()["plan_id"])


def read(planner: httpx.Client, plan: str, what: str = "draft", layer: str = "inspection") -> dict[str, Any]:
    answer = planner.get(f"/v1/plans/{plan}/{what}", params={"layer": layer})
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def shapes_of(planner: httpx.Client, unit_set_id: str) -> dict[str, Any]:
    return dict(planner.get(f"/v1/unit-sets/{unit_set_id}").json())


def hot_unit(planner: httpx.Client, plan: str) -> int:
    """The unit with most shops."""
    return Counter(read(planner, plan, "bench")["unit"]).most_common(1)[0][0]


def recut(planner: httpx.Client, plan: str, what: str, revision: int, **body: Any) -> httpx.Response:
    return planner.post(f"/v1/plans/{plan}/draft:{what}", json=body, headers={"If-Match": f'"{revision}"'})


def move(planner: httpx.Client, plan: str, revision: int, *edits: dict[str, Any], layer: str = "inspection") -> Any:
    body = {"layer": layer, "edits": list(edits), "step": "by hand"}
    return planner.patch(f"/v1/plans/{plan}/draft", json=body, headers={"If-Match": f'"{revision}"'})


def places(served: Served, n: int = 400) -> list[tuple[float, float]]:
    rng = np.random.default_rng(5)
    lon = rng.uniform(served.seeded.lon.min(), served.seeded.lon.max(), n)
    lat = rng.uniform(served.seeded.lat.min(), served.seeded.lat.max(), n)
    return list(zip(lon.tolist(), lat.tolist(), strict=True))


def owners(planner: httpx.Client, points: list[tuple[float, float]]) -> list[list[str | None]]:
    """The owner of each place in each layer."""
    found = []
    for lon, lat in points:
        answer = planner.get("/v1/ownership", params={"lon": lon, "lat": lat})
        assert answer.status_code in (200, 404), answer.text
        layers = answer.json().get("layers", [])
        found.append([layer["owner"]["staff_code"] if layer["owner"] else None for layer in layers])
    return found


def test_a_split_cell_changes_no_owner_and_no_figure(planner: httpx.Client) -> None:
    plan = new_draft(planner, "inspection", "marketing")
    before = {layer: read(planner, plan, layer=layer) for layer in ("inspection", "marketing")}
    ids = shapes_of(planner, before["inspection"]["unit_set_id"])["ids"]
    unit = hot_unit(planner, plan)
    answer = recut(planner, plan, "split", 1, units=[unit])
    assert answer.status_code == 200, answer.text
    done = answer.json()
    assert answer.headers["etag"] == f'"{done["revision"]}"'
    assert done["n_units"] == len(ids) + len(done["cells"]) - 1
    assert {h3.cell_to_parent(cell) for cell in done["cells"]} == {ids[unit]}
    now = shapes_of(planner, done["unit_set_id"])["ids"]
    assert [now[row] for row in done["units"]] == done["cells"]
    for layer, was in before.items():
        draft = read(planner, plan, layer=layer)
        assert draft["unit_set_id"] == done["unit_set_id"] != was["unit_set_id"]
        grid_of = dict(zip(ids, was["grid_of_unit"], strict=True))
        parent_of = dict.fromkeys(done["cells"], ids[unit])
        assert draft["grid_of_unit"] == [grid_of[parent_of.get(cell, cell)] for cell in now]
        for key in ("n_retailers", "load_min_per_day", "n_gained", "n_lost", "n_pieces"):
            assert [grid[key] for grid in draft["grids"]] == pytest.approx([grid[key] for grid in was["grids"]])
        assert (draft["metrics"]["n_moved"], draft["exceptions"]) == (0, [])


def test_a_published_border_through_a_split_cell_is_where_it_was_drawn(planner: httpx.Client, served: Served) -> None:
    points = places(served)
    before = owners(planner, points)
    plan = new_draft(planner, "inspection")
    draft, n_shops = read(planner, plan), Counter(read(planner, plan, "bench")["unit"])
    edges = shapes_of(planner, draft["unit_set_id"])["edges"]
    of_unit = draft["grid_of_unit"]
    rim = {a for a, b in [*edges, *([b, a] for a, b in edges)] if of_unit[a] != of_unit[b]}
    done = recut(planner, plan, "split", 1, units=[max(rim, key=lambda unit: n_shops[unit])]).json()
    draft, bench = read(planner, plan), read(planner, plan, "bench")
    edges, of_unit = shapes_of(planner, done["unit_set_id"])["edges"], draft["grid_of_unit"]
    beside = [(a, of_unit[b]) for a, b in [*edges, *([b, a] for a, b in edges)] if a in done["units"]]
    row, taker = max(
        ((row, grid) for row, grid in beside if grid != of_unit[row]), key=lambda own: bench["unit"].count(own[0])
    )
    cell, to = done["cells"][done["units"].index(row)], draft["grids"][taker]
    edit = {"kind": "move_units", "units": [row], "to": to["grid_id"]}
    assert move(planner, plan, done["revision"], edit).status_code == 200
    inside = [(lon, lat) for lon, lat, at in zip(bench["lon"], bench["lat"], bench["unit"], strict=True) if at == row]
    with served.as_key(AccountRole.ADMIN) as admin:
        for step in ("submit", "approve", "publish"):
            answer = admin.post(f"/v1/plans/{plan}:{step}", json={"reason": "a border through a block"})
            assert answer.status_code == 200, answer.text
    for (lon, lat), was, now in zip(points, before, owners(planner, points), strict=True):
        is_given = h3.latlng_to_cell(lat, lon, h3.get_resolution(cell)) == cell
        assert now == ([to["staff_code"], *was[1:]] if is_given else was)
    assert {own[0] for own in owners(planner, inside)} <= {to["staff_code"]}

    again = new_draft(planner, "inspection", "marketing", "delivery")  # two unit sets in force, one draft
    for layer in ("inspection", "marketing", "delivery"):
        copied = read(planner, again, layer=layer)
        assert (copied["metrics"]["n_moved"], copied["exceptions"]) == (0, [])
        assert copied["unit_set_id"] == done["unit_set_id"]
    outlines = {other["layer"]: other for other in read(planner, new_draft(planner, "inspection"), "bench")["others"]}
    assert set(outlines) == {"marketing", "delivery"}
    assert all(len(other["grid_of_unit"]) == done["n_units"] for other in outlines.values())


def test_the_finer_cells_are_united_again_unless_two_grids_share_them(planner: httpx.Client) -> None:
    plan = new_draft(planner, "inspection")
    before = read(planner, plan)
    ids = shapes_of(planner, before["unit_set_id"])["ids"]
    unit = next(row for row, cell in enumerate(ids) if h3.get_resolution(cell) == 9)
    done = recut(planner, plan, "split", 1, cells=[ids[unit]]).json()
    other = next(grid for at, grid in enumerate(before["grids"]) if at != before["grid_of_unit"][unit])
    edit = {"kind": "move_units", "units": done["units"][:1], "to": other["grid_id"]}
    revision = move(planner, plan, done["revision"], edit).json()["revision"]
    refused = recut(planner, plan, "merge", revision, cell=ids[unit])
    assert refused.status_code == 422
    assert refused.json()["violations"] == [f"inspection: the parts of {ids[unit]} lie in different grids"]
    back = {**edit, "to": before["grids"][before["grid_of_unit"][unit]]["grid_id"]}
    revision = move(planner, plan, revision, back).json()["revision"]
    merged = recut(planner, plan, "merge", revision, cell=ids[unit])
    assert merged.status_code == 200, merged.text
    assert (merged.json()["cells"], merged.json()["units"]) == ([ids[unit]], [unit])
    after = read(planner, plan)
    assert shapes_of(planner, after["unit_set_id"])["ids"] == ids
    assert after["grid_of_unit"] == before["grid_of_unit"]


def test_pins_bans_and_closed_borders_hold_for_every_part(planner: httpx.Client) -> None:
    plan = new_draft(planner, "inspection")
    draft = read(planner, plan)
    shapes = shapes_of(planner, draft["unit_set_id"])
    a, b = next(
        (a, b) for a, b in shapes["edges"]
        if draft["grid_of_unit"][a] == draft["grid_of_unit"][b] and h3.get_resolution(shapes["ids"][a]) == 9
    )  # fmt: skip
    home, other = draft["grids"][draft["grid_of_unit"][a]]["grid_id"], draft["grids"][-1]["grid_id"]
    other = other if other != home else draft["grids"][0]["grid_id"]
    revision = move(
        planner, plan, 1,
        {"kind": "pin_unit", "units": [a], "to": home},
        {"kind": "forbid_unit", "units": [a], "grid_id": other},
        {"kind": "set_rules", "barriers": [[a, b]]},
    ).json()["revision"]  # fmt: skip
    done = recut(planner, plan, "split", revision, units=[a]).json()
    rules = read(planner, plan)["rules"]
    assert {(pin["unit"], pin["grid_id"]) for pin in rules["pins"]} == {(row, home) for row in done["units"]}
    assert {(ban["unit"], ban["grid_id"]) for ban in rules["forbidden"]} == {(row, other) for row in done["units"]}
    now = shapes_of(planner, done["unit_set_id"])
    row_of_b = now["ids"].index(shapes["ids"][b])
    beside = {tuple(sorted(edge)) for edge in now["edges"] if row_of_b in edge and set(edge) & set(done["units"])}
    assert {tuple(pair) for pair in rules["barriers"]} == beside
    assert beside
    recut(planner, plan, "merge", done["revision"], cell=shapes["ids"][a])
    assert read(planner, plan)["rules"] == {
        **draft["rules"], "pins": [{"unit": a, "grid_id": home}], "forbidden": [{"unit": a, "grid_id": other}],
        "barriers": [[min(a, b), max(a, b)]],
    }  # fmt: skip


def test_what_cannot_be_split_is_said_and_nothing_is_changed(planner: httpx.Client, served: Served) -> None:
    plan = new_draft(planner, "inspection")
    before = read(planner, plan)
    ids = shapes_of(planner, before["unit_set_id"])["ids"]
    assert planner.post(f"/v1/plans/{plan}/draft:split", json={"units": [0]}).status_code == 428
    assert recut(planner, plan, "split", 99, units=[0]).status_code == 412
    none = recut(planner, plan, "split", 1)
    assert (none.status_code, "name the cells" in none.text) == (422, True)
    unknown = recut(planner, plan, "split", 1, units=[10**6], cells=["8a2a1072b59ffff"])
    assert unknown.status_code == 422
    assert len(unknown.json()["violations"]) == 2
    assert recut(planner, plan, "merge", 1, cell="no cell").status_code == 422
    assert recut(planner, plan, "merge", 1, cell=h3.cell_to_parent(ids[0], 5)).status_code == 422
    assert read(planner, plan) == before
    first = recut(planner, plan, "split", 1, cells=[ids[0]]).json()
    stale = recut(planner, plan, "split", 1, cells=[ids[1]])
    assert stale.status_code == 409
    assert stale.json()["conflicts"][0] | {"at": ""} == {
        "kind": "everything", "units": [], "cells": [], "retailer_ids": [], "grid_ids": [], "by": "planner", "at": "",
        "revision": first["revision"],
    }  # fmt: skip
    finest = recut(planner, plan, "split", first["revision"], cells=[first["cells"][0]])
    assert {h3.get_resolution(cell) for cell in first["cells"]} == {10}
    assert finest.status_code == 422
    assert "finest size" in finest.text
    late = move(planner, plan, 1, {"kind": "move_units", "units": [3], "to": None})
    assert late.status_code == 409  # rows name other units since
    with served.as_key(AccountRole.SYSTEM) as system:
        assert recut(system, plan, "split", first["revision"], cells=[ids[1]]).status_code == 403


def test_a_split_is_not_what_new_plans_of_the_district_begin_with(planner: httpx.Client) -> None:
    before = read(planner, new_draft(planner, "delivery"), layer="delivery")["unit_set_id"]
    plan = new_draft(planner, "delivery")
    unit = 0
    done = recut(planner, plan, "split", 1, units=[unit]).json()
    empty = planner.post("/v1/plans", json={"title": "Empty", "layers": ["delivery"], "start": "empty"}).json()
    assert read(planner, empty["plan_id"], layer="delivery")["unit_set_id"] != done["unit_set_id"]
    again = read(planner, new_draft(planner, "delivery"), layer="delivery")
    assert again["unit_set_id"] == before

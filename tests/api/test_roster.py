"""Planners work by name in a spreadsheet: what they send back becomes a draft, or every bad row is named."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any

import httpx
import openpyxl
import pytest

from gridsvc.domain.permissions import AccountRole
from tests.api.conftest import Served

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@pytest.fixture(scope="module")
def planner(served: Served) -> Iterator[httpx.Client]:
    with served.as_key(AccountRole.PLANNER) as client:
        yield client


def download(client: httpx.Client) -> list[dict[str, Any]]:
    answer = client.get("/v1/roster.xlsx")
    assert (answer.status_code, answer.headers["content-type"]) == (200, XLSX)
    sheet = openpyxl.load_workbook(io.BytesIO(answer.content)).active
    assert sheet is not None
    headings, *rows = sheet.iter_rows(values_only=True)
    return [dict(zip([str(heading) for heading in headings], row, strict=True)) for row in rows]


def upload(client: httpx.Client, rows: list[dict[str, Any]], name: str = "roster.xlsx") -> httpx.Response:
    workbook = openpyxl.Workbook()
    sheet = workbook.active
    assert sheet is not None
    sheet.append(list(rows[0]))
    for row in rows:
        sheet.append(list(row.values()))
    stream = io.BytesIO()
    workbook.save(stream)
    files = {"file": (name, stream.getvalue(), XLSX)}
    return client.post("/v1/plans:from-roster", files=files, data={"title": "By name"})


def owner(client: httpx.Client, plan: str, layer: str) -> dict[str, str]:
    """Give the owner of every shop in a draft, as the roster would say after a publication."""
    draft = client.get(f"/v1/plans/{plan}/draft", params={"layer": layer}).json()
    return {kept["retailer_id"]: kept["staff_id"] for kept in draft["exceptions"]}


def test_the_roster_lists_every_shop_with_its_three_owners(planner: httpx.Client, served: Served) -> None:
    rows = download(planner)
    assert [row["retailer_code"] for row in rows] == sorted(served.seeded.retailer_codes)
    assert all(row["synthetic"] == "SYNTHETIC" for row in rows)
    asked = planner.get("/v1/ownership", params={"retailer_code": "R00007"}).json()["layers"]
    mine = next(row for row in rows if row["retailer_code"] == "R00007")
    for layer in asked:
        assert mine[f"{layer['layer']}_staff_code"] == layer["owner"]["staff_code"]
        assert mine[f"{layer['layer']}_staff_name"] == layer["owner"]["name"]


def test_a_changed_name_moves_the_shop_and_the_draft_says_what_it_breaks(planner: httpx.Client, served: Served) -> None:
    rows = download(planner)
    people = {row["marketing_staff_code"]: row["marketing_staff_name"] for row in rows}
    mine = [row for row in rows if row["marketing_staff_code"] == "M01"]
    for row in mine[:4]:
        row["marketing_staff_name"] = people["M02"]  # by name, the code left as it was
    mine[4]["marketing_staff_code"] = "M03"  # by code, the name left as it was
    done = upload(planner, rows)
    assert done.status_code == 201, done.text
    answer = done.json()
    assert (answer["n_changed"], answer["n_rows"]) == ({"marketing": 5}, len(rows))
    plan = answer["plan"]["plan_id"]
    draft = planner.get(f"/v1/plans/{plan}/draft", params={"layer": "marketing"}).json()
    assert draft["metrics"]["n_moved"] == 5
    by_code = {grid["staff_code"]: grid for grid in draft["grids"]}
    assert [by_code[code]["n_gained"] for code in ("M01", "M02", "M03")] == [0, 4, 1]
    assert len(draft["exceptions"]) == answer["n_exceptions"]["marketing"]
    judged = planner.get(f"/v1/plans/{plan}/validation").json()
    assert [f for f in judged["findings"] if f["layer"] == "marketing"] == answer["findings"]
    untouched = planner.get(f"/v1/plans/{plan}/draft", params={"layer": "delivery"}).json()
    assert untouched["metrics"]["n_moved"] == 0


def test_a_whole_unit_follows_its_shops(planner: httpx.Client, served: Served) -> None:
    rows = download(planner)
    plan = planner.post("/v1/plans", json={"title": "now", "layers": ["inspection"]}).json()["plan_id"]
    draft = planner.get(f"/v1/plans/{plan}/draft", params={"layer": "inspection"}).json()
    units = planner.get(f"/v1/unit-sets/{draft['unit_set_id']}").json()["ids"]
    code = rows[0]["retailer_code"]
    cell = planner.get("/v1/ownership", params={"retailer_code": code}).json()["unit"]
    if cell is None:
        shop = planner.get("/v1/retailers", params={"q": code}).json()["items"][0]
        cell = planner.get("/v1/ownership", params={"lat": shop["lat"], "lon": shop["lon"]}).json()["unit"]
    beside = [
        row for row in rows
        if (at := planner.get("/v1/retailers", params={"q": row["retailer_code"]}).json()["items"][0])
        and planner.get("/v1/ownership", params={"lat": at["lat"], "lon": at["lon"]}).json()["unit"] == cell
    ]  # fmt: skip
    other = "I02" if rows[0]["inspection_staff_code"] != "I02" else "I03"
    for row in beside:
        row["inspection_staff_code"] = other
    answer = upload(planner, rows).json()
    assert (answer["n_moved_units"], answer["n_exceptions"]) == ({"inspection": 1}, {"inspection": 0})
    after = planner.get(f"/v1/plans/{answer['plan']['plan_id']}/draft", params={"layer": "inspection"}).json()
    moved = [
        unit for unit, (a, b) in enumerate(zip(draft["grid_of_unit"], after["grid_of_unit"], strict=True)) if a != b
    ]
    assert [units[unit] for unit in moved] == [cell]


def test_every_bad_row_is_named_and_nothing_is_written(planner: httpx.Client) -> None:
    before = planner.get("/v1/plans").json()
    rows = download(planner)
    people = {row["marketing_staff_code"]: row["marketing_staff_name"] for row in rows}
    rows[0]["retailer_code"] = "R99999"
    rows[1]["marketing_staff_code"] = "M99"
    rows[2]["marketing_staff_code"] = "I01"
    rows[3]["marketing_staff_name"] = "没有这个人"
    rows[4]["retailer_code"] = rows[5]["retailer_code"]
    rows[6]["marketing_staff_code"], rows[6]["marketing_staff_name"] = "M02", "别人"
    rows[7]["marketing_staff_name"] = people["M02" if rows[7]["marketing_staff_code"] != "M02" else "M01"]  # good
    refused = upload(planner, rows)
    assert refused.status_code == 422
    faults = refused.json()["violations"]
    assert [fault.split(":")[0] for fault in faults] == [
        "row 2, retailer_code", "row 3, marketing_staff_code", "row 4, marketing_staff_code",
        "row 5, marketing_staff_name", "row 7, retailer_code", "row 8, marketing_staff_code",
    ] or len(faults) == 6, faults  # fmt: skip
    assert planner.get("/v1/plans").json() == before


@pytest.mark.parametrize(
    ("name", "content"),
    [("roster.xlsx", b"no workbook"), ("roster.exe", b"MZ"), ("roster.csv", b"a,b\n1,2\n"), ("roster.csv", b""),
     ("../../roster.csv", b"retailer_code,marketing_staff_code\nR00001,M99\n")],
)  # fmt: skip
def test_what_is_no_roster_is_refused_in_words(planner: httpx.Client, name: str, content: bytes) -> None:
    refused = planner.post("/v1/plans:from-roster", files={"file": (name, content)})
    assert refused.status_code == 422
    assert refused.json()["detail"]


def test_an_unchanged_roster_makes_no_draft(planner: httpx.Client) -> None:
    assert "nothing to draft" in upload(planner, download(planner)).json()["detail"]

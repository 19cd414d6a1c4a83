"""A quarter in the words of those who live it: redraw from a spreadsheet, publish, ask, a leave, two planners, back."""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import datetime, timedelta
from typing import Any

import h3
import httpx
import openpyxl
import pytest

from gridsvc.cluster import RunningDatabase
from gridsvc.domain.permissions import AccountRole
from gridsvc.usecases.announce_generation import announce_generation
from gridsvc.usecases.plan_introductions import plan_introductions
from tests.api.conftest import Served, serving_district

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
MARKETING = 1  # its place among the layers of an answer


@pytest.fixture(scope="module")
def served(database: RunningDatabase) -> Iterator[Served]:
    with serving_district(database) as known:
        yield known


@pytest.fixture
def seat(served: Served) -> Iterator[Callable[[httpx.Client], httpx.Client]]:
    """Keep the clients of a story and close them at its end, however it ends."""
    with ExitStack() as stack:
        yield stack.enter_context


def owner_of(served: Served, client: httpx.Client, licence_no: str, as_of: datetime | None = None) -> dict[str, Any]:
    served.settle()
    params = {"licence_no": licence_no} | ({"as_of": as_of.isoformat()} if as_of else {})
    layer: dict[str, Any] = client.get("/v1/ownership", params=params).json()["layers"][MARKETING]
    return layer


def put_in_force(served: Served, plan_id: str, reason: str) -> dict[str, Any]:
    """Submit as the planner, approve and publish as the approver, and do what the worker does afterwards."""
    with served.as_key(AccountRole.PLANNER) as planner, served.as_key(AccountRole.APPROVER) as approver:
        assert planner.post(f"/v1/plans/{plan_id}:submit", json={"words": "ready"}).status_code == 200
        assert approver.post(f"/v1/plans/{plan_id}:approve").status_code == 200
        answer = approver.post(f"/v1/plans/{plan_id}:publish", json={"reason": reason})
    assert answer.status_code == 200, answer.text
    published: dict[str, Any] = answer.json()
    store, clock, adcode = served.service.store, served.clock, served.seeded.adcode
    announce_generation(store, clock, adcode=adcode, generation=published["generation"])
    plan_introductions(store, adcode=adcode, generation=published["generation"])
    served.clock.instant += timedelta(hours=1)
    return published


def in_company(served: Served, codes: list[str]) -> set[str]:
    """Give one shop of every unit that holds three or more: given away, it leaves its unit where it is."""
    seeded = served.seeded
    of_cell: dict[str, list[str]] = {}
    for code, lat, lon in zip(seeded.retailer_codes, seeded.lat.tolist(), seeded.lon.tolist(), strict=True):
        of_cell.setdefault(h3.latlng_to_cell(lat, lon, 9), []).append(code)
    chosen = {together[0] for together in of_cell.values() if len(together) >= 3 and set(together) <= set(codes)}
    assert len(chosen) >= 2
    return chosen


def test_a_quarter(served: Served, seat: Callable[[httpx.Client], httpx.Client]) -> None:
    planner, hotline = seat(served.as_key(AccountRole.PLANNER)), seat(served.as_key(AccountRole.HOTLINE))
    manager = seat(served.as_person("customer_manager"))  # M01

    # "Give me the list of all shops; I move a street to my colleague by writing her name."
    book = openpyxl.load_workbook(io.BytesIO(planner.get("/v1/roster.xlsx").content))
    sheet = book.active
    assert sheet is not None
    columns = {str(cell.value): cell.column for cell in sheet[1]}
    rows = [{name: sheet.cell(row, at).value for name, at in columns.items()} for row in range(2, sheet.max_row + 1)]
    name_of = {str(row["marketing_staff_code"]): row["marketing_staff_name"] for row in rows}
    street = in_company(served, [str(row["retailer_code"]) for row in rows if row["marketing_staff_code"] == "M01"])
    street = [number for number, row in enumerate(rows) if str(row["retailer_code"]) in street]
    n_moved = len(street)
    moved = [str(rows[number]["licence_no"]) for number in street]
    for number in street:
        sheet.cell(number + 2, columns["marketing_staff_name"]).value = name_of["M02"]
    stream = io.BytesIO()
    book.save(stream)
    sent = planner.post(
        "/v1/plans:from-roster", files={"file": ("new.xlsx", stream.getvalue(), XLSX)}, data={"title": "The street"}
    )
    assert (sent.status_code, sent.json()["n_changed"]) == (201, {"marketing": n_moved}), sent.text
    plan = sent.json()["plan"]["plan_id"]

    # "What does it change, and what does it break?"
    diff = planner.get(f"/v1/plans/{plan}/diff").json()
    change = {person["staff_code"]: (len(person["gained"]), len(person["lost"])) for person in diff["staff"]}
    assert change == {"M01": (0, n_moved), "M02": (n_moved, 0)}
    assert diff["lose_all_three"] == []
    judged = planner.get(f"/v1/plans/{plan}/validation").json()
    assert not [finding for finding in judged["findings"] if finding["is_hard"]]

    # "Put it in force." The two people, and nobody else, are told of shops gained and lost.
    before = served.clock.instant - timedelta(seconds=1)
    published = put_in_force(served, plan, "agreed with both")
    assert published["n_changed"]["marketing"] == n_moved
    told = manager.get("/v1/notices?unread=true").json()["items"]
    assert [(one["kind"], len(one["content"]["lost"])) for one in told] == [("grids_changed", n_moved)]
    headline = planner.get(f"/v1/plans/{plan}/metrics").json()["headline"]
    assert f"{n_moved} of " in headline["en"], headline  # against what it replaced, not against itself
    assert f"{n_moved} 项变动" in headline["zh"]

    # "Who has this shop, now and last week?"
    for licence_no in moved:
        assert owner_of(served, hotline, licence_no)["owner"]["staff_code"] == "M02"
        assert owner_of(served, hotline, licence_no, before)["owner"]["staff_code"] == "M01"

    # The list is handed over; both say so; it can be printed.
    page = manager.get(f"/plans/{plan}/handover")
    assert (page.status_code, page.text.count("<tr>")) == (200, 1 + n_moved)
    handed = manager.get(f"/v1/plans/{plan}/handover").json()["lists"]
    pair = {"from_staff_id": handed[0]["giver"]["staff_id"], "to_staff_id": handed[0]["receiver"]["staff_id"]}
    form = {**pair, "side": "giving"}
    said = manager.post(f"/plans/{plan}/handover", data=form, headers={"sec-fetch-site": "same-origin"})
    assert (said.status_code, said.headers["location"]) == (303, f"/plans/{plan}/handover")
    assert (
        manager.post(f"/plans/{plan}/handover", data=form, headers={"sec-fetch-site": "cross-site"}).status_code == 403
    )
    wrong = manager.post(f"/plans/{plan}/handover", data={**pair, "side": "receiving"})
    assert wrong.status_code == 403
    both = planner.post(f"/v1/plans/{plan}/handover:acknowledge", json={**pair, "side": "receiving"})
    assert both.json()["lists"][0]["is_done"] is True

    # Her leave: neighbours act from the first day to the last, also for a shop that opens meanwhile.
    first, last = "2026-11-24", "2026-11-26"
    made = planner.post("/v1/covers", json={"staff": "M02", "first_day": first, "last_day": last})
    assert (made.status_code, made.json()["uncovered"]) == (201, []), made.text
    served.clock.instant = datetime.fromisoformat(f"{first}T10:00:00+08:00")
    during = owner_of(served, hotline, moved[0])
    assert (during["owner"]["staff_code"], during["acting_reason"]) == ("M02", "leave")
    at = next(row for row in range(len(rows)) if str(rows[row]["marketing_staff_code"]) == "M02")
    near = {"lat": float(served.seeded.lat[at]), "lon": float(served.seeded.lon[at])}
    with served.as_key(AccountRole.FEED) as feed:
        opened = feed.put(
            "/v1/retailers/N1", json={"name": "新店", "licence_no": "000000999999", "address": "新街1号", **near}
        )
    assert opened.status_code == 201, opened.text
    new = owner_of(served, hotline, "000000999999")
    assert new["owner"]["staff_code"] == "M02"
    assert new["acting_owner"] is not None
    assert (
        new["acting_owner"]["staff_code"]
        == owner_of(served, hotline, str(rows[at]["licence_no"]))["acting_owner"]["staff_code"]
    )
    served.clock.instant = datetime.fromisoformat("2026-11-27T00:00:00+08:00")
    assert owner_of(served, hotline, "000000999999")["acting_owner"] is None
    assert owner_of(served, hotline, moved[0])["acting_owner"] is None

    # "It was better before." A new plan brings the old division back; the past stays told as it was.
    back = planner.post(f"/v1/plans/{plan}:rollback")
    assert back.status_code == 201, back.text
    put_in_force(served, back.json()["plan_id"], "complaints at the border")
    for licence_no in moved:
        assert owner_of(served, hotline, licence_no)["owner"]["staff_code"] == "M01"
        assert owner_of(served, hotline, licence_no, before + timedelta(hours=1))["owner"]["staff_code"] == "M02"


def draft_of(client: httpx.Client, plan: str) -> tuple[dict[str, Any], str]:
    answer = client.get(f"/v1/plans/{plan}/draft", params={"layer": "marketing"})
    found: dict[str, Any] = answer.json()
    return found, answer.headers["etag"]


def give(client: httpx.Client, plan: str, tag: str, units: list[int], to: str | None) -> httpx.Response:
    edits = [
        {"kind": "move_units", "units": units, "to": to},
        {"kind": "set_rules", "tolerance": 0.9, "count_tolerance": 0.9},
    ]
    return client.patch(
        f"/v1/plans/{plan}/draft", json={"layer": "marketing", "edits": edits}, headers={"If-Match": tag}
    )


def borders(draft: dict[str, Any], client: httpx.Client, unit_set: str) -> list[tuple[int, int]]:
    """Give units that lie beside another grid, with that grid: moving one alone keeps both in one piece."""
    units = client.get(f"/v1/unit-sets/{unit_set}").json()
    grid_of = draft["grid_of_unit"]
    beside: dict[int, set[int]] = {}
    for a, b in units["edges"]:
        beside.setdefault(a, set()).add(b)
        beside.setdefault(b, set()).add(a)
    found = []
    for unit, others in sorted(beside.items()):
        same = [other for other in others if grid_of[other] == grid_of[unit]]
        away = Counter(grid_of[other] for other in others if grid_of[other] != grid_of[unit])
        linked = sum(b in beside[a] for a in same for b in same if a < b)
        if away and len(same) >= 3 and linked >= len(same) - 1:
            found.append((unit, away.most_common(1)[0][0]))
    return found


def test_two_planners_at_once(served: Served, seat: Callable[[httpx.Client], httpx.Client]) -> None:
    anna, bert = seat(served.as_key(AccountRole.PLANNER)), seat(served.as_key(AccountRole.ADMIN))
    first = anna.post("/v1/plans", json={"title": "Anna's", "layers": ["marketing"]}).json()
    second = bert.post("/v1/plans", json={"title": "Bert's", "layers": ["marketing"]}).json()
    draft, tag = draft_of(anna, first["plan_id"])
    choices = borders(draft, anna, first["unit_set_id"])
    (one, to_one), (other, to_other) = choices[0], choices[-1]
    grids = [grid["grid_id"] for grid in draft["grids"]]

    third = bert.post("/v1/plans", json={"title": "Cara's", "layers": ["marketing"]}).json()
    assert give(bert, third["plan_id"], draft_of(bert, third["plan_id"])[1], [one], None).status_code == 200

    # on one draft: who touches the same unit is told the unit, who and when; who touches another is let through
    assert give(anna, first["plan_id"], tag, [one], grids[to_one]).status_code == 200
    clash = bert.patch(
        f"/v1/plans/{first['plan_id']}/draft",
        json={"layer": "marketing", "edits": [{"kind": "move_units", "units": [one], "to": None}]},
        headers={"If-Match": tag},
    )
    assert clash.status_code == 409
    assert [(found["units"], found["by"]) for found in clash.json()["conflicts"]] == [([one], "planner")]
    assert clash.json()["conflicts"][0]["at"]

    # two drafts: Anna's is published first; Bert's is then refused with all that was published since
    _, tag = draft_of(bert, second["plan_id"])
    assert give(bert, second["plan_id"], tag, [other], grids[to_other]).status_code == 200
    put_in_force(served, first["plan_id"], "Anna was first")
    late = bert.post(f"/v1/plans/{second['plan_id']}:submit")
    assert (late.status_code, late.json()["code"]) == (409, "conflict"), late.text
    newer = late.json()["newer"]
    assert [(found["title"], found["published_by"]) for found in newer] == [("Anna's", "approver")]
    layer = newer[0]["layers"][0]
    assert [(moved["unit"], moved["is_yours_too"]) for moved in layer["units"]] == [(one, False)]
    codes = [grid["staff_code"] for grid in draft["grids"]]
    assert layer["units"][0]["after"] == codes[to_one]
    assert layer["units"][0]["cell"]
    assert {moved["after"] for moved in layer["retailers"]} <= {codes[to_one]}

    # Bert takes Anna's change over and goes on; nothing of either is lost
    rebased = bert.post(f"/v1/plans/{second['plan_id']}:rebase")
    assert rebased.status_code == 200, rebased.text
    assert rebased.json()["base_generation"] == newer[0]["generation"]
    after, _ = draft_of(bert, second["plan_id"])
    assert (after["grid_of_unit"][one], after["grid_of_unit"][other]) == (to_one, to_other)
    same = [unit for unit in range(len(after["grid_of_unit"])) if unit not in (one, other)]
    assert [after["grid_of_unit"][unit] for unit in same] == [draft["grid_of_unit"][unit] for unit in same]
    put_in_force(served, second["plan_id"], "Bert's on top")

    # a third, drawn before both, moved the very unit elsewhere: it is told where, and nothing of it is changed
    clash = bert.post(f"/v1/plans/{third['plan_id']}:rebase")
    assert clash.status_code == 409
    assert clash.json()["violations"][0] == f"marketing: unit {one} was changed in the plan and by a publication since"
    assert [found["title"] for found in clash.json()["newer"]] == ["Anna's", "Bert's"]
    kept, _ = draft_of(bert, third["plan_id"])
    assert kept["grid_of_unit"] == [-1 if unit == one else grid for unit, grid in enumerate(draft["grid_of_unit"])]


def test_a_complaint_from_the_hotline_to_its_end(served: Served, seat: Callable[[httpx.Client], httpx.Client]) -> None:
    hotline, inspector = seat(served.as_key(AccountRole.HOTLINE)), seat(served.as_person("market_inspector"))  # I01
    planner, admin = seat(served.as_key(AccountRole.PLANNER)), seat(served.as_key(AccountRole.ADMIN))
    shops = planner.get("/v1/shops").json()["retailer_id"]
    asked = "/v1/retailers/{}/ownership?layer=inspection".format
    mine = [s for s in shops if hotline.get(asked(s)).json()["layers"][0]["owner"]["staff_code"] == "I01"]
    department = hotline.get(asked(mine[0])).json()["layers"][0]["owner"]["org_unit"]
    ticket = {
        "type": "complaint",
        "subject": "Loose cigarettes sold to a pupil",
        "content": "A mother rang.",
        "place": {"retailer_id": mine[0]},
        "external_ref": "12313-2026-77",
        "reporter": {"name": "Frau W.", "phone": "13900000001"},
    }

    # "The computer asks twice": the same ticket is one collaboration, dispatched to the shop's inspector
    first = hotline.post("/v1/collaborations", json=ticket, headers={"Idempotency-Key": "77"})
    again = hotline.post("/v1/collaborations", json=ticket, headers={"Idempotency-Key": "77"})
    assert (first.status_code, again.status_code) == (201, 200)
    found = first.json()["traced"]["collaboration"]
    assert found["collaboration_id"] == again.json()["traced"]["collaboration"]["collaboration_id"]
    assert (found["handler"]["level"], found["handler"]["reason"]) == ("owner", "owns_the_place")
    address = f"/v1/collaborations/{found['collaboration_id']}"

    # the inspector finds it in the inbox, without the caller's name anywhere, and hands the stock part on
    assert inspector.get("/inbox").status_code == 200
    notice = inspector.get("/v1/notices?unread=true").json()["items"][0]
    assert notice["collaboration_id"] == found["collaboration_id"]
    seen = inspector.get(address)
    assert "13900000001" not in seen.text + str(notice)
    assert inspector.get(address + "/reporter").status_code == 403
    assert inspector.post(address + ":process", json={"result": " "}).status_code == 422
    passed = inspector.post(
        address + ":process",
        json={"result": "Spoke to the owner; the office checks the stock.", "next_department": department},
    )
    assert passed.json()["collaboration"]["handler"]["staff_id"] is None
    assert passed.json()["collaboration"]["state"] == "in_process"

    # a colleague of the office ends it; it is archived by itself, and the hotline is told
    ended = inspector.post(address + ":process", json={"result": "Two cartons taken in; warned."})
    assert ended.json()["collaboration"]["state"] == "archived"
    kinds = [step["kind"] for step in ended.json()["steps"]]
    assert kinds == ["submitted", "processed", "processed", "archived"]
    assert (
        hotline.get("/v1/notices?unread=true").json()["items"][0]["content"]["words"] == "Two cartons taken in; warned."
    )
    assert inspector.post(address + ":process", json={"result": "more"}).status_code == 409
    assert hotline.post(address + ":recall", json={"reason": "late"}).status_code == 409
    assert hotline.get(address + "/reporter").json() == {"name": "Frau W.", "phone": "13900000001"}
    assert "reporter.read" in {row["action"] for row in admin.get("/v1/audit?limit=1000").json()["items"]}

    # a complaint about the inspector: never to that person, but to the head of the office, and with none to the office
    about = ticket | {"about_staff_code": "I01", "external_ref": "12313-2026-78", "place": {"retailer_id": mine[1]}}
    to_office = hotline.post("/v1/collaborations", json=about).json()["traced"]["collaboration"]
    assert (to_office["handler"]["staff_id"], to_office["handler"]["reason"]) == (None, "subject_of_complaint")
    assert inspector.get(f"/v1/collaborations/{to_office['collaboration_id']}").status_code == 404
    unit = next(u for u in admin.get("/v1/org-units").json()["items"] if u["name"] == department)
    path = f"/v1/org-units/{unit['org_unit_id']}"
    tag = admin.get(path).headers["etag"]
    assert admin.patch(path, json={"head_staff_code": "I03"}, headers={"If-Match": tag}).status_code == 200
    second = hotline.post("/v1/collaborations", json=about | {"external_ref": "12313-2026-79"}).json()["traced"]
    handler = second["collaboration"]["handler"]
    assert second["people"][handler["staff_id"]]["staff_code"] == "I03"
    assert handler["level"] == "department_head"

"""Departments and people over HTTP: on the version that was seen, told at once to every look-up."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from gridsvc.domain.permissions import AccountRole
from tests.api.conftest import Served

OFFICE = "第一专卖管理所"


@pytest.fixture(scope="module")
def admin(served: Served) -> Iterator[httpx.Client]:
    with served.as_key(AccountRole.ADMIN) as client:
        yield client


def changed(client: httpx.Client, path: str, **values: Any) -> httpx.Response:
    tag = client.get(path).headers["etag"]
    return client.patch(path, json=values, headers={"If-Match": tag})


def unit_named(client: httpx.Client, name: str) -> dict[str, Any]:
    units = client.get("/v1/org-units").json()["items"]
    found: dict[str, Any] = next(unit for unit in units if unit["name"] == name)
    return found


def test_departments_are_made_one_below_the_other(admin: httpx.Client) -> None:
    made = {}
    parent = None
    for name, kind in (("贵州省局", "province"), ("贵阳市局", "city"), ("云岩区局", "county_bureau")):
        answer = admin.post("/v1/org-units", json={"name": name, "kind": kind, "parent_id": parent})
        assert answer.status_code == 201, answer.text
        assert admin.get(answer.headers["location"]).json() == answer.json()
        parent = made[kind] = answer.json()["org_unit_id"]
    office = unit_named(admin, OFFICE)
    answer = changed(admin, f"/v1/org-units/{office['org_unit_id']}", parent_id=parent, duty_phone="0851-12313")
    assert (answer.status_code, answer.json()["parent_id"], answer.json()["layer"]) == (200, parent, "inspection")
    wrong = changed(admin, f"/v1/org-units/{made['city']}", parent_id=office["org_unit_id"])
    assert (wrong.status_code, "does not stand below" in wrong.text) == (422, True)
    again = admin.post("/v1/org-units", json={"name": OFFICE, "kind": "monopoly_office"})
    assert (again.status_code, "already" in again.text) == (422, True)


def test_of_two_who_change_a_department_the_second_is_told_who_was_first(admin: httpx.Client, served: Served) -> None:
    path = f"/v1/org-units/{unit_named(admin, OFFICE)['org_unit_id']}"
    tag = admin.get(path).headers["etag"]
    with served.as_key(AccountRole.PLANNER) as planner:
        first = planner.patch(path, json={"head_staff_code": "I01"}, headers={"If-Match": tag})
    assert first.status_code == 200, first.text
    second = admin.patch(path, json={"duty_phone": "1"}, headers={"If-Match": tag})
    assert (second.status_code, "planner changed it on 2026-11-23" in second.json()["detail"]) == (409, True)
    assert admin.patch(path, json={"duty_phone": "1"}).status_code == 428
    assert admin.patch(path, json={"duty_phone": "1"}, headers={"If-Match": '"7"'}).status_code == 412
    assert admin.patch(path, json={"duty_phone": "1"}, headers={"If-Match": first.headers["etag"]}).status_code == 200
    assert admin.get(path, headers={"If-None-Match": admin.get(path).headers["etag"]}).status_code == 304
    heads = admin.get("/v1/departments").json()["items"]
    assert [one["head_staff_code"] for one in heads if one["name"] == OFFICE] == ["I01"]


def test_declared_deputies_are_told_by_the_next_look_up(admin: httpx.Client, served: Served) -> None:
    place = {"lat": float(served.seeded.lat[0]), "lon": float(served.seeded.lon[0]), "layer": "inspection"}
    before = admin.get("/v1/ownership", params=place)
    layer = before.json()["layers"][0]
    assert (layer["are_deputies_declared"], len(layer["deputies"])) == (False, 2)
    owner = layer["owner"]["staff_code"]
    wanted = ["M02", "I01" if owner != "I01" else "I02"]
    done = changed(admin, f"/v1/staff/{owner}", deputies=wanted)
    assert (done.status_code, done.json()["deputies"]) == (200, wanted), done.text
    served.settle()
    after = admin.get("/v1/ownership", params=place)
    layer = after.json()["layers"][0]
    assert [one["staff_code"] for one in layer["deputies"]] == wanted
    assert layer["are_deputies_declared"] is True
    assert after.headers["etag"] != before.headers["etag"]
    shop = served.seeded.retailer_ids[0]
    of_shop = admin.get(f"/v1/retailers/{shop}/ownership", params={"layer": "inspection"}).json()["layers"][0]
    assert [one["staff_code"] for one in of_shop["deputies"]] == wanted
    assert changed(admin, f"/v1/staff/{owner}", deputies=[]).json()["deputies"] == []
    served.settle()
    back = admin.get("/v1/ownership", params=place).json()["layers"][0]
    assert back["are_deputies_declared"] is False
    refused = changed(admin, f"/v1/staff/{owner}", deputies=[owner, "I99"])
    assert (refused.status_code, len(refused.json()["violations"])) == (422, 2)


def test_a_person_is_taken_on_and_changed(admin: httpx.Client) -> None:
    new = {"staff_code": "M09", "name": "新人", "role": "customer_manager", "org_unit_name": "市场一部"}
    made = admin.post("/v1/staff", json=new)
    assert (made.status_code, made.headers["location"]) == (201, "/v1/staff/M09"), made.text
    assert admin.post("/v1/staff", json=new).status_code == 409
    moved = changed(admin, "/v1/staff/M09", role="delivery_driver", vehicle_capacity_cartons=900, org_unit_name=None)
    assert (moved.status_code, moved.json()["member"]["role"]) == (200, "delivery_driver"), moved.text
    refused = changed(admin, "/v1/staff/M01", role="market_inspector")
    assert (refused.status_code, "owns" in refused.json()["detail"]) == (409, True)
    bad = changed(admin, "/v1/staff/M09", org_unit_name="无此部门", first_day="2026-02-01", last_day="2026-01-01")
    assert (bad.status_code, len(bad.json()["violations"])) == (422, 2)
    assert changed(admin, "/v1/staff/M09", name=None).status_code == 422
    assert admin.get("/v1/staff/M99").status_code == 404


def test_a_crew_is_two_people_and_leaves_whom_they_had(admin: httpx.Client) -> None:
    assert changed(admin, "/v1/staff/I01", crew_partner="I02").json()["crew_partner"] == "I02"
    assert admin.get("/v1/staff/I02").json()["crew_partner"] == "I01"
    assert changed(admin, "/v1/staff/I03", crew_partner="I01").json()["crew_partner"] == "I01"
    assert [admin.get(f"/v1/staff/I0{n}").json()["crew_partner"] for n in (1, 2, 3)] == ["I03", None, "I01"]
    assert changed(admin, "/v1/staff/I01", crew_partner="M01").status_code == 422
    assert changed(admin, "/v1/staff/I01", crew_partner=None).json()["crew_partner"] is None
    assert admin.get("/v1/staff/I03").json()["crew_partner"] is None


def test_a_calendar_tells_why_a_day_is_not_worked(admin: httpx.Client) -> None:
    away = {"first_day": "2026-11-24", "last_day": "2026-11-25", "reason": "sick"}
    made = admin.post("/v1/staff/D02/absences", json=away)
    assert made.status_code == 201, made.text
    days = admin.get("/v1/staff/D02/calendar?first=2026-11-23&last=2026-11-29").json()["items"]
    assert [day["why"] for day in days] == [None, "sick", "sick", None, None, "off", "off"]
    assert [day["is_worked"] for day in days] == [True, False, False, True, True, False, False]
    assert admin.delete("/v1/staff/D02/absences/2026-11-24").json()["absences"] == []
    assert admin.delete("/v1/staff/D02/absences/2026-11-24").status_code == 404
    for wrong in ({"last_day": "2026-11-23"}, {"reason": "tired"}, {"last_day": "2028-11-23"}):
        assert admin.post("/v1/staff/D02/absences", json=away | wrong).status_code == 422
    assert admin.get("/v1/staff/D02/calendar?first=2026-11-23&last=2027-11-29").status_code == 422


def test_a_head_reads_the_people_of_the_department_and_records_their_absences(served: Served) -> None:
    with served.as_person("department_head") as head:  # M02, of the market department
        assert {one["staff_code"][0] for one in head.get("/v1/staff").json()["items"]} == {"M"}
        assert head.get("/v1/staff/M01").status_code == 200
        assert [head.get(f"/v1/staff/{code}").status_code for code in ("I01", "D01", "X99")] == [403, 403, 403]
        away = {"first_day": "2026-12-01", "last_day": "2026-12-01"}
        assert head.post("/v1/staff/M03/absences", json=away).status_code == 201
        assert head.post("/v1/staff/I03/absences", json=away).status_code == 403
        assert head.patch("/v1/staff/M03", json={"name": "x"}, headers={"If-Match": '"0"'}).status_code == 403
        day = served.seeded.day.isoformat()
        board = head.get(f"/v1/days/{day}/board").json()
        assert {row["staff_code"][0] for row in board["staff"]} == {"M"}
        assert head.get(f"/v1/days/{day}/board", params={"org_unit": OFFICE}).status_code == 403
        assert head.get(f"/v1/staff/M01/days/{day}").status_code == 200
        assert head.get(f"/v1/staff/I01/days/{day}").status_code == 403
    with served.as_person("customer_manager") as manager:  # M01
        assert manager.get("/v1/staff/M01").status_code == 200
        assert manager.get("/v1/staff/M02").status_code == 403
        assert manager.get(f"/v1/days/{day}/board").status_code == 403


def test_every_change_is_in_the_audit_chain(admin: httpx.Client) -> None:
    actions = {row["action"] for row in admin.get("/v1/audit?limit=1000").json()["items"]}
    assert {"department.create", "department.change", "staff.create", "staff.change", "absence.record"} <= actions
    assert admin.get("/v1/audit:verify").json()["holds"] is True

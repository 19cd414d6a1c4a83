"""Days can begin and end at home; nobody but the person and the planning reads where that is."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from gridsvc.domain.permissions import AccountRole, Action, Reach, Scope
from gridsvc.storage import audit, staff, staff_homes
from gridsvc.storage.store import narrow_to
from gridsvc.usecases.forget_positions import forget_positions
from gridsvc.usecases.read_day import read_day
from gridsvc.usecases.state_home import as_they_start, state_home
from tests.api.conftest import Served

HOME = {"lon": 106.7123, "lat": 26.5987}


@pytest.fixture(autouse=True)
def at_the_office(served: Served) -> Iterator[None]:
    """Leave nobody with a home, and the ways of the seeded day as they were found."""
    yield
    with served.service.store.transaction(served.seeded.adcode) as tx:
        for staff_id in staff_homes.all_homes(tx):
            staff_homes.forget(tx, staff_id)


def test_only_the_person_states_and_reads_a_home(served: Served) -> None:
    path = "/v1/staff/I01/home"
    with served.as_person("market_inspector") as inspector, served.as_key(AccountRole.ADMIN) as admin:
        assert inspector.get(path).json() == {"lon": None, "lat": None}
        assert inspector.put(path, json=HOME).json() == HOME
        assert inspector.get(path).json() == HOME
        for refused in (admin.get(path), admin.put(path, json=HOME), admin.delete(path)):
            assert refused.status_code == 403
        with served.as_person("department_head") as head:  # of the same department as M01
            assert head.get("/v1/staff/M01/home").status_code == 403
        assert inspector.put("/v1/staff/M02/home", json=HOME).status_code == 403
        assert inspector.put(path, json={"lon": 200, "lat": 0}).status_code == 422
        assert inspector.delete(path).json() == {"lon": None, "lat": None}
        assert inspector.get(path).json() == {"lon": None, "lat": None}


def test_the_way_and_the_home_are_in_the_own_view_alone(served: Served) -> None:
    day = served.seeded.day.isoformat()
    with served.as_person("customer_manager") as manager, served.as_key(AccountRole.PLANNER) as planner:
        before = planner.get(f"/v1/staff/M01/days/{day}").json()
        assert before["course"]
        manager.put("/v1/staff/M01/home", json=HOME)
        own, seen = (one.get(f"/v1/staff/M01/days/{day}").json() for one in (manager, planner))
        assert own["staff"]["home"] == [HOME["lon"], HOME["lat"]]
        assert own["course"] == before["course"]  # planned days stay as they are
        assert (seen["staff"]["home"], seen["staff"]["starts_at_home"], seen["course"]) == (None, True, [])
        assert [stop["sequence"] for stop in seen["stops"]] == [stop["sequence"] for stop in before["stops"]]
        board = planner.get(f"/v1/days/{day}/board").json()
        row = next(row for row in board["staff"] if row["staff_code"] == "M01")
        assert row["course"] == []
        for text in (json.dumps(seen), json.dumps(board), planner.get("/v1/staff").text):
            assert "106.7123" not in text
        for form in ("gpx", "ics", "geojson"):
            assert "106.7123" not in planner.get(f"/v1/staff/M01/days/{day}?format={form}").text
        assert "106.7123" not in manager.get(f"/v1/staff/M01/days/{day}?format=gpx").text  # files circulate


def test_the_planning_begins_at_home_and_no_log_tells_where(served: Served) -> None:
    store, adcode = served.service.store, served.seeded.adcode
    state_home(
        store, served.clock, adcode=adcode, actor="operator", staff_code_or_id="M01", home=(HOME["lon"], HOME["lat"])
    )
    with store.transaction(adcode) as tx:
        started = {member.staff_code: member for member in as_they_start(tx, staff.all_staff(tx))}
        recorded = {member.staff_code: member for member in staff.all_staff(tx)}
        told = json.dumps([step.content for step in audit.rows_after(tx, 0, 10_000)], default=str)
    assert (started["M01"].office_lon, started["M01"].office_lat) == (HOME["lon"], HOME["lat"])
    assert started["M02"] == recorded["M02"]
    assert recorded["M01"].office_lon != HOME["lon"]
    assert "106.7123" not in told


def test_the_database_shows_a_home_to_its_person_alone_and_to_the_planning_until_its_block_ends(served: Served) -> None:
    store, adcode = served.service.store, served.seeded.adcode
    state_home(
        store, served.clock, adcode=adcode, actor="operator", staff_code_or_id="M01", home=(HOME["lon"], HOME["lat"])
    )
    with store.transaction(adcode) as tx:
        id_of = {member.staff_code: member.staff_id for member in staff.all_staff(tx)}
    for scope, code, n_seen in ((Scope.OWN, "M01", 1), (Scope.DEPARTMENT, "M02", 0), (Scope.DISTRICT, "M02", 0)):
        reach = Reach(scope=scope, action=Action.DAYS_READ, account="one", staff_id=id_of[code], department="one")
        narrow_to(reach)
        try:
            with store.transaction(adcode) as tx:
                assert len(staff_homes.all_homes(tx)) == n_seen
                with tx.beyond_reach():
                    as_they_start(tx, staff.all_staff(tx))  # has a block of its own
                    assert len(staff_homes.all_homes(tx)) == 1
                assert len(staff_homes.all_homes(tx)) == n_seen
        finally:
            narrow_to(None)


def test_a_leaver_s_home_is_forgotten_with_the_ways_that_led_there(served: Served) -> None:
    store, adcode = served.service.store, served.seeded.adcode
    who = {"adcode": adcode, "staff_code_or_id": "D01"}
    state_home(store, served.clock, actor="operator", home=(HOME["lon"], HOME["lat"]), **who)
    forget_positions(store, served.clock, adcode=adcode)
    assert read_day(store, served.clock, day=served.seeded.day, **who).course
    with store.transaction(adcode) as tx:
        assert len(staff_homes.all_homes(tx)) == 1
        driver = next(member for member in staff.all_staff(tx) if member.staff_code == "D01")
        staff.save(tx, [replace(driver, last_day=served.seeded.day - timedelta(days=30))])
    forget_positions(store, served.clock, adcode=adcode)
    with store.transaction(adcode) as tx:
        assert staff_homes.all_homes(tx) == {}
        staff.save(tx, [driver])
    assert read_day(store, served.clock, day=served.seeded.day, **who).course == ()

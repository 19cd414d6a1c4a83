"""Every route of people's records x every role x every scope: what the table says is what happens."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import httpx
import psycopg
import pytest

from api.openapi import describe
from gridsvc.domain.ids import Adcode, StaffId
from gridsvc.domain.permissions import ABOUT_PEOPLE, PERMISSIONS, AccountRole, Action, Scope
from gridsvc.storage import staff as staff_rows
from gridsvc.usecases.create_account import STAFF_ROLES
from tests.api.conftest import Served
from tests.fakes.seeded_district import seed_empty

# a member of staff in each scope, seen from the role's own account (I01, M01, D01; the head is M02)
TARGETS = {
    AccountRole.MARKET_INSPECTOR: {Scope.OWN: "I01", Scope.DEPARTMENT: "I02", Scope.DISTRICT: "M03"},
    AccountRole.CUSTOMER_MANAGER: {Scope.OWN: "M01", Scope.DEPARTMENT: "M03", Scope.DISTRICT: "D03"},
    AccountRole.DELIVERY_DRIVER: {Scope.OWN: "D01", Scope.DEPARTMENT: "D02", Scope.DISTRICT: "M03"},
    AccountRole.DEPARTMENT_HEAD: {Scope.OWN: "M02", Scope.DEPARTMENT: "M03", Scope.DISTRICT: "D03"},
}
OF_A_SYSTEM = {Scope.DISTRICT: "M03"}  # nobody of the staff: there is no own person and no own department
LATER = {"first_day": "2027-03-01", "last_day": "2027-03-02"}
LONG_AGO = {"first_day": "2020-03-02", "last_day": "2020-03-03"}  # refused, but after the reach was asked
NOWHERE = "018f5e5e-0000-7000-8000-00000000dead"
DAYS = "first=2026-11-23&last=2026-11-24"


@dataclass(frozen=True)
class Target:
    """Whom a route is asked about."""

    code: str
    staff_id: str
    department: str
    day: str
    plan_id: str
    cover_id: str


Row = Callable[[Target], tuple[str, Any]]
# one row a route: the address and the body that ask about one person
ROWS: dict[tuple[str, str], Row] = {
    ("get", "/v1/staff/{staff}"): lambda t: (f"/v1/staff/{t.code}", None),
    ("get", "/v1/staff/{staff}/calendar"): lambda t: (f"/v1/staff/{t.code}/calendar?{DAYS}", None),
    ("post", "/v1/staff/{staff}/absences"): lambda t: (f"/v1/staff/{t.code}/absences", LATER),
    ("delete", "/v1/staff/{staff}/absences/{first_day}"): lambda t: (f"/v1/staff/{t.code}/absences/2031-01-01", None),
    ("get", "/v1/staff/{staff}/days"): lambda t: (f"/v1/staff/{t.code}/days?{DAYS}", None),
    ("get", "/v1/staff/{staff}/days/{day}"): lambda t: (f"/v1/staff/{t.code}/days/{t.day}", None),
    ("get", "/v1/staff/{staff}/days/{day}/proposals"): lambda t: (f"/v1/staff/{t.code}/days/{t.day}/proposals", None),
    ("post", "/v1/staff/{staff}/days/{day}/proposals"): lambda t: (
        f"/v1/staff/{t.code}/days/{t.day}/proposals", {"kind": "closed", "retailer_id": NOWHERE}
    ),
    ("get", "/v1/visits"): lambda t: (f"/v1/visits?{DAYS}&staff={t.code}", None),
    ("post", "/v1/visits"): lambda t: (
        "/v1/visits",
        {"visit_id": NOWHERE, "retailer_id": NOWHERE, "staff": t.code, "outcome": "done",
         "ended_at": "2026-11-23T09:00:00+08:00"},
    ),
    ("post", "/v1/covers:preview"): lambda t: ("/v1/covers:preview", {"staff": t.code, **LATER}),
    ("post", "/v1/covers"): lambda t: ("/v1/covers", {"staff": t.code, **LONG_AGO}),
    ("post", "/v1/covers/{leave_cover_id}:end"): lambda t: (f"/v1/covers/{t.cover_id}:end", None),
    ("get", "/v1/plans/{plan_id}/handover"): lambda t: (f"/v1/plans/{t.plan_id}/handover?staff_id={t.staff_id}", None),
    ("get", "/v1/plans/{plan_id}/handover.xlsx"): lambda t: (
        f"/v1/plans/{t.plan_id}/handover.xlsx?staff_id={t.staff_id}", None
    ),
    ("post", "/v1/plans/{plan_id}/handover:acknowledge"): lambda t: (
        f"/v1/plans/{t.plan_id}/handover:acknowledge",
        {"from_staff_id": t.staff_id, "to_staff_id": NOWHERE, "side": "giving"},
    ),
    ("get", "/v1/days/{day}/board"): lambda t: (f"/v1/days/{t.day}/board?org_unit={t.department}", None),
}  # fmt: skip
# routes of a record whose person the address does not name, and of whatever is the caller's own: proven there
ELSEWHERE = {
    ("get", "/v1/staff/{staff}/home"): "test_homes.test_only_the_person_states_and_reads_a_home",
    ("put", "/v1/staff/{staff}/home"): "test_homes.test_only_the_person_states_and_reads_a_home",
    ("delete", "/v1/staff/{staff}/home"): "test_homes.test_only_the_person_states_and_reads_a_home",
    ("get", "/v1/staff"): "test_organisation.test_a_head_reads_the_people_of_the_department_and_records_their_absences",
    ("get", "/v1/covers"): "test_reach.test_lists_hold_nobody_out_of_reach",
    ("delete", "/v1/visits/{visit_id}/position"):
        "test_visits.test_others_do_not_see_positions_and_the_person_can_delete_them",
    ("post", "/v1/proposals/{proposal_id}:accept"): "test_proposals.test_a_field_role_changes_its_own_day_only",
    ("post", "/v1/proposals/{proposal_id}:decline"): "test_proposals.test_a_field_role_changes_its_own_day_only",
    ("get", "/v1/collaborations"): "test_reach.test_a_head_sees_and_handles_what_the_department_has",
    ("post", "/v1/collaborations"): "test_collaborations.test_the_whole_life_from_the_hotline_to_the_archive",
    ("get", "/v1/collaborations/{collaboration_id}"): "test_reach.test_a_head_sees_and_handles_what_the_department_has",
    ("post", "/v1/collaborations/{collaboration_id}:process"):
        "test_reach.test_a_head_sees_and_handles_what_the_department_has",
    ("post", "/v1/collaborations/{collaboration_id}:recall"):
        "test_collaborations.test_only_whoever_opened_it_may_recall_it",
    ("get", "/v1/notices"): "test_collaborations.test_the_whole_life_from_the_hotline_to_the_archive",
    ("post", "/v1/notices/{notice_id}:read"): "test_reach.test_a_notice_is_its_persons_alone",
}  # fmt: skip


@pytest.fixture(scope="module")
def clients(served: Served) -> Iterator[dict[AccountRole, httpx.Client]]:
    known = {role: served.as_role(role) for role in AccountRole}
    yield known
    for client in known.values():
        client.close()


@pytest.fixture(scope="module")
def people(served: Served) -> dict[str, staff_rows.StaffMember]:
    with served.service.store.transaction(served.seeded.adcode) as tx:
        return {member.staff_code: member for member in staff_rows.all_staff(tx)}


@pytest.fixture(scope="module")
def covers(clients: dict[AccountRole, httpx.Client]) -> dict[str, str]:
    """A cover of everybody whom a test asks about, long after."""
    made = {}
    for number, code in enumerate(sorted({code for row in TARGETS.values() for code in row.values()})):
        day = f"2027-06-{number + 1:02d}"
        answer = clients[AccountRole.PLANNER].post(
            "/v1/covers", json={"staff": code, "first_day": day, "last_day": day}
        )
        assert answer.status_code == 201, answer.text
        made[code] = answer.json()["cover"]["leave_cover_id"]
    return made


@pytest.fixture(scope="module")
def stranger(served: Served) -> StaffId:
    """A member of staff of another district."""
    other = Adcode("520198")
    seed_empty(served.service.store, served.clock, adcode=other, rings=1)
    one = served.seeded.staff[next(iter(served.seeded.staff))][0]
    staff_id = StaffId("018f5e5e-0000-7000-8000-00000000beef")
    with served.service.store.transaction(other) as tx:
        staff_rows.save(tx, [staff_rows.StaffMember(
            staff_id=staff_id, staff_code="X01", name="x", role=one.role, org_unit_name=one.org_unit_name,
            office_lon=one.office_lon, office_lat=one.office_lat)])  # fmt: skip
    return staff_id


def routes(served: Served) -> dict[tuple[str, str], Action]:
    return {
        (method, path): Action(operation["x-action"])
        for path, methods in describe(served.app)["paths"].items()
        for method, operation in methods.items()
        if operation.get("x-action") in ABOUT_PEOPLE
    }


def test_every_route_of_peoples_records_has_a_row(served: Served) -> None:
    assert set(routes(served)) == ROWS.keys() | ELSEWHERE.keys()
    assert not ROWS.keys() & ELSEWHERE.keys()
    for named in set(ELSEWHERE.values()):
        module, _, test = named.partition(".")
        assert callable(getattr(importlib.import_module(f"tests.api.{module}"), test, None)), named


def test_only_actions_about_people_have_a_narrower_scope_than_the_district() -> None:
    narrow = {action for row in PERMISSIONS.values() for action, scope in row.items() if scope is not Scope.DISTRICT}
    assert narrow <= ABOUT_PEOPLE


@pytest.mark.parametrize("role", AccountRole)
def test_a_role_reaches_exactly_its_scope(
    served: Served,
    clients: dict[AccountRole, httpx.Client],
    people: dict[str, staff_rows.StaffMember],
    covers: dict[str, str],
    stranger: StaffId,
    role: AccountRole,
) -> None:
    day, plan_id = served.seeded.day.isoformat(), str(served.seeded.plan_id)
    assert (role in TARGETS) == (role in STAFF_ROLES)
    found = []
    for route, action in routes(served).items():
        if route not in ROWS:
            continue
        granted = PERMISSIONS[role].get(action)
        for scope, code in TARGETS.get(role, OF_A_SYSTEM).items():
            member = people[code]
            target = Target(code, member.staff_id, member.org_unit_name or "", day, plan_id, covers[code])
            if route[1].endswith("/board") and scope is Scope.OWN:
                continue  # a board is a department's: the narrowest that it is about
            path, body = ROWS[route](target)
            status = clients[role].request(route[0], path, json=body).status_code
            is_permitted = granted is not None and granted.includes(scope)
            if (status != 403) is not is_permitted or status >= 500:
                found.append((route, scope, status))
        target = Target(stranger, stranger, "nowhere", day, plan_id, NOWHERE)
        path, body = ROWS[route](target)
        answer = clients[role].request(route[0], path, json=body)
        if answer.status_code < 300 and (stranger in answer.text or "X01" in answer.text):
            found.append((route, Scope.ELSEWHERE, answer.status_code))
    assert found == []


def test_lists_hold_nobody_out_of_reach(
    clients: dict[AccountRole, httpx.Client], covers: dict[str, str], people: dict[str, staff_rows.StaffMember]
) -> None:
    code_of = {member.staff_id: code for code, member in people.items()}
    seen = {
        role: {code_of[one["staff_id"]] for one in clients[role].get("/v1/covers?with_past=true").json()["items"]}
        for role in (AccountRole.PLANNER, AccountRole.DEPARTMENT_HEAD)
    }
    assert seen[AccountRole.PLANNER] == covers.keys()
    assert seen[AccountRole.DEPARTMENT_HEAD] == {code for code in covers if code[0] == "M"}


def _open(client: httpx.Client, shop: str, kind: str, **more: str) -> dict[str, Any]:
    body = {"type": kind, "subject": "Something", "place": {"retailer_id": shop}, **more}
    answer = client.post("/v1/collaborations", json=body)
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()["traced"]["collaboration"]
    return found


def test_a_head_sees_and_handles_what_the_department_has(
    served: Served, clients: dict[AccountRole, httpx.Client]
) -> None:
    head, hotline = clients[AccountRole.DEPARTMENT_HEAD], clients[AccountRole.HOTLINE]
    shop = served.seeded.retailer_ids[0]
    ours, theirs = _open(hotline, shop, "service_request"), _open(hotline, shop, "complaint")
    listed = {one["collaboration_id"] for one in head.get("/v1/collaborations").json()["items"]}
    assert ours["collaboration_id"] in listed
    assert theirs["collaboration_id"] not in listed
    address = "/v1/collaborations/{}".format
    assert head.get(address(theirs["collaboration_id"])).status_code == 404
    refused = head.post(address(theirs["collaboration_id"]) + ":process", json={"result": "x"})
    assert refused.status_code == 403
    assert head.get(address(ours["collaboration_id"])).json()["may_process"] is True
    done = head.post(address(ours["collaboration_id"]) + ":process", json={"result": "Done by the office."})
    assert (done.status_code, done.json()["collaboration"]["state"]) == (200, "archived"), done.text


def test_a_notice_is_its_persons_alone(served: Served, clients: dict[AccountRole, httpx.Client]) -> None:
    manager, admin = clients[AccountRole.CUSTOMER_MANAGER], clients[AccountRole.ADMIN]
    shops = admin.get("/v1/shops").json()
    asked = "/v1/retailers/{}/ownership?layer=marketing".format
    owner_of = {shop: admin.get(asked(shop)).json()["layers"][0]["owner"] for shop in shops["retailer_id"][:40]}
    own = next(shop for shop, owner in owner_of.items() if owner["staff_code"] == "M01")
    _open(clients[AccountRole.HOTLINE], own, "service_request")
    notice = manager.get("/v1/notices?unread=true").json()["items"][0]["notice_id"]
    assert admin.post(f"/v1/notices/{notice}:read").status_code == 404
    assert manager.post(f"/v1/notices/{notice}:read").status_code == 200


def as_app(served: Served, **told: str) -> psycopg.Connection:
    """Open a connection of the application role that says who asks, as the service does."""
    connection = psycopg.connect(served.service.database.app_conninfo)
    for name, value in {"adcode": str(served.seeded.adcode), **told}.items():
        connection.execute("SELECT set_config(%s, %s, false)", [f"gridsvc.{name}", value])
    return connection


def count(connection: psycopg.Connection, statement: str) -> int:
    row = connection.execute(statement.encode()).fetchone()
    assert row is not None
    return int(row[0])


def test_behind_the_use_cases_the_database_refuses_the_same(
    served: Served, people: dict[str, staff_rows.StaffMember], covers: dict[str, str]
) -> None:
    me = people["M02"]
    with served.service.store.transaction(served.seeded.adcode) as tx:
        org_unit_id, department = staff_rows.department_of(tx, me.staff_id)
    told = {"account": "department_head", "staff_id": str(me.staff_id), "org_unit_id": str(org_unit_id),
            "department": str(department), "action": "days:read"}  # fmt: skip
    seen = {}
    for reach in ("own", "department", "district"):
        with as_app(served, reach=reach, **told) as connection:
            seen[reach] = [
                count(connection, f"SELECT count(*) FROM {table}") for table in ("route", "stop", "leave_cover")
            ]
            assert count(connection, "SELECT count(*) FROM reporter") == 0
            if reach == "own":
                statement = "UPDATE leave_cover SET ended_by = 'me' WHERE staff_id <> %s"
                assert connection.execute(statement, [me.staff_id]).rowcount == 0
                with pytest.raises(psycopg.errors.InsufficientPrivilege):
                    connection.execute(
                        "INSERT INTO absence (adcode, staff_id, first_day, last_day, reason)"
                        " VALUES (%s, %s, '2030-01-01', '2030-01-01', 'leave')",
                        [served.seeded.adcode, people["D03"].staff_id],
                    )
                connection.rollback()
    n_mine = sum(people[code].org_unit_name == me.org_unit_name for code in covers)
    assert seen["own"] == [1, seen["own"][1], 1]
    assert 0 < seen["own"][1] <= 10
    assert seen["department"] == [2, seen["department"][1], n_mine]
    assert seen["district"] == [6, seen["district"][1], len(covers)]
    assert seen["own"][1] < seen["department"][1] < seen["district"][1]

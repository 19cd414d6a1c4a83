"""Requests over HTTP: who gets them, what becomes of them, and who may see what."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
import sqlalchemy as sa

from gridsvc.cluster import RunningDatabase
from gridsvc.domain.ids import Adcode
from gridsvc.domain.layers import Layer
from gridsvc.domain.permissions import AccountRole
from gridsvc.storage import audit
from gridsvc.usecases.create_account import create_account
from gridsvc.usecases.declare_relation import declare_relation
from gridsvc.usecases.name_department import name_department
from tests.api.conftest import PASSWORD, PATIENCE_S, Served, serving_district

OFFICE = "第一专卖管理所"


@pytest.fixture(scope="module")
def here(database: RunningDatabase) -> Iterator[Served]:
    with serving_district(database) as known:
        service, adcode = known.service, known.seeded.adcode
        for code in ("I02", "I03"):
            create_account(
                service.store, service.clock, adcode=adcode, actor="test", user_name=code.lower(),
                role=AccountRole.MARKET_INSPECTOR, password=PASSWORD, staff_code=code,
            )  # fmt: skip
        yield known


@pytest.fixture(scope="module")
def hotline(here: Served) -> Iterator[httpx.Client]:
    with here.as_key(AccountRole.HOTLINE) as client:
        yield client


@pytest.fixture(scope="module")
def inspectors(here: Served) -> Iterator[dict[str, httpx.Client]]:
    """The three inspectors of the district, signed in, by staff code."""
    names = {"I01": AccountRole.MARKET_INSPECTOR.value, "I02": "i02", "I03": "i03"}
    clients = {code: here.as_person(name) for code, name in names.items()}
    yield clients
    for client in clients.values():
        client.close()


def owned_by(here: Served, code: str, layer: str = "inspection") -> str:
    """Give the code of a shop that a person owns."""
    with here.as_key(AccountRole.PLANNER) as client:
        for retailer in here.seeded.retailer_codes:
            answer = client.get("/v1/ownership", params={"retailer_code": retailer}).json()
            owner = next(item["owner"] for item in answer["layers"] if item["layer"] == layer)
            if owner["staff_code"] == code:
                return retailer
    raise AssertionError(f"{code} owns nothing in {layer}")


def request_at(place: dict[str, Any], **values: Any) -> dict[str, Any]:
    return {"type": "complaint", "subject": "Loose cigarettes", "content": "Seen today.", "place": place, **values}


def opened(client: httpx.Client, body: dict[str, Any], **headers: str) -> dict[str, Any]:
    answer = client.post("/v1/collaborations", json=body, headers={k.replace("_", "-"): v for k, v in headers.items()})
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


def handler_code(found: dict[str, Any]) -> str | None:
    handler = found["traced"]["collaboration"]["handler"]
    return None if handler["staff_id"] is None else found["traced"]["people"][handler["staff_id"]]["staff_code"]


def test_a_complaint_goes_to_the_inspector_of_the_shop_and_a_delivery_matter_to_the_driver(
    here: Served, hotline: httpx.Client
) -> None:
    shop = owned_by(here, "I02")
    complaint = opened(hotline, request_at({"retailer_code": shop}))
    assert handler_code(complaint) == "I02"
    assert complaint["traced"]["collaboration"]["state"] == "submitted"
    assert [item["layer"] for item in complaint["candidates"]] == [layer.value for layer in Layer]
    driver = next(item["owner"]["staff_code"] for item in complaint["candidates"] if item["layer"] == "delivery")
    matter = opened(hotline, request_at({"retailer_code": shop}, type="delivery_matter"))
    assert handler_code(matter) == driver


def test_a_point_in_another_datum_finds_the_same_handler(here: Served, hotline: httpx.Client) -> None:
    lon, lat = float(here.seeded.lon[0]), float(here.seeded.lat[0])
    plain = opened(hotline, request_at({"lon": lon, "lat": lat}))
    answer = hotline.get("/v1/ownership", params={"lon": lon, "lat": lat, "crs": "wgs84"}).json()
    shifted = hotline.get("/v1/ownership", params={"retailer_code": "R00001", "crs": "gcj02"}).json()["retailer"]
    moved = opened(hotline, request_at({"lon": shifted["lon"], "lat": shifted["lat"], "crs": "gcj02"}))
    owner = next(item["owner"]["staff_code"] for item in answer["layers"] if item["layer"] == "inspection")
    assert handler_code(plain) == handler_code(moved) == owner


def test_a_grid_is_a_place_too_and_has_to_be_of_the_right_layer(here: Served, hotline: httpx.Client) -> None:
    grids = {layer: hotline.get(f"/v1/grids?layer={layer}").json()["features"] for layer in ("inspection", "delivery")}
    grid = grids["inspection"][0]["properties"]
    found = opened(hotline, request_at({"grid_id": grid["grid_id"]}))
    assert found["traced"]["collaboration"]["grid_id"] == grid["grid_id"]
    wrong = hotline.post(
        "/v1/collaborations", json=request_at({"grid_id": grids["delivery"][0]["properties"]["grid_id"]})
    )
    assert (wrong.status_code, "name a grid of inspection" in wrong.json()["detail"]) == (422, True)


def test_the_whole_life_from_the_hotline_to_the_archive(
    here: Served, hotline: httpx.Client, inspectors: dict[str, httpx.Client]
) -> None:
    shop = owned_by(here, "I01")
    body = request_at({"retailer_code": shop}, external_ref="12313-1", reporter={"name": "王", "phone": "13800000000"})
    found = opened(hotline, body)
    address = f"/v1/collaborations/{found['traced']['collaboration']['collaboration_id']}"
    told = inspectors["I01"].get("/v1/notices?unread=true").json()["items"]
    assert told[0]["kind"] == "collaboration_assigned"
    assert "王" not in str(told)
    assert inspectors["I02"].get(address).status_code == 404
    assert inspectors["I02"].post(address + ":process", json={"result": "mine now"}).status_code == 403
    passed = inspectors["I01"].post(
        address + ":process", json={"result": "Went there; needs the second office.", "next_staff_code": "I02"}
    )
    assert passed.status_code == 200, passed.text
    assert passed.json()["collaboration"]["state"] == "in_process"
    assert passed.json()["may_process"] is False
    assert inspectors["I01"].post(address + ":process", json={"result": "again"}).status_code == 403
    ended = inspectors["I02"].post(address + ":process", json={"result": "Two cartons taken in."})
    assert ended.json()["collaboration"]["state"] == "archived"
    kinds = [step["kind"] for step in ended.json()["steps"]]
    assert kinds == ["submitted", "processed", "processed", "archived"]
    assert [step["step_no"] for step in ended.json()["steps"]] == [1, 2, 3, 4]
    after = inspectors["I02"].post(address + ":process", json={"result": "more"})
    assert (after.status_code, "archived" in after.json()["detail"]) == (409, True)
    seen = hotline.get("/v1/collaborations", params={"external_ref": "12313-1"}).json()["items"]
    assert [item["state"] for item in seen] == ["archived"]
    notices = hotline.get("/v1/notices").json()["items"]
    result = next(n for n in notices if n["kind"] == "collaboration_archived")
    assert result["content"]["words"] == "Two cartons taken in."
    read = hotline.post(f"/v1/notices/{result['notice_id']}:read").json()
    assert read["read_at"] is not None
    assert hotline.post(f"/v1/notices/{result['notice_id']}:read").json()["read_at"] == read["read_at"]
    with here.service.store.transaction(Adcode(here.seeded.adcode)) as tx:
        assert audit.first_broken(tx) is None


def test_who_told_the_hotline_is_for_the_intake_alone_and_every_reading_is_recorded(
    here: Served, hotline: httpx.Client, inspectors: dict[str, httpx.Client]
) -> None:
    shop = owned_by(here, "I01")
    found = opened(hotline, request_at({"retailer_code": shop}, reporter={"name": "李女士", "phone": "13900000000"}))
    address = f"/v1/collaborations/{found['traced']['collaboration']['collaboration_id']}"
    assert hotline.get(address + "/reporter").json() == {"name": "李女士", "phone": "13900000000"}
    with here.as_key(AccountRole.ADMIN) as admin, here.as_key(AccountRole.PLANNER) as planner:
        for client in (inspectors["I01"], admin, planner):
            assert client.get(address + "/reporter").status_code == 403
    assert "李女士" not in inspectors["I01"].get(address).text
    with here.service.store.transaction(Adcode(here.seeded.adcode)) as tx:
        told = tx.execute(
            sa.text("SELECT content::text FROM event UNION ALL SELECT content::text FROM audit")
        ).scalars()
        assert not any("李女士" in text or "13900000000" in text for text in told)
        read = sa.text("SELECT count(*) FROM audit WHERE action = 'reporter.read'")
        assert tx.execute(read).scalar_one() == 1


def test_the_same_ticket_or_key_again_is_the_same_collaboration(here: Served, hotline: httpx.Client) -> None:
    body = request_at({"retailer_code": owned_by(here, "I03")}, external_ref="12313-2")
    first = opened(hotline, body, Idempotency_Key="abc")
    identifier = first["traced"]["collaboration"]["collaboration_id"]
    again = hotline.post("/v1/collaborations", json=body, headers={"Idempotency-Key": "abc"})
    ticket = hotline.post("/v1/collaborations", json={**body, "subject": "The same ticket, in other words"})
    for answer in (again, ticket):
        assert answer.status_code == 200
        assert answer.json()["traced"]["collaboration"]["collaboration_id"] == identifier
    other = hotline.post(
        "/v1/collaborations",
        json=request_at({"retailer_code": owned_by(here, "I01")}),
        headers={"Idempotency-Key": "abc"},
    )
    assert (other.status_code, other.json()["code"]) == (409, "conflict")
    with here.as_key(AccountRole.SYSTEM) as system:  # another caller's tickets are its own
        mine = opened(system, body)
        assert mine["traced"]["collaboration"]["collaboration_id"] != identifier
        listed = system.get("/v1/collaborations").json()["items"]
        assert [item["collaboration_id"] for item in listed] == [mine["traced"]["collaboration"]["collaboration_id"]]


def test_ten_deliveries_of_one_ticket_at_once_open_one_collaboration(here: Served) -> None:
    body = request_at({"retailer_code": owned_by(here, "I03")}, external_ref="12313-3")
    answers: list[httpx.Response] = []

    def send() -> None:
        with here.as_key(AccountRole.HOTLINE) as client:
            answers.append(client.post("/v1/collaborations", json=body))

    threads = [threading.Thread(target=send) for _ in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answer.status_code for answer in answers) == [200] * 9 + [201]
    assert len({answer.json()["traced"]["collaboration"]["collaboration_id"] for answer in answers}) == 1


def test_a_complaint_about_the_owner_goes_to_the_head_and_the_owner_never_sees_it(
    here: Served, hotline: httpx.Client, inspectors: dict[str, httpx.Client]
) -> None:
    service, adcode = here.service, here.seeded.adcode
    shop = owned_by(here, "I01")
    leaderless = opened(hotline, request_at({"retailer_code": shop}, about_staff_code="I01"))
    handler = leaderless["traced"]["collaboration"]["handler"]
    assert (handler["staff_id"], handler["department"]) == (None, OFFICE)
    name_department(
        service.store, service.clock, adcode=adcode, actor="test", name=OFFICE, head_staff_code="I03",
        duty_phone="0851-12313",
    )  # fmt: skip
    found = opened(hotline, request_at({"retailer_code": shop}, about_staff_code="I01"))
    assert handler_code(found) == "I03"
    assert found["traced"]["collaboration"]["handler"]["reason"] == "subject_of_complaint"
    for complaint in (leaderless, found):
        identifier = complaint["traced"]["collaboration"]["collaboration_id"]
        assert inspectors["I01"].get(f"/v1/collaborations/{identifier}").status_code == 404
        refused = inspectors["I01"].post(f"/v1/collaborations/{identifier}:process", json={"result": "no"})
        assert refused.status_code == 404  # not even that there is one is told to whom it is about
        listed = inspectors["I01"].get("/v1/collaborations?limit=200").json()["items"]
        assert identifier not in {item["collaboration_id"] for item in listed}
        assert all(n["collaboration_id"] != identifier for n in inspectors["I01"].get("/v1/notices").json()["items"])
    address = f"/v1/collaborations/{found['traced']['collaboration']['collaboration_id']}"
    assert inspectors["I03"].get(address).json()["collaboration"]["about_staff_id"] is None
    back = inspectors["I03"].post(address + ":process", json={"result": "yours", "next_staff_code": "I01"})
    assert (back.status_code, "may not handle" in back.json()["detail"]) == (422, True)


def test_a_declared_relation_bars_the_owner_and_open_matters_leave_at_once(
    here: Served, hotline: httpx.Client, inspectors: dict[str, httpx.Client]
) -> None:
    service, adcode = here.service, here.seeded.adcode
    shop = owned_by(here, "I02")
    before = opened(hotline, request_at({"retailer_code": shop}))
    assert handler_code(before) == "I02"
    said: dict[str, Any] = {
        "adcode": adcode, "actor": "test", "staff_code": "I02", "retailer_code": shop, "reason": "brother of the owner",
    }  # fmt: skip
    declare_relation(service.store, service.clock, **said)
    after = opened(hotline, request_at({"retailer_code": shop}))
    assert handler_code(after) != "I02"
    assert after["traced"]["collaboration"]["handler"]["reason"] == "declared_relation"
    identifier = before["traced"]["collaboration"]["collaboration_id"]
    traced = hotline.get(f"/v1/collaborations/{identifier}").json()
    assert traced["steps"][-1]["kind"] == "redispatched"
    assert traced["collaboration"]["handler"]["staff_id"] == after["traced"]["collaboration"]["handler"]["staff_id"]
    kinds = [n["kind"] for n in inspectors["I02"].get("/v1/notices").json()["items"]]
    assert "collaboration_left" in kinds
    declare_relation(service.store, service.clock, **said, is_withdrawn=True)
    assert handler_code(opened(hotline, request_at({"retailer_code": shop}))) == "I02"


def test_of_a_recall_and_a_step_at_the_same_moment_one_wins(here: Served) -> None:
    shop = owned_by(here, "I01")
    for _ in range(5):
        with here.as_key(AccountRole.HOTLINE) as caller, here.as_person("market_inspector") as inspector:
            found = opened(caller, request_at({"retailer_code": shop}))
            address = f"/v1/collaborations/{found['traced']['collaboration']['collaboration_id']}"
            answers: dict[str, int] = {}

            def send(client: httpx.Client, verb: str, body: dict[str, str], at: str, into: dict[str, int]) -> None:
                into[verb] = client.post(f"{at}:{verb}", json=body).status_code

            threads = [
                threading.Thread(target=send, args=(caller, "recall", {"reason": "solved by phone"}, address, answers)),
                threading.Thread(target=send, args=(inspector, "process", {"result": "went there"}, address, answers)),
            ]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            assert sorted(answers.values()) == [200, 409], answers
            state = caller.get(address).json()["collaboration"]["state"]
            assert state == ("recalled" if answers["recall"] == 200 else "archived")


def test_only_whoever_opened_it_may_recall_it(here: Served, hotline: httpx.Client) -> None:
    found = opened(hotline, request_at({"retailer_code": owned_by(here, "I01")}))
    address = f"/v1/collaborations/{found['traced']['collaboration']['collaboration_id']}"
    with here.as_key(AccountRole.PLANNER) as planner:
        assert planner.post(address + ":recall", json={"reason": "not needed"}).status_code == 403
    assert hotline.post(address + ":recall", json={"reason": " "}).status_code == 422
    assert hotline.post(address + ":recall", json={"reason": "solved"}).json()["collaboration"]["state"] == "recalled"
    assert hotline.post(address + ":recall", json={"reason": "again"}).status_code == 409


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"type": "complaint", "place": {"retailer_code": "R00001"}}, "subject"),
        ({"subject": "x", "place": {"retailer_code": "R00001"}}, "type"),
        (request_at({}), "name one place"),
        (request_at({"retailer_code": "R00001", "lon": 106.7, "lat": 26.5}), "name one place"),
        (request_at({"lon": 106.7}), "both lat and lon"),
        (request_at({"retailer_code": "R00001"}, subject="  "), "subject is empty"),
        (request_at({"retailer_code": "R00001"}, subject="a\x00b"), "cannot be stored"),
        (request_at({"retailer_code": "R00001"}, about_staff_code="X99"), "no member of staff X99"),
        (request_at({"retailer_code": "R00001"}, priority=1), "priority"),
    ],
)
def test_what_cannot_be_dispatched_is_refused_with_every_reason(
    hotline: httpx.Client, body: dict[str, Any], words: str
) -> None:
    answer = hotline.post("/v1/collaborations", json=body)
    assert answer.status_code == 422, answer.text
    assert words in answer.text


def test_a_place_that_is_not_there_is_not_found(hotline: httpx.Client) -> None:
    for place in ({"retailer_code": "nope"}, {"lon": 0.0, "lat": 0.0}, {"grid_id": "nope"}):
        assert hotline.post("/v1/collaborations", json=request_at(place)).status_code == 404


def test_pages_of_the_list_join_without_gaps(here: Served, hotline: httpx.Client) -> None:
    for number in range(5):
        opened(hotline, request_at({"retailer_code": owned_by(here, "I01")}, external_ref=f"page-{number}"))
    whole = [item["collaboration_id"] for item in hotline.get("/v1/collaborations?limit=200").json()["items"]]
    paged: list[str] = []
    after = ""
    while True:
        found = hotline.get(f"/v1/collaborations?limit=2{after}").json()
        paged += [item["collaboration_id"] for item in found["items"]]
        if found["next"] is None:
            break
        after = f"&after={found['next']}"
    assert paged == whole
    assert hotline.get("/v1/collaborations?after=nonsense", timeout=PATIENCE_S).status_code == 422

"""Look-ups over HTTP: every way of asking, alike on every path, in thousands, and while the database is away."""

from __future__ import annotations

import json
from collections.abc import Iterator

import h3
import httpx
import numpy as np
import pytest

from api.fast_lookup import FastLookup
from gridsvc.domain.permissions import PERMISSIONS, AccountRole, Action
from gridsvc.usecases.create_account import STAFF_ROLES
from gridsvc.usecases.create_key import create_key
from tests.api.conftest import PATIENCE_S, Served

VOLATILE = {"date", "x-request-id", "ratelimit-remaining", "ratelimit-reset"}


@pytest.fixture(scope="module")
def client(served: Served) -> Iterator[httpx.Client]:
    with served.as_key(AccountRole.SYSTEM) as known:
        yield known


def ask(client: httpx.Client, **question: object) -> dict:  # type: ignore[type-arg]
    answer = client.get("/v1/ownership", params=question)
    assert answer.status_code == 200, answer.text
    return answer.json()


def comparable(answer: httpx.Response) -> tuple[object, ...]:
    body = answer.json() if answer.content else None
    if isinstance(body, dict):
        body = {name: value for name, value in body.items() if name not in {"as_of", "request_id"}}
    headers = {name: value for name, value in answer.headers.items() if name not in VOLATILE | {"content-length"}}
    return answer.status_code, headers, json.dumps(body, sort_keys=True)


QUERIES = (
    "lat={lat}&lon={lon}", "lon={lon}&lat={lat}&layer=marketing", "retailer_code=R00007", "licence_no=000000000009",
    "retailer_code=R00007&layer=delivery", "lat=95&lon=1", "lat=1&lon=1", "lat={lat}", "", "retailer_code=none",
    "retailer_code=R00007&licence_no=000000000009", "lat={lat}&lon={lon}&csr=gcj02", "lat={lat}&lat=1&lon={lon}",
    "lat=1e1&lon=2", "lat=+26.5&lon=106.7", "lat=nan&lon=inf", "lat={lat}&lon={lon}&layer=none", "retailer_code=",
    "lat={lat}&lon={lon}&layer=", "lat={lat}&lon={lon}&crs=gcj02", "lat={lat}&lon={lon}&as_of=2026-11-20T08:00:00Z",
    "retailer_code=%52%30%30%30%30%37", "lat={lat}&lon={lon}&accuracy_m=200", "licence_no=..", "lat=-0&lon=-0",
    "layer=inspection", "lat={lat}&lon={lon}&", "lat={lat}&lon={lon}&retailer_code=R00007",
)  # fmt: skip


@pytest.mark.parametrize("role", AccountRole)
def test_the_fast_path_answers_as_the_route_does_whoever_asks_whatever(
    served: Served, role: AccountRole, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = {"lat": served.seeded.lat[3], "lon": served.seeded.lon[3]}
    taken = []
    real = FastLookup._answer

    def watched(self: FastLookup, *asked: object) -> object:
        found = real(self, *asked)  # type: ignore[arg-type]
        taken.append(found is not None)
        return found

    with served.as_role(role) as client:
        served.app.state.board.now(served.seeded.adcode).warm()
        client.get("/v1/ownership?retailer_code=R00001")  # the caller is known from here on
        for query in QUERIES:
            held = client.get(f"/v1/ownership?{query.format(**place)}").headers.get("etag", "none")
            for headers in ({}, {"If-None-Match": f'"other", {held}'}, {"Accept": "text/html", "X-Request-Id": "a-1"}):
                address = f"/v1/ownership?{query.format(**place)}"
                monkeypatch.setattr(FastLookup, "_answer", watched)
                fast = [client.get(address, headers=headers), client.head(address, headers=headers)]
                monkeypatch.setattr(FastLookup, "_answer", lambda *_: None)
                slow = [client.get(address, headers=headers), client.head(address, headers=headers)]
                assert [comparable(a) for a in fast] == [comparable(a) for a in slow], (query, headers)
    if (
        role not in STAFF_ROLES and Action.OWNERSHIP_READ in PERMISSIONS[role]
    ):  # who signs in as a person has no key, and the route answers
        assert sum(taken) >= 15, "the fast path was hardly taken, so nothing was compared"


def test_a_key_limited_to_some_actions_is_answered_alike_on_both_paths(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = FastLookup._answer
    served.app.state.board.now(served.seeded.adcode).warm()
    for actions, expected in (([Action.OWNERSHIP_READ], 200), ([Action.EVENTS_READ], 403)):
        key = create_key(
            served.service.store, served.clock, adcode=served.seeded.adcode, actor="test", name=f"limited-{expected}",
            role=AccountRole.SYSTEM, scopes=actions,
        )  # fmt: skip
        for headers in ([], [("Authorization", f"Bearer {key}")], [("Authorization", "Bearer other")]):
            sent = [("Authorization", f"Bearer {key}"), *headers]
            answers = []
            for path in (real, lambda *_: None):
                monkeypatch.setattr(FastLookup, "_answer", path)
                answers += [
                    httpx.get(f"{served.address}/v1/ownership?retailer_code=R00001", headers=sent, timeout=PATIENCE_S)
                    for _ in range(2)
                ]
            assert {answer.status_code for answer in answers} == {401 if headers else expected}
            assert all(comparable(answer) == comparable(answers[0]) for answer in answers)


@pytest.mark.parametrize(
    ("name", "values", "expected"),
    [
        ("Content-Type", ("application/json", "text/plain"), 422), ("Idempotency-Key", ("a", "b"), 422),
        ("If-None-Match", ('"other"', "{held}"), 304),
    ],
)  # fmt: skip
def test_a_header_that_comes_twice_is_judged_alike_on_both_paths(
    served: Served, monkeypatch: pytest.MonkeyPatch, name: str, values: tuple[str, ...], expected: int
) -> None:
    real = FastLookup._answer
    served.app.state.board.now(served.seeded.adcode).warm()
    address = f"{served.address}/v1/ownership?retailer_code=R00001"
    key = ("Authorization", f"Bearer {served.keys[AccountRole.SYSTEM]}")
    held = httpx.get(address, headers=[key], timeout=PATIENCE_S).headers["etag"]
    sent = [key, *((name, value.format(held=held)) for value in values)]
    answers = []
    for path in (real, lambda *_: None):
        monkeypatch.setattr(FastLookup, "_answer", path)
        answers.append(httpx.get(address, headers=sent, timeout=PATIENCE_S))
    assert [answer.status_code for answer in answers] == [expected, expected]
    assert comparable(answers[0]) == comparable(answers[1])


def test_without_a_key_or_with_a_wrong_one_the_fast_path_lets_nobody_in(served: Served) -> None:
    address = f"{served.address}/v1/ownership?retailer_code=R00001"
    for key in ("", "Bearer", "Bearer gsk_wrong", "Basic eDp5", f"bearer  {served.keys[AccountRole.SYSTEM]}x"):
        answer = httpx.get(address, headers={"Authorization": key}, timeout=PATIENCE_S)
        assert (key, answer.status_code) == (key, 401)


def test_a_place_tells_its_border_deputies_and_since_when(client: httpx.Client, served: Served) -> None:
    answer = ask(client, lat=served.seeded.lat[0], lon=served.seeded.lon[0])
    layer = answer["layers"][0]
    assert answer["valid_from"] == layer["valid_from"] == served.seeded.published_at.isoformat()
    assert (answer["valid_to"], answer["is_stale"], answer["certainty"]) == (None, False, 1.0)
    assert layer["distance_to_border_m"] > 0
    assert layer["owner"]["staff_code"] not in {deputy["staff_code"] for deputy in layer["deputies"]}
    assert 1 <= len(layer["deputies"]) <= 2


def test_a_rough_place_names_the_others_it_may_belong_to(client: httpx.Client, served: Served) -> None:
    at_centre = {"lat": 26.5783, "lon": 106.7135}  # where the three sectors meet
    rough = ask(client, **at_centre, accuracy_m=800)
    layer = rough["layers"][0]
    shares = [layer["certainty"], *(other["share"] for other in layer["alternatives"])]
    assert abs(sum(shares) - 1) < 0.001
    assert len(layer["alternatives"]) == 2
    assert rough["certainty"] <= layer["certainty"] < 0.8
    assert rough["uncertainty_m"] == 800
    assert ask(client, **at_centre)["layers"][0]["alternatives"] == []


def test_an_address_is_found_offline_and_says_how_sure(client: httpx.Client, served: Served) -> None:
    answer = ask(client, address="中山路12号")
    assert (answer["matched_by"], answer["address"]["precision"]) == ("address", "address")
    assert answer["address"]["confidence"] > 0.9
    shop = ask(client, retailer_code="R00012")
    assert answer["layers"][0]["owner"] == shop["layers"][0]["owner"]
    missing = client.get("/v1/ownership", params={"address": "不存在的地方"})
    assert missing.status_code == 404
    assert "不存在的地方" in missing.json()["detail"]


def test_a_cell_is_answered_like_the_places_in_it(client: httpx.Client, served: Served) -> None:
    lat, lon = served.seeded.lat[5], served.seeded.lon[5]
    at_point = ask(client, lat=lat, lon=lon)
    for resolution in (10, 12, 15):
        cell = client.get(f"/v1/cells/{h3.latlng_to_cell(lat, lon, resolution)}/ownership").json()
        assert [a["owner"] for a in cell["layers"]] == [a["owner"] for a in at_point["layers"]]
    coarse = client.get(f"/v1/cells/{h3.latlng_to_cell(26.5783, 106.7135, 7)}/ownership").json()
    assert coarse["certainty"] < 1
    assert coarse["layers"][0]["alternatives"]
    assert client.get(f"/v1/cells/{h3.latlng_to_cell(lat, lon, 5)}/ownership").status_code == 422
    assert client.get(f"/v1/cells/{h3.latlng_to_cell(31.2, 121.5, 10)}/ownership").status_code == 404
    assert client.get("/v1/cells/nonsense/ownership").status_code == 422


def test_a_mixed_batch_answers_each_as_alone_and_tells_which_fail(client: httpx.Client, served: Served) -> None:
    lat, lon = served.seeded.lat, served.seeded.lon
    good: list[dict[str, object]] = [{"lon": x, "lat": y} for x, y in zip(lon[:40], lat[:40], strict=True)]
    good += [{"retailer_code": "R00003"}, {"licence_no": "000000000004"}, {"address": "中山路9号"}]
    good += [{"lon": lon[0], "lat": lat[0], "accuracy_m": 500.0}]
    bad = [{"lon": 0, "lat": 0}, {"lon": 200, "lat": 1}, {"retailer_code": "none"}, 7, {}, {"lon": "1", "lat": 2},
           {"cell": "zz"}, {"lon": 1, "lat": 1, "licence_no": "1"}, {"colour": "red"},
           {"lon": True, "lat": 1}]  # fmt: skip
    found = client.post("/v1/ownership:batch", json={"items": [*good, *bad]}).json()
    assert [problem["item"] for problem in found["problems"]] == list(range(len(good), len(good) + len(bad)))
    assert {problem["code"] for problem in found["problems"]} == {"not_found", "unprocessable"}
    details = {detail["item"]: detail for detail in found["details"]}
    assert sorted(details) == list(range(40, len(good)))
    for layer in ("inspection", "marketing", "delivery"):
        numbers = found["owner_of_item"][layer]
        assert numbers[len(good) :] == [-1] * len(bad)
        assert len(found["owners"][layer]) < len(good)
    for number, item in enumerate(good):
        alone = ask(client, **item)
        for at, layer in enumerate(("inspection", "marketing", "delivery")):
            shared = found["owners"][layer][found["owner_of_item"][layer][number]]
            assert shared["owner"] == alone["layers"][at]["owner"]
            assert shared["deputies"] == alone["layers"][at]["deputies"]
        if number in details:
            assert details[number]["certainty"] == alone["certainty"]
            assert details[number]["matched_by"] == alone["matched_by"]


def test_lines_and_columns_say_the_same_as_items(client: httpx.Client, served: Served) -> None:
    rng = np.random.default_rng(3)
    lon, lat = rng.uniform(106.69, 106.74, 300), rng.uniform(26.555, 26.60, 300)
    items = [{"lon": x, "lat": y} for x, y in zip(lon.tolist(), lat.tolist(), strict=True)]
    by_items = client.post("/v1/ownership:batch?layers=delivery&distances=true", json={"items": items}).json()
    columns = {"lon": lon.tolist(), "lat": lat.tolist()}
    by_columns = client.post("/v1/ownership:batch?layers=delivery&distances=true", json=columns).json()
    assert {k: v for k, v in by_items.items() if k != "as_of"} == {k: v for k, v in by_columns.items() if k != "as_of"}
    text = "\n".join(map(json.dumps, items))
    answer = client.post(
        "/v1/ownership:batch?layers=delivery", content=text, headers={"Content-Type": "application/x-ndjson"}
    )
    lines = [json.loads(line) for line in answer.text.splitlines()]
    assert [line["item"] for line in lines] == list(range(300))
    n_outside = 0
    for line, number, metres in zip(
        lines, by_items["owner_of_item"]["delivery"], by_items["distance_to_border_m"]["delivery"], strict=True
    ):
        if line["status"] != 200:
            n_outside += 1
            assert number == -1
            continue
        place = items[line["item"]]
        assert (line["answer"]["lon"], line["answer"]["lat"]) == (place["lon"], place["lat"])
        assert line["answer"]["layers"][0]["owner"] == by_items["owners"]["delivery"][number]["owner"]
        if line["item"] % 20 == 0:
            alone = ask(client, **place, layer="delivery")["layers"][0]
            assert alone["distance_to_border_m"] == pytest.approx(metres, abs=0.11)
    assert 0 < n_outside < 290


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"{", "no JSON"), (b"[]", "items"), (b'{"items": 3}', "list"), (b'{"lon": [1], "lat": []}', "lon has 1"),
        (b'{"lon": ["1"], "lat": [2]}', "numbers"), (b'{"items": [], "layers": []}', "query parameters"),
        (b"\xff", "no JSON"),
    ],
)  # fmt: skip
def test_a_body_that_is_no_batch_is_refused_in_words(client: httpx.Client, body: bytes, words: str) -> None:
    answer = client.post("/v1/ownership:batch", content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code == 422
    assert words in answer.json()["detail"]
    assert client.post("/v1/ownership:batch?layers=none", json={"items": []}).status_code == 422
    assert client.post("/v1/ownership:batch", json={"items": []}).json()["n_items"] == 0


def test_who_asks_too_often_waits_and_the_others_do_not(served: Served) -> None:
    limiter = served.app.state.rate_limiter
    before = limiter.per_s, limiter._most
    limiter.per_s, limiter._most = 1, 3.0
    limiter._level.clear()
    try:
        with served.as_key(AccountRole.SYSTEM) as busy, served.as_key(AccountRole.HOTLINE) as other:
            answers = [busy.get("/v1/ownership?retailer_code=R00001") for _ in range(8)]
            refused = [a for a in answers if a.status_code == 429]
            assert refused
            assert answers[0].headers["ratelimit-limit"] == "3"
            assert refused[0].json()["code"] == "rate_limited"
            assert int(refused[0].headers["retry-after"]) >= 1
            assert other.get("/v1/ownership?retailer_code=R00001").status_code == 200
    finally:
        limiter.per_s, limiter._most = before
        limiter._level.clear()

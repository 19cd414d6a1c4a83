"""Other systems write shops, follow what happens, and are called: nothing is lost, nothing comes early or forged."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx
import pytest

from gridsvc import worker
from gridsvc.domain.errors import BadInput
from gridsvc.domain.permissions import AccountRole
from gridsvc.engines.pool import EnginePool
from gridsvc.outbound import check_url
from gridsvc.settings import Settings
from gridsvc.storage import events as event_rows
from gridsvc.storage import webhooks as webhook_rows
from gridsvc.storage.events import DELIVER
from gridsvc.usecases.create_webhook import create_webhook
from gridsvc.usecases.deliver_webhook import deliver_webhook
from gridsvc.usecases.replay_webhook import replay_webhook
from tests.api.conftest import Served


@pytest.fixture(scope="module")
def feed(served: Served) -> Iterator[httpx.Client]:
    with served.as_key(AccountRole.FEED) as client:
        yield client


@pytest.fixture(scope="module")
def system(served: Served) -> Iterator[httpx.Client]:
    with served.as_key(AccountRole.SYSTEM) as client:
        yield client


def cursor_of(client: httpx.Client) -> str:
    after = "0"
    while True:
        page = client.get("/v1/events", params={"after": after, "limit": 200}).json()
        if not page["items"]:
            return after
        after = page["next"]


def test_a_new_shop_is_owned_at_once_and_its_life_is_told(
    served: Served, feed: httpx.Client, system: httpx.Client
) -> None:
    after = cursor_of(system)
    place = {"lon": served.seeded.lon[4], "lat": served.seeded.lat[4]}
    new = {"licence_no": "990000000001", "name": "新店", "address": "新路1号", **place}
    made = feed.put("/v1/retailers/N0001", json=new)
    assert (made.status_code, made.json()["is_new"], made.json()["notes"]) == (201, True, [])
    answer = system.get("/v1/ownership?retailer_code=N0001").json()
    at_place = system.get("/v1/ownership", params=place).json()
    assert [a["owner"] for a in answer["layers"]] == [a["owner"] for a in at_place["layers"]]
    assert {a["source"] for a in answer["layers"]} == {"assigned"}
    again = feed.put("/v1/retailers/N0001", json=new)
    assert (again.status_code, again.json()["changed"]) == (200, [])
    for status in ("suspended", "active", "closed"):
        served.clock.instant += timedelta(minutes=1)
        assert feed.put("/v1/retailers/N0001", json={"status": status}).json()["changed"] == ["status"]
    refused = feed.put("/v1/retailers/N0001", json={"status": "active"})
    assert refused.status_code == 409
    assert "new licence" in refused.json()["detail"]
    told = system.get("/v1/events", params={"after": after}).json()["items"]
    assert [event["kind"] for event in told] == [
        "retailer_opened", "retailer_assigned", "retailer_suspended", "retailer_resumed", "retailer_licence_closed",
        "retailer_closed",
    ]  # fmt: skip
    assert not any({"before", "after"} & event["content"].keys() for event in told), "a system may not read shops"
    history = feed.get(f"/v1/retailers/{made.json()['retailer_id']}/events").json()["items"]
    assert [event["event_no"] for event in history] == [event["event_no"] for event in told]
    assert (history[2]["content"]["before"], history[2]["content"]["after"]) == (
        {"status": "active"},
        {"status": "suspended"},
    )


@pytest.mark.parametrize(
    ("code", "stated", "status", "words"),
    [
        ("N0002", {"address": "x"}, 422, "name"),
        ("N0002", {"name": "x", "status": "closed"}, 409, "not known"),
        ("N0002", {"name": "x", "licence_no": "000000000003"}, 409, "belongs to retailer R00003"),
        ("N0002", {"name": "x", "lon": 121.4, "lat": 31.2}, 422, "outside the district"),
        ("N0002", {"name": "x", "lon": 106.7}, 422, "cannot be used"),
        ("N0002", {"name": "x", "colour": "red"}, 422, "cannot be used"),
        ("N0002", {"name": "a\u0000b"}, 422, "cannot be used"),
        ("R00005", {"licence_no": "000000000003"}, 409, "belongs to retailer R00003"),
    ],
)
def test_what_cannot_be_true_of_a_shop_changes_nothing(
    feed: httpx.Client, system: httpx.Client, code: str, stated: dict[str, object], status: int, words: str
) -> None:
    before = cursor_of(system)
    answer = feed.put(f"/v1/retailers/{code}", json=stated)
    assert answer.status_code == status, answer.text
    assert words in answer.json()["detail"]
    assert cursor_of(system) == before


def test_orders_are_written_once_however_often_they_are_sent(feed: httpx.Client) -> None:
    items = [
        {"retailer_code": "R00001", "order_date": "2026-11-20", "cartons": 12},
        {"licence_no": "000000000002", "order_date": "2026-11-20", "cartons": 5.5},
        {"retailer_code": "none", "order_date": "2026-11-20", "cartons": 1},
        {"retailer_code": "R00001", "order_date": "2026-11-20", "cartons": 13},
    ]
    first = feed.post("/v1/orders:batch", json={"items": items}).json()
    assert (first["n_new"], sorted(first["refused"])) == (2, ["2", "3"])
    again = feed.post("/v1/orders:batch", json={"items": items[:2]}).json()
    assert (again["n_new"], again["n_changed"], again["n_unchanged"]) == (0, 0, 2)
    items[0]["cartons"] = 14
    assert feed.post("/v1/orders:batch", json={"items": items[:1]}).json()["n_changed"] == 1
    nameless = feed.post("/v1/orders:batch", json={"items": [{"order_date": "2026-11-20", "cartons": 1}]})
    assert (nameless.status_code, len(nameless.json()["violations"])) == (422, 1)


def test_every_filter_alone_and_all_together_narrow_the_list(served: Served, feed: httpx.Client) -> None:
    def codes(**wanted: object) -> set[str]:
        found: set[str] = set()
        after = None
        while True:
            page = feed.get("/v1/retailers", params={**wanted, "limit": 50, **({"after": after} if after else {})})
            assert page.status_code == 200, page.text
            found |= {item["retailer_code"] for item in page.json()["items"]}
            after = page.json()["next"]
            if after is None:
                return found

    everything = codes(status="active")
    west = float(sorted(served.seeded.lon)[60])
    in_box = {c for c, x in zip(served.seeded.retailer_codes, served.seeded.lon, strict=True) if x <= west}
    assert codes(bbox=f"106.0,26.0,{west},27.0", status="active") - {"N0001"} == in_box & everything
    with served.as_key(AccountRole.ADMIN) as admin:
        grid = admin.get("/v1/layers/marketing").json()["grids"][0]
    in_grid = codes(grid_id=grid["grid_id"])
    assert 0 < len(in_grid) < len(everything)
    assert codes(org="市场一部") >= everything - {"N0001"}
    assert codes(org="nobody") == set()
    assert codes(licence_no="00000000001", status="active") == {f"R{n:05d}" for n in range(10, 20)}
    both = codes(grid_id=grid["grid_id"], bbox=f"106.0,26.0,{west},27.0", retailer_code="R000", status="active")
    assert both - {"N0001"} == {c for c in in_grid & in_box & everything if c.startswith("R000")}
    assert feed.get("/v1/retailers?bbox=1,2,3").status_code == 422
    assert feed.get("/v1/retailers?bbox=9,2,3,4").status_code == 422


def test_no_event_appears_behind_a_cursor_that_was_read(served: Served) -> None:
    """Two writers at once: whoever takes the later number commits later, because the second one waits."""
    store, clock, adcode = served.service.store, served.clock, served.seeded.adcode
    has_number, may_commit, order = threading.Event(), threading.Event(), []

    def first() -> None:
        with store.transaction(adcode) as tx:
            event_rows.add(tx, clock, "retailer_changed", {"writer": 1})
            has_number.set()
            may_commit.wait(30)
        order.append(1)

    def second() -> None:
        has_number.wait(30)
        with store.transaction(adcode) as tx:
            event_rows.add(tx, clock, "retailer_changed", {"writer": 2})
        order.append(2)

    with store.transaction(adcode) as tx:
        start = event_rows.newest(tx)
    threads = [threading.Thread(target=work) for work in (first, second)]
    for thread in threads:
        thread.start()
    has_number.wait(30)
    threads[1].join(0.5)
    with store.transaction(adcode) as tx:
        assert event_rows.newest(tx) == start, "the second writer overtook the first"
    may_commit.set()
    for thread in threads:
        thread.join()
    with store.transaction(adcode) as tx:
        found = event_rows.after(tx, start, ("retailer_changed",), limit=10)
    assert [event.content["writer"] for event in found] == [1, 2]


def test_generations_are_listed_and_compared(system: httpx.Client, feed: httpx.Client, served: Served) -> None:
    listed = system.get("/v1/generations").json()["items"]
    assert [one["generation"] for one in listed] == [1, 0]
    assert system.get("/v1/generations/current").json() == listed[0] | {"is_current": True}
    first = feed.get("/v1/generations/0..1/diff?limit=200").json()
    n_shops = len(served.seeded.retailer_ids)
    assert set(first["n_changed"].values()) == {n_shops}
    assert sum(first["gained"]["marketing"].values()) == n_shops
    rest = feed.get("/v1/generations/0..1/diff", params={"limit": 200, "after": first["next"]}).json()
    assert len(first["items"]) + len(rest["items"]) == 3 * n_shops
    assert feed.get("/v1/generations/0..7/diff").status_code == 404
    assert feed.get("/v1/generations/0..x/diff").status_code == 422


@dataclass
class Receiver:
    """A real HTTP server on the loopback that takes, or refuses, what is delivered."""

    statuses: list[int] = field(default_factory=list)  # of the coming answers; then 204
    taken: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    url: str = ""


@contextmanager
def receiving() -> Iterator[Receiver]:
    known = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            status = known.statuses.pop(0) if known.statuses else 204
            if status < 300:
                known.taken.append((dict(self.headers.items()), body))
            self.send_response(status)
            self.send_header("Content-Length", "0")
            if status == 302:
                self.send_header("Location", "/elsewhere")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    known.url = f"http://127.0.0.1:{server.server_port}/hook"
    yield known
    server.shutdown()
    thread.join()
    server.server_close()


def subscribe(served: Served, url: str, *kinds: str) -> tuple[str, str]:
    made = create_webhook(
        served.service.store, served.clock, adcode=served.seeded.adcode, actor="test", url=url,
        kinds=kinds or ("retailer_changed",), allow_private=True,
    )  # fmt: skip
    return made.webhook.webhook_id, made.secret


def happen(served: Served, n: int) -> list[int]:
    with served.service.store.transaction(served.seeded.adcode) as tx:
        start = event_rows.newest(tx)
        for number in range(n):
            event_rows.add(tx, served.clock, "retailer_changed", {"n": number, "before": {"name": "secret"}})
        return [event.event_no for event in event_rows.after(tx, start, ("retailer_changed",), limit=n)]


def deliver(served: Served, webhook_id: str) -> int:
    return deliver_webhook(
        served.service.store, served.clock, adcode=served.seeded.adcode, webhook_id=webhook_id, allow_private=True
    )


def state_of(served: Served, webhook_id: str):  # type: ignore[no-untyped-def]
    with served.service.store.transaction(served.seeded.adcode) as tx:
        return webhook_rows.find(tx, webhook_id), webhook_rows.dead(tx, webhook_id)


def test_the_worker_delivers_signed_events_in_order(served: Served) -> None:
    with receiving() as receiver:
        _, secret = subscribe(served, receiver.url)
        numbers = happen(served, 5)
        service = replace(served.service, settings=Settings(webhook_allow_private=True))

        async def work() -> None:
            with EnginePool(1) as pool:
                app = worker.make_app(service, pool)
                async with app.open_async():
                    await app.run_worker_async(queues=[DELIVER], wait=False, install_signal_handlers=False)

        asyncio.run(work())
    assert [json.loads(body)["event_no"] for _, body in receiver.taken] == numbers
    for headers, body in receiver.taken:
        stamp, given = headers["Gridsvc-Signature"].split(",")
        signed = f"{stamp.removeprefix('t=')}.".encode() + body
        assert given == "v1=" + hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()
        assert b"secret" not in body


def test_a_failing_event_holds_the_line_until_a_day_is_over_and_can_be_sent_again(served: Served) -> None:
    with receiving() as receiver:
        webhook_id, _ = subscribe(served, receiver.url)
        numbers = happen(served, 3)
        pauses = []
        receiver.statuses = [500, 302, 404] * 40
        while True:
            deliver(served, webhook_id)
            known, letters = state_of(served, webhook_id)
            if letters:
                break
            assert (receiver.taken, known.last_event_no < numbers[0]) == ([], True)
            pauses.append((known.next_attempt_at - served.clock.now()).total_seconds())
            assert deliver(served, webhook_id) == 0, "it was tried before its time"
            served.clock.instant = known.next_attempt_at
            if known.n_attempts > 3 and served.clock.now() - known.first_attempt_at >= timedelta(hours=24):
                receiver.statuses = [500]
        assert pauses[:4] == [5, 10, 20, 40]
        assert max(pauses) == 7200
        assert [letter.event_no for letter in letters] == numbers[:1]
        assert [json.loads(body)["event_no"] for _, body in receiver.taken] == numbers[1:]
        assert (
            replay_webhook(
                served.service.store, served.clock, adcode=served.seeded.adcode, actor="test", webhook_id=webhook_id
            )
            == 1
        )
        assert deliver(served, webhook_id) == 1
        known, letters = state_of(served, webhook_id)
        assert (letters, known.n_delivered) == ([], 3)
        assert json.loads(receiver.taken[-1][1])["event_no"] == numbers[0]


def test_a_receiver_that_is_not_there_is_tried_again_later(served: Served) -> None:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    webhook_id, _ = subscribe(served, f"http://127.0.0.1:{port}/hook")
    happen(served, 1)
    assert deliver(served, webhook_id) == 0
    known, _ = state_of(served, webhook_id)
    assert known.n_attempts == 1
    assert "Refused" in known.last_answer


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("https://127.0.0.1/x", "public internet"), ("https://[::1]/x", "public internet"),
        ("https://10.1.2.3/x", "public internet"), ("https://169.254.169.254/latest", "public internet"),
        ("https://localhost/x", "public internet"), ("http://8.8.8.8/x", "https"), ("ftp://8.8.8.8/x", "https"),
        ("https://user:pw@8.8.8.8/x", "no user"), ("https://[::ffff:127.0.0.1]/x", "public internet"),
        ("https://0.0.0.0/x", "public internet"), ("https://8.8.8.8:99999/x", "not known"),
    ],
)  # fmt: skip
def test_nothing_is_sent_into_the_own_network(url: str, words: str) -> None:
    with pytest.raises(BadInput, match=words):
        check_url(url, allow_private=False)


def test_a_subscription_is_made_listed_paused_and_removed_over_http(served: Served) -> None:
    with served.as_key(AccountRole.ADMIN) as admin:
        made = admin.post("/v1/webhooks", json={"url": "https://8.8.8.8/hook", "kinds": ["retailer_opened"]})
        assert made.status_code == 201, made.text
        webhook_id = made.json()["webhook"]["webhook_id"]
        assert made.json()["secret"].startswith("whsec_")
        shown = admin.get(f"/v1/webhooks/{webhook_id}")
        assert "whsec_" not in shown.text + admin.get("/v1/webhooks").text
        assert admin.post(f"/v1/webhooks/{webhook_id}:pause").json()["paused_at"]
        assert admin.post(f"/v1/webhooks/{webhook_id}:resume").json()["paused_at"] is None
        assert admin.post(f"/v1/webhooks/{webhook_id}:replay").json() == {"n_events": 0}
        assert admin.delete(f"/v1/webhooks/{webhook_id}").status_code == 204
        assert admin.get(f"/v1/webhooks/{webhook_id}").status_code == 404
        private = admin.post("/v1/webhooks", json={"url": "https://127.0.0.1/x", "kinds": ["retailer_opened"]})
        assert private.status_code == 422
        unknown = admin.post("/v1/webhooks", json={"url": "https://8.8.8.8/x", "kinds": ["none"]})
        assert (unknown.status_code, len(unknown.json()["violations"]) > 5) == (422, True)

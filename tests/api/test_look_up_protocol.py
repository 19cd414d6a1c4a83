"""Look-ups answered by the connection itself: what travels together, what ends, and what is left to the framework."""

from __future__ import annotations

import socket
from urllib.parse import urlsplit

import httpx
import pytest

from api.look_up_protocol import LookUpProtocol
from gridsvc.domain.permissions import AccountRole
from tests.api.conftest import PATIENCE_S, Served

ASKED = "/v1/ownership?retailer_code=R00001"


@pytest.fixture
def answered(served: Served, monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """Whether each look-up that came was answered by the connection."""
    taken: list[bool] = []
    real = LookUpProtocol.on_headers_complete

    def watched(self: LookUpProtocol) -> None:
        real(self)
        taken.append(self._is_answered)

    served.app.state.board.now(served.seeded.adcode).warm()
    with served.as_key(AccountRole.SYSTEM) as client:
        client.get(ASKED)  # the caller is known from here on
    monkeypatch.setattr(LookUpProtocol, "on_headers_complete", watched)
    return taken


def request(served: Served, path: str = ASKED, *, method: str = "GET", version: str = "1.1", **headers: str) -> bytes:
    head = {"Host": "x", "Authorization": f"Bearer {served.keys[AccountRole.SYSTEM]}", **headers}
    lines = [f"{method} {path} HTTP/{version}", *(f"{name}: {value}" for name, value in head.items())]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


def exchange(served: Served, data: bytes) -> bytes:
    """Send bytes and give all that comes until the server hangs up."""
    address = urlsplit(served.address)
    with socket.create_connection((address.hostname, address.port), timeout=PATIENCE_S) as link:
        link.sendall(data)
        parts = []
        while part := link.recv(65536):
            parts.append(part)
    return b"".join(parts)


def test_a_kept_connection_is_answered_without_the_framework(served: Served, answered: list[bool]) -> None:
    with served.as_key(AccountRole.SYSTEM) as client:
        for _ in range(3):
            answer = client.get(ASKED)
            assert (answer.status_code, answer.json()["retailer"]["retailer_code"]) == (200, "R00001")
            assert answer.headers["ratelimit-limit"]
        held = client.get(ASKED, headers={"If-None-Match": answer.headers["etag"]})
        assert (held.status_code, held.content) == (304, b"")
        assert client.get("/v1/generations/current").status_code == 200  # the framework, then us again
        assert client.get(ASKED).status_code == 200
    assert answered == [True, True, True, True, False, True]


def test_requests_that_travel_together_are_answered_in_their_order(served: Served, answered: list[bool]) -> None:
    codes = ["R00001", "R00002", "none", "R00003"]
    sent = [request(served, f"/v1/ownership?retailer_code={code}") for code in codes]
    sent.insert(2, request(served, "/v1/generations/current"))
    sent[-1] = request(served, "/v1/ownership?retailer_code=R00003", Connection="close")
    got = exchange(served, b"".join(sent))
    assert got.count(b"HTTP/1.1 ") == 5
    order = [got.index(mark) for mark in (b'"R00001"', b'"R00002"', b"HTTP/1.1 404", b'"R00003"')]
    assert order == sorted(order)
    assert answered[:2] == [True, True]
    assert answered[2:] == [False] * 3


def test_a_connection_is_not_idle_while_what_came_with_a_look_up_is_answered(
    served: Served, answered: list[bool], monkeypatch: pytest.MonkeyPatch
) -> None:
    is_counting: list[bool] = []
    watched = LookUpProtocol.on_headers_complete

    def look(self: LookUpProtocol) -> None:
        watched(self)
        is_counting.append(self.timeout_keep_alive_task is not None)

    monkeypatch.setattr(LookUpProtocol, "on_headers_complete", look)
    exchange(served, request(served) + request(served, "/v1/generations/current", Connection="close"))
    assert answered == [True, False]
    assert is_counting == [True, False]


@pytest.mark.parametrize(
    "asked",
    [
        {"Connection": "close"}, {"version": "1.0"}, {"Content-Length": "0", "Connection": "close"},
        {"path": f"http://x{ASKED}", "Connection": "close"}, {"Expect": "100-continue", "Connection": "close"},
    ],
)  # fmt: skip
def test_what_is_unusual_about_a_connection_is_left_to_the_server(
    served: Served, answered: list[bool], asked: dict[str, str]
) -> None:
    got = exchange(served, request(served, **asked))
    assert (got.count(b"HTTP/1.1 200"), b'"R00001"' in got) == (1, True)
    assert answered == [False]


def test_while_the_service_drains_every_answer_ends_its_connection(served: Served, answered: list[bool]) -> None:
    served.app.state.draining.set()
    try:
        assert b"connection: close" in exchange(served, request(served))
    finally:
        served.app.state.draining.clear()
    assert answered == [False]


def test_an_error_in_an_answer_is_told_as_an_error(
    served: Served, answered: list[bool], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("broken")

    monkeypatch.setattr(served.app.state.board.__class__, "ready", fail)
    got = httpx.get(
        f"{served.address}{ASKED}",
        headers={"Authorization": f"Bearer {served.keys[AccountRole.SYSTEM]}"},
        timeout=PATIENCE_S,
    )
    assert got.status_code == 500
    assert answered == [False]

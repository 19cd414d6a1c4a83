"""A hostile client gets one clear refusal, costs little, and never learns of the inside."""

from __future__ import annotations

import json
from collections.abc import Iterator

import httpx
import pytest

from gridsvc.domain.permissions import AccountRole
from tests.api.conftest import PATIENCE_S, Served

WRITES = (
    ("POST", "/v1/collaborations"), ("POST", "/v1/plans"), ("PUT", "/v1/retailers/R00001"), ("POST", "/v1/visits"),
    ("POST", "/v1/covers"), ("POST", "/v1/ownership:batch"), ("POST", "/v1/webhooks"),
)  # fmt: skip
BODIES = {
    "nested": b"[" * 100_000, "nested objects": b'{"a":' * 100_000, "endless integer": b"9" * 10_000,
    "beyond any float": b'{"lat": 1e999, "lon": -1e999, "title": 1e999}', "not a number": b'{"lat": NaN}',
    "half a pair": b'{"title": "\\ud800", "subject": "\\ud800", "name": "\\udfff", "content": "\\ud800"}',
    "no text at all": b"\xff\xfe\x00\x01", "a NUL": b'{"title": "a\\u0000b", "name": "\\u0000"}',
    "the same twice": b'{"title": "a", "title": {"b": 1}}', "null": b"null",
}  # fmt: skip


@pytest.fixture(scope="module")
def admin(served: Served) -> Iterator[httpx.Client]:
    with served.as_key(AccountRole.ADMIN) as client:
        yield client


def refused(answer: httpx.Response) -> None:
    assert 400 <= answer.status_code < 500, (answer.request.url, answer.status_code, answer.text[:300])
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["request_id"] == answer.headers["x-request-id"]
    assert "Traceback" not in answer.text


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES.keys())
def test_a_body_made_to_break_a_parser_is_refused(served: Served, admin: httpx.Client, body: bytes) -> None:
    for method, address in WRITES:
        refused(admin.request(method, address, content=body, headers={"Content-Type": "application/json"}))


def test_a_body_that_never_ends_is_cut_off_even_where_nobody_is_known(served: Served) -> None:
    sent = 0

    def endless() -> Iterator[bytes]:
        nonlocal sent
        while sent < 100_000_000:
            sent += 65_536
            yield b" " * 65_536

    try:
        answer = httpx.post(
            f"{served.address}/v1/collaborations", content=endless(), timeout=PATIENCE_S,
            headers={"Content-Type": "application/json"},
        )  # fmt: skip
        assert answer.status_code == 413
        assert answer.json()["code"] == "too_large"
    except httpx.TransportError:
        pass  # the server hung up while we were still sending
    assert sent < 30_000_000


def test_a_large_body_is_refused_by_its_stated_length(admin: httpx.Client) -> None:
    answer = admin.post("/v1/plans", content=b" " * 3_000_000, headers={"Content-Type": "application/json"})
    assert answer.status_code == 413
    refused(answer)


def test_headers_that_contradict_themselves_are_refused(served: Served, admin: httpx.Client) -> None:
    key = served.keys[AccountRole.ADMIN]
    twice = [("Authorization", f"Bearer {key}"), ("Authorization", "Bearer other")]
    for headers in (twice, twice[::-1], [*twice[:1], *twice[:1]]):
        answer = httpx.get(f"{served.address}/v1/plans", headers=headers, timeout=PATIENCE_S)
        assert answer.status_code == 401
        refused(answer)
    body = json.dumps({"type": "complaint"}).encode()
    for name, values in (("Idempotency-Key", ("a", "b")), ("Content-Type", ("application/json", "text/plain"))):
        given = [("Content-Type", "application/json")] if name != "Content-Type" else []
        answer = admin.post("/v1/collaborations", content=body, headers=[*given, *((name, value) for value in values)])
        refused(answer)
        assert f"header.{name}: given more than once" in answer.json()["violations"]


def test_odd_addresses_are_refused_alike(admin: httpx.Client) -> None:
    for query in (
        "retailer_code=%ff%fe",
        "retailer_code=%00",
        "retailer_code=%ED%A0%80",
        "address=%ff%ff",
        "lat=1&lat=2",
    ):
        refused(admin.get(f"/v1/ownership?{query}"))
    for path in ("/v1/retailers/%00/ownership", "/v1/retailers/%ff/ownership", "/v1/cells/%F0%9F%98%80/ownership",
                 "/v1//plans", "/v1/plans/%2e%2e"):  # fmt: skip
        refused(admin.get(path))
    for method in ("TRACE", "CONNECT", "PROPFIND", "PATCH"):
        assert admin.request(method, "/v1/ownership").status_code == 405

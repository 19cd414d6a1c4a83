"""Every failure is a problem document with a request id, and every response carries the security headers."""

from __future__ import annotations

import httpx
import pytest

from api.errors import STATUS_OF, status_of
from gridsvc.domain import errors as domain_errors
from gridsvc.domain.errors import GridsvcError
from gridsvc.domain.permissions import AccountRole
from tests.api.conftest import PATIENCE_S, Served


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/v1/nothing", 404),
        ("GET", "/nothing", 404),
        ("DELETE", "/v1/ownership", 405),
        ("GET", "/v1/ownership?lat=91&lon=0", 422),
        ("GET", "/v1/ownership?lat=26.5", 422),
        ("GET", "/v1/ownership?lat=nan&lon=106", 422),
        ("GET", "/v1/ownership", 422),
        ("GET", "/v1/ownership?retailer_code=R00001&licence_no=1", 422),
        ("GET", "/v1/ownership?retailer_code=none", 404),
        ("GET", "/v1/ownership?lat=0&lon=0", 404),
        ("GET", "/v1/ownership?retailer_code=R00001&as_of=2026-11-23", 422),
        ("GET", "/v1/ownership?lat=26.5&lon=106.7&csr=gcj02", 422),
        ("GET", "/v1/ownership?lat=26.5&lon=106.7&crs=wgs-84", 422),
        ("GET", "/v1/grids?layer=none", 422),
        ("GET", "/v1/plans/no-uuid", 422),
        ("GET", "/v1/plans/01a202d9-0000-7000-8000-000000000000", 404),
        ("GET", "/v1/jobs/01a202d9-0000-7000-8000-000000000000", 404),
        ("GET", "/v1/unit-sets/01a202d9-0000-7000-8000-000000000000", 404),
        ("GET", "/v1/staff/I01/days/tomorrow", 422),
        ("GET", "/v1/staff/I99/days/2026-11-23", 404),
        ("GET", "/v1/retailers?limit=0", 422),
    ],
)  # fmt: skip
def test_a_failure_is_a_problem_document(served: Served, method: str, path: str, status: int) -> None:
    with served.as_key(AccountRole.ADMIN) as client:
        answer = client.request(method, path, headers={"X-Request-Id": "abc-1"})
    body = answer.json()
    assert (answer.status_code, body["status"]) == (status, status)
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["x-request-id"] == body["request_id"] == "abc-1"
    assert body["type"] == f"urn:gridsvc:problem:{body['code']}"
    assert body["detail"]


def test_every_repeated_or_unknown_parameter_is_named(served: Served) -> None:
    with served.as_key(AccountRole.ADMIN) as client:
        answer = client.get("/v1/ownership?lat=1&lat=26.5&lon=106.7&lon=106.7&crs=wgs84&csr=a&csr=b")
        paged = client.get("/v1/retailers?q=R0001&limit=1&limit=2")
    assert (answer.status_code, paged.status_code) == (422, 422)
    named = [violation.split(":")[0] for violation in answer.json()["violations"]]
    assert named == ["query.csr", "query.lat", "query.lon"]
    assert paged.json()["detail"] == "the request has parameters that this address takes once only"
    assert paged.json()["violations"] == ["query.limit: given 2 times; give it once"]


def test_a_failure_that_nobody_foresaw_says_nothing_of_the_inside(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("secret of the inside")

    monkeypatch.setattr("api.routers.jobs.list_jobs", fail)
    with served.as_key(AccountRole.ADMIN) as client:
        answer = client.get("/v1/jobs")
    assert answer.status_code == 500
    assert answer.headers["content-type"] == "application/problem+json"
    assert "secret" not in answer.text
    assert answer.json()["request_id"] == answer.headers["x-request-id"]
    assert "content-security-policy" in answer.headers


def test_a_person_gets_a_page_instead_in_their_language(served: Served) -> None:
    headers = {"Accept": "text/html,*/*", "Accept-Language": "en-GB"}
    answer = httpx.get(f"{served.address}/nothing", timeout=PATIENCE_S, headers=headers)
    assert (answer.status_code, answer.headers["content-type"]) == (404, "text/html; charset=utf-8")
    assert "There is no such page" in answer.text
    assert (
        "没有这个页面"
        in httpx.get(f"{served.address}/nothing", timeout=PATIENCE_S, headers={"Accept": "text/html"}).text
    )


def test_responses_allow_no_script_of_others_and_no_inline_one(served: Served) -> None:
    answer = httpx.get(f"{served.address}/", timeout=PATIENCE_S)
    policy = answer.headers["content-security-policy"]
    assert answer.status_code == 200
    assert "default-src 'none'" in policy
    assert "script-src 'self'" in policy
    assert "unsafe" not in policy
    assert "http" not in policy
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_the_basemap_host_is_the_only_other_host_of_the_policy() -> None:
    from api.envelope import content_security_policy

    policy = content_security_policy("https://{s}.tiles.example:8443/{z}/{x}/{y}.png")
    assert "img-src 'self' data: https://*.tiles.example:8443;" in policy


def test_an_unsafe_request_id_is_replaced(served: Served) -> None:
    answer = httpx.get(f"{served.address}/healthz", timeout=PATIENCE_S, headers={"X-Request-Id": "a b<script>"})
    assert answer.headers["x-request-id"].isalnum()


def test_every_error_of_the_domain_has_a_status() -> None:
    kinds = [kind for kind in vars(domain_errors).values() if isinstance(kind, type) and issubclass(kind, GridsvcError)]
    assert set(kinds) <= set(STATUS_OF)
    assert all(400 <= status_of(kind()) < 600 for kind in kinds)


def test_a_day_that_no_calendar_reaches_is_refused_and_is_no_failure_in_the_log(
    served: Served, caplog: pytest.LogCaptureFixture
) -> None:
    with served.as_key(AccountRole.PLANNER) as client:
        refused = client.get("/v1/cycles/current", params={"day": "0001-01-05"})
    assert (refused.status_code, refused.headers["content-type"]) == (422, "application/problem+json")
    assert "failed" not in caplog.text


def test_a_title_that_cannot_be_stored_is_refused_by_its_name(served: Served) -> None:
    with served.as_key(AccountRole.PLANNER) as client:
        refused = client.post("/v1/plans", json={"title": "Winter\x00", "layers": ["inspection"]})
    assert refused.status_code == 422
    assert any(words.startswith("body.title:") for words in refused.json()["violations"])

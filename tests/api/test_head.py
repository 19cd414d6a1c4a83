"""HEAD is answered as GET is, without the body."""

from __future__ import annotations

import pytest

from gridsvc.domain.permissions import AccountRole
from tests.api.conftest import Served


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/", 200),
        ("/healthz", 200),
        ("/openapi.json", 200),
        ("/static/js/main.js", 200),
        ("/v1/ownership?retailer_code=R00001", 200),
        ("/v1/grids?layer=inspection", 200),
        ("/v1/ownership", 422),
        ("/v1/nothing", 404),
        ("/logout", 405),
    ],
)
def test_head_has_the_status_and_headers_of_get_and_no_body(served: Served, path: str, status: int) -> None:
    with served.as_key(AccountRole.ADMIN) as client:
        headers = {"X-Request-Id": "same"}
        got, head = (client.request(method, path, headers=headers) for method in ("GET", "HEAD"))
    assert (got.status_code, head.status_code) == (status, status)
    own = {"date", "transfer-encoding"}  # of this answer, and of how a body without a known length travels
    assert {k: v for k, v in head.headers.items() if k not in own} == {
        k: v for k, v in got.headers.items() if k not in own
    }
    assert got.content
    assert head.content == b""

"""The service tells how it is, and look-ups go on while the database is away."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import pytest

from gridsvc.domain.errors import Unavailable
from gridsvc.domain.permissions import AccountRole
from gridsvc.storage import Store
from tests.api.conftest import Served


@contextmanager
def away(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Let no connection to the database be made, as when it is stopped."""

    @contextmanager
    def fail(*_: object, **__: object) -> Iterator[None]:
        raise Unavailable("the database does not answer; try again in a moment")
        yield

    with monkeypatch.context() as patch:
        patch.setattr(Store, "transaction", fail)
        yield


def test_look_ups_go_on_marked_stale_and_writes_wait(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    board = served.app.state.board
    with served.as_key(AccountRole.SYSTEM) as client, served.as_key(AccountRole.FEED) as feed:
        fresh = client.get("/v1/ownership?retailer_code=R00001").json()
        assert feed.get("/v1/retailers").status_code == 200
        with away(monkeypatch):
            board.lose()  # what the listener does
            served.app.state.known_callers._known = {
                key: (caller, time.monotonic()) for key, (caller, _) in served.app.state.known_callers._known.items()
            }
            stale = client.get("/v1/ownership?retailer_code=R00001")
            assert (stale.status_code, stale.json()["is_stale"]) == (200, True)
            assert stale.json()["stale_since"]
            assert [a["owner"] for a in stale.json()["layers"]] == [a["owner"] for a in fresh["layers"]]
            batch = client.post("/v1/ownership:batch", json={"items": [{"retailer_code": "R00001"}]})
            assert batch.status_code in {200, 503}
            written = feed.put("/v1/retailers/W1", json={"name": "x"})
            assert (written.status_code, written.json()["code"]) == (503, "unavailable")
            assert "retry-after" in written.headers
            assert client.get("/healthz").status_code == 200
            ready = client.get("/readyz")
            assert (ready.status_code, ready.json()["can_look_up"]) == (503, True)
            stranger = httpx.get(
                f"{served.address}/v1/ownership?retailer_code=R00001",
                headers={"Authorization": "Bearer gsk_x"},
                timeout=60,
            )
            assert stranger.status_code == 503
        board.mark_all()
        again = client.get("/v1/ownership?retailer_code=R00001").json()
        assert (again["is_stale"], again["stale_since"]) == (False, None)
        assert client.get("/readyz").json() == {"state": "ready", "can_look_up": True}


def test_metrics_count_what_was_asked(served: Served) -> None:
    with served.as_key(AccountRole.SYSTEM) as client:

        def count(path: str, status: int) -> int:
            text = client.get("/metrics").text
            labels = f'method="GET",path="{path}",status="{status}"'
            found = re.search(rf"gridsvc_request_seconds_count{{{re.escape(labels)}[^}}]*}} (\d+)", text)
            return int(found[1]) if found else 0

        before = count("/v1/ownership", 200), count("/v1/ownership", 404), count("unknown", 404)
        client.get("/v1/ownership?retailer_code=R00001")
        client.get("/v1/ownership?retailer_code=none")
        client.get("/nowhere")
        after = count("/v1/ownership", 200), count("/v1/ownership", 404), count("unknown", 404)
        assert [b - a for a, b in zip(before, after, strict=True)] == [1, 1, 1]
        text = client.get("/metrics").text
    assert re.search(r'^gridsvc_generation\{adcode="520103",worker="\d+"\} 1$', text, re.MULTILINE)
    assert all(re.fullmatch(r"(# (HELP|TYPE) .+|\w+(\{.*\})? [-+.e\d]+)", line) for line in text.splitlines())

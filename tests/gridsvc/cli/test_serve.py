"""Workers are replaced while systems ask, and not one request fails."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import threading

import httpx

from gridsvc.clock import SystemClock
from gridsvc.cluster import RunningDatabase
from gridsvc.domain.permissions import AccountRole
from gridsvc.storage import Store
from gridsvc.usecases.create_key import create_key
from tests.fakes.seeded_district import ADCODE, seed

PATIENCE_S = 120.0


def workers_of(pid: int) -> set[int]:
    """Give the children of a process."""
    with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as listed:  # noqa: PTH123
        return {int(child) for child in listed.read().split()}


def test_no_request_fails_while_every_worker_is_replaced_under_load(database: RunningDatabase) -> None:
    store = Store(database.app_url)
    seed(store, SystemClock(), n_shops=30)
    key = create_key(store, SystemClock(), adcode=ADCODE, actor="test", name="load", role=AccountRole.SYSTEM)
    store.close()
    process = subprocess.Popen(
        [sys.executable, "-m", "gridsvc.cli", "serve", "--port", "0", "--workers", "2"],
        env={**os.environ, **database.environment(), "GRIDSVC_RATE_LIMIT_PER_S": "0"},
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stderr is not None
        address = re.search(r"http://\S+", process.stderr.readline())
        assert address is not None
        is_over, statuses, faults = threading.Event(), [], []

        def load() -> None:
            with httpx.Client(
                base_url=address[0], timeout=PATIENCE_S, headers={"Authorization": f"Bearer {key}"}
            ) as client:
                while not is_over.is_set():
                    try:
                        statuses.append(client.get("/v1/ownership?retailer_code=R00001").status_code)
                    except httpx.HTTPError as fault:
                        faults.append(repr(fault))
                    is_over.wait(0.01)

        with httpx.Client(base_url=address[0], timeout=PATIENCE_S) as client:
            assert client.get("/healthz").status_code == 200
        before = workers_of(process.pid)
        threads = [threading.Thread(target=load) for _ in range(3)]
        for thread in threads:
            thread.start()
        for _ in range(600):
            if len(workers_of(process.pid)) == 2:
                break
            is_over.wait(0.1)
        before = workers_of(process.pid)
        process.send_signal(signal.SIGHUP)
        for _ in range(1200):
            now = workers_of(process.pid)
            if len(now) == 2 and not now & before:
                break
            is_over.wait(0.1)
        after = workers_of(process.pid)
        is_over.set()
        for thread in threads:
            thread.join()
        assert len(after) == 2
        assert not after & before
        assert faults == []
        assert set(statuses) == {200}
        assert len(statuses) > 50
        process.send_signal(signal.SIGTERM)
        assert process.wait(PATIENCE_S) == 0
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()
        assert process.stderr is not None
        process.stderr.close()

"""A served district: a real database, a real server on a free port, and callers of every role."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache

import httpx
import pytest
import uvicorn
from fastapi import FastAPI

from api.app import create_app
from api.look_up_protocol import LookUpProtocol
from gridsvc.clock import FixedClock, new_id
from gridsvc.cluster import RunningDatabase
from gridsvc.domain.ids import Adcode
from gridsvc.domain.permissions import AccountRole
from gridsvc.settings import Settings
from gridsvc.storage import Store, districts
from gridsvc.usecases import secrets_and_hashes
from gridsvc.usecases.create_account import STAFF_ROLES, create_account
from gridsvc.usecases.create_key import create_key
from gridsvc.wiring import Service
from tests.fakes.seeded_district import ADCODE, Seeded, seed

PATIENCE_S = 120.0  # a shared machine may be slow; no test is about time
PASSWORD = "correct horse battery"
MONDAY = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)  # 09:00 in Shanghai
STAFF_CODE = {
    AccountRole.MARKET_INSPECTOR: "I01",
    AccountRole.CUSTOMER_MANAGER: "M01",
    AccountRole.DELIVERY_DRIVER: "D01",
    AccountRole.DEPARTMENT_HEAD: "M02",
}


@dataclass(frozen=True)
class Served:
    """A running service and what is in it."""

    address: str
    app: FastAPI
    service: Service
    clock: FixedClock
    seeded: Seeded
    keys: dict[AccountRole, str]

    def as_key(self, role: AccountRole) -> httpx.Client:
        """Give a client that carries the key of a role."""
        return httpx.Client(
            base_url=self.address, timeout=PATIENCE_S, headers={"Authorization": f"Bearer {self.keys[role]}"}
        )

    def as_person(self, user_name: str) -> httpx.Client:
        """Give a client that signed in as a person, as a browser does."""
        answer = httpx.post(
            f"{self.address}/login", data={"user_name": user_name, "password": PASSWORD}, timeout=PATIENCE_S
        )
        assert answer.status_code == 303, answer.text
        return httpx.Client(base_url=self.address, cookies=answer.cookies, timeout=PATIENCE_S)

    def settle(self) -> None:
        """Wait until look-ups answer what was committed last: on a busy machine the news takes a moment."""
        board, adcode = self.app.state.board, self.seeded.adcode
        with self.service.store.transaction(adcode) as tx:
            newest = districts.version(tx)[1]
        deadline = time.monotonic() + PATIENCE_S
        while board.now(adcode).district.revision < newest:
            assert time.monotonic() < deadline, f"look-ups did not reach revision {newest}"
            time.sleep(0.01)

    def as_role(self, role: AccountRole) -> httpx.Client:
        """Give a client of a role: people for field roles, keys for the others."""
        return self.as_person(role.value) if role in STAFF_ROLES else self.as_key(role)

    def as_role_anew(self, role: AccountRole) -> httpx.Client:
        """Give a client of a role with a new session or key, where a request may have ended the one there was."""
        if role not in STAFF_ROLES:
            store, clock, adcode = self.service.store, self.clock, self.seeded.adcode
            self.keys[role] = create_key(store, clock, adcode=adcode, actor="test", name=new_id(), role=role)
        return self.as_role(role)


@contextmanager
def serving(app: FastAPI) -> Iterator[str]:
    """Serve an application on a free port of the loopback and give its address."""
    listener = socket.create_server(("127.0.0.1", 0))
    config = uvicorn.Config(
        app, http=LookUpProtocol, log_level="error", access_log=False, server_header=False, timeout_graceful_shutdown=5
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    while not server.started:
        assert thread.is_alive(), "the server ended before it started"
        time.sleep(0.02)
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join()
        listener.close()


_hash_once = cache(secrets_and_hashes.password_hash)


@contextmanager
def one_hash_for_all() -> Iterator[None]:
    """Hash a password once a process: all test accounts share one, and hashing is slow on purpose."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(secrets_and_hashes, "password_hash", _hash_once)
        yield


@contextmanager
def serving_district(
    database: RunningDatabase,
    *,
    rings: int = 6,
    n_shops: int = 120,
    n_grids: int = 3,
    with_plan: bool = True,
    is_prepared: bool = False,
) -> Iterator[Served]:
    """Seed a district, give every role an account or a key, and serve it."""
    clock = FixedClock(MONDAY)
    store = Store(database.app_url)
    seeded = seed(store, clock, rings=rings, n_shops=n_shops, n_grids=n_grids, with_plan=with_plan)
    adcode = Adcode(ADCODE)
    keys = {}
    with one_hash_for_all():
        for role in AccountRole:
            create_account(
                store, clock, adcode=adcode, actor="test", user_name=role.value, role=role, password=PASSWORD,
                staff_code=STAFF_CODE.get(role),
            )  # fmt: skip
            if role not in STAFF_ROLES:
                keys[role] = create_key(store, clock, adcode=adcode, actor="test", name=role.value, role=role)
    service = Service(Settings(), clock, store, database)
    app = create_app(service, is_prepared=is_prepared)
    with serving(app) as address:
        yield Served(address, app, service, clock, seeded, keys)
    store.close()


@pytest.fixture(scope="module")
def served(database: RunningDatabase) -> Iterator[Served]:
    """A small district, served for one test module."""
    with serving_district(database) as known:
        yield known

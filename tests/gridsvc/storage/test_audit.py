"""The audit chain holds while nobody touches it, wherever it is read, and breaks at the row that was touched."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import psycopg
import pytest

from gridsvc.clock import FixedClock
from gridsvc.cluster import RunningDatabase
from gridsvc.domain.ids import Adcode
from gridsvc.storage import Store, audit

HERE, THERE = Adcode("520103"), Adcode("520102")


@pytest.fixture(scope="module")
def store(database: RunningDatabase) -> Iterator[Store]:
    opened = Store(database.app_url, pool_size=2)
    yield opened
    opened.close()


@pytest.fixture(autouse=True)
def chain(store: Store, database: RunningDatabase) -> None:
    """Write a chain of five rows here and one of a single row elsewhere."""
    with psycopg.connect(database.owner_conninfo) as owner:
        owner.execute("DELETE FROM audit")
    clock = FixedClock(datetime(2026, 11, 23, 4, 0, 0, 123456, tzinfo=UTC))
    for number in range(5):
        with store.transaction(HERE) as tx:
            content = {"n": number, "share": 0.25, "words": "街道", "listed": [1, None, True]}
            audit.add(tx, clock, actor="planner", action="plan.design", subject=f"plan {number}", content=content)
        clock.instant += timedelta(minutes=1)
    with store.transaction(THERE) as tx:
        audit.add(tx, clock, actor="planner", action="plan.design", subject="plan")


def first_broken(store: Store, adcode: Adcode = HERE) -> int | None:
    with store.transaction(adcode) as tx:
        return audit.first_broken(tx)


def test_an_untouched_chain_holds(store: Store) -> None:
    assert first_broken(store) is None
    assert first_broken(store, THERE) is None
    assert first_broken(store, Adcode("999999")) is None


@pytest.mark.parametrize("time_zone", ["Asia/Shanghai", "America/New_York", "Asia/Kolkata"])
def test_a_chain_holds_wherever_it_is_written_and_read(
    store: Store, database: RunningDatabase, monkeypatch: pytest.MonkeyPatch, time_zone: str
) -> None:
    monkeypatch.setenv("PGTZ", time_zone)
    abroad = Store(database.app_url, pool_size=1)
    try:
        assert first_broken(abroad) is None
        with abroad.transaction(HERE) as tx:
            clock = FixedClock(datetime.fromisoformat("2026-11-24T09:30:00+08:00"))
            audit.add(tx, clock, actor="planner", action="plan.publish", subject="plan 9")
        assert first_broken(abroad) is None
    finally:
        abroad.close()
    assert first_broken(store) is None


@pytest.mark.parametrize(
    "tampering",
    [
        "UPDATE audit SET actor = 'nobody' WHERE adcode = '520103' AND audit_no = 3",
        "UPDATE audit SET content = jsonb_set(content, '{n}', '7') WHERE adcode = '520103' AND audit_no = 3",
        "UPDATE audit SET at = at + interval '1 microsecond' WHERE adcode = '520103' AND audit_no = 3",
        "DELETE FROM audit WHERE adcode = '520103' AND audit_no = 3",
        "UPDATE audit SET hash = sha256('x') WHERE adcode = '520103' AND audit_no = 3",
    ],
)
def test_tampering_is_found_at_its_row(store: Store, database: RunningDatabase, tampering: str) -> None:
    with psycopg.connect(database.owner_conninfo) as owner:
        assert owner.execute(tampering).rowcount == 1
    assert first_broken(store) == 3
    assert first_broken(store, THERE) is None


def test_the_service_itself_can_neither_change_nor_remove_a_row(store: Store, database: RunningDatabase) -> None:
    for statement in ("UPDATE audit SET actor = 'nobody'", "DELETE FROM audit", "TRUNCATE audit"):
        with (
            psycopg.connect(database.app_conninfo) as app,
            pytest.raises(psycopg.errors.InsufficientPrivilege, match="permission denied"),
        ):
            app.execute(statement)
    assert first_broken(store) is None

"""The outbox: events written in the transaction that they tell of, read in order afterwards."""

from __future__ import annotations

from typing import Any

from gridsvc.clock import Clock
from gridsvc.storage.store import Transaction
from gridsvc.storage.tables import event


def add(tx: Transaction, clock: Clock, kind: str, content: dict[str, Any]) -> None:
    """Write one event; it becomes visible when, and only when, the transaction commits."""
    tx.execute(event.insert().values(adcode=tx.adcode, kind=kind, content=content, at=clock.now()))

"""The outbox: events written in the transaction that they tell of, read in order afterwards."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from gridsvc.clock import Clock
from gridsvc.domain.events import Event
from gridsvc.storage import queue
from gridsvc.storage.store import Transaction
from gridsvc.storage.tables import event, webhook

DELIVER = "deliver_webhook"  # the worker's task, and the line of the queue that it waits in


def add(tx: Transaction, clock: Clock, kind: str, content: dict[str, Any]) -> None:
    """Write one event; it becomes visible when, and only when, the transaction commits.

    Writers of one district wait for each other from here to their commit, under the lock of the audit chain. So numbers
    rise in the order of commits: a reader who has seen a number has seen every smaller one there will ever be.
    Subscriptions of the district are delivered to by the worker after the commit.
    """
    tx.execute(sa.text("SELECT pg_advisory_xact_lock(hashtext(:key))"), {"key": f"audit {tx.adcode}"})
    tx.execute(event.insert().values(adcode=tx.adcode, kind=kind, content=content, at=clock.now()))
    subscribed = sa.select(webhook.c.webhook_id).where(webhook.c.adcode == tx.adcode, webhook.c.paused_at.is_(None))
    for webhook_id in tx.execute(subscribed.where(sa.literal(kind) == sa.any_(webhook.c.kinds))).scalars().all():
        deliver_to(tx, webhook_id)


def deliver_to(tx: Transaction, webhook_id: str, at: datetime | None = None) -> None:
    """Ask the worker to deliver what is due to a subscription, not before `at`; one delivery of it at a time."""
    arguments = {"adcode": str(tx.adcode), "webhook_id": webhook_id}
    queue.defer(tx, DELIVER, arguments, lock=f"webhook {webhook_id}", at=at, queue=DELIVER)


def after(
    tx: Transaction, number: int, kinds: Collection[str], *, limit: int, retailer_id: str | None = None
) -> list[Event]:
    """Give up to `limit` events of the named kinds with a number greater than `number`, in order.

    With `retailer_id`, only those that name this retailer.
    """
    c = event.c
    statement = sa.select(c.event_no, c.kind, c.at, c.content).where(
        c.adcode == tx.adcode, c.event_no > number, c.kind.in_(kinds)
    )
    if retailer_id is not None:
        statement = statement.where(
            sa.or_(
                c.content.contains({"retailer_id": retailer_id}), c.content.contains({"retailer_ids": [retailer_id]})
            )
        )
    return [Event(**row._mapping) for row in tx.execute(statement.order_by(c.event_no).limit(limit))]


def of_kind_since(tx: Transaction, kind: str, since: datetime) -> list[Event]:
    """Give the events of a kind after an instant, in order."""
    c = event.c
    statement = sa.select(c.event_no, c.kind, c.at, c.content).where(
        c.adcode == tx.adcode, c.kind == kind, c.at > since
    )
    return [Event(**row._mapping) for row in tx.execute(statement.order_by(c.event_no))]


def count_after(tx: Transaction, number: int, kinds: Collection[str]) -> int:
    """Count the events of the named kinds behind a number."""
    c = event.c
    statement = sa.select(sa.func.count()).where(c.adcode == tx.adcode, c.event_no > number, c.kind.in_(kinds))
    return int(tx.execute(statement).scalar_one())


def newest(tx: Transaction) -> int:
    """Give the number of the last event, 0 before the first."""
    last = sa.select(sa.func.coalesce(sa.func.max(event.c.event_no), 0)).where(event.c.adcode == tx.adcode)
    return int(tx.execute(last).scalar_one())

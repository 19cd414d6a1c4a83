"""Subscriptions, how far each was delivered, and what was given up."""

from __future__ import annotations

from dataclasses import fields
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from gridsvc.clock import Clock, new_id
from gridsvc.domain.errors import NotFound
from gridsvc.domain.webhooks import DeadLetter, Webhook
from gridsvc.storage.store import Transaction
from gridsvc.storage.tables import dead_letter, webhook

_COLUMNS = tuple(webhook.c[field.name] for field in fields(Webhook) if field.name != "n_dead")


def add(tx: Transaction, clock: Clock, *, url: str, kinds: tuple[str, ...], secret: str, after: int, actor: str) -> str:
    """Add a subscription to the events after number `after` and give its identifier."""
    webhook_id = new_id()
    tx.execute(
        webhook.insert().values(
            adcode=tx.adcode, webhook_id=webhook_id, url=url, kinds=list(kinds), secret=secret, last_event_no=after,
            created_by=actor, created_at=clock.now(),
        )
    )  # fmt: skip
    return webhook_id


def listed(tx: Transaction) -> list[Webhook]:
    """Give the subscriptions, oldest first."""
    dead = sa.select(sa.func.count()).where(
        dead_letter.c.adcode == webhook.c.adcode,
        dead_letter.c.webhook_id == webhook.c.webhook_id,
        dead_letter.c.state == "dead",
    )
    statement = sa.select(*_COLUMNS, dead.scalar_subquery().label("n_dead")).where(webhook.c.adcode == tx.adcode)
    return [_webhook(row) for row in tx.execute(statement.order_by(webhook.c.created_at, webhook.c.webhook_id))]


def _webhook(row: Any) -> Webhook:
    return Webhook(**{**row._mapping, "kinds": tuple(row.kinds)})


def find(tx: Transaction, webhook_id: str) -> Webhook:
    """Give one subscription; raises `NotFound`."""
    for known in listed(tx):
        if known.webhook_id == webhook_id:
            return known
    raise NotFound(f"there is no webhook {webhook_id} in district {tx.adcode}")


def secret_of(tx: Transaction, webhook_id: str) -> str:
    """Give the secret that signs a subscription's deliveries."""
    here = (webhook.c.adcode == tx.adcode, webhook.c.webhook_id == webhook_id)
    return str(tx.execute(sa.select(webhook.c.secret).where(*here)).scalar_one())


def change(tx: Transaction, webhook_id: str, **values: Any) -> None:
    """Set columns of a subscription."""
    here = (webhook.c.adcode == tx.adcode, webhook.c.webhook_id == webhook_id)
    tx.execute(webhook.update().where(*here).values(**values))


def remove(tx: Transaction, webhook_id: str) -> None:
    """Remove a subscription with its dead letters."""
    tx.execute(webhook.delete().where(webhook.c.adcode == tx.adcode, webhook.c.webhook_id == webhook_id))


def give_up(tx: Transaction, webhook_id: str, event_no: int, *, n_attempts: int, answer: str, at: datetime) -> None:
    """Keep an event as a dead letter; one that was sent again and failed again is dead once more."""
    here = _letter(tx, webhook_id, event_no)
    values = {"n_attempts": n_attempts, "last_answer": answer, "state": "dead", "at": at}
    if not tx.execute(dead_letter.update().where(*here).values(**values)).rowcount:
        tx.execute(dead_letter.insert().values(adcode=tx.adcode, webhook_id=webhook_id, event_no=event_no, **values))


def bury(tx: Transaction, webhook_id: str, event_no: int) -> None:
    """Forget a dead letter that was delivered after all."""
    tx.execute(dead_letter.delete().where(*_letter(tx, webhook_id, event_no)))


def dead(tx: Transaction, webhook_id: str, *, state: str | None = None) -> list[DeadLetter]:
    """Give the dead letters of a subscription in the order of their events."""
    c = dead_letter.c
    statement = sa.select(c.event_no, c.n_attempts, c.last_answer, c.state, c.at).where(
        c.adcode == tx.adcode, c.webhook_id == webhook_id
    )
    if state is not None:
        statement = statement.where(c.state == state)
    return [DeadLetter(**row._mapping) for row in tx.execute(statement.order_by(c.event_no))]


def revive(tx: Transaction, webhook_id: str) -> int:
    """Put every dead letter of a subscription up for another delivery and give their number."""
    c = dead_letter.c
    here = (c.adcode == tx.adcode, c.webhook_id == webhook_id, c.state == "dead")
    return int(tx.execute(dead_letter.update().where(*here).values(state="waiting")).rowcount)


def _letter(tx: Transaction, webhook_id: str, event_no: int) -> tuple[sa.ColumnElement[bool], ...]:
    c = dead_letter.c
    return c.adcode == tx.adcode, c.webhook_id == webhook_id, c.event_no == event_no

"""The audit chain: every write leaves a row whose hash covers the row before it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

from gridsvc.clock import Clock
from gridsvc.storage.store import Transaction
from gridsvc.storage.tables import audit

_FIRST = bytes(32)


def _digest(previous: bytes, at: datetime, actor: str, action: str, subject: str, content: dict[str, Any]) -> bytes:
    body = json.dumps(
        [at.astimezone(UTC).isoformat(), actor, action, subject, content], sort_keys=True, ensure_ascii=False
    )
    return hashlib.sha256(previous + body.encode()).digest()


def add(
    tx: Transaction, clock: Clock, *, actor: str, action: str, subject: str, content: dict[str, Any] | None = None
) -> None:
    """Append a row to the district's chain; writers of one district wait for each other here.

    `content` holds identifiers and counts, never personal data.
    """
    tx.execute(sa.text("SELECT pg_advisory_xact_lock(hashtext(:key))"), {"key": f"audit {tx.adcode}"})
    last = tx.execute(
        sa.select(audit.c.audit_no, audit.c.hash)
        .where(audit.c.adcode == tx.adcode)
        .order_by(audit.c.audit_no.desc())
        .limit(1)
    ).first()
    number, previous = (last.audit_no + 1, last.hash) if last else (1, _FIRST)
    at = clock.now()
    known = content or {}
    tx.execute(
        audit.insert().values(
            adcode=tx.adcode,
            audit_no=number,
            at=at,
            actor=actor,
            action=action,
            subject=subject,
            content=known,
            previous_hash=previous,
            hash=_digest(previous, at, actor, action, subject, known),
        )
    )


def first_broken(tx: Transaction) -> int | None:
    """Give the number of the first row that was changed, removed or put in afterwards, None when the chain holds."""
    previous = _FIRST
    expected = 1
    for row in tx.execute(sa.select(audit).where(audit.c.adcode == tx.adcode).order_by(audit.c.audit_no)):
        digest = _digest(previous, row.at, row.actor, row.action, row.subject, row.content)
        if row.audit_no != expected or row.previous_hash != previous or row.hash != digest:
            return expected
        previous, expected = row.hash, expected + 1
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditRow:
    """One row of the chain; `hash` covers it and the row before."""

    audit_no: int
    at: datetime
    actor: str
    action: str
    subject: str
    content: dict[str, Any]
    hash: str


def last_of(tx: Transaction, subject: str) -> AuditRow | None:
    """Give the newest row about a subject, None where there is none."""
    c = audit.c
    row = tx.execute(
        sa.select(c.audit_no, c.at, c.actor, c.action, c.subject, c.content, c.hash)
        .where(c.adcode == tx.adcode, c.subject == subject)
        .order_by(c.audit_no.desc())
        .limit(1)
    ).first()
    return None if row is None else AuditRow(**{**row._mapping, "hash": row.hash.hex()})


def rows_of(tx: Transaction, subject: str, actions: Collection[str]) -> list[AuditRow]:
    """List the rows about a subject that tell of some actions, oldest first."""
    c = audit.c
    rows = tx.execute(
        sa.select(c.audit_no, c.at, c.actor, c.action, c.subject, c.content, c.hash)
        .where(c.adcode == tx.adcode, c.subject == subject, c.action.in_(actions))
        .order_by(c.audit_no)
    )
    return [AuditRow(**{**row._mapping, "hash": row.hash.hex()}) for row in rows]


def rows_after(tx: Transaction, audit_no: int, limit: int) -> list[AuditRow]:
    """List rows after a number, oldest first."""
    c = audit.c
    rows = tx.execute(
        sa.select(c.audit_no, c.at, c.actor, c.action, c.subject, c.content, c.hash)
        .where(c.adcode == tx.adcode, c.audit_no > audit_no)
        .order_by(c.audit_no)
        .limit(limit)
    )
    return [AuditRow(**{**row._mapping, "hash": row.hash.hex()}) for row in rows]

"""Notices to people, kept until they are read and afterwards."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa

from gridsvc.clock import Clock, new_id
from gridsvc.domain.errors import NotFound
from gridsvc.domain.ids import CollaborationId, NoticeId
from gridsvc.domain.notices import Notice, NoticeKind, Recipient
from gridsvc.storage.store import Transaction
from gridsvc.storage.tables import notice as t


def add(
    tx: Transaction,
    clock: Clock,
    to: Recipient,
    kind: NoticeKind,
    content: dict[str, Any],
    *,
    collaboration_id: CollaborationId | None = None,
    once: str | None = None,
) -> bool:
    """Tell a person something; what was told under the same `once` to the same person is not told again.

    Returns whether a notice was written.
    """
    once_key = None if once is None else f"{once} {to.staff_id or to.account}"
    values = {
        "notice_id": new_id(), "staff_id": to.staff_id, "account": to.account, "kind": kind, "content": content,
        "collaboration_id": collaboration_id, "once_key": once_key, "at": clock.now(),
    }  # fmt: skip
    return tx.insert_new(t, values)


def _is_to(to: Recipient) -> sa.ColumnElement[bool]:
    mine = []
    if to.staff_id is not None:
        mine.append(t.c.staff_id == to.staff_id)
    if to.account is not None:
        mine.append(t.c.account == to.account)
    return sa.or_(*mine)


def _notice(row: Any) -> Notice:
    return Notice(
        notice_id=NoticeId(row.notice_id),
        kind=NoticeKind(row.kind),
        content=row.content,
        collaboration_id=CollaborationId(row.collaboration_id) if row.collaboration_id else None,
        at=row.at,
        read_at=row.read_at,
    )


def of(
    tx: Transaction, to: Recipient, *, is_unread: bool = False, after: str | None = None, limit: int = 50
) -> list[Notice]:
    """List a person's notices, newest first; `to` may name both the staff record and the user name of one person."""
    conditions = [t.c.adcode == tx.adcode, _is_to(to)]
    if is_unread:
        conditions.append(t.c.read_at.is_(None))
    if after is not None:
        conditions.append(t.c.notice_id < after)
    rows = tx.execute(sa.select(t).where(*conditions).order_by(t.c.notice_id.desc()).limit(limit))
    return [_notice(row) for row in rows]


def mark_read(tx: Transaction, to: Recipient, notice_id: str, now: datetime) -> Notice:
    """Record when a person read a notice of theirs, the first time only; raises `NotFound` for another's."""
    mine = (t.c.adcode == tx.adcode, t.c.notice_id == notice_id, _is_to(to))
    tx.execute(t.update().where(*mine, t.c.read_at.is_(None)).values(read_at=now))
    row = tx.execute(sa.select(t).where(*mine)).first()
    if row is None:
        raise NotFound(f"you have no notice {notice_id}")
    return _notice(row)

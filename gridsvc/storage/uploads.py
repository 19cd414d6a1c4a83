"""Files that wait for the worker, and what it said of them; a file goes as soon as its job has ended."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from gridsvc.clock import Clock
from gridsvc.domain.errors import NotFound
from gridsvc.storage.store import Transaction
from gridsvc.storage.tables import import_report as r
from gridsvc.storage.tables import upload as t


@dataclass(frozen=True, slots=True, kw_only=True)
class UploadedFile:
    """One file as it came: its name without folders, and its bytes."""

    file_name: str
    content: bytes


def add(tx: Transaction, clock: Clock, upload_id: str, files: Iterable[UploadedFile]) -> None:
    """Keep the files of one upload, in their order."""
    now = clock.now()
    for part, file in enumerate(files):
        values = {"adcode": tx.adcode, "upload_id": upload_id, "part": part, "file_name": file.file_name}
        tx.execute(sa.insert(t).values(**values, content=file.content, uploaded_at=now))


def files(tx: Transaction, upload_id: str) -> list[UploadedFile]:
    """Give the files of one upload, in their order; raises `NotFound` when they are gone."""
    here = (t.c.adcode == tx.adcode, t.c.upload_id == upload_id)
    rows = tx.execute(sa.select(t.c.file_name, t.c.content).where(*here).order_by(t.c.part)).all()
    if not rows:
        raise NotFound(f"the files of upload {upload_id} are gone; send them again")
    return [UploadedFile(file_name=row.file_name, content=bytes(row.content)) for row in rows]


def forget(tx: Transaction, upload_id: str) -> None:
    """Remove the files of one upload."""
    tx.execute(sa.delete(t).where(t.c.adcode == tx.adcode, t.c.upload_id == upload_id))


def keep_report(tx: Transaction, clock: Clock, upload_id: str, document: dict[str, Any]) -> None:
    """Keep what an import said; one that is done again replaces its report."""
    tx.execute(sa.delete(r).where(r.c.adcode == tx.adcode, r.c.upload_id == upload_id))
    values = {"adcode": tx.adcode, "upload_id": upload_id, "document": document, "made_at": clock.now()}
    tx.execute(sa.insert(r).values(**values))


def report(tx: Transaction, upload_id: str) -> dict[str, Any]:
    """Give what an import said; raises `NotFound` where there is no report, or no longer one."""
    here = (r.c.adcode == tx.adcode, r.c.upload_id == upload_id)
    document: dict[str, Any] | None = tx.execute(sa.select(r.c.document).where(*here)).scalar_one_or_none()
    if document is None:
        raise NotFound("this job has no report: it has not ended, it failed, or its report is older than is kept")
    return document


def forget_before(tx: Transaction, *, uploaded: datetime, reported: datetime) -> int:
    """Remove files and reports that are older, and give their number."""
    old_files = sa.delete(t).where(t.c.adcode == tx.adcode, t.c.uploaded_at < uploaded).returning(t.c.upload_id)
    old_reports = sa.delete(r).where(r.c.adcode == tx.adcode, r.c.made_at < reported).returning(r.c.upload_id)
    return len(tx.execute(old_files).all()) + len(tx.execute(old_reports).all())

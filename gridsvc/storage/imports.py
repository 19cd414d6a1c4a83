"""Import runs and the raw rows that every cleaned value traces to; both are append-only."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import psycopg.types.json
import sqlalchemy as sa

from gridsvc.clock import Clock
from gridsvc.storage.store import Transaction
from gridsvc.storage.tables import import_run as t
from gridsvc.storage.tables import raw_row


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportRun:
    """One import: which file, how it was read, what came of it."""

    import_run_id: str
    kind: str
    file_name: str
    sha256: str
    options: dict[str, Any]
    counts: dict[str, int]
    imported_by: str


def add(tx: Transaction, clock: Clock, run: ImportRun) -> None:
    """Record an import."""
    tx.execute(
        sa.insert(t).values(
            adcode=tx.adcode, import_run_id=run.import_run_id, kind=run.kind, file_name=run.file_name,
            sha256=run.sha256, options=run.options, counts=run.counts, imported_by=run.imported_by,
            imported_at=clock.now(),
        )
    )  # fmt: skip


def add_raw_rows(tx: Transaction, import_run_id: str, rows: Iterable[tuple[int, dict[str, str]]]) -> None:
    """Keep the file's rows as they stood, by their number in the file."""
    values = (
        (tx.adcode, import_run_id, row_no, psycopg.types.json.Jsonb(_storable(fields))) for row_no, fields in rows
    )
    tx.copy_rows(raw_row, ("adcode", "import_run_id", "row_no", "fields"), values)


def _storable(fields: dict[str, str]) -> dict[str, str]:
    """Give the fields with what PostgreSQL's JSON refuses made visible: NUL as U+2400, lone surrogates as `?`."""
    return {_plain(name): _plain(value) for name, value in fields.items()}


def _plain(text: str) -> str:
    return text.replace("\x00", "\u2400").encode("utf-8", "replace").decode("utf-8")


def last(tx: Transaction, kind: str, file_name: str | None = None) -> ImportRun | None:
    """Give the newest run of a kind, of one file name where it is named."""
    statement = sa.select(
        t.c.import_run_id, t.c.kind, t.c.file_name, t.c.sha256, t.c.options, t.c.counts, t.c.imported_by
    ).where(t.c.adcode == tx.adcode, t.c.kind == kind)
    if file_name is not None:
        statement = statement.where(t.c.file_name == file_name)
    row = tx.execute(statement.order_by(t.c.imported_at.desc(), t.c.import_run_id.desc()).limit(1)).one_or_none()
    return None if row is None else ImportRun(**row._mapping)


def raw_fields(tx: Transaction, import_run_id: str, row_no: int) -> dict[str, str] | None:
    """Give a file's row as it stood."""
    c = raw_row.c
    here = (c.adcode == tx.adcode, c.import_run_id == import_run_id, c.row_no == row_no)
    found: dict[str, str] | None = tx.execute(sa.select(c.fields).where(*here)).scalar_one_or_none()
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class PastImport:
    """One import as people look back at it."""

    import_run_id: str
    kind: str
    file_name: str
    counts: dict[str, int]
    imported_by: str
    imported_at: datetime


def newest(tx: Transaction, *, limit: int) -> list[PastImport]:
    """Give the newest imports of every kind, newest first."""
    chosen = sa.select(t.c.import_run_id, t.c.kind, t.c.file_name, t.c.counts, t.c.imported_by, t.c.imported_at)
    rows = tx.execute(
        chosen.where(t.c.adcode == tx.adcode).order_by(t.c.imported_at.desc(), t.c.import_run_id.desc()).limit(limit)
    )
    return [PastImport(**row._mapping) for row in rows]

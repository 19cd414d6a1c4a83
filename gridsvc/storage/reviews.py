"""The review list: what an import rejected or doubted, and faults of the present owners, until somebody settles it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from gridsvc.clock import Clock, new_id
from gridsvc.domain.ids import RetailerId
from gridsvc.storage.store import Transaction
from gridsvc.storage.tables import import_run
from gridsvc.storage.tables import review_item as t


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewItem:
    """One thing to look at.

    Parameters
    ----------
    severity : rejected, suspicious or fault
    code : kind of the finding, the same for all alike
    words : the finding in a sentence
    state : open, accepted, mended or rejected
    """

    severity: str
    code: str
    words: str
    import_run_id: str | None = None
    row_no: int | None = None
    retailer_id: RetailerId | None = None
    state: str = "open"
    review_item_id: str = ""
    file_name: str | None = None
    created_at: datetime | None = None


def add(tx: Transaction, clock: Clock, items: Iterable[ReviewItem]) -> int:
    """Put items on the list and give their number."""
    now = clock.now()
    names = ("adcode", "review_item_id", "import_run_id", "row_no", "retailer_id", "severity", "code", "words", "state",
             "created_at")  # fmt: skip
    rows = (
        (tx.adcode, new_id(), i.import_run_id, i.row_no, i.retailer_id, i.severity, i.code, i.words, "open", now)
        for i in items
    )
    return tx.copy_rows(t, names, rows)


def listed(tx: Transaction, *, state: str | None = "open", kind: str | None = None) -> list[ReviewItem]:
    """Give the items of a state (None: all) and of imports of a kind, in the order of their making and row."""
    join = t.outerjoin(
        import_run, sa.and_(t.c.adcode == import_run.c.adcode, t.c.import_run_id == import_run.c.import_run_id)
    )
    statement = sa.select(
        t.c.severity, t.c.code, t.c.words, t.c.import_run_id, t.c.row_no, t.c.retailer_id, t.c.state,
        t.c.review_item_id, import_run.c.file_name, t.c.created_at,
    ).select_from(join).where(t.c.adcode == tx.adcode)  # fmt: skip
    if state is not None:
        statement = statement.where(t.c.state == state)
    if kind is not None:
        statement = statement.where(import_run.c.kind == kind)
    statement = statement.order_by(t.c.created_at, t.c.row_no.nulls_last(), t.c.review_item_id)
    return [ReviewItem(**row._mapping) for row in tx.execute(statement)]


def close(tx: Transaction, clock: Clock, review_item_ids: Iterable[str], *, state: str, actor: str) -> None:
    """Settle open items as accepted, mended or rejected; they stay on record."""
    wanted = list(review_item_ids)
    if wanted:
        here = (t.c.adcode == tx.adcode, t.c.review_item_id.in_(wanted), t.c.state == "open")
        tx.execute(sa.update(t).where(*here).values(state=state, closed_at=clock.now(), closed_by=actor))

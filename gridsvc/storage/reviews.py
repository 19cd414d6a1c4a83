"""The review queue: what was rejected or doubted, until somebody settles it; nothing is ever removed from it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import psycopg.types.json
import sqlalchemy as sa

from gridsvc.clock import Clock, new_id
from gridsvc.domain.errors import BadInput, NotFound
from gridsvc.domain.findings import RANK_OF, SEVERITY_RANK
from gridsvc.domain.ids import RetailerId, is_identifier
from gridsvc.domain.reviews import Review, ReviewState
from gridsvc.storage.geometry import hex_points
from gridsvc.storage.store import Transaction
from gridsvc.storage.tables import import_run, retailer
from gridsvc.storage.tables import review_item as t


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewItem:
    """One thing to look at, as it is put on the list.

    Parameters
    ----------
    severity : rejected, suspicious or fault
    code : kind of the finding, the same for all alike
    words : the finding in a sentence
    state : open, accepted, mended or rejected
    proposed : WGS-84 lon, lat of a better point, None where none is known
    evidence : measures behind the words
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
    proposed: tuple[float, float] | None = None
    evidence: Mapping[str, float | str] = field(default_factory=dict)


def add(tx: Transaction, clock: Clock, items: Iterable[ReviewItem]) -> int:
    """Put items on the list and give their number."""
    now = clock.now()
    names = ("adcode", "review_item_id", "import_run_id", "row_no", "retailer_id", "severity", "code", "words", "state",
             "proposed", "evidence", "created_at")  # fmt: skip
    rows = (
        (
            tx.adcode, new_id(), i.import_run_id, i.row_no, i.retailer_id, i.severity, i.code, i.words, "open",
            hex_points([i.proposed[0]], [i.proposed[1]])[0] if i.proposed else None,
            psycopg.types.json.Jsonb(dict(i.evidence)), now,
        )
        for i in items
    )  # fmt: skip
    return tx.copy_rows(t, names, rows)


_RUN = t.outerjoin(
    import_run, sa.and_(t.c.adcode == import_run.c.adcode, t.c.import_run_id == import_run.c.import_run_id)
)


def listed(tx: Transaction, *, state: str | None = "open", kind: str | None = None) -> list[ReviewItem]:
    """Give the items of a state (None: all) and of imports of a kind, in the order of their making and row."""
    statement = sa.select(
        t.c.severity, t.c.code, t.c.words, t.c.import_run_id, t.c.row_no, t.c.retailer_id, t.c.state,
        t.c.review_item_id, import_run.c.file_name, t.c.created_at,
    ).select_from(_RUN).where(t.c.adcode == tx.adcode)  # fmt: skip
    if state is not None:
        statement = statement.where(t.c.state == state)
    if kind is not None:
        statement = statement.where(import_run.c.kind == kind)
    statement = statement.order_by(t.c.created_at, t.c.row_no.nulls_last(), t.c.review_item_id)
    return [ReviewItem(**row._mapping) for row in tx.execute(statement)]


def _detailed() -> sa.Select[Any]:
    shop = retailer.c
    joined = _RUN.outerjoin(retailer, sa.and_(t.c.adcode == shop.adcode, t.c.retailer_id == shop.retailer_id))
    return sa.select(
        t.c.review_item_id, t.c.severity, t.c.code, t.c.words, t.c.state, t.c.created_at, import_run.c.file_name,
        t.c.row_no, t.c.retailer_id, shop.retailer_code, shop.name.label("retailer_name"), shop.address,
        shop.street_office, shop.precision_class, sa.func.ST_X(shop.location, type_=sa.Float).label("lon"),
        sa.func.ST_Y(shop.location, type_=sa.Float).label("lat"),
        sa.func.ST_X(t.c.proposed, type_=sa.Float).label("proposed_lon"),
        sa.func.ST_Y(t.c.proposed, type_=sa.Float).label("proposed_lat"), t.c.evidence, t.c.closed_at, t.c.closed_by,
        t.c.outcome, t.c.rule,
    ).select_from(joined)  # fmt: skip


def _review(row: Any) -> Review:
    return Review(**{**row._mapping, "state": ReviewState(row.state)})


def queue(
    tx: Transaction,
    *,
    state: str | None = "open",
    code: str | None = None,
    severity: str | None = None,
    retailer_id: str | None = None,
    kind: str | None = None,
    after: str | None = None,
    limit: int | None = None,
) -> list[Review]:
    """Give the items with their shops, the worst first: by kind as `RANK_OF` has them, then by metres off, then oldest.

    What an item is ordered by never changes, so that pages neither repeat nor skip one.

    Parameters
    ----------
    kind : of the import that found it
    after : identifier of the last item already seen; raises `BadInput` where there is no such item
    """
    chosen = _detailed().where(t.c.adcode == tx.adcode)
    for column, value in ((t.c.state, state), (t.c.code, code), (t.c.severity, severity),
                          (t.c.retailer_id, retailer_id), (import_run.c.kind, kind)):  # fmt: skip
        if value is not None:
            chosen = chosen.where(column == value)
    if after is not None:
        chosen = chosen.where(sa.tuple_(*_WORST_FIRST) > sa.tuple_(*_key_of(tx, after)))
    return [_review(row) for row in tx.execute(chosen.order_by(*_WORST_FIRST).limit(limit))]


_WORST_FIRST = (
    sa.case(dict(RANK_OF), value=t.c.code, else_=len(RANK_OF)),
    sa.case(dict(SEVERITY_RANK), value=t.c.severity, else_=len(SEVERITY_RANK)),
    -sa.func.coalesce(t.c.evidence["off_m"].as_float(), 0.0),
    t.c.review_item_id,
)


def _key_of(tx: Transaction, review_item_id: str) -> tuple[Any, ...]:
    here = (t.c.adcode == tx.adcode, t.c.review_item_id == review_item_id)
    known = is_identifier(review_item_id)
    row = tx.execute(sa.select(*_WORST_FIRST).where(*here)).one_or_none() if known else None
    if row is None:
        raise BadInput(f"there is no review item {review_item_id} to go on after")
    return tuple(sa.literal(value, column.type) for value, column in zip(row, _WORST_FIRST, strict=True))


def find(tx: Transaction, review_item_id: str) -> Review:
    """Give one item and lock it; raises `NotFound`."""
    here = (t.c.adcode == tx.adcode, t.c.review_item_id == review_item_id)
    known = is_identifier(review_item_id)
    row = tx.execute(_detailed().where(*here).with_for_update(of=t)).one_or_none() if known else None
    if row is None:
        raise NotFound(f"there is no review item {review_item_id}")
    return _review(row)


def counts(tx: Transaction) -> dict[tuple[str, str, str], int]:
    """Give the number of items by (state, severity, code)."""
    columns = (t.c.state, t.c.severity, t.c.code)
    statement = sa.select(*columns, sa.func.count().label("n")).where(t.c.adcode == tx.adcode).group_by(*columns)
    return {(row.state, row.severity, row.code): row.n for row in tx.execute(statement.order_by(*columns))}


def close(
    tx: Transaction,
    clock: Clock,
    review_item_ids: Iterable[str],
    *,
    state: str,
    actor: str,
    outcome: str,
    rule: str | None = None,
) -> int:
    """Settle open items with who, when and why, and give their number; they stay on record."""
    wanted = list(review_item_ids)
    if not wanted:
        return 0
    here = (t.c.adcode == tx.adcode, t.c.review_item_id.in_(wanted), t.c.state == "open")
    values = {"state": state, "closed_at": clock.now(), "closed_by": actor, "outcome": outcome, "rule": rule}
    done = tx.execute(sa.update(t).where(*here).values(values).returning(t.c.review_item_id))
    return len(done.all())

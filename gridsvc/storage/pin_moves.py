"""Every move of a shop's point, append-only: before, after, who and why."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from gridsvc.clock import Clock, new_id
from gridsvc.domain.ids import RetailerId
from gridsvc.domain.reviews import PinMove
from gridsvc.storage.store import Transaction
from gridsvc.storage.tables import pin_move as t
from gridsvc.storage.tables import retailer


def _point(lon: float | None, lat: float | None) -> Any:
    return None if lon is None or lat is None else sa.func.ST_SetSRID(sa.func.ST_MakePoint(lon, lat), 4326)


def add(
    tx: Transaction,
    clock: Clock,
    *,
    retailer_id: RetailerId,
    review_item_id: str | None,
    before: tuple[float, float] | None,
    before_precision: str,
    after: tuple[float, float],
    reason: str,
    moved_by: str,
) -> None:
    """Record one move."""
    tx.execute(
        sa.insert(t).values(
            adcode=tx.adcode, pin_move_id=new_id(), retailer_id=retailer_id, review_item_id=review_item_id,
            before=_point(*(before or (None, None))), before_precision=before_precision, after=_point(*after),
            reason=reason, moved_by=moved_by, moved_at=clock.now(),
        )
    )  # fmt: skip


def listed(tx: Transaction, *, retailer_id: str | None = None, limit: int = 200) -> list[PinMove]:
    """Give the newest moves, of one shop where it is named, newest first."""
    x, y = sa.func.ST_X, sa.func.ST_Y
    metres = sa.func.ST_DistanceSphere(t.c.before, t.c.after, type_=sa.Float)
    chosen = sa.select(
        t.c.pin_move_id, t.c.retailer_id, retailer.c.retailer_code, t.c.review_item_id, t.c.before_precision,
        t.c.reason, t.c.moved_by, t.c.moved_at, x(t.c.before, type_=sa.Float).label("before_lon"),
        y(t.c.before, type_=sa.Float).label("before_lat"), x(t.c.after, type_=sa.Float).label("after_lon"),
        y(t.c.after, type_=sa.Float).label("after_lat"), metres.label("moved_m"),
    ).select_from(
        t.join(retailer, sa.and_(t.c.adcode == retailer.c.adcode, t.c.retailer_id == retailer.c.retailer_id))
    ).where(t.c.adcode == tx.adcode)  # fmt: skip
    if retailer_id is not None:
        chosen = chosen.where(t.c.retailer_id == retailer_id)
    rows = tx.execute(chosen.order_by(t.c.moved_at.desc(), t.c.pin_move_id.desc()).limit(limit))
    return [PinMove(**row._mapping) for row in rows]

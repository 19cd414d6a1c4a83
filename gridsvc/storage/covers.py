"""Leave covers and the acting owners that they put in."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa

from gridsvc.domain.covers import CoverReason, LeaveCover
from gridsvc.domain.errors import NotFound
from gridsvc.domain.ids import RetailerId, StaffId
from gridsvc.domain.layers import Layer
from gridsvc.storage.store import Transaction
from gridsvc.storage.tables import acting_owner
from gridsvc.storage.tables import leave_cover as t


def insert(tx: Transaction, new: LeaveCover) -> None:
    """Write a cover."""
    names = ("leave_cover_id", "staff_id", "layer", "first_day", "last_day", "reason", "created_by", "created_at")
    tx.execute(t.insert().values(adcode=tx.adcode, **{name: getattr(new, name) for name in names}))


def insert_acting(
    tx: Transaction, cover: LeaveCover, begins: datetime, ends: datetime, owners: Iterable[tuple[RetailerId, StaffId]]
) -> int:
    """Put acting owners in from `begins` to before `ends` and give their number."""
    columns = ("adcode", "retailer_id", "layer", "valid_from", "valid_to", "staff_id", "reason", "leave_cover_id")
    rows = (
        (tx.adcode, shop, cover.layer, begins, ends, staff_id, cover.reason, cover.leave_cover_id)
        for shop, staff_id in owners
    )
    return tx.copy_rows(acting_owner, columns, rows)


def _cover(row: Any) -> LeaveCover:
    values = dict(row._mapping)
    del values["adcode"]
    return LeaveCover(**{**values, "layer": Layer(values["layer"]), "reason": CoverReason(values["reason"])})


def all_covers(tx: Transaction, *, since: date | None = None) -> list[LeaveCover]:
    """List the covers by first day, newest first; with `since` those that reach that day or later."""
    wanted = sa.select(t).where(t.c.adcode == tx.adcode).order_by(t.c.first_day.desc(), t.c.leave_cover_id.desc())
    if since is not None:
        wanted = wanted.where(t.c.last_day >= since)
    return [_cover(row) for row in tx.execute(wanted)]


def find(tx: Transaction, leave_cover_id: str) -> LeaveCover:
    """Give a cover and hold it until the transaction ends; raises `NotFound`."""
    here = (t.c.adcode == tx.adcode, t.c.leave_cover_id == leave_cover_id)
    row = tx.execute(sa.select(t).where(*here).with_for_update()).one_or_none()
    if row is None:
        raise NotFound(f"there is no leave cover {leave_cover_id} in district {tx.adcode}")
    return _cover(row)


def shops_of(tx: Transaction, leave_cover_id: str) -> dict[RetailerId, StaffId]:
    """Give the acting owner of every shop of a cover."""
    c = acting_owner.c
    here = (c.adcode == tx.adcode, c.leave_cover_id == leave_cover_id)
    rows = tx.execute(sa.select(c.retailer_id, c.staff_id).where(*here).order_by(c.retailer_id))
    return {RetailerId(row.retailer_id): StaffId(row.staff_id) for row in rows}


def end(tx: Transaction, leave_cover_id: str, now: datetime, ended_by: str) -> None:
    """End a cover: acting owners who are in go out at `now`, those who were to come do not come."""
    c = acting_owner.c
    here = (c.adcode == tx.adcode, c.leave_cover_id == leave_cover_id)
    tx.execute(acting_owner.delete().where(*here, c.valid_from >= now))
    tx.execute(acting_owner.update().where(*here, c.valid_to > now).values(valid_to=now))
    mine = (t.c.adcode == tx.adcode, t.c.leave_cover_id == leave_cover_id)
    tx.execute(t.update().where(*mine).values(ended_at=now, ended_by=ended_by))


def has_acting(tx: Transaction, instant: datetime) -> bool:
    """Whether anybody acts for anybody at `instant` or later."""
    later = sa.exists().where(acting_owner.c.adcode == tx.adcode, acting_owner.c.valid_to > instant)
    return bool(tx.execute(sa.select(later)).scalar_one())


def end_acting_of(tx: Transaction, keys: Iterable[tuple[RetailerId, Layer]], instant: datetime) -> None:
    """End who acts for the owners of these shops at `instant`: the shop has another owner from then on."""
    wanted = list(keys) if has_acting(tx, instant) else []
    if not wanted:
        return
    bound = {
        "adcode": tx.adcode,
        "instant": instant,
        "retailers": "{" + ",".join(retailer for retailer, _ in wanted) + "}",
        "layers": "{" + ",".join(layer for _, layer in wanted) + "}",
    }
    tx.execute(_FORGET_COMING, bound)
    tx.execute(_END_ACTING, bound)


_FORGET_COMING = sa.text(
    """
    DELETE FROM acting_owner a
    USING unnest(CAST(:retailers AS uuid[]), CAST(:layers AS text[])) AS w(retailer_id, layer)
    WHERE a.adcode = :adcode AND a.retailer_id = w.retailer_id AND a.layer = w.layer AND a.valid_from >= :instant
    """
)
_END_ACTING = sa.text(
    """
    UPDATE acting_owner a SET valid_to = :instant
    FROM unnest(CAST(:retailers AS uuid[]), CAST(:layers AS text[])) AS w(retailer_id, layer)
    WHERE a.adcode = :adcode AND a.retailer_id = w.retailer_id AND a.layer = w.layer AND a.valid_to > :instant
    """
)

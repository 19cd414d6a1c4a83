"""Find shops by what a person remembers of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from gridsvc.domain.ids import RetailerId
from gridsvc.storage.store import Transaction
from gridsvc.storage.tables import org_unit, ownership, staff
from gridsvc.storage.tables import retailer as t


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundRetailer:
    """One shop of a list; `lon` and `lat` are None while its address has no point."""

    retailer_id: RetailerId
    retailer_code: str
    licence_no: str
    name: str
    address: str
    lon: float | None
    lat: float | None
    precision_class: str
    tier: str
    integrity_star: int
    status: str
    is_synthetic: bool


_POINT = (
    sa.func.ST_X(t.c.location, type_=sa.Float).label("lon"),
    sa.func.ST_Y(t.c.location, type_=sa.Float).label("lat"),
)
_PLAIN = tuple(
    t.c[name]
    for name in (
        "retailer_id", "retailer_code", "licence_no", "name", "address", "precision_class", "tier", "integrity_star",
        "status", "is_synthetic",
    )
)  # fmt: skip
_CODE = t.c.retailer_code.collate("C")


@dataclass(frozen=True, slots=True, kw_only=True)
class ShopFilter:
    """What a list of shops is narrowed to; every named thing has to hold.

    Parameters
    ----------
    words : each begins a licence or code, or occurs in a name or address, whatever the case
    retailer_code, licence_no : the beginning
    name : a part
    org : name of a department of which somebody owns the shop now, in any layer
    grid_id : a grid in which the shop lies now
    status : active, suspended or closed
    bbox : west, south, east, north in degrees
    """

    words: tuple[str, ...] = ()
    retailer_code: str | None = None
    licence_no: str | None = None
    name: str | None = None
    org: str | None = None
    grid_id: str | None = None
    status: str | None = None
    bbox: tuple[float, float, float, float] | None = None


def search(tx: Transaction, wanted: ShopFilter, *, now: datetime, after: str | None, limit: int) -> list[FoundRetailer]:
    """Give the shops of a filter, ordered by retailer_code, those after the code `after` only.

    Without any filter every shop matches. Costs a pass over the district's shops.
    """
    conditions = [t.c.adcode == tx.adcode]
    conditions += [
        sa.or_(
            t.c.retailer_code.istartswith(word, autoescape=True),
            t.c.licence_no.istartswith(word, autoescape=True),
            t.c.name.icontains(word, autoescape=True),
            t.c.address.icontains(word, autoescape=True),
        )
        for word in wanted.words
    ]
    if wanted.retailer_code is not None:
        conditions.append(t.c.retailer_code.istartswith(wanted.retailer_code, autoescape=True))
    if wanted.licence_no is not None:
        conditions.append(t.c.licence_no.istartswith(wanted.licence_no, autoescape=True))
    if wanted.name is not None:
        conditions.append(t.c.name.icontains(wanted.name, autoescape=True))
    if wanted.status is not None:
        conditions.append(t.c.status == wanted.status)
    if wanted.bbox is not None:
        conditions.append(sa.func.ST_Intersects(t.c.location, sa.func.ST_MakeEnvelope(*wanted.bbox, 4326)))
    if wanted.org is not None or wanted.grid_id is not None:
        conditions.append(_is_owned(wanted, now))
    if after is not None:
        conditions.append(after < _CODE)
    rows = tx.execute(sa.select(*_PLAIN, *_POINT).where(*conditions).order_by(_CODE).limit(limit))
    return [FoundRetailer(**row._mapping) for row in rows]


def _is_owned(wanted: ShopFilter, now: datetime) -> sa.ColumnElement[bool]:
    o = ownership.c
    held = (
        sa.select(o.retailer_id)
        .select_from(
            ownership.join(staff, sa.and_(staff.c.adcode == o.adcode, staff.c.staff_id == o.staff_id)).outerjoin(
                org_unit, sa.and_(org_unit.c.adcode == o.adcode, org_unit.c.org_unit_id == staff.c.org_unit_id)
            )
        )
        .where(
            o.adcode == t.c.adcode,
            o.retailer_id == t.c.retailer_id,
            o.valid_from <= now,
            sa.or_(o.valid_to.is_(None), o.valid_to > now),
        )
    )
    if wanted.org is not None:
        held = held.where(org_unit.c.name == wanted.org)
    if wanted.grid_id is not None:
        held = held.where(o.grid_id == wanted.grid_id)
    return held.exists()


def by_code(tx: Transaction, retailer_code: str) -> RetailerId | None:
    """Give the identifier of the shop with this code, None when there is none."""
    found = tx.execute(
        sa.select(t.c.retailer_id).where(t.c.adcode == tx.adcode, t.c.retailer_code == retailer_code)
    ).scalar_one_or_none()
    return RetailerId(found) if found else None

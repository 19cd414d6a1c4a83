"""Find shops by what a person remembers of them."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa

from gridsvc.domain.ids import RetailerId
from gridsvc.storage.store import Transaction
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


def search(tx: Transaction, words: list[str], *, after: str | None, limit: int) -> list[FoundRetailer]:
    """Give shops in which every word occurs, ordered by retailer_code, those after the code `after` only.

    A word matches the beginning of a licence or code, or any part of a name or address, whatever the case. Without
    words every shop matches. Costs a pass over the district's shops.
    """
    conditions = [t.c.adcode == tx.adcode]
    conditions += [
        sa.or_(
            t.c.retailer_code.istartswith(word, autoescape=True),
            t.c.licence_no.istartswith(word, autoescape=True),
            t.c.name.icontains(word, autoescape=True),
            t.c.address.icontains(word, autoescape=True),
        )
        for word in words
    ]
    if after is not None:
        conditions.append(after < _CODE)
    rows = tx.execute(sa.select(*_PLAIN, *_POINT).where(*conditions).order_by(_CODE).limit(limit))
    return [FoundRetailer(**row._mapping) for row in rows]


def by_code(tx: Transaction, retailer_code: str) -> RetailerId | None:
    """Give the identifier of the shop with this code, None when there is none."""
    found = tx.execute(
        sa.select(t.c.retailer_id).where(t.c.adcode == tx.adcode, t.c.retailer_code == retailer_code)
    ).scalar_one_or_none()
    return RetailerId(found) if found else None

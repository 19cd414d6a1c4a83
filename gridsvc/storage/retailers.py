"""The shops, as columns: whole districts are read and written at once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date
from typing import Any, Self

import numpy as np
import sqlalchemy as sa
from numpy.typing import NDArray

from gridsvc.domain.errors import NotFound
from gridsvc.domain.ids import RetailerId, is_identifier
from gridsvc.storage.store import Transaction
from gridsvc.storage.tables import customer_order
from gridsvc.storage.tables import retailer as t

STATUSES = ("active", "suspended", "closed")


@dataclass(frozen=True, slots=True, kw_only=True)
class RetailerColumns:
    """Shops as arrays of equal length, ordered by `retailer_code`.

    Parameters
    ----------
    retailer_id, retailer_code, licence_no, name, address, precision_class, located_by, tier, urban_form, status : text
    street_office, credit_grade, source_datum : text or None
    lon, lat : WGS-84 degrees, NaN = no point yet
    integrity_star : 1 (worst) .. 5
    risk : 0 .. 1
    order_cartons : cartons a week
    order_cycle : how often it orders, as its orders tell (`OrderCycle`), text
    opens_min, closes_min : minutes after local midnight, closes may exceed 1440; -1 = unknown
    is_synthetic : some value was invented
    assumed : names of the columns that no register gave (a tuple a shop): neutral or invented values stand there
    """

    retailer_id: NDArray[np.object_]
    retailer_code: NDArray[np.object_]
    licence_no: NDArray[np.object_]
    name: NDArray[np.object_]
    address: NDArray[np.object_]
    lon: NDArray[np.float64]
    lat: NDArray[np.float64]
    precision_class: NDArray[np.object_]
    located_by: NDArray[np.object_]
    source_datum: NDArray[np.object_]
    street_office: NDArray[np.object_]
    tier: NDArray[np.object_]
    integrity_star: NDArray[np.int32]
    risk: NDArray[np.float64]
    credit_grade: NDArray[np.object_]
    urban_form: NDArray[np.object_]
    needs_enforcement: NDArray[np.bool_]
    order_cartons: NDArray[np.float64]
    order_cycle: NDArray[np.object_]
    opens_min: NDArray[np.int32]
    closes_min: NDArray[np.int32]
    status: NDArray[np.object_]
    is_synthetic: NDArray[np.bool_]
    assumed: NDArray[np.object_]

    def __len__(self) -> int:
        return len(self.retailer_id)

    @property
    def is_located(self) -> NDArray[np.bool_]:
        """Which shops have a point."""
        return np.isfinite(self.lon) & np.isfinite(self.lat)

    def take(self, rows: NDArray[np.bool_] | NDArray[np.integer[Any]]) -> Self:
        """Give the shops of a mask or of row numbers, in that order."""
        return type(self)(**{field.name: getattr(self, field.name)[rows] for field in fields(self)})


_TYPES: dict[str, type] = {
    "lon": np.float64, "lat": np.float64, "risk": np.float64, "order_cartons": np.float64, "integrity_star": np.int32,
    "opens_min": np.int32, "closes_min": np.int32, "needs_enforcement": np.bool_, "is_synthetic": np.bool_,
}  # fmt: skip


def _expression(name: str) -> sa.ColumnElement[Any]:
    if name in ("lon", "lat"):
        axis = sa.func.ST_X if name == "lon" else sa.func.ST_Y
        return sa.func.coalesce(axis(t.c.location, type_=sa.Float), sa.literal_column("'NaN'::float8")).label(name)
    if name in ("opens_min", "closes_min"):
        return sa.func.coalesce(t.c[name], -1).label(name)
    return t.c[name]


def columns(tx: Transaction, *, statuses: Sequence[str] = ("active",)) -> RetailerColumns:
    """Give the shops of the named statuses, ordered by retailer_code."""
    names = [field.name for field in fields(RetailerColumns)]
    chosen: sa.Select[Any] = sa.select(*(_expression(name) for name in names))
    statement = chosen.where(t.c.adcode == tx.adcode, t.c.status.in_(statuses))
    rows = tx.execute(statement.order_by(t.c.retailer_code.collate("C"))).all()
    values: list[tuple[Any, ...]] = list(zip(*rows, strict=True)) if rows else [()] * len(names)
    arrays: dict[str, NDArray[Any]] = {}
    for name, column in zip(names, values, strict=True):
        arrays[name] = np.empty(len(column), dtype=_TYPES.get(name, object))
        arrays[name][:] = [tuple(value) for value in column] if name == "assumed" else column
    return RetailerColumns(**arrays)


_AXES = {"lon": sa.func.ST_X, "lat": sa.func.ST_Y}


@dataclass(frozen=True, slots=True)
class Shop:
    """One shop: where it is (WGS-84, None = no point yet) and when it is open (minutes after midnight)."""

    name: str
    lon: float | None
    lat: float | None
    opens_min: int | None
    closes_min: int | None


def find_shop(tx: Transaction, retailer_id: RetailerId) -> Shop | None:
    """Give a shop of any status, None for an unknown one."""
    axes = (axis(t.c.location, type_=sa.Float).label(name) for name, axis in _AXES.items())
    chosen: sa.Select[Any] = sa.select(t.c.name, *axes, t.c.opens_min, t.c.closes_min)
    row = tx.execute(chosen.where(t.c.adcode == tx.adcode, t.c.retailer_id == retailer_id)).one_or_none()
    if row is None:
        return None
    return Shop(row.name, row.lon, row.lat, row.opens_min, row.closes_min)


def ids_by(tx: Transaction, column: str) -> dict[str, RetailerId]:
    """Give the retailer_id of every retailer_code or licence_no."""
    statement = sa.select(t.c[column].label("key"), t.c.retailer_id).where(t.c.adcode == tx.adcode)
    return {row.key: RetailerId(row.retailer_id) for row in tx.execute(statement)}


def insert(tx: Transaction, names: Sequence[str], rows: Iterable[Sequence[Any]]) -> int:
    """Add shops by COPY; `names` are the table's columns in the order of each row, `location` as hex EWKB."""
    return tx.copy_rows(t, ("adcode", *names), ((tx.adcode, *row) for row in rows))


def update(tx: Transaction, names: Sequence[str], rows: Iterable[Sequence[Any]]) -> int:
    """Change shops: each row begins with its retailer_id, then the values of `names` (`location` as hex EWKB)."""
    parameters = [
        {"key_id": row[0], **{f"new_{name}": value for name, value in zip(names, row[1:], strict=True)}} for row in rows
    ]
    if not parameters:
        return 0
    values = {name: _bound(name) for name in names}
    key = sa.and_(t.c.adcode == tx.adcode, t.c.retailer_id == sa.bindparam("key_id"))
    tx.execute(sa.update(t).where(key).values(values), parameters)
    return len(parameters)


def _bound(name: str) -> sa.ColumnElement[Any]:
    if name == "location":
        return sa.func.ST_GeomFromEWKB(sa.func.decode(sa.bindparam("new_location", type_=sa.Text), "hex"))
    return sa.bindparam(f"new_{name}", type_=t.c[name].type)


def orders(tx: Transaction) -> dict[tuple[RetailerId, Any], float]:
    """Give the cartons of every order by (retailer_id, order_date)."""
    c = customer_order.c
    statement = sa.select(c.retailer_id, c.order_date, c.cartons).where(c.adcode == tx.adcode)
    return {(row.retailer_id, row.order_date): row.cartons for row in tx.execute(statement)}


def last_order_days(tx: Transaction, n_last: int) -> dict[RetailerId, list[date]]:
    """Give the days of the last `n_last` orders of every shop that has one, in order."""
    c = customer_order.c
    newest = sa.func.row_number().over(partition_by=c.retailer_id, order_by=c.order_date.desc()).label("place")
    ranked = sa.select(c.retailer_id, c.order_date, newest).where(c.adcode == tx.adcode).subquery()
    statement = sa.select(ranked.c.retailer_id, ranked.c.order_date).where(ranked.c.place <= n_last)
    found: dict[RetailerId, list[date]] = {}
    for row in tx.execute(statement.order_by(ranked.c.retailer_id, ranked.c.order_date)):
        found.setdefault(RetailerId(row.retailer_id), []).append(row.order_date)
    return found


def order_cycles(tx: Transaction) -> dict[RetailerId, str]:
    """Give the order cycle of every shop."""
    statement = sa.select(t.c.retailer_id, t.c.order_cycle).where(t.c.adcode == tx.adcode)
    return {RetailerId(row.retailer_id): row.order_cycle for row in tx.execute(statement)}


def save_orders(tx: Transaction, items: Mapping[tuple[RetailerId, Any], float]) -> None:
    """Add orders by COPY; an order of the same shop and day is replaced."""
    known = orders(tx).keys() & items.keys()
    c = customer_order.c
    if known:
        key = sa.and_(
            c.adcode == tx.adcode, c.retailer_id == sa.bindparam("key_id"), c.order_date == sa.bindparam("key_day")
        )
        tx.execute(sa.delete(customer_order).where(key), [{"key_id": shop, "key_day": day} for shop, day in known])
    rows = ((tx.adcode, shop, day, cartons) for (shop, day), cartons in items.items())
    tx.copy_rows(customer_order, ("adcode", "retailer_id", "order_date", "cartons"), rows)


@dataclass(frozen=True, slots=True, kw_only=True)
class ShopPin:
    """Where one shop is; lon and lat are None without a point."""

    retailer_id: RetailerId
    retailer_code: str
    lon: float | None
    lat: float | None
    precision_class: str


def pin_of(tx: Transaction, retailer_id: str) -> ShopPin:
    """Give the point of one shop; raises `NotFound`."""
    x, y = sa.func.ST_X(t.c.location, type_=sa.Float), sa.func.ST_Y(t.c.location, type_=sa.Float)
    chosen = sa.select(t.c.retailer_id, t.c.retailer_code, x.label("lon"), y.label("lat"), t.c.precision_class)
    here = (t.c.adcode == tx.adcode, t.c.retailer_id == retailer_id)
    row = tx.execute(chosen.where(*here)).one_or_none() if is_identifier(retailer_id) else None
    if row is None:
        raise NotFound(f"there is no retailer {retailer_id}")
    return ShopPin(**row._mapping)

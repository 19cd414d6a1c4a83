"""Districts: where they end, by which calendar they live, and which generation and revision they stand at."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import shapely
import sqlalchemy as sa
from shapely.geometry.base import BaseGeometry

from gridsvc.clock import Clock
from gridsvc.domain.errors import NotFound
from gridsvc.domain.ids import Adcode
from gridsvc.storage.geometry import binary, hex_ewkb, multipolygon
from gridsvc.storage.store import Transaction
from gridsvc.storage.tables import district as t
from gridsvc.storage.tables import retailer

CHANNEL = "gridsvc_ownership"  # what look-up snapshots listen to; the payload is the adcode


@dataclass(frozen=True, slots=True, kw_only=True)
class District:
    """One district as stored.

    Parameters
    ----------
    country : ISO 3166 alpha-2; it decides the calendar
    time_zone : IANA name
    boundary : multipolygon in WGS-84
    rules : what differs from the default workload tables, hours and tolerances
    generation : number of the newest publication; None before generation 0
    revision : rises with every change that a look-up can see
    """

    adcode: Adcode
    name: str
    country: str
    time_zone: str
    boundary: BaseGeometry
    is_synthetic: bool = False
    rules: dict[str, Any]
    generation: int | None = None
    revision: int = 0


_COLUMNS = (t.c.adcode, t.c.name, t.c.country, t.c.time_zone, t.c.is_synthetic, binary(t.c.boundary).label("boundary"),
            t.c.rules, t.c.generation, t.c.revision)  # fmt: skip


def _district(row: Any) -> District:
    return replace(District(**row._mapping), boundary=shapely.from_wkb(bytes(row.boundary)))


def find(tx: Transaction) -> District:
    """Give the transaction's district; raises `NotFound` when it does not exist."""
    row = tx.execute(sa.select(*_COLUMNS).where(t.c.adcode == tx.adcode)).one_or_none()
    if row is None:
        raise NotFound(f"there is no district {tx.adcode}; `district add` makes one")
    return _district(row)


def version(tx: Transaction) -> tuple[int | None, int]:
    """Give the district's generation and revision without reading its boundary; raises `NotFound`."""
    row = tx.execute(sa.select(t.c.generation, t.c.revision).where(t.c.adcode == tx.adcode)).one_or_none()
    if row is None:
        raise NotFound(f"there is no district {tx.adcode}; `district add` makes one")
    return row.generation, row.revision


def workload_tables(tx: Transaction) -> dict[str, Any]:
    """Give the district's own tables of work, empty where it keeps to the defaults; raises `NotFound`."""
    rules = tx.execute(sa.select(t.c.rules).where(t.c.adcode == tx.adcode)).scalar_one_or_none()
    if rules is None:
        raise NotFound(f"there is no district {tx.adcode}; `district add` makes one")
    return dict(rules.get("workload", {}))


def set_workload_tables(tx: Transaction, tables: Mapping[str, Any]) -> None:
    """Write the district's own tables of work in place of those it has."""
    rules = {**find(tx).rules, "workload": dict(tables)}
    tx.execute(sa.update(t).where(t.c.adcode == tx.adcode).values(rules=rules))


def holds_invented(tx: Transaction) -> bool:
    """Return whether the district, or any value of one of its shops, is invented: what is shown of it must say so."""
    invented = sa.select(retailer.c.retailer_id).where(retailer.c.adcode == tx.adcode, retailer.c.is_synthetic)
    return find(tx).is_synthetic or bool(tx.execute(sa.select(invented.exists())).scalar_one())


def lock(tx: Transaction) -> District:
    """Give the district and keep other writers of it waiting until this transaction ends; look-ups go on."""
    tx.execute(sa.select(t.c.adcode).where(t.c.adcode == tx.adcode).with_for_update())
    return find(tx)


def hold(tx: Transaction) -> District:
    """Give the district and keep it from changing until this transaction ends; others may hold it at the same time."""
    tx.execute(sa.select(t.c.adcode).where(t.c.adcode == tx.adcode).with_for_update(read=True))
    return find(tx)


def all_districts(tx: Transaction) -> list[District]:
    """Give every district, ordered by adcode."""
    return [_district(row) for row in tx.execute(sa.select(*_COLUMNS).order_by(t.c.adcode))]


def save(tx: Transaction, clock: Clock, district: District) -> None:
    """Add the district or replace its description; its rules, generation and revision stay."""
    values = {
        "name": district.name, "country": district.country, "time_zone": district.time_zone,
        "is_synthetic": district.is_synthetic,
        "boundary": _geometry(multipolygon(district.boundary)),
    }  # fmt: skip
    known = tx.execute(sa.update(t).where(t.c.adcode == district.adcode).values(values))
    if not known.rowcount:
        tx.execute(sa.insert(t).values(adcode=district.adcode, created_at=clock.now(), rules=district.rules, **values))


def _geometry(geometry: shapely.Geometry) -> sa.ColumnElement[Any]:
    return sa.func.ST_GeomFromEWKB(sa.func.decode(hex_ewkb([geometry])[0], "hex"))


def bump_revision(tx: Transaction) -> int:
    """Count a change that a look-up can see, tell the snapshots when it commits, and give the new revision."""
    statement = sa.update(t).where(t.c.adcode == tx.adcode).values(revision=t.c.revision + 1).returning(t.c.revision)
    revision = tx.execute(statement).scalar_one_or_none()
    if revision is None:
        raise NotFound(f"there is no district {tx.adcode}; `district add` makes one")
    tell(tx)
    return int(revision)


def tell(tx: Transaction) -> None:
    """Have every process read the district again when this transaction commits."""
    tx.execute(sa.select(sa.func.pg_notify(CHANNEL, tx.adcode)))
    tx.changed.add(tx.adcode)

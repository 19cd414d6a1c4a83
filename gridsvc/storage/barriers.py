"""What grids do not cross (rivers, expressways, ridges) and the links by hand across it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import shapely
import sqlalchemy as sa

from gridsvc.clock import new_id
from gridsvc.storage.geometry import binary, hex_ewkb, shapes
from gridsvc.storage.store import Transaction
from gridsvc.storage.tables import barrier as t

KINDS = ("river", "expressway", "railway", "ridge", "link", "other")


@dataclass(frozen=True, slots=True, kw_only=True)
class Barrier:
    """One barrier; of the kind `link` it is a line that joins the units it touches, whatever lies between."""

    name: str
    kind: str
    course: shapely.Geometry


def all_barriers(tx: Transaction) -> list[Barrier]:
    """Give the barriers and links, ordered by kind and name."""
    statement = sa.select(t.c.name, t.c.kind, binary(t.c.course).label("course")).where(t.c.adcode == tx.adcode)
    rows = tx.execute(statement.order_by(t.c.kind, t.c.name, t.c.barrier_id)).all()
    courses = shapes(row.course for row in rows)
    return [Barrier(name=row.name, kind=row.kind, course=course) for row, course in zip(rows, courses, strict=True)]


def replace_all(tx: Transaction, barriers: Iterable[Barrier]) -> None:
    """Write the barriers in place of all earlier ones."""
    listed = list(barriers)
    tx.execute(sa.delete(t).where(t.c.adcode == tx.adcode))
    courses = hex_ewkb([item.course for item in listed])
    rows = ((tx.adcode, new_id(), b.name, b.kind, course) for b, course in zip(listed, courses, strict=True))
    tx.copy_rows(t, ("adcode", "barrier_id", "name", "kind", "course"), rows)

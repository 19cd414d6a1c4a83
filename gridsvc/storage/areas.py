"""Administrative areas by level: street offices, communities, census tracts."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import sqlalchemy as sa
from numpy.typing import NDArray

from gridsvc.storage.geometry import binary, hex_ewkb, shapes
from gridsvc.storage.store import Transaction
from gridsvc.storage.tables import area as t


@dataclass(frozen=True, slots=True, kw_only=True)
class AreaColumns:
    """Areas of one level as equal-length arrays, ordered by `area_code`; outlines are WGS-84 multipolygons."""

    area_code: NDArray[np.object_]
    name: NDArray[np.object_]
    outline: NDArray[np.object_]

    def __len__(self) -> int:
        return len(self.area_code)


def columns(tx: Transaction, level: str) -> AreaColumns:
    """Give the areas of `level`; empty when there are none."""
    statement = sa.select(t.c.area_code, t.c.name, binary(t.c.outline).label("outline"))
    statement = statement.where(t.c.adcode == tx.adcode, t.c.level == level).order_by(t.c.area_code.collate("C"))
    rows = tx.execute(statement).all()
    code, name = np.empty(len(rows), dtype=object), np.empty(len(rows), dtype=object)
    code[:], name[:] = [row.area_code for row in rows], [row.name for row in rows]
    return AreaColumns(area_code=code, name=name, outline=shapes(row.outline for row in rows))


def levels(tx: Transaction) -> dict[str, int]:
    """Give the number of areas by level."""
    statement = (
        sa.select(t.c.level, sa.func.count().label("n_areas")).where(t.c.adcode == tx.adcode).group_by(t.c.level)
    )
    return {row.level: row.n_areas for row in tx.execute(statement.group_by(t.c.level).order_by(t.c.level))}


def replace(tx: Transaction, level: str, areas: AreaColumns, codes: Iterable[str], import_run_id: str | None) -> None:
    """Write the areas of `areas` whose code is among `codes`, in place of earlier ones of the same level and code."""
    wanted = set(codes)
    tx.execute(sa.delete(t).where(t.c.adcode == tx.adcode, t.c.level == level, t.c.area_code.in_(wanted)))
    rows = (
        (tx.adcode, level, code, name, outline, import_run_id)
        for code, name, outline in zip(areas.area_code, areas.name, hex_ewkb(areas.outline), strict=True)
        if code in wanted
    )
    tx.copy_rows(t, ("adcode", "level", "area_code", "name", "outline", "import_run_id"), rows)

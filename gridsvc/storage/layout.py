"""Layout cells, school entrances and licence applications."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
import sqlalchemy as sa
from numpy.typing import NDArray

from gridsvc.domain.layout import Application
from gridsvc.storage.geometry import binary, hex_ewkb, hex_points, shapes
from gridsvc.storage.store import Transaction
from gridsvc.storage.tables import layout_cell, licence_application, school_entrance


@dataclass(frozen=True, slots=True, kw_only=True)
class CellRow:
    """One layout cell as stored; the outline is a WGS-84 multipolygon."""

    cell_code: str
    name: str
    planned: int
    spacing_m: float
    school_spacing_m: float
    outline: shapely.Geometry


@dataclass(frozen=True, slots=True, kw_only=True)
class Entrances:
    """School entrances as equal-length arrays, WGS-84."""

    name: tuple[str, ...]
    lon: NDArray[np.float64]
    lat: NDArray[np.float64]


def cells(tx: Transaction) -> list[CellRow]:
    """Give the cells by code."""
    c = layout_cell.c
    chosen = sa.select(c.cell_code, c.name, c.planned, c.spacing_m, c.school_spacing_m, binary(c.outline).label("o"))
    rows = tx.execute(chosen.where(c.adcode == tx.adcode).order_by(c.cell_code.collate("C"))).all()
    outlines = shapes(row.o for row in rows)
    return [
        CellRow(
            cell_code=row.cell_code, name=row.name, planned=row.planned, spacing_m=row.spacing_m,
            school_spacing_m=row.school_spacing_m, outline=outline,
        )
        for row, outline in zip(rows, outlines, strict=True)
    ]  # fmt: skip


def replace_cells(tx: Transaction, items: Sequence[CellRow], import_run_id: str) -> None:
    """Write cells in place of all earlier ones."""
    tx.execute(sa.delete(layout_cell).where(layout_cell.c.adcode == tx.adcode))
    outlines = hex_ewkb(np.array([item.outline for item in items], dtype=object))
    names = ("adcode", "cell_code", "name", "planned", "spacing_m", "school_spacing_m", "outline", "import_run_id")
    rows = (
        (tx.adcode, i.cell_code, i.name, i.planned, i.spacing_m, i.school_spacing_m, outline, import_run_id)
        for i, outline in zip(items, outlines, strict=True)
    )
    tx.copy_rows(layout_cell, names, rows)


def entrances(tx: Transaction) -> Entrances:
    """Give the school entrances."""
    c = school_entrance.c
    chosen: sa.Select[Any] = sa.select(
        c.name, sa.func.ST_X(c.location).label("lon"), sa.func.ST_Y(c.location).label("lat")
    ).where(c.adcode == tx.adcode)
    rows = tx.execute(chosen.order_by(c.entrance_code.collate("C"))).all()
    return Entrances(
        name=tuple(row.name for row in rows), lon=np.array([row.lon for row in rows], dtype=np.float64),
        lat=np.array([row.lat for row in rows], dtype=np.float64),
    )  # fmt: skip


def replace_entrances(tx: Transaction, rows: Iterable[Mapping[str, Any]], import_run_id: str) -> None:
    """Write entrances (entrance_code, name, lon, lat) in place of all earlier ones."""
    tx.execute(sa.delete(school_entrance).where(school_entrance.c.adcode == tx.adcode))
    items = list(rows)
    points = hex_points([r["lon"] for r in items], [r["lat"] for r in items]) if items else []
    values = (
        (tx.adcode, r["entrance_code"], r["name"], point, import_run_id) for r, point in zip(items, points, strict=True)
    )
    tx.copy_rows(school_entrance, ("adcode", "entrance_code", "name", "location", "import_run_id"), values)


def applications(tx: Transaction, *, state: str | None = None) -> list[Application]:
    """Give the applications of a state (None: all), the earliest first, undated ones last."""
    c = licence_application.c
    chosen = sa.select(
        c.application_no, c.name, c.address, c.applied_on, c.state,
        sa.func.ST_X(c.location, type_=sa.Float).label("lon"), sa.func.ST_Y(c.location, type_=sa.Float).label("lat"),
    ).where(c.adcode == tx.adcode)  # fmt: skip
    if state is not None:
        chosen = chosen.where(c.state == state)
    rows = tx.execute(chosen.order_by(c.applied_on.nulls_last(), c.application_no.collate("C")))
    return [Application(**row._mapping) for row in rows]


def replace_applications(tx: Transaction, items: Sequence[Application], import_run_id: str) -> None:
    """Write applications in place of earlier ones of the same number; others stay."""
    c = licence_application.c
    tx.execute(
        sa.delete(licence_application).where(
            c.adcode == tx.adcode, c.application_no.in_([item.application_no for item in items])
        )
    )
    lon = [np.nan if item.lon is None else item.lon for item in items]
    lat = [np.nan if item.lat is None else item.lat for item in items]
    points = hex_points(lon, lat) if items else []
    names = ("adcode", "application_no", "name", "address", "location", "applied_on", "state", "import_run_id")
    rows = (
        (tx.adcode, i.application_no, i.name, i.address, point, i.applied_on, i.state, import_run_id)
        for i, point in zip(items, points, strict=True)
    )
    tx.copy_rows(licence_application, names, rows)


def entrance_records(tx: Transaction) -> dict[str, dict[str, object]]:
    """Give the entrances by code, as an import compares them."""
    c = school_entrance.c
    chosen: sa.Select[Any] = sa.select(
        c.entrance_code, c.name, sa.func.ST_X(c.location).label("lon"), sa.func.ST_Y(c.location).label("lat")
    ).where(c.adcode == tx.adcode)
    return {row.entrance_code: dict(row._mapping) for row in tx.execute(chosen)}

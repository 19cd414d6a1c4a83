"""Unit sets: the basic units that grids are made of, immutable once written."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import h3
import numpy as np
import shapely
import sqlalchemy as sa
from numpy.typing import ArrayLike, NDArray

from geo_data.cells import cells_of_points, rows_in_set
from geo_data.projection import LocalProjection
from gridsvc.clock import Clock, new_id
from gridsvc.domain.errors import NotFound
from gridsvc.domain.ids import UnitSetId
from gridsvc.storage.geometry import binary, hex_ewkb, shapes
from gridsvc.storage.store import Transaction
from gridsvc.storage.tables import unit, unit_border, unit_set

FINEST_RESOLUTION = 10  # a point's unit is looked for from here upwards
COARSEST_RESOLUTION = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class NewUnits:
    """Units as they are made, before the set has an identifier; arrays have one entry a unit, in row order.

    Parameters
    ----------
    cell : H3 index, 0 for areas
    area_code : code of the area, None for cells
    official_code : the 15-digit code of an urban-management unit, or None
    area_km2, perimeter_m : of the exact shape
    outlines : polygons in WGS-84 for drawing
    border_a_b : (k, 2) rows of two units that share a border, a < b; a link by hand has border_m 0
    border_m : (k,) length of the shared border
    is_passable : (k,) whether a grid may go on across it
    """

    cell: NDArray[np.int64]
    area_code: NDArray[np.object_]
    official_code: NDArray[np.object_]
    area_km2: NDArray[np.float64]
    perimeter_m: NDArray[np.float64]
    outlines: NDArray[np.object_]
    border_a_b: NDArray[np.int32]
    border_m: NDArray[np.float64]
    is_passable: NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredUnits:
    """One unit set as stored; row numbers are those of every array made from it.

    Parameters
    ----------
    kind : h3 or area
    ids : H3 index in hex, or area code, by row
    cell : (n,) H3 indices, 0 for areas
    area_km2, perimeter_m : (n,)
    outlines : (n,) polygons in WGS-84
    edges : (m, 2) rows of units that a grid may join, a < b
    border_a_b, border_m : (k, 2) and (k,) all borders, barriers included
    made_from : parameters, notes and counts of its making
    """

    unit_set_id: UnitSetId
    kind: str
    area_level: str | None
    ids: list[str]
    official_code: list[str | None]
    cell: NDArray[np.int64]
    area_km2: NDArray[np.float64]
    perimeter_m: NDArray[np.float64]
    outlines: NDArray[np.object_]
    edges: NDArray[np.int32]
    border_a_b: NDArray[np.int32]
    border_m: NDArray[np.float64]
    made_from: dict[str, Any]

    def __len__(self) -> int:
        return len(self.ids)

    def rows_of_points(self, lon: ArrayLike, lat: ArrayLike, *, snap_m: float = 250.0) -> NDArray[np.int32]:
        """Give the row of the unit that holds each point; -1 outside every unit and for NaN.

        An H3 unit holds a point by index hierarchy (its resolution-10 cell, then that cell's parents), as ownership
        look-ups do. On a border shared by areas the lower row holds the point. A point in no unit takes the nearest one
        within `snap_m`: shops on a quay may lie beyond a shoreline.
        """
        x, y = np.atleast_1d(np.asarray(lon, dtype=np.float64)), np.atleast_1d(np.asarray(lat, dtype=np.float64))
        rows = self._rows_by_cell(x, y) if self.kind == "h3" else self._rows_by_area(x, y)
        left = np.flatnonzero((rows < 0) & np.isfinite(x) & np.isfinite(y))
        if snap_m > 0 and len(left):
            plane = LocalProjection.around_geometry(shapely.box(*shapely.total_bounds(self.outlines)))
            tree = shapely.STRtree(plane.project(self.outlines))
            points = shapely.points(plane.xy_m(x[left], y[left]))
            point, row = tree.query_nearest(points, max_distance=snap_m, all_matches=False)
            rows[left[point]] = row.astype(np.int32)
        return rows

    def rows_within(self, coarser: StoredUnits) -> NDArray[np.int32] | None:
        """Give (n,) the row of `coarser` that is each unit itself or its ancestor; None where some unit has none.

        Then every place of this set has the same owner in grids of `coarser` that are carried over by these rows.
        """
        if self.unit_set_id == coarser.unit_set_id:
            return np.arange(len(self), dtype=np.int32)
        if self.kind != "h3" or coarser.kind != "h3":
            return None
        rows = rows_in_set(self.cell.astype(np.uint64), coarser.cell.astype(np.uint64))
        return rows if (rows >= 0).all() else None

    def _rows_by_cell(self, lon: NDArray[np.float64], lat: NDArray[np.float64]) -> NDArray[np.int32]:
        return rows_in_set(cells_of_points(lon, lat, FINEST_RESOLUTION), self.cell.astype(np.uint64))

    def _rows_by_area(self, lon: NDArray[np.float64], lat: NDArray[np.float64]) -> NDArray[np.int32]:
        rows = np.full(len(lon), np.iinfo(np.int32).max, dtype=np.int32)
        known = np.flatnonzero(np.isfinite(lon) & np.isfinite(lat))
        points = shapely.points(lon[known], lat[known])
        point, area = shapely.STRtree(self.outlines).query(points, predicate="intersects")
        np.minimum.at(rows, known[point], area.astype(np.int32))
        return np.where(rows == np.iinfo(np.int32).max, -1, rows).astype(np.int32)


def save(tx: Transaction, clock: Clock, units: NewUnits, *, kind: str, area_level: str | None = None,
         made_from: dict[str, Any]) -> UnitSetId:  # fmt: skip
    """Write a unit set of `kind` h3 or area and give its identifier."""
    unit_set_id = UnitSetId(new_id())
    n_units = len(units.cell)
    tx.execute(
        sa.insert(unit_set).values(
            adcode=tx.adcode, unit_set_id=unit_set_id, kind=kind, area_level=area_level, n_units=n_units,
            made_from=made_from, created_at=clock.now(),
        )
    )  # fmt: skip
    names = (
        "adcode",
        "unit_set_id",
        "unit_row",
        "cell",
        "area_code",
        "official_code",
        "area_km2",
        "perimeter_m",
        "outline",
    )
    outlines = hex_ewkb(units.outlines)
    rows = (
        (tx.adcode, unit_set_id, row, int(units.cell[row]) or None, units.area_code[row], units.official_code[row],
         float(units.area_km2[row]), float(units.perimeter_m[row]), outlines[row])
        for row in range(n_units)
    )  # fmt: skip
    tx.copy_rows(unit, names, rows)
    borders = (
        (tx.adcode, unit_set_id, int(a), int(b), float(length_m), bool(passable))
        for (a, b), length_m, passable in zip(units.border_a_b, units.border_m, units.is_passable, strict=True)
    )
    tx.copy_rows(unit_border, ("adcode", "unit_set_id", "unit_row_a", "unit_row_b", "border_m", "is_passable"), borders)
    return unit_set_id


def load(tx: Transaction, unit_set_id: UnitSetId) -> StoredUnits:
    """Give a unit set with all its arrays; raises `NotFound`."""
    here = (unit_set.c.adcode == tx.adcode, unit_set.c.unit_set_id == unit_set_id)
    head = tx.execute(sa.select(unit_set).where(*here)).one_or_none()
    if head is None:
        raise NotFound(f"there is no unit set {unit_set_id} in district {tx.adcode}")
    c = unit.c
    statement = sa.select(
        c.cell, c.area_code, c.official_code, c.area_km2, c.perimeter_m, binary(c.outline).label("outline")
    )
    statement = statement.where(c.adcode == tx.adcode, c.unit_set_id == unit_set_id).order_by(c.unit_row)
    rows = tx.execute(statement).all()
    b = unit_border.c
    between = sa.select(b.unit_row_a, b.unit_row_b, b.border_m, b.is_passable)
    between = between.where(b.adcode == tx.adcode, b.unit_set_id == unit_set_id).order_by(b.unit_row_a, b.unit_row_b)
    borders = tx.execute(between).all()
    pairs = np.array([(row.unit_row_a, row.unit_row_b) for row in borders], dtype=np.int32).reshape(-1, 2)
    passable = np.array([row.is_passable for row in borders], dtype=bool)
    return StoredUnits(
        unit_set_id=unit_set_id, kind=head.kind, area_level=head.area_level, made_from=head.made_from,
        ids=[row.area_code if row.cell is None else h3.int_to_str(row.cell) for row in rows],
        official_code=[row.official_code for row in rows],
        cell=np.array([row.cell or 0 for row in rows], dtype=np.int64),
        area_km2=np.array([row.area_km2 for row in rows], dtype=np.float64),
        perimeter_m=np.array([row.perimeter_m for row in rows], dtype=np.float64),
        outlines=shapes(row.outline for row in rows), edges=np.ascontiguousarray(pairs[passable]), border_a_b=pairs,
        border_m=np.array([row.border_m for row in borders], dtype=np.float64),
    )  # fmt: skip


def newest(tx: Transaction, kind: str | None = None, area_level: str | None = None) -> UnitSetId | None:
    """Give the unit set made last, of a kind and an area level where these are named; None when there is none.

    Sets that a plan had recut for itself are left out: they belong to that plan.
    """
    is_own = unit_set.c.made_from["recut_of"].astext.is_(None)
    statement = sa.select(unit_set.c.unit_set_id).where(unit_set.c.adcode == tx.adcode, is_own)
    if kind is not None:
        statement = statement.where(unit_set.c.kind == kind)
    if area_level is not None:
        statement = statement.where(unit_set.c.area_level == area_level)
    newest_first = (unit_set.c.created_at.desc(), unit_set.c.unit_set_id.desc())
    found = tx.execute(statement.order_by(*newest_first).limit(1)).scalar_one_or_none()
    return None if found is None else UnitSetId(found)


def find_same(tx: Transaction, content_hash: str) -> UnitSetId | None:
    """Give the set whose making has this content hash, so that making it again adds none."""
    statement = sa.select(unit_set.c.unit_set_id).where(
        unit_set.c.adcode == tx.adcode, unit_set.c.made_from["content_hash"].astext == content_hash
    )
    found = tx.execute(statement.limit(1)).scalar_one_or_none()
    return None if found is None else UnitSetId(found)

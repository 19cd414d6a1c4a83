"""Compare whose unit a place is with ST_Covers of the units' exact shapes, place by place."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import psycopg
import shapely

from geo_data.cells import cells_of_points, children, descendants, outlines
from gridsvc.domain.ids import UnitSetId
from gridsvc.storage.listening import libpq_url
from gridsvc.storage.units import StoredUnits
from gridsvc.usecases.unit_index import UnitIndex

N_PLACES = 1_000_000
CHUNK = 100_000
WEST, SOUTH, EAST, NORTH = 106.60, 26.50, 106.82, 26.66


def exactness(bench: Any, say: Callable[[str, str, str], None], n_places: int = N_PLACES) -> None:
    """A million places for each kind of unit set."""
    rng = np.random.default_rng(5)
    for name, units in (("uniform", _cells(rng, 0.0)), ("adaptive", _cells(rng, 0.3)), ("administrative", _areas(rng))):
        lon, lat = rng.uniform(WEST, EAST, n_places), rng.uniform(SOUTH, NORTH, n_places)
        corners = shapely.get_coordinates(units.outlines) if units.kind == "area" else np.zeros((0, 2))
        lon[: len(corners)], lat[: len(corners)] = corners.T  # on shared borders, where several areas cover
        index = UnitIndex.of(units)
        ours = index.rows(lon, lat)
        sample = rng.choice(n_places, 2000, replace=False)
        alone = np.array([index.row(float(lon[at]), float(lat[at])) for at in sample])
        theirs = _by_postgis(bench.database.owner_url, units, lon, lat)
        n_differ = int((ours != theirs).sum() + (alone != ours[sample]).sum())
        say(
            f"exactness, {len(units)} {name} units",
            f"{n_differ} of {n_places:,} places differ from ST_Covers ({(ours >= 0).mean():.0%} inside, "
            f"{len(corners)} on corners)",
            "0",
        )


def _cells(rng: np.random.Generator, split_share: float) -> StoredUnits:
    x, y = np.meshgrid(np.arange(WEST, EAST, 0.001), np.arange(SOUTH, NORTH, 0.001))
    chosen: list[int] = []
    for cell in np.unique(cells_of_points(x.ravel(), y.ravel(), 8 if split_share else 9)).tolist():
        if not split_share or rng.random() > split_share:
            chosen.append(cell)
            continue
        for part in children(cell):
            chosen += children(part) if rng.random() < split_share else [part]
    cells = np.array(chosen, dtype=np.uint64)
    return _units("h3", cells.astype(np.int64), outlines(cells))


def _areas(rng: np.random.Generator) -> StoredUnits:
    seeds = shapely.multipoints(np.column_stack([rng.uniform(WEST, EAST, 200), rng.uniform(SOUTH, NORTH, 200)]))
    frame = shapely.box(WEST + 0.01, SOUTH + 0.01, EAST - 0.01, NORTH - 0.01)
    cut = shapely.intersection(shapely.get_parts(shapely.voronoi_polygons(seeds)), frame)
    return _units("area", np.zeros(len(cut), dtype=np.int64), cut)


def _units(kind: str, cell: np.ndarray, shapes: np.ndarray) -> StoredUnits:
    n_units = len(cell)
    return StoredUnits(
        unit_set_id=UnitSetId("benchmark"), kind=kind, area_level=None, ids=[str(at) for at in range(n_units)],
        official_code=[None] * n_units, cell=cell, area_km2=np.ones(n_units), perimeter_m=np.ones(n_units),
        outlines=shapes, edges=np.zeros((0, 2), np.int32), border_a_b=np.zeros((0, 2), np.int32),
        border_m=np.zeros(0), made_from={},
    )  # fmt: skip


def _by_postgis(url: str, units: StoredUnits, lon: np.ndarray, lat: np.ndarray) -> np.ndarray:
    """Give the lowest row of the units whose exact shape covers each place, -1 for none.

    A cell's exact shape is its resolution-10 descendants, one polygon each: joining them would move their corners.
    """
    if units.kind == "h3":
        parts = [
            descendants(int(cell)) if ((int(cell) >> 52) & 15) < 10 else np.array([cell], dtype=np.uint64)
            for cell in units.cell
        ]
        row = np.repeat(np.arange(len(parts)), [len(part) for part in parts])
        shapes = outlines(np.concatenate(parts).astype(np.uint64))
    else:
        row, shapes = np.arange(len(units)), units.outlines
    found = np.full(len(lon), -1, dtype=np.int64)
    with psycopg.connect(libpq_url(url), autocommit=True) as connection, connection.cursor() as cursor:
        cursor.execute("CREATE TEMP TABLE exact (unit_row int, shape geometry(Geometry, 4326))")
        wkb = shapely.to_wkb(shapely.set_srid(shapes, 4326), hex=True, include_srid=True)
        with cursor.copy("COPY exact FROM STDIN") as copy:
            for one in zip(row.tolist(), wkb.tolist(), strict=True):
                copy.write_row(one)
        cursor.execute("CREATE INDEX ON exact USING gist (shape)")
        cursor.execute("ANALYZE exact")
        for first in range(0, len(lon), CHUNK):
            x, y = lon[first : first + CHUNK].tolist(), lat[first : first + CHUNK].tolist()
            cursor.execute(
                "SELECT p.n, min(e.unit_row) FROM unnest(%s::float8[], %s::float8[]) WITH ORDINALITY AS p(x, y, n)"
                " JOIN exact e ON ST_Covers(e.shape, ST_SetSRID(ST_MakePoint(p.x, p.y), 4326)) GROUP BY p.n",
                (x, y),
            )
            rows = np.array(cursor.fetchall(), dtype=np.int64).reshape(-1, 2)
            found[first + rows[:, 0] - 1] = rows[:, 1]
        cursor.execute("DROP TABLE exact")
    return found

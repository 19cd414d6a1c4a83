"""One place has one unit, alone or in thousands, and its distance from the border is that of the exact shapes."""

from __future__ import annotations

import h3.api.basic_int as h3
import numpy as np
import shapely

from geo_data.borders import unit_sides
from geo_data.cells import centres, exact_shape, outlines
from gridsvc.domain.ids import GridId, UnitSetId
from gridsvc.storage.plans import Grids
from gridsvc.storage.units import StoredUnits
from gridsvc.usecases.unit_index import Surroundings, UnitIndex


def units_of(kind: str, cell: np.ndarray, shapes: np.ndarray) -> StoredUnits:
    n_units = len(cell)
    return StoredUnits(
        unit_set_id=UnitSetId("test"), kind=kind, area_level=None, ids=[str(at) for at in range(n_units)],
        official_code=[None] * n_units, cell=cell, area_km2=np.ones(n_units), perimeter_m=np.ones(n_units),
        outlines=shapes, edges=np.zeros((0, 2), np.int32), border_a_b=np.zeros((0, 2), np.int32),
        border_m=np.zeros(0), made_from={},
    )  # fmt: skip


def adaptive() -> StoredUnits:
    rng = np.random.default_rng(1)
    chosen: list[int] = []
    for cell in h3.grid_disk(h3.latlng_to_cell(26.57, 106.71, 8), 3):
        parts = h3.cell_to_children(cell, 9) if rng.random() < 0.4 else [cell]
        for part in parts:
            is_split = part != cell and rng.random() < 0.2
            chosen += h3.cell_to_children(part, 10) if is_split else [part]
    cells = np.array(chosen, dtype=np.uint64)
    return units_of("h3", cells.astype(np.int64), outlines(cells))


def in_columns(units: StoredUnits, n_columns: int = 4) -> Grids:
    x, _ = centres(units.cell.astype(np.uint64))
    rank = np.argsort(np.argsort(x, kind="stable"))
    ids = tuple(range(n_columns))
    return Grids(
        grid_ids=tuple(GridId(str(at)) for at in ids), names=tuple(map(str, ids)), numbers=ids,
        staff_ids=(None,) * n_columns, grid_of_unit=(rank * n_columns // len(rank)).astype(np.int32),
    )  # fmt: skip


def test_the_sides_of_a_unit_are_the_border_of_its_exact_shape() -> None:
    units = adaptive()
    sides = unit_sides(units.cell.astype(np.uint64))
    for row in (0, 7, len(units) - 1):
        lines = shapely.multilinestrings(shapely.linestrings(sides.ends[sides.unit_row == row].reshape(-1, 2, 2)))
        border = shapely.boundary(exact_shape(int(units.cell[row])))
        assert shapely.hausdorff_distance(lines, border) < 1e-7
        assert abs(lines.length - border.length) < 1e-7


def test_the_nearest_side_is_found_before_and_after_everything_is_warm() -> None:
    units = adaptive()
    index, grids = UnitIndex.of(units), in_columns(units)
    cold, warm = Surroundings(index, grids), Surroundings(index, grids)
    warm.warm()
    rng = np.random.default_rng(2)
    west, south, east, north = shapely.total_bounds(units.outlines)
    n_inside = 0
    for lon, lat in zip(rng.uniform(west, east, 400), rng.uniform(south, north, 400), strict=True):
        row = index.row(lon, lat)
        if row < 0:
            continue
        n_inside += 1
        position, place = int(grids.grid_of_unit[row]), index.plane.xy_m(lon, lat)
        exact = float(shapely.distance(cold.border(position), shapely.Point(place)))
        assert abs(cold.distance_m(position, row, *place) - exact) <= 0.051
        assert abs(warm.distance_m(position, row, *place) - exact) <= 0.051
    assert n_inside > 200


def test_one_place_and_many_places_have_the_same_units() -> None:
    units = adaptive()
    index = UnitIndex.of(units)
    rng = np.random.default_rng(3)
    west, south, east, north = shapely.total_bounds(units.outlines)
    lon, lat = rng.uniform(west, east, 500), rng.uniform(south, north, 500)
    rows = index.rows(lon, lat)
    assert rows.tolist() == [index.row(x, y) for x, y in zip(lon.tolist(), lat.tolist(), strict=True)]
    assert {-1} < set(rows.tolist())


def test_a_border_that_areas_share_belongs_to_the_lower_row() -> None:
    areas = np.array([shapely.box(1, 0, 2, 1), shapely.box(0, 0, 1, 1), shapely.box(0, 1, 2, 2)], dtype=object)
    index = UnitIndex.of(units_of("area", np.zeros(3, dtype=np.int64), areas))
    lon, lat = np.array([1.0, 1.0, 0.5, 0.5, 1.5, 9.0, np.nan]), np.array([0.5, 1.0, 1.0, 0.5, 1.5, 9.0, 1.0])
    assert index.rows(lon, lat).tolist() == [0, 0, 1, 1, 2, -1, -1]
    assert [index.row(x, y) for x, y in zip(lon[:-1].tolist(), lat[:-1].tolist(), strict=True)] == [0, 0, 1, 1, 2, -1]

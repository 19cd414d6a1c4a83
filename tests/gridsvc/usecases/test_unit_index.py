"""One place has one unit, alone or in thousands, and its distance from the border is that of the exact shapes."""

from __future__ import annotations

from dataclasses import replace

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


def test_a_place_is_as_far_from_its_border_as_geos_says_alone_and_among_many() -> None:
    units = adaptive()
    index, grids = UnitIndex.of(units), in_columns(units)
    around = Surroundings(index, grids)
    rng = np.random.default_rng(2)
    west, south, east, north = shapely.total_bounds(units.outlines)
    lon, lat = rng.uniform(west, east, 400), rng.uniform(south, north, 400)
    rows = index.rows(lon, lat)
    position = np.append(grids.grid_of_unit, -1)[rows].astype(np.int32)
    places = index.plane.project(np.column_stack([lon, lat]))
    together = around.distances_m(position, places)
    borders = [border_of(index, grids, grid) for grid in range(4)]
    assert np.isnan(together[position < 0]).all()
    assert (position >= 0).sum() > 200
    for at in np.flatnonzero(position >= 0).tolist():
        exact = float(shapely.distance(borders[position[at]], shapely.Point(places[at])))
        assert abs(around.distance_m(int(position[at]), *places[at].tolist()) - exact) <= 0.051
        assert together[at] == around.distance_m(int(position[at]), *places[at].tolist())


def border_of(index: UnitIndex, grids: Grids, grid: int) -> shapely.Geometry:
    """Give a grid's border in the plane: the sides of its units that have another grid, or nothing, behind them."""
    sides = unit_sides(index.units.cell.astype(np.uint64))
    grid_of = np.append(grids.grid_of_unit, -1)
    chosen = sides.ends[(grid_of[sides.unit_row] == grid) & (grid_of[sides.other_row] != grid)]
    return shapely.multilinestrings(shapely.linestrings(index.plane.project(chosen.reshape(-1, 2)).reshape(-1, 2, 2)))


def test_areas_with_long_sides_are_measured_each_to_its_own_border() -> None:
    areas = np.array([shapely.box(0, 0, 0.1, 0.1), shapely.box(0.1, 0, 0.2, 0.05), shapely.box(0.1, 0.05, 0.2, 0.1)],
                     dtype=object)  # fmt: skip
    units = units_of("area", np.zeros(3, dtype=np.int64), areas)
    index = UnitIndex.of(units)
    grids = Grids(
        grid_ids=(GridId("0"), GridId("1")), names=("0", "1"), numbers=(0, 1), staff_ids=(None, None),
        grid_of_unit=np.array([0, 1, 1], dtype=np.int32),
    )  # fmt: skip
    around = Surroundings(index, grids)
    place = index.plane.xy_m(0.15, 0.05)  # on the side between two units of one grid, which is no border
    to_side, _ = index.plane.xy_m(0.1, 0.05)
    _, to_edge = index.plane.xy_m(0.15, 0.0)
    nearest = min(abs(place[0] - to_side), abs(place[1] - to_edge))
    assert abs(around.distance_m(1, *place) - nearest) <= 0.051
    assert abs(around.distance_m(0, *index.plane.xy_m(0.099, 0.05)) - index.plane.east_m * 0.001) <= 0.051


def test_neighbours_come_with_the_longest_shared_border_first() -> None:
    areas = np.array([shapely.box(x, 0, x + 1, 1) for x in range(4)], dtype=object)
    units = replace(
        units_of("area", np.zeros(4, dtype=np.int64), areas),
        border_a_b=np.array([[0, 1], [1, 2], [1, 3], [2, 3]], np.int32), border_m=np.array([1.0, 2.0, 3.0, 9.0]),
    )  # fmt: skip
    ids = (0, 1, 2)
    grids = Grids(
        grid_ids=tuple(GridId(str(at)) for at in ids), names=tuple(map(str, ids)), numbers=ids,
        staff_ids=(None,) * 3, grid_of_unit=np.array([0, 1, 2, 2], dtype=np.int32),
    )  # fmt: skip
    around = Surroundings(UnitIndex.of(units), grids)
    assert [around.neighbours(at) for at in ids] == [[1], [2, 0], [1]]


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

"""Find the basic unit of a place, and how far the border of its grid is."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from math import cos, radians, sin, sqrt
from typing import TYPE_CHECKING

import numpy as np
import shapely
from h3.api import basic_int as h3
from numpy.typing import NDArray

from geo_data.borders import UnitSides, unit_sides
from geo_data.cells import cells_of_points, parents, resolutions
from gridsvc.storage.plans import Grids
from gridsvc.storage.units import COARSEST_RESOLUTION, FINEST_RESOLUTION, StoredUnits

_EQUATOR_M, _FLATTENING_SQUARED = 6_378_137.0, 0.00669437999014
FloatArray = NDArray[np.float64]

if TYPE_CHECKING:
    from geo_data.nearest_sides import NearestSides


@dataclass(frozen=True, slots=True)
class UnitIndex:
    """Finds the unit of one place in microseconds and of many in less: by cell numbers, or by a tree of polygons.

    Both ways answer alike. A place on a border that areas share belongs to the lower row, so to exactly one unit.
    """

    units: StoredUnits
    row_of_cell: dict[int, int]
    levels: tuple[int, ...]
    ranked_cells: NDArray[np.uint64]
    row_of_rank: NDArray[np.int32]
    tree: shapely.STRtree | None
    plane: Plane
    _sides: list[tuple[UnitSides, FloatArray]] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @classmethod
    def of(cls, units: StoredUnits) -> UnitIndex:
        """Build the index of a unit set."""
        plane = Plane.around(units.outlines)
        if units.kind != "h3":
            shapely.prepare(units.outlines)
            none = np.zeros(0, dtype=np.uint64)
            return cls(units, {}, (), none, none.astype(np.int32), shapely.STRtree(units.outlines), plane)
        cells = units.cell.astype(np.uint64)
        order = np.argsort(cells)
        levels = tuple(sorted(set(resolutions(cells).tolist()), reverse=True))
        row_of_cell = {int(cell): row for row, cell in enumerate(units.cell.tolist())}
        return cls(units, row_of_cell, levels, cells[order], order.astype(np.int32), None, plane)

    def row(self, lon: float, lat: float) -> int:
        """Give the row of the unit that holds the place, -1 for none."""
        if self.tree is not None:
            return int(self._rows_by_area(np.array([lon]), np.array([lat]))[0])
        cell = h3.latlng_to_cell(lat, lon, FINEST_RESOLUTION)
        for resolution in range(FINEST_RESOLUTION, COARSEST_RESOLUTION - 1, -1):
            row = self.row_of_cell.get(cell if resolution == FINEST_RESOLUTION else h3.cell_to_parent(cell, resolution))
            if row is not None:
                return row
        return -1

    def rows(self, lon: FloatArray, lat: FloatArray) -> NDArray[np.int32]:
        """Give the row of the unit that holds each place, -1 for none and for NaN; O(places log units)."""
        if self.tree is not None:
            return self._rows_by_area(lon, lat)
        return self.rows_of_cells(cells_of_points(lon, lat, FINEST_RESOLUTION))

    def rows_of_cells(self, cells: NDArray[np.uint64]) -> NDArray[np.int32]:
        """Give the row of each resolution-10 cell: its own, or that of its nearest ancestor in the set."""
        result = np.full(len(cells), -1, dtype=np.int32)
        open_rows = np.arange(len(cells))
        for level in self.levels:
            wanted = cells[open_rows] if level == FINEST_RESOLUTION else parents(cells[open_rows], level)
            rank = np.minimum(np.searchsorted(self.ranked_cells, wanted), len(self.ranked_cells) - 1)
            is_hit = self.ranked_cells[rank] == wanted
            result[open_rows[is_hit]] = self.row_of_rank[rank[is_hit]]
            open_rows = open_rows[~is_hit]
            if not len(open_rows):
                break
        return result

    def _rows_by_area(self, lon: FloatArray, lat: FloatArray) -> NDArray[np.int32]:
        assert self.tree is not None
        none = np.iinfo(np.int32).max
        rows = np.full(len(lon), none, dtype=np.int32)
        known = np.flatnonzero(np.isfinite(lon) & np.isfinite(lat))
        points = np.asarray(shapely.points(lon[known], lat[known]), dtype=object)
        point, area = self.tree.query(points)  # boxes only; the prepared areas then decide
        holds = shapely.intersects(self.units.outlines[area], points[point])
        np.minimum.at(rows, known[point[holds]], area[holds].astype(np.int32))
        return np.where(rows == none, -1, rows).astype(np.int32)

    @property
    def sides(self) -> tuple[UnitSides, FloatArray]:
        """The exact border of every H3 unit, and its (n, 2, 2) ends in the plane; found on the first call."""
        with self._lock:
            if not self._sides:
                found = unit_sides(self.units.cell.astype(np.uint64))
                self._sides.append((found, self.plane.project(found.ends.reshape(-1, 2)).reshape(-1, 2, 2)))
            return self._sides[0]


@dataclass(frozen=True, slots=True)
class Plane:
    """Metres around one place, by the ellipsoid's radii there: off by less than 0.5 % within 50 km."""

    lon0: float
    lat0: float
    east_m: float  # of one degree
    north_m: float

    @classmethod
    def around(cls, outlines: NDArray[np.object_]) -> Plane:
        """Put the origin in the middle of the outlines' bounding box."""
        west, south, east, north = shapely.total_bounds(outlines)
        lat0 = float(south + north) / 2
        bulge = 1 - _FLATTENING_SQUARED * sin(radians(lat0)) ** 2
        east_m = radians(1) * _EQUATOR_M / sqrt(bulge) * cos(radians(lat0))
        north_m = radians(1) * _EQUATOR_M * (1 - _FLATTENING_SQUARED) / bulge**1.5
        return cls(float(west + east) / 2, lat0, east_m, north_m)

    def xy_m(self, lon: float, lat: float) -> tuple[float, float]:
        """Give one place in metres."""
        return (lon - self.lon0) * self.east_m, (lat - self.lat0) * self.north_m

    def project(self, lonlat: FloatArray) -> FloatArray:
        """Give (n, 2) degrees in metres."""
        return (lonlat - (self.lon0, self.lat0)) * (self.east_m, self.north_m)

    def disc(self, lon: float, lat: float, radius_m: float, n_points: int = 127) -> tuple[FloatArray, FloatArray]:
        """Give places spread evenly over a disc, its middle first; always the same ones."""
        number = np.arange(n_points)
        distance_m, angle = radius_m * np.sqrt(number / n_points), number * np.pi * (3 - np.sqrt(5))
        return lon + distance_m * np.cos(angle) / self.east_m, lat + distance_m * np.sin(angle) / self.north_m


class Surroundings:
    """What lies around the grids of one layer: their exact borders and their neighbours.

    It depends on nothing but which unit belongs to which grid, so it is kept while owners and names change.
    """

    def __init__(self, index: UnitIndex, grids: Grids) -> None:
        self._index = index
        self._grid_of_unit = grids.grid_of_unit
        self._n_grids = len(grids.grid_ids)
        self._of_layer: NearestSides | None = None
        self._of_grid: dict[int, NearestSides] = {}
        self._neighbours: list[list[int]] | None = None
        self._lock = threading.Lock()  # two who ask at once do not both look for the same

    @property
    def is_warm(self) -> bool:
        """Whether no answer has to wait for the borders of a whole unit set."""
        return self._of_layer is not None or self._index.tree is not None

    def warm(self) -> None:
        """Find the borders and neighbours of all grids now."""
        self._ranked()
        if self._index.tree is None:
            self._nearest(0)

    def distance_m(self, position: int, x: float, y: float) -> float:
        """Give how far a place (in the plane) of a grid is from the grid's border, to 0.1 m."""
        return round(self._nearest(position).distance_m(x, y), 1)

    def distances_m(self, position: NDArray[np.int32], xy_m: FloatArray) -> FloatArray:
        """Give how far each of (n, 2) places is from the border of its grid, to 0.1 m; NaN for a place in no grid."""
        away = np.full(len(xy_m), np.nan)
        if self._index.tree is None:
            inside = position >= 0
            away[inside] = self._nearest(0).distances_m(xy_m[inside])
        else:
            for grid in np.unique(position[position >= 0]).tolist():
                inside = position == grid
                away[inside] = self._nearest(grid).distances_m(xy_m[inside])
        return np.asarray(np.round(away, 1))

    def _nearest(self, position: int) -> NearestSides:
        """Give the sides among which the nearest of a grid's border is.

        Of cells, those of all grids together: the way to another grid's border crosses the own one. Borders of areas do
        not always meet corner by corner, so each grid has its own.
        """
        known = self._of_layer or self._of_grid.get(position)
        return self._found(position) if known is None else known

    def _found(self, position: int) -> NearestSides:
        from geo_data.nearest_sides import NearestSides  # compiles when first used

        with self._lock:
            known = self._of_layer or self._of_grid.get(position)
            if known is None and self._index.tree is None:
                known = self._of_layer = NearestSides.of(self._sides_between())
            elif known is None:
                known = self._of_grid[position] = NearestSides.of(self._border_of(position))
            return known

    def _sides_between(self) -> FloatArray:
        """Give (n, 2, 2) ends of every side between two grids, or between a grid and outside, once each."""
        sides, ends_m = self._index.sides
        extended = np.append(self._grid_of_unit, -1)  # row -1 is outside
        here, there = extended[sides.unit_row], extended[sides.other_row]
        return np.asarray(ends_m[here > there])

    def _border_of(self, position: int) -> FloatArray:
        """Give (n, 2, 2) ends of the border of a grid of areas."""
        outline = shapely.union_all(self._index.units.outlines[self._grid_of_unit == position])
        points, line = shapely.get_coordinates(shapely.get_parts(shapely.boundary(outline)), return_index=True)
        points, is_joined = self._index.plane.project(points), line[1:] == line[:-1]
        return np.stack([points[:-1][is_joined], points[1:][is_joined]], axis=1)

    def neighbours(self, position: int) -> list[int]:
        """Give the grids that share a border with one, the longest shared border first."""
        return self._ranked()[position]

    def _ranked(self) -> list[list[int]]:
        if self._neighbours is None:
            with self._lock:
                if self._neighbours is None:
                    self._neighbours = self._rank_neighbours()
        return self._neighbours

    def _rank_neighbours(self) -> list[list[int]]:
        units = self._index.units
        pairs = self._grid_of_unit[units.border_a_b].astype(np.int64)
        apart = (pairs[:, 0] != pairs[:, 1]) & (pairs >= 0).all(axis=1)
        both = np.concatenate([pairs[apart], pairs[apart][:, ::-1]])
        distinct, position = np.unique(both[:, 0] * self._n_grids + both[:, 1], return_inverse=True)
        shared_m = np.bincount(position, np.tile(units.border_m[apart], 2), minlength=len(distinct))
        grid, beside = np.divmod(distinct, max(self._n_grids, 1))
        order = np.lexsort((beside, -shared_m, grid))
        ends = np.searchsorted(grid[order], np.arange(1, self._n_grids))
        return [part.tolist() for part in np.split(beside[order], ends)] if self._n_grids else []

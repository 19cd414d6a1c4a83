"""Find the basic unit of a place, and how far the border of its grid is."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from math import cos, inf, radians, sin, sqrt

import numpy as np
import shapely
from h3.api import basic_int as h3
from numpy.typing import NDArray
from shapely.geometry import MultiLineString
from shapely.geometry.base import BaseGeometry

from geo_data.borders import UnitSides, unit_sides
from geo_data.cells import cells_of_points, parents, resolutions
from gridsvc.storage.plans import Grids
from gridsvc.storage.units import COARSEST_RESOLUTION, FINEST_RESOLUTION, StoredUnits

_EQUATOR_M, _FLATTENING_SQUARED = 6_378_137.0, 0.00669437999014
_MOST_NEAR = 40  # beyond, asking GEOS for the whole border is faster
FloatArray = NDArray[np.float64]


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
    _sides: list[UnitSides] = field(default_factory=list)
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
    def has_sides(self) -> bool:
        """Whether the exact borders have been found."""
        return bool(self._sides)

    @property
    def sides(self) -> UnitSides:
        """The exact border of every H3 unit, found on the first call."""
        with self._lock:
            if not self._sides:
                self._sides.append(unit_sides(self.units.cell.astype(np.uint64)))
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
    """What lies around the grids of one layer of a frozen plan version: their exact borders and their neighbours.

    Made grid by grid when first asked, and kept as long as the version answers.
    """

    def __init__(self, index: UnitIndex, grids: Grids) -> None:
        self._index = index
        self._grid_of_unit = grids.grid_of_unit
        self._n_grids = len(grids.grid_ids)
        self._border_of: dict[int, BaseGeometry] = {}
        self._near: dict[int, list[tuple[float, ...]]] = {}
        self._all_near: tuple[FloatArray, NDArray[np.int64]] | None = None
        self._sides: tuple[FloatArray, NDArray[np.int64]] | None = None
        self._neighbours: list[list[int]] | None = None

    @property
    def is_warm(self) -> bool:
        """Whether no answer has to wait for the borders of a whole unit set."""
        return self._index.tree is not None or self._index.has_sides

    def warm(self) -> None:
        """Find the borders and neighbours of all grids now."""
        if self._sides is None and self._index.tree is None:
            self._sides = self._sides_by_grid()
        if self._neighbours is None:
            self._neighbours = self._rank_neighbours()
        if self._all_near is None and self._index.tree is None:
            self._all_near = self._find_all_near()

    def border(self, position: int) -> BaseGeometry:
        """Give the exact border of a grid as lines in the index's plane."""
        known = self._border_of.get(position)
        if known is None:
            known = self._border_of[position] = self._make_border(position)
        return known

    def distance_m(self, position: int, unit_row: int, x: float, y: float) -> float:
        """Give how far a place (in the plane) of a unit is from the border of the unit's grid, to 0.1 m.

        Of the border, only the sides that can be nearest to some place of the unit are looked at: those no farther from
        its middle than the nearest one and twice its radius. They are found once a unit; for an area with a long border
        the whole of it is asked.
        """
        near = self._near.get(unit_row)
        if near is None:
            near = self._near[unit_row] = self._find_near(position, unit_row)
        if not near:
            return round(float(shapely.distance(self.border(position), shapely.Point(x, y))), 1)
        least = inf
        for from_x, from_y, along_x, along_y, squared in near:
            px, py = x - from_x, y - from_y
            share = (px * along_x + py * along_y) / squared
            share = 0.0 if share < 0.0 else min(share, 1.0)
            px -= share * along_x
            py -= share * along_y
            away = px * px + py * py
            if away < least:  # noqa: PLR1730 - a call of min() takes longer than the rest of the step
                least = away
        return round(sqrt(least), 1)

    def _find_near(self, position: int, unit_row: int) -> list[tuple[float, ...]]:
        if self._all_near is not None:
            sides, first = self._all_near
            found = sides[first[unit_row] : first[unit_row + 1]]
            return [tuple(row) for row in found.tolist()] if len(found) <= _MOST_NEAR else []
        lines, line = shapely.get_coordinates(shapely.get_parts(self.border(position)), return_index=True)
        is_joined = line[1:] == line[:-1]
        starts, ends = lines[:-1][is_joined], lines[1:][is_joined]
        corners = self._corners(unit_row)
        middle = (corners.min(axis=0) + corners.max(axis=0)) / 2
        radius = float(np.hypot(*(corners - middle).T).max())
        away = shapely.distance(shapely.linestrings(np.stack([starts, ends], axis=1)), shapely.Point(middle))
        chosen = np.flatnonzero(away <= away.min() + 2 * radius)
        if len(chosen) > _MOST_NEAR:
            return []
        return [tuple(row) for row in _as_vectors(starts[chosen], ends[chosen]).tolist()]

    def _find_all_near(self) -> tuple[FloatArray, NDArray[np.int64]]:
        """Find at once, for every H3 unit, the sides of grids that can be nearest to some place of it.

        The nearest side of any grid is one of the unit's own grid: the way to another border crosses it.
        """
        sides, plane = self._index.sides, self._index.plane
        extended = np.append(self._grid_of_unit, -1)
        here, there = extended[sides.unit_row], extended[sides.other_row]
        ends_m = plane.project(sides.ends.reshape(-1, 2)).reshape(-1, 2, 2)
        borders = ends_m[(here != there) & ((here < there) | (there < 0) | (here < 0))]
        n_units, corners = len(self._grid_of_unit), ends_m.reshape(-1, 2)
        unit = np.repeat(sides.unit_row, 2)
        low, high = np.full((n_units, 2), np.inf), np.full((n_units, 2), -np.inf)
        np.minimum.at(low, unit, corners)
        np.maximum.at(high, unit, corners)
        middle, radius = (low + high) / 2, np.zeros(n_units)
        np.maximum.at(radius, unit, np.hypot(*(corners - middle[unit]).T))
        points = np.asarray(shapely.points(middle), dtype=object)
        tree = shapely.STRtree(np.asarray(shapely.linestrings(borders), dtype=object))
        (unit, _), away = tree.query_nearest(points, return_distance=True, all_matches=False)
        reach = np.zeros(n_units)
        reach[unit] = away + 2 * radius[unit]
        unit, side = tree.query(points, predicate="dwithin", distance=reach)
        order = np.argsort(unit, kind="stable")
        chosen = borders[side[order]]
        return _as_vectors(chosen[:, 0], chosen[:, 1]), np.searchsorted(unit[order], np.arange(n_units + 1))

    def _corners(self, unit_row: int) -> FloatArray:
        """Give points in the plane whose hull holds the unit's exact shape."""
        if self._index.tree is not None:
            return self._index.plane.project(shapely.get_coordinates(self._index.units.outlines[unit_row]))
        sides = self._index.sides
        ends = sides.ends[sides.first[unit_row] : sides.first[unit_row + 1]]
        return self._index.plane.project(ends.reshape(-1, 2))

    def _make_border(self, position: int) -> BaseGeometry:
        plane = self._index.plane
        if self._index.tree is not None:
            outline = shapely.union_all(self._index.units.outlines[self._grid_of_unit == position])
            return shapely.transform(shapely.boundary(outline), plane.project)
        if self._sides is None:
            self._sides = self._sides_by_grid()
        ends, first = self._sides
        lines = shapely.linestrings(ends[first[position] : first[position + 1]])
        return MultiLineString(list(lines)) if isinstance(lines, np.ndarray) else lines

    def _sides_by_grid(self) -> tuple[FloatArray, NDArray[np.int64]]:
        sides = self._index.sides
        extended = np.append(self._grid_of_unit, -1)  # row -1 is outside
        here, there = extended[sides.unit_row], extended[sides.other_row]
        is_border = (here != there) & (here >= 0)
        order = np.argsort(here[is_border], kind="stable")
        ends = self._index.plane.project(sides.ends[is_border][order].reshape(-1, 2)).reshape(-1, 2, 2)
        return ends, np.searchsorted(here[is_border][order], np.arange(self._n_grids + 1))

    def neighbours(self, position: int) -> list[int]:
        """Give the grids that share a border with one, the longest shared border first."""
        if self._neighbours is None:
            self._neighbours = self._rank_neighbours()
        return self._neighbours[position]

    def _rank_neighbours(self) -> list[list[int]]:
        units = self._index.units
        pairs = self._grid_of_unit[units.border_a_b]
        apart = (pairs[:, 0] != pairs[:, 1]) & (pairs >= 0).all(axis=1)
        both = np.concatenate([pairs[apart], pairs[apart][:, ::-1]])
        distinct, position = np.unique(both, axis=0, return_inverse=True)
        shared_m = np.bincount(position.ravel(), np.tile(units.border_m[apart], 2), minlength=len(distinct))
        found: list[list[int]] = [[] for _ in range(self._n_grids)]
        for at in np.lexsort((distinct[:, 1], -shared_m)).tolist():
            found[int(distinct[at, 0])].append(int(distinct[at, 1]))
        return found


def _as_vectors(starts: FloatArray, ends: FloatArray) -> FloatArray:
    """Give segments as from x, from y, along x, along y, squared length."""
    along = ends - starts
    return np.column_stack([starts, along, np.maximum((along**2).sum(axis=1), 1e-12)])

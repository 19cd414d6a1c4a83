"""Cut a district into basic units: H3 cells that are finer where shops crowd, or administrative areas.

The units cover the district completely and without overlap; every shop lies in exactly one. Together they come as
arrays (`Units`) that an engine can work on, with the geometry for drawing beside them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray
from shapely.geometry.base import BaseGeometry

from geo_data import cells as h3_cells
from geo_data.adjacency import (
    Barriers,
    Edges,
    Join,
    carry_on,
    cell_adjacency,
    cross_barriers,
    join_pieces,
    polygon_adjacency,
)
from geo_data.cell_codes import unit_codes
from geo_data.places import polygonal_part
from geo_data.projection import LocalProjection

FloatArray = NDArray[np.float64]
COARSEST, FINEST, SPLIT_ABOVE = 8, 10, 20


class UnitKind(Enum):
    """Says what the basic units of a district are."""

    CELL = "cell"
    AREA = "area"


class UnitsError(ValueError):
    """A district cannot be cut into units; the message says why and what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Units:
    """Holds the basic units of a district, one row each.

    Parameters
    ----------
    kind : H3 cells or administrative areas
    unit_ids : (n,) H3 hex strings or area codes, distinct
    names : (n,) names of areas, empty for cells
    code15 : (n,) 15-digit urban-management codes, empty where there is none
    geometry : (n,) WGS-84 polygons for drawing; a cell's exact shape is `cells.exact_shape`
    lon, lat : (n,) WGS-84 centres
    xy_km : (n, 2) centres in kilometres east and north of the projection's origin
    area_km2, perimeter_m : (n,) of the drawing polygons
    edges : (m, 2) int32 rows a < b of units that touch, then the links added to join islands
    border_m : (m,) shared border in metres, 0 for added links
    passable : (m,) whether staff can cross there; links over a barrier are kept with False
    joins : what had to be joined, and why
    idle_bridges : rows of bridges that reopened nothing
    projection : the plane of `xy_km`
    """

    kind: UnitKind
    unit_ids: tuple[str, ...]
    names: tuple[str, ...]
    code15: tuple[str, ...]
    geometry: NDArray[np.object_]
    lon: FloatArray
    lat: FloatArray
    xy_km: FloatArray
    area_km2: FloatArray
    perimeter_m: FloatArray
    edges: Edges
    border_m: FloatArray
    passable: NDArray[np.bool_]
    joins: tuple[Join, ...]
    idle_bridges: tuple[int, ...]
    projection: LocalProjection

    def __len__(self) -> int:
        return len(self.unit_ids)

    def row_of_points(self, lon: ArrayLike, lat: ArrayLike, snap_m: float = 250.0) -> NDArray[np.int32]:
        """Return the unit row of each WGS-84 place, -1 for none.

        A cell set answers by the index hierarchy, areas by geometry (on a common border the lowest row). A place in no
        unit takes the nearest unit whose polygon is within `snap_m`; NaN takes none.
        """
        x, y = np.asarray(lon, dtype=np.float64), np.asarray(lat, dtype=np.float64)
        if self.kind is UnitKind.CELL:
            rows = h3_cells.rows_in_set(h3_cells.cells_of_points(x, y), self.cells())
        else:
            rows = np.full(len(x), -1, dtype=np.int32)
            points, units = shapely.STRtree(self.geometry).query(shapely.points(x, y), predicate="intersects")
            order = np.lexsort((-units, points))
            rows[points[order]] = units[order]
        left = np.flatnonzero((rows < 0) & np.isfinite(x) & np.isfinite(y))
        if len(left) and snap_m > 0:
            plane = self.projection.project(self.geometry)
            xy = self.projection.xy_m(x[left], y[left])
            on_earth = np.isfinite(xy).all(axis=1)
            near = shapely.STRtree(plane).query_nearest(
                shapely.points(xy[on_earth]), max_distance=snap_m, all_matches=False
            )
            rows[left[on_earth][near[0]]] = near[1]
        return rows

    def cells(self) -> h3_cells.Cells:
        """Return the units as H3 integers, for the database.

        Raises
        ------
        ValueError : the units are areas
        """
        if self.kind is not UnitKind.CELL:
            msg = "administrative areas have no cells"
            raise ValueError(msg)
        return np.array([int(unit_id, 16) for unit_id in self.unit_ids], dtype=np.uint64)


def adaptive_units(
    district: BaseGeometry,
    lon: ArrayLike,
    lat: ArrayLike,
    *,
    coarsest: int = COARSEST,
    finest: int = FINEST,
    split_above: int = SPLIT_ABOVE,
    barriers: Barriers | None = None,
    adcode: str = "",
    offices: tuple[Sequence[str], NDArray[np.object_]] | None = None,
) -> Units:
    """Return H3 units that cover the district and all shops, split while a cell holds more than `split_above` shops.

    Every finest cell that meets the district, and every one that holds a shop, has exactly one unit as itself or its
    ancestor; units without either do not exist, so a split cell at the border leaves out children beyond it.

    Parameters
    ----------
    district : WGS-84 boundary
    lon, lat : WGS-84 shops; NaN is left out
    coarsest, finest : H3 resolutions, equal for an even set; 10 is the finest that the service knows
    split_above : shops
    barriers : what cuts links; None for nothing
    adcode, offices : for the 15-digit codes; area codes and WGS-84 polygons of the street offices

    Raises
    ------
    UnitsError : empty boundary, or resolutions out of order
    """
    if not 0 <= coarsest <= finest <= h3_cells.FINEST_RESOLUTION:
        raise UnitsError(f"resolutions have to run from coarse to fine within 0 to 10, not {coarsest} to {finest}")
    boundary = _valid_district(district)
    shops = h3_cells.cells_of_points(lon, lat, h3_cells.FINEST_RESOLUTION)
    unit_cells = _cover(boundary, shops[shops != 0], coarsest, finest, split_above)
    return cell_units(district, unit_cells, barriers=barriers, adcode=adcode, offices=offices)


def cell_units(
    district: BaseGeometry,
    unit_cells: h3_cells.Cells,
    *,
    barriers: Barriers | None = None,
    adcode: str = "",
    offices: tuple[Sequence[str], NDArray[np.object_]] | None = None,
) -> Units:
    """Return units that are the named H3 cells, in this order, with their adjacency.

    Parameters
    ----------
    district : WGS-84 boundary
    unit_cells : distinct cells, none an ancestor of another
    barriers : what cuts links; None for nothing
    adcode, offices : for the 15-digit codes; area codes and WGS-84 polygons of the street offices

    Raises
    ------
    UnitsError : empty boundary
    """
    boundary = _valid_district(district)
    edges, border_m = cell_adjacency(unit_cells)
    centre_lon, centre_lat = h3_cells.centres(unit_cells)
    geometry = h3_cells.outlines(unit_cells)
    unit_ids = tuple(h3_cells.cell_name(cell) for cell in unit_cells.tolist())
    return _finish(
        UnitKind.CELL, unit_ids, ("",) * len(unit_cells), geometry,
        centre_lon, centre_lat, edges, border_m, LocalProjection.around_geometry(boundary), barriers or Barriers(),
        unit_codes(adcode, centre_lon, centre_lat, *(offices or ((), None))), boundary,
    )  # fmt: skip


def split_cells(
    district: BaseGeometry, unit_cells: h3_cells.Cells, chosen: Sequence[int], lon: ArrayLike, lat: ArrayLike
) -> h3_cells.Cells:
    """Return a set in which each chosen cell has given its place to its children; the others stay in their order.

    A child without any resolution-10 descendant that meets the district or holds a shop lies outside and is left out,
    so the places of the district and its shops have exactly one unit before and after.

    Parameters
    ----------
    chosen : cells of the set, coarser than resolution 10
    lon, lat : WGS-84 shops; NaN is left out

    Raises
    ------
    UnitsError : chosen cells are of the finest resolution: all of them named
    """
    boundary = _valid_district(district)
    wanted = set(chosen)
    finest = sorted(cell for cell in wanted if h3_cells.resolution_of(cell) >= h3_cells.FINEST_RESOLUTION)
    if finest:
        names = ", ".join(h3_cells.cell_name(cell) for cell in finest)
        raise UnitsError(f"cells of the finest size cannot be split: {names}")
    shops = h3_cells.cells_of_points(lon, lat, h3_cells.FINEST_RESOLUTION)
    here = shops[h3_cells.rows_in_set(shops, np.array(sorted(chosen), dtype=np.uint64)) >= 0]
    made: list[int] = []
    for cell in unit_cells.tolist():
        if cell not in wanted:
            made.append(cell)
            continue
        inside = here[h3_cells.rows_in_set(here, np.array([cell], dtype=np.uint64)) >= 0]
        held = _held_descendants(boundary, [cell], inside)
        finer = set(h3_cells.parents(held, h3_cells.resolution_of(cell) + 1).tolist())
        made += [child for child in h3_cells.children(cell) if child in finer]
    return np.array(made, dtype=np.uint64)


def merge_cells(unit_cells: h3_cells.Cells, parent: int) -> h3_cells.Cells:
    """Return a set in which a cell takes the place of the first of its descendants; the others of them leave.

    Raises
    ------
    UnitsError : the set holds no descendant of the cell
    """
    level = h3_cells.resolution_of(parent)
    finer = h3_cells.resolutions(unit_cells) > level
    below = np.zeros(len(unit_cells), dtype=bool)
    below[finer] = h3_cells.parents(unit_cells[finer], level) == np.uint64(parent)
    if not below.any():
        raise UnitsError(f"{h3_cells.cell_name(parent)} has no finer cells in this set that could be united")
    made = unit_cells.copy()
    first = int(np.argmax(below))
    made[first] = parent
    below[first] = False
    return made[~below]


def area_units(
    area_codes: Sequence[str],
    names: Sequence[str],
    polygons: NDArray[np.object_],
    *,
    barriers: Barriers | None = None,
    snap_m: float = 1.0,
) -> Units:
    """Return administrative areas as units.

    Parameters
    ----------
    area_codes, names, polygons : one per area; WGS-84
    barriers : what cuts links; None for nothing
    snap_m : borders this close count as shared

    Raises
    ------
    UnitsError : no area, or a code twice
    """
    if not len(area_codes):
        msg = "there are no areas to make units of; import areas first"
        raise UnitsError(msg)
    if len(set(area_codes)) != len(area_codes):
        msg = "area codes have to be distinct"
        raise UnitsError(msg)
    polygons = np.asarray(polygons, dtype=object)
    inner = shapely.point_on_surface(polygons)
    centroid = shapely.centroid(polygons)
    centre = np.where(shapely.covers(polygons, centroid), centroid, inner)
    lon, lat = shapely.get_x(centre), shapely.get_y(centre)
    projection = LocalProjection.around(*shapely.total_bounds(polygons).reshape(2, 2).T)
    edges, border_m = polygon_adjacency(projection.project(polygons), snap_m)
    codes = tuple(str(code) for code in area_codes)
    return _finish(
        UnitKind.AREA, codes, tuple(str(name) for name in names), polygons, lon, lat, edges, border_m, projection,
        barriers or Barriers(), tuple(code if len(code) == 15 and code.isdigit() else "" for code in codes), None,
    )  # fmt: skip


def _finish(
    kind: UnitKind,
    unit_ids: tuple[str, ...],
    names: tuple[str, ...],
    geometry: NDArray[np.object_],
    lon: FloatArray,
    lat: FloatArray,
    edges: Edges,
    border_m: FloatArray,
    projection: LocalProjection,
    barriers: Barriers,
    code15: tuple[str, ...],
    district: BaseGeometry | None,
) -> Units:
    xy_m = projection.xy_m(lon, lat)
    edges, border_m, forced = _add_hand_links(unit_ids, edges, border_m, barriers.hand_links)
    shapes = projection.project(np.array(barriers.shapes, dtype=object))
    if district is not None and len(shapes):
        shapes = carry_on(shapes, projection.project(np.array([district], dtype=object))[0])
    bridges = projection.project(np.array(barriers.bridges, dtype=object))
    passable, idle = cross_barriers(xy_m, edges, shapes, bridges)
    edges, passable, joins = join_pieces(xy_m, edges, passable | forced)
    border_m = np.concatenate((border_m, np.zeros(len(edges) - len(border_m))))
    plane = projection.project(geometry)
    return Units(
        kind=kind, unit_ids=unit_ids, names=names, code15=code15, geometry=geometry, lon=lon, lat=lat,
        xy_km=xy_m / 1000, area_km2=shapely.area(plane) / 1e6, perimeter_m=shapely.length(plane), edges=edges,
        border_m=border_m, passable=passable, joins=joins, idle_bridges=idle, projection=projection,
    )  # fmt: skip


def _add_hand_links(
    unit_ids: tuple[str, ...], edges: Edges, border_m: FloatArray, links: Sequence[tuple[str, str]]
) -> tuple[Edges, FloatArray, NDArray[np.bool_]]:
    """Return the edges with the links made by hand among them, and which edges are such links."""
    row_of_id = {unit_id: row for row, unit_id in enumerate(unit_ids)}
    unknown = sorted({unit_id for link in links for unit_id in link if unit_id not in row_of_id})
    if unknown:
        raise UnitsError(f"links by hand name units that do not exist: {', '.join(unknown)}")
    wanted = {tuple(sorted((row_of_id[a], row_of_id[b]))) for a, b in links if a != b}
    present = {(int(a), int(b)) for a, b in edges}
    new = np.array(sorted(wanted - present), dtype=np.int32).reshape(-1, 2)
    edges = np.vstack((edges, new)).astype(np.int32)
    forced = np.array([(int(a), int(b)) in wanted for a, b in edges], dtype=bool)
    return edges, np.concatenate((border_m, np.zeros(len(new)))), forced


def _valid_district(district: BaseGeometry) -> BaseGeometry:
    boundary = polygonal_part(district if district.is_valid else shapely.make_valid(district))
    if boundary is None:
        msg = "the district's boundary is empty; import the district as an area first"
        raise UnitsError(msg)
    return boundary


def _cover(
    district: BaseGeometry, shops: h3_cells.Cells, coarsest: int, finest: int, split_above: int
) -> h3_cells.Cells:
    """Return the sorted cells of the cover; the finest level that is asked for geometry is always resolution 10."""
    shop_cells = set(h3_cells.parents(shops, coarsest).tolist())
    candidates = {int(cell) for cell in h3_cells.cells_overlapping(district, coarsest)} | shop_cells
    candidates |= {near for cell in list(candidates) for near in h3_cells.neighbours(cell)}
    within = h3_cells.cells_within(district, coarsest)
    inner = {cell for cell in candidates if cell in within and within.issuperset(h3_cells.neighbours(cell))}
    border = sorted(candidates - inner)
    held = _held_descendants(district, border, shops)
    n_shops = {level: _counts(h3_cells.parents(shops, level)) for level in range(coarsest, finest + 1)}
    held_at = {level: set(h3_cells.parents(held, level).tolist()) for level in range(coarsest, finest + 1)}
    units: list[int] = []
    level_cells = [(cell, True) for cell in inner] + [(cell, False) for cell in border if cell in held_at[coarsest]]
    for level in range(coarsest, finest + 1):
        below = []
        for cell, is_inner in level_cells:
            if level == finest or n_shops[level].get(cell, 0) <= split_above:
                units.append(cell)
            else:
                kept = (child for child in h3_cells.children(cell) if is_inner or child in held_at[level + 1])
                below += [(child, is_inner) for child in kept]
        level_cells = below
    return np.array(sorted(units), dtype=np.uint64)


def _held_descendants(district: BaseGeometry, border: Sequence[int], shops: h3_cells.Cells) -> h3_cells.Cells:
    """Return the resolution-10 descendants of the border cells that meet the district or hold a shop."""
    if not border:
        return np.unique(shops)
    fine = np.concatenate([h3_cells.descendants(cell) for cell in border])
    shapely.prepare(district)
    meets = shapely.intersects(district, h3_cells.outlines(fine))
    return np.union1d(fine[meets], shops)


def _counts(cells: h3_cells.Cells) -> dict[int, int]:
    values, counts = np.unique(cells, return_counts=True)
    return dict(zip(values.tolist(), counts.tolist(), strict=True))

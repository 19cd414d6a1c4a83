"""Move between places and H3 cells; the only module beside the exporters that sees (lat, lon) tuples.

Cells are uint64 arrays here, hex strings in unit ids and JSON. A place belongs to a set of cells of mixed resolutions
by the index hierarchy: its resolution-10 cell, that cell's resolution-9 parent, or its resolution-8 parent, whichever
is in the set. Looking it up at each resolution would answer otherwise for ~7 % of places, because H3 children do not
tile their parent.
"""

from __future__ import annotations

import h3.api.basic_int as h3
import h3ronpy
import h3ronpy.vector
import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray
from shapely.geometry.base import BaseGeometry

Cells = NDArray[np.uint64]
FINEST_RESOLUTION = 10


def cells_of_points(lon: ArrayLike, lat: ArrayLike, resolution: int = FINEST_RESOLUTION) -> Cells:
    """Return the cell of each WGS-84 place at `resolution`; 0 where the place is NaN or off the earth."""
    x, y = np.asarray(lon, dtype=np.float64), np.asarray(lat, dtype=np.float64)
    known = (np.abs(x) <= 180) & (np.abs(y) <= 90)
    result = np.zeros(len(x), dtype=np.uint64)
    if known.any():
        result[known] = np.asarray(h3ronpy.vector.coordinates_to_cells(y[known], x[known], resolution))
    return result


def parents(cells: Cells, resolution: int) -> Cells:
    """Return the ancestors of cells at a coarser or equal resolution; 0 stays 0."""
    result = np.zeros(len(cells), dtype=np.uint64)
    known = cells != 0
    if known.any():
        result[known] = np.asarray(h3ronpy.change_resolution(cells[known], resolution))
    return result


def resolutions(cells: Cells) -> NDArray[np.int64]:
    """Return the resolution of each cell."""
    return ((cells >> np.uint64(52)) & np.uint64(15)).astype(np.int64)


def rows_in_set(cells: Cells, unit_cells: Cells) -> NDArray[np.int32]:
    """Return the row of `unit_cells` that is each cell itself or its nearest ancestor in the set; -1 for none.

    O((cells + units) log units).
    """
    own_level = resolutions(cells)
    order = np.argsort(unit_cells)
    ranked = unit_cells[order]
    result = np.full(len(cells), -1, dtype=np.int32)
    levels = sorted(set(resolutions(unit_cells).tolist()), reverse=True)
    for resolution in levels:
        open_rows = np.flatnonzero((result < 0) & (own_level >= resolution))
        wanted = parents(cells[open_rows], resolution)
        position = np.searchsorted(ranked, wanted)
        position[position == len(ranked)] = 0
        hit = ranked[position] == wanted
        result[open_rows[hit]] = order[position[hit]]
    return result


def centres(cells: Cells) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the WGS-84 longitude and latitude of the cells' centres."""
    batch = h3ronpy.vector.cells_to_coordinates(cells)
    return np.asarray(batch["lng"]), np.asarray(batch["lat"])


def outlines(cells: Cells) -> NDArray[np.object_]:
    """Return the smooth hexagon of each cell, for drawing; it is not the cell's exact share of the hierarchy."""
    return np.asarray(shapely.from_wkb(np.asarray(h3ronpy.vector.cells_to_wkb_polygons(cells).to_pylist(), object)))


def descendants(cell: int, resolution: int = FINEST_RESOLUTION) -> Cells:
    """Return all descendants of a cell at `resolution`."""
    return np.array(h3.cell_to_children(cell, resolution), dtype=np.uint64)


def exact_shape(cell: int) -> BaseGeometry:
    """Return the union of a cell's resolution-10 descendants: every place in it belongs to the cell, no other does."""
    return shapely.union_all(outlines(descendants(cell)), grid_size=1e-9)


def cells_overlapping(area: BaseGeometry, resolution: int) -> Cells:
    """Return the cells whose hexagon meets `area`."""
    found = h3.polygon_to_cells_experimental(h3.geo_to_h3shape(area.__geo_interface__), resolution, contain="overlap")
    return np.array(sorted(found), dtype=np.uint64)


def cells_within(area: BaseGeometry, resolution: int) -> set[int]:
    """Return the cells whose hexagon lies wholly in `area`."""
    found = h3.polygon_to_cells_experimental(h3.geo_to_h3shape(area.__geo_interface__), resolution, contain="full")
    return set(found)


def neighbours(cell: int) -> list[int]:
    """Return the cells that share a side with `cell` at its own resolution: six, or five of a pentagon."""
    return [other for other in h3.grid_disk(cell, 1) if other != cell]


def parent(cell: int, resolution: int) -> int:
    """Return the ancestor of one cell."""
    return int(h3.cell_to_parent(cell, resolution))


def resolution_of(cell: int) -> int:
    """Return the resolution of one cell."""
    return int(h3.get_resolution(cell))


def children(cell: int) -> list[int]:
    """Return the seven children of a cell, six of a pentagon."""
    return list(h3.cell_to_children(cell))


def areas_km2(cells: Cells) -> NDArray[np.float64]:
    """Return the area of each hexagon."""
    return np.asarray(h3ronpy.cells_area_km2(cells))


def cell_name(cell: int) -> str:
    """Return the hex string of a cell."""
    return str(h3.int_to_str(int(cell)))


def cell_number(name: str) -> int:
    """Return the integer of a cell's hex string.

    Raises
    ------
    ValueError : the text names no H3 cell
    """
    try:
        number = int(name, 16)
    except ValueError:
        number = 0
    if not h3.is_valid_cell(number):
        raise ValueError(f"{name!r} is no H3 cell")
    return number

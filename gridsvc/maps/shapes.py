"""Shapes that follow from units: a grid's outline, its pieces, where its label stands, and who touches whom."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from shapely.geometry.base import BaseGeometry

from geo_data import cells

# Neighbouring outlines may differ in their last digits; closing by so many degrees (0.2 m) shuts the slivers between.
_SLIVER_DEG = 2e-6


def drawn_outlines(cell: NDArray[np.int64], outlines: NDArray[np.object_]) -> NDArray[np.object_]:
    """Give the outlines to draw units by, in row order; `cell` holds H3 indices, 0 for areas.

    Areas, and cells of one resolution, are drawn as they are. Hexagons of several resolutions leave gaps and overlaps
    of up to 90 m, so a click on one grid's colour could name the neighbour: such a set is drawn by the units' exact
    shapes, which is how look-ups decide, and which tile the plane.
    """
    if not cell.all() or len(np.unique(cells.resolutions(cell.astype(np.uint64)))) == 1:
        return outlines
    exact = np.empty(len(cell), dtype=object)
    exact[:] = [_exact_shape(int(one)) for one in cell]
    return exact


@lru_cache(maxsize=20_000)  # a few ms each; a district's three layers and its unit shapes ask for the same ones
def _exact_shape(cell: int) -> BaseGeometry:
    return cells.exact_shape(cell)


def dissolve(outlines: NDArray[np.object_], grid_of_unit: NDArray[np.int32], n_grids: int) -> list[BaseGeometry]:
    """Give the outline of every grid: the union of its units as drawn, empty for a grid without units."""
    return [_union(outlines[grid_of_unit == grid]) for grid in range(n_grids)]


def _union(outlines: NDArray[np.object_]) -> BaseGeometry:
    if not len(outlines):
        return shapely.Polygon()
    merged = shapely.union_all(outlines)
    closed = merged.buffer(_SLIVER_DEG, join_style="mitre").buffer(-_SLIVER_DEG, join_style="mitre")
    return closed if not closed.is_empty else merged


def label_point(outline: BaseGeometry) -> tuple[float, float] | None:
    """Give lon and lat well inside the largest piece: the centre of its largest inscribed circle."""
    if outline.is_empty:
        return None
    parts = list(shapely.get_parts(outline))
    largest = max(parts, key=lambda part: float(part.area))
    centre = shapely.maximum_inscribed_circle(largest, tolerance=1e-4).coords[0]
    return float(centre[0]), float(centre[1])


def pieces(grid_of_unit: NDArray[np.int32], edges: NDArray[np.int32], n_grids: int) -> NDArray[np.int64]:
    """Give the number of connected parts per grid; `edges` (m, 2) are pairs of units that a grid may join."""
    n_units = len(grid_of_unit)
    inside = edges[grid_of_unit[edges[:, 0]] == grid_of_unit[edges[:, 1]]] if len(edges) else edges.reshape(0, 2)
    graph = coo_array((np.ones(len(inside)), (inside[:, 0], inside[:, 1])), shape=(n_units, n_units))
    _, part_of_unit = connected_components(graph, directed=False)
    owned = grid_of_unit >= 0
    distinct = np.unique(np.column_stack([grid_of_unit[owned], part_of_unit[owned]]), axis=0)
    return np.bincount(distinct[:, 0], minlength=n_grids)[:n_grids]


def touching(grid_of_unit: NDArray[np.int32], borders: NDArray[np.int32]) -> set[tuple[int, int]]:
    """Give the pairs of grids that share a border, across barriers too; `borders` (k, 2) are pairs of units."""
    if not len(borders):
        return set()
    pairs = np.sort(grid_of_unit[borders], axis=1)
    apart = pairs[(pairs[:, 0] != pairs[:, 1]) & (pairs[:, 0] >= 0)]
    return {(int(a), int(b)) for a, b in np.unique(apart, axis=0)}

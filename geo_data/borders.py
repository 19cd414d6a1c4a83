"""The exact borders between H3 units, as short segments: how far a place is from the neighbour's grid.

A unit's exact shape is the union of its resolution-10 descendants, so its border is made of sides of resolution-10
cells. All of them are found at once, with arrays; dissolving the shapes instead costs a hundred times more.
"""

from __future__ import annotations

from dataclasses import dataclass

import h3ronpy
import numpy as np
import shapely
from numpy.typing import NDArray

from geo_data.cells import FINEST_RESOLUTION, Cells, centres, outlines

_SIDES = 6
_NEIGHBOURS_AND_SELF = 7


@dataclass(frozen=True, slots=True)
class UnitSides:
    """Sides between resolution-10 cells of different units.

    Parameters
    ----------
    ends : (m, 4) lon, lat of one end, lon, lat of the other
    unit_row : (m,) the unit that the side belongs to
    other_row : (m,) the unit on its far side, -1 for none; a side between two units is listed once from each
    first : (n_units + 1,) sides of unit u are those from first[u] to first[u + 1]
    """

    ends: NDArray[np.float64]
    unit_row: NDArray[np.int32]
    other_row: NDArray[np.int32]
    first: NDArray[np.int64]


def unit_sides(unit_cells: Cells) -> UnitSides:
    """Return the exact border of every unit; O(descendants log descendants).

    Cells of twelve pentagons on earth, all at sea, have five neighbours; they are left out.
    """
    paired = h3ronpy.change_resolution_paired(unit_cells, FINEST_RESOLUTION)
    fine = np.asarray(paired["cell_after"], dtype=np.uint64)
    row_of_unit = np.argsort(unit_cells)
    owner = row_of_unit[np.searchsorted(unit_cells[row_of_unit], np.asarray(paired["cell_before"], dtype=np.uint64))]
    order = np.argsort(fine)
    fine, owner = fine[order], owner[order].astype(np.int32)
    cell, beside = _pairs(fine)
    at = np.minimum(np.searchsorted(fine, beside), len(fine) - 1)
    other = np.where(fine[at] == beside, owner[at], -1).astype(np.int32)
    apart = owner[cell] != other
    cell, beside, other = cell[apart], beside[apart], other[apart]
    by_unit = np.argsort(owner[cell], kind="stable")
    cell, beside, other = cell[by_unit], beside[by_unit], other[by_unit]
    first = np.searchsorted(owner[cell], np.arange(len(unit_cells) + 1))
    return UnitSides(_shared_sides(fine[cell], beside), owner[cell], other, first)


def _pairs(fine: Cells) -> tuple[NDArray[np.int64], Cells]:
    """Return the row of each cell and its neighbours, six times each."""
    flat = np.asarray(h3ronpy.grid_disk(fine, 1, flatten=True), dtype=np.uint64)
    if len(flat) != _NEIGHBOURS_AND_SELF * len(fine):
        raise ValueError("a pentagon lies among the cells")
    cell = np.repeat(np.arange(len(fine)), _NEIGHBOURS_AND_SELF)
    is_other = flat != fine[cell]
    return cell[is_other], flat[is_other]


def _shared_sides(cell: Cells, beside: Cells) -> NDArray[np.float64]:
    """Return the side that each cell shares with its neighbour: the one nearest to the middle of both centres."""
    if not len(cell):
        return np.zeros((0, 4))
    distinct, position = np.unique(cell, return_inverse=True)
    corners = _corners(distinct)[position]
    following = np.roll(corners, -1, axis=1)
    middles = (corners + following) / 2
    (x, y), (other_x, other_y) = centres(cell), centres(beside)
    middle = np.column_stack([(x + other_x) / 2, (y + other_y) / 2])
    squeeze = np.array([np.cos(np.radians(y.mean())), 1.0])
    side = ((middles - middle[:, None, :]) * squeeze) ** 2
    nearest = side.sum(axis=2).argmin(axis=1)
    rows = np.arange(len(cell))
    return np.column_stack([corners[rows, nearest], following[rows, nearest]])


def _corners(cells: Cells) -> NDArray[np.float64]:
    """Return (n, 6, 2) corners; a cell that crosses an edge of the icosahedron has more, of which six are kept."""
    points, cell = shapely.get_coordinates(outlines(cells), return_index=True)
    first = np.searchsorted(cell, np.arange(len(cells)))
    return np.asarray(points[first[:, None] + np.arange(_SIDES)])

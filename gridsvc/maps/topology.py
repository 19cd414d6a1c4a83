"""Shapes as small integers for a page: shared corners once, differences instead of positions."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

SCALE = 1_000_000  # corners in millionths of a degree, about 0.1 m


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitTopology:
    """The outlines of units over one list of corners.

    Parameters
    ----------
    scale : corners are degrees times this
    corners : lon, lat, lon, lat, ... each as the difference from the corner before
    rings : per unit its rings (holes too: fill by the even-odd rule), each a list of corner numbers
    """

    scale: int
    corners: list[int]
    rings: list[list[list[int]]]


def unit_topology(outlines: Sequence[BaseGeometry] | NDArray[np.object_]) -> UnitTopology:
    """Give the shared-corner form of polygons; rings are not closed by repeating their first corner."""
    number_of: dict[tuple[int, int], int] = {}
    rings = []
    for outline in outlines:
        own = []
        for ring in _rings(outline):
            corners = np.rint(shapely.get_coordinates(ring)[:-1] * SCALE).astype(np.int64).tolist()
            own.append([number_of.setdefault((x, y), len(number_of)) for x, y in corners])
        rings.append(own)
    corners_xy = np.array(list(number_of), dtype=np.int64).reshape(-1, 2)
    steps = np.diff(corners_xy, axis=0, prepend=np.zeros((1, 2), dtype=np.int64))
    return UnitTopology(scale=SCALE, corners=steps.ravel().tolist(), rings=rings)


def _rings(outline: BaseGeometry) -> Iterable[BaseGeometry]:
    for part in shapely.get_parts(outline):
        yield part.exterior
        yield from part.interiors


def line_steps(line: BaseGeometry, scale: int) -> list[int]:
    """Give a line as lon, lat, then differences, in units of 1/scale degree; repeated points are left out."""
    points = np.rint(shapely.get_coordinates(line) * scale).astype(np.int64)
    moved = np.ones(len(points), dtype=bool)
    moved[1:] = (np.diff(points, axis=0) != 0).any(axis=1)
    kept = points[moved]
    return np.diff(kept, axis=0, prepend=np.zeros((1, 2), dtype=np.int64)).ravel().tolist()

"""Measure the shortest passable way on foot between doors, to the metre: what licence rules are judged by.

A door stands beside a piece of street; the way runs along street centre lines, in both directions of one-way streets.
On one piece it is the distance along it, plus the crossing where the doors stand on opposite sides. Around a corner the
distance of a door from its centre line counts only beyond the width of a pavement, and no way is shorter than the
straight line. So 30 m along one side of a street are 30 m.
"""

from __future__ import annotations

import heapq
from collections import defaultdict
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray

from geo_data.projection import LocalProjection

FloatArray = NDArray[np.float64]

# A door this close to a centre line stands on the street itself: half a street and its pavement.
_PAVEMENT_M = 15.0


@dataclass(frozen=True, slots=True)
class Door:
    """A place beside a street.

    Parameters
    ----------
    x_m, y_m : the place itself
    edge : row of the piece of street, -1 where there is none
    along_m : from the piece's beginning to the foot of the door, in the piece's own length
    offset_m : from the centre line, positive on the left of the piece's course
    """

    x_m: float
    y_m: float
    edge: int
    along_m: float
    offset_m: float


class WalkingStreets:
    """Answers distances on foot; building it is O(pieces), a distance O(junctions within the limit).

    Parameters
    ----------
    from_node, to_node : (m,) junction of each end of a piece
    length_m : (m,) length of each piece
    course : (m,) WGS-84 lines from `from_node` to `to_node`, None for a straight one
    lon, lat : (n,) of the junctions
    """

    def __init__(
        self, from_node: NDArray[np.int64], to_node: NDArray[np.int64], length_m: FloatArray,
        course: NDArray[np.object_], lon: FloatArray, lat: FloatArray,
    ) -> None:  # fmt: skip
        self._plane = LocalProjection.around(lon, lat)
        self._from, self._to, self._length_m = from_node.tolist(), to_node.tolist(), length_m
        node_xy = self._plane.xy_m(lon, lat)
        straight = np.asarray(
            shapely.linestrings(np.stack((node_xy[from_node], node_xy[to_node]), axis=1)), dtype=object
        )
        drawn = self._plane.project(course)
        self._line = np.where(shapely.is_missing(drawn), straight, drawn)
        self._tree = shapely.STRtree(self._line)
        self._beside: dict[int, list[tuple[int, float]]] = defaultdict(list)
        for a, b, metres in zip(self._from, self._to, length_m.tolist(), strict=True):
            self._beside[a].append((b, metres))
            self._beside[b].append((a, metres))

    def doors(self, lon: ArrayLike, lat: ArrayLike) -> list[Door]:
        """Return each WGS-84 place as a door on its nearest piece of street."""
        xy = self._plane.xy_m(np.atleast_1d(np.asarray(lon)), np.atleast_1d(np.asarray(lat)))
        points = np.asarray(shapely.points(xy), dtype=object)
        nearest = np.asarray(self._tree.nearest(points), dtype=np.int64)
        return [self._door(point, int(edge)) for point, edge in zip(points, nearest, strict=True)]

    def _door(self, point: shapely.Point, edge: int) -> Door:
        line = self._line[edge]
        whole_m = float(shapely.length(line))
        along = float(shapely.line_locate_point(line, point))
        before, after = (
            shapely.get_coordinates(shapely.line_interpolate_point(line, min(max(along + step, 0.0), whole_m)))[0]
            for step in (-0.5, 0.5)
        )
        course, away = after - before, shapely.get_coordinates(point)[0] - before
        side = 1.0 if course[0] * away[1] - course[1] * away[0] >= 0 else -1.0
        share = along / whole_m if whole_m > 0 else 0.0
        return Door(
            x_m=point.x, y_m=point.y, edge=edge, along_m=share * float(self._length_m[edge]),
            offset_m=side * float(shapely.distance(line, point)),
        )  # fmt: skip

    def distances_m(self, start: Door, ends: list[Door], limit_m: float) -> FloatArray:
        """Return the metres on foot from one door to others; inf beyond `limit_m`."""
        reached = self._reached(start, limit_m)
        return np.array([self._distance(start, end, reached, limit_m) for end in ends], dtype=np.float64)

    def _distance(self, start: Door, end: Door, reached: dict[int, float], limit_m: float) -> float:
        straight_m = float(np.hypot(start.x_m - end.x_m, start.y_m - end.y_m))
        if straight_m > limit_m:
            return np.inf
        legs_m = max(0.0, abs(start.offset_m) - _PAVEMENT_M) + max(0.0, abs(end.offset_m) - _PAVEMENT_M)
        rest_m = float(self._length_m[end.edge]) - end.along_m
        around_m = legs_m + min(
            reached.get(self._from[end.edge], np.inf) + end.along_m, reached.get(self._to[end.edge], np.inf) + rest_m
        )
        if start.edge == end.edge:
            across_m = abs(start.offset_m - end.offset_m)
            around_m = min(around_m, abs(start.along_m - end.along_m) + across_m)
        way_m = max(around_m, straight_m)
        return way_m if way_m <= limit_m else np.inf

    def _reached(self, start: Door, limit_m: float) -> dict[int, float]:
        """Return the metres from the door's foot to every junction within the limit (Dijkstra)."""
        rest_m = float(self._length_m[start.edge]) - start.along_m
        heap = [(start.along_m, self._from[start.edge]), (rest_m, self._to[start.edge])]
        heapq.heapify(heap)
        reached: dict[int, float] = {}
        while heap:
            metres, node = heapq.heappop(heap)
            if metres > limit_m:
                break
            if node in reached:
                continue
            reached[node] = metres
            for other, length_m in self._beside[node]:
                if other not in reached:
                    heapq.heappush(heap, (metres + length_m, other))
        return reached

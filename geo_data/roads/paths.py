"""Draw the way between places on streets."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray

from geo_data.roads.network import StreetNetwork

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class StreetPath:
    """Holds the fastest way between two junctions.

    Parameters
    ----------
    lon, lat : (k,) WGS-84 course, from the first place itself to the second place itself
    seconds, metres : of the arcs along it, without the legs to the doors
    on_streets : False where no way exists; the course is then the straight line
    """

    lon: FloatArray
    lat: FloatArray
    seconds: float
    metres: float
    on_streets: bool


class StreetRouter:
    """Answers fastest ways on one network; building it costs about a second per 50,000 junctions."""

    def __init__(self, network: StreetNetwork) -> None:
        import pyroutingkit

        self._network = network
        self._topology = pyroutingkit.CCHTopology()
        self._topology.build(
            network.tail.astype(np.uint32), network.head.astype(np.uint32), network.lat.astype(np.float32),
            network.lon.astype(np.float32), network.n_nodes,
        )  # fmt: skip
        self._metric = pyroutingkit.CCHMetric(self._topology)
        self._metric.customize(np.maximum(np.rint(network.seconds * 1000), 1).astype(np.uint32))
        self._infinite = pyroutingkit.INF_WEIGHT

    def paths(self, lon: ArrayLike, lat: ArrayLike) -> list[StreetPath]:
        """Return the fastest way between each place and the next: n - 1 paths for n places, none for fewer than two."""
        x, y = np.asarray(lon, dtype=np.float64), np.asarray(lat, dtype=np.float64)
        if len(x) < 2:
            return []
        node, _ = self._network.snap(x, y)
        ends = np.column_stack((x, y))
        return [self._path(int(node[i]), int(node[i + 1]), ends[i], ends[i + 1]) for i in range(len(x) - 1)]

    def _path(self, source: int, target: int, start: FloatArray, end: FloatArray) -> StreetPath:
        arcs: list[int] = []
        distance = self._infinite if min(source, target) < 0 else 0
        if distance == 0 and source != target:
            distance, _, arcs = self._metric.query(source, target)
        if distance >= self._infinite:
            course, arcs, on_streets = np.vstack((start, end)), [], False
        else:
            first = [self._network.lon[source], self._network.lat[source]]
            course = np.vstack([start, first, *(self._course(int(arc)) for arc in arcs), end])
            on_streets = True
        rows = np.asarray(arcs, dtype=np.int64)
        moved = np.r_[True, np.any(np.diff(course, axis=0) != 0, axis=1)]
        return StreetPath(
            lon=course[moved, 0], lat=course[moved, 1], seconds=float(self._network.seconds[rows].sum()),
            metres=float(self._network.length_m[rows].sum()), on_streets=on_streets,
        )  # fmt: skip

    def _course(self, arc: int) -> FloatArray:
        """Return the WGS-84 points of an arc after its tail."""
        network = self._network
        line = network.shape[network.piece[arc]]
        if line is None:
            head = network.head[arc]
            return np.array([[network.lon[head], network.lat[head]]])
        points = shapely.get_coordinates(line)
        return points if network.is_forward[arc] else points[::-1]

"""Travel between places of a district: on its streets, or by straight lines where none are known."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike, NDArray

from geo_data.projection import LocalProjection
from geo_data.roads.matrices import (
    ACCESS_SPEED_KMPH,
    DEFAULT_DETOUR_FACTOR,
    MAX_SNAP_M,
    PreparedStreets,
    TravelMatrix,
    straight_line_matrix,
    travel_matrix,
)
from geo_data.roads.network import StreetNetwork
from gridsvc.domain.errors import BadInput
from gridsvc.domain.ids import Adcode
from gridsvc.storage import Transaction, streets

FloatArray = NDArray[np.float64]
URBAN_SPEED_KMPH = 25.0  # of a straight line times its detour, where no street is known


@dataclass(frozen=True, slots=True)
class Travel:
    """Measures travel in one district; matrices are kept in `cache_folder` by the hash of streets and places."""

    network: StreetNetwork | None
    cache_folder: Path | None
    prepared: PreparedStreets | None = None

    def matrix(self, lon: ArrayLike, lat: ArrayLike) -> TravelMatrix:
        """Give seconds and metres between the places; the result says by which method."""
        if self.network is None:
            return straight_line_matrix(lon, lat, speed_kmph=URBAN_SPEED_KMPH)
        return travel_matrix(self.network, lon, lat, cache_folder=self.cache_folder, prepared=self.prepared)

    def there_and_back_s(self, lon: float, lat: float, to_lon: FloatArray, to_lat: FloatArray) -> FloatArray:
        """Give (n,) seconds from one place to each of n places and back; 0 where there is no way."""
        x, y = np.append(to_lon, lon), np.append(to_lat, lat)
        if self.network is None:
            # of a straight line there and back, the place itself last
            xy = LocalProjection.around(x, y).xy_m(x, y)
            ways_m = 2 * np.hypot(*(xy[:-1] - xy[-1]).T) * DEFAULT_DETOUR_FACTOR
            return np.asarray(ways_m * 3.6 / URBAN_SPEED_KMPH, dtype=np.float64)
        node, _ = self.network.snap(x, y)
        streets_of = self.prepared or PreparedStreets(self.network)
        there, back = streets_of.seconds(node[-1:], node[:-1])[0], streets_of.seconds(node[:-1], node[-1:])[:, 0]
        total = there + back
        return np.where(np.isfinite(total), total, 0.0).astype(np.float64)

    def ways_s(self, lon: FloatArray, lat: FloatArray, of: NDArray[np.int32]) -> FloatArray:
        """Give (k, n) seconds on the streets between the places `of` and all, mean of there and back.

        Infinite where there is no way or no street within `MAX_SNAP_M`. Raises `BadInput` where no streets are known.
        """
        if self.network is None:
            raise BadInput("the district has no streets to measure along; `import streets` takes them in")
        node, off_m = self.network.snap(lon, lat)
        streets_of = self.prepared or PreparedStreets(self.network)
        both = (streets_of.seconds(node[of], node) + streets_of.seconds(node, node[of]).T).astype(np.float64) / 2
        access_s = np.where(off_m <= MAX_SNAP_M, off_m * 3.6 / ACCESS_SPEED_KMPH, np.inf)
        total = both + access_s[of][:, None] + access_s[None]
        total[np.arange(len(of)), of] = 0.0
        return np.asarray(total, dtype=np.float64)


def measure_travel(tx: Transaction, cache_folder: Path | None) -> Travel:
    """Read the district's streets for measuring."""
    return Travel(streets.network(tx), cache_folder)


class TravelBoard:
    """Keeps the streets of a process's districts ready, for answers that may not wait for them to be read."""

    def __init__(self) -> None:
        self._known: dict[Adcode, tuple[tuple[int, float], Travel]] = {}
        self._lock = threading.Lock()

    def travel(self, tx: Transaction) -> Travel:
        """Give the district's streets for measuring, read anew when they changed."""
        stamp = streets.stamp(tx)
        with self._lock:
            known = self._known.get(tx.adcode)
            if known is None or known[0] != stamp:
                network = streets.network(tx)
                prepared = PreparedStreets(network) if network is not None else None
                known = (stamp, Travel(network, None, prepared))
                self._known[tx.adcode] = known
            return known[1]

"""Travel between places of a district: on its streets, or by straight lines where none are known."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from pathlib import Path

from numpy.typing import ArrayLike

from geo_data.roads.matrices import PreparedStreets, TravelMatrix, straight_line_matrix, travel_matrix
from geo_data.roads.network import StreetNetwork
from gridsvc.domain.ids import Adcode
from gridsvc.storage import Transaction, streets

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

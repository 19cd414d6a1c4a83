"""Give travel seconds and metres between many places: on streets where they are known, else by a stated estimate."""

from __future__ import annotations

import hashlib
import threading
import zipfile
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray

from geo_data.projection import LocalProjection
from geo_data.roads.network import StreetNetwork

FloatArray = NDArray[np.float64]
Matrix = NDArray[np.float32]

if TYPE_CHECKING:
    import pyroutingkit

UNREACHABLE = np.float32(np.inf)
# Straight lines to street lengths: 1.15 on Brooklyn's streets, 1.2-1.4 in published studies of road networks (Boeing
# 2019; Ballou, Rahardja & Sakai 2002); used only where no streets are known to fit it on.
DEFAULT_DETOUR_FACTOR = 1.3
# From the nearest junction to the door and back onto the street.
ACCESS_SPEED_KMPH = 15.0
# A place farther from every street than this is not reached by them.
MAX_SNAP_M = 3000.0
_CACHE_VERSION = "2"


class TravelMethod(Enum):
    """Says where travel times come from."""

    STREETS = "streets"
    STRAIGHT_LINE = "straight_line"


@dataclass(frozen=True, slots=True, kw_only=True)
class TravelMatrix:
    """Holds travel between n places.

    Parameters
    ----------
    seconds : (n, n) float32, row to column, 0 on the diagonal, `UNREACHABLE` (inf) where there is no way
    metres : (n, n) float32, length of the shortest way; on streets with different speeds not always that of the fastest
    method : on streets, or straight lines times a factor
    detour_factor : street length over straight line, as used (straight lines) or as found (streets)
    snap_m : (n,) metres from each place to its junction; 0 by straight lines
    """

    seconds: Matrix
    metres: Matrix
    method: TravelMethod
    detour_factor: float
    snap_m: FloatArray

    @property
    def n_unreachable(self) -> int:
        """Return the number of ordered pairs without a way."""
        return int(np.isinf(self.seconds).sum())


class PreparedStreets:
    """Keeps a network's contraction hierarchies, so that a small matrix takes milliseconds; safe for several threads.

    Building them takes 0.3 CPU s on 8,600 junctions; they are built at the first question.
    """

    def __init__(self, network: StreetNetwork) -> None:
        self._network = network
        self._lock = threading.Lock()
        self._metrics: tuple[pyroutingkit.CCHMetric, ...] = ()

    def many_to_many(self, places: NDArray[np.int32]) -> tuple[Matrix, Matrix]:
        """Return milliseconds and centimetres of the shortest ways between junctions; inf where there is none."""
        return self._sums(0, places, places), self._sums(1, places, places)

    def seconds(self, sources: NDArray[np.int32], targets: NDArray[np.int32]) -> Matrix:
        """Return seconds of the fastest ways from junctions (rows) to junctions (columns); inf where there is none."""
        return np.asarray(self._sums(0, sources, targets) / np.float32(1000), dtype=np.float32)

    def _sums(self, metric: int, sources: NDArray[np.int32], targets: NDArray[np.int32]) -> Matrix:
        import pyroutingkit

        with self._lock:
            self._metrics = self._metrics or self._built()
            sums = self._metrics[metric].distances_many_to_many(sources.astype(np.uint32), targets.astype(np.uint32))
        found: Matrix = np.asarray(sums, dtype=np.float32)
        found[sums >= pyroutingkit.INF_WEIGHT] = UNREACHABLE
        return found

    def _built(self) -> tuple[pyroutingkit.CCHMetric, ...]:
        import pyroutingkit

        network = self._network
        topology = pyroutingkit.CCHTopology()
        topology.build(
            network.tail.astype(np.uint32), network.head.astype(np.uint32), network.lat.astype(np.float32),
            network.lon.astype(np.float32), network.n_nodes,
        )  # fmt: skip
        built = []
        for weights in (network.seconds * 1000, network.length_m * 100):
            metric = pyroutingkit.CCHMetric(topology)
            metric.customize(np.maximum(np.rint(weights), 1).astype(np.uint32))
            built.append(metric)
        return tuple(built)


def travel_matrix(
    network: StreetNetwork,
    lon: ArrayLike,
    lat: ArrayLike,
    *,
    cache_folder: Path | None = None,
    prepared: PreparedStreets | None = None,
) -> TravelMatrix:
    """Return travel on streets between WGS-84 places.

    Each place begins and ends at its nearest junction of the main part, reached at 15 km/h; two places with the same
    junction are as far apart as the straight line times the detour factor. Customizable contraction hierarchies
    (Dibbelt, Strasser & Wagner 2016, through RoutingKit): 5,000 places on 12,000 junctions in a few seconds.

    Parameters
    ----------
    cache_folder : keeps the answer in a file named by the hash of streets and places, written whole or not at all
    prepared : of the same network, for whoever asks again and again
    """
    x, y = np.asarray(lon, dtype=np.float64), np.asarray(lat, dtype=np.float64)
    path = None if cache_folder is None else cache_folder / f"travel-{_hash(network, x, y)}.npz"
    cached = _read(path) if path is not None else None
    if cached is not None:
        return cached
    node, snap_m = network.snap(x, y)
    snap_m = np.where(snap_m > MAX_SNAP_M, np.inf, snap_m)
    places, row_of_place = np.unique(node[np.isfinite(snap_m)], return_inverse=True)
    by_time, by_length = (prepared or PreparedStreets(network)).many_to_many(places)
    reached = np.flatnonzero(np.isfinite(snap_m))
    straight_m = _straight_m(x, y)
    core_m = by_length[np.ix_(row_of_place, row_of_place)] / np.float32(100)
    detour = _ratio(core_m, straight_m[np.ix_(reached, reached)])
    metres = np.full((len(x), len(x)), UNREACHABLE, dtype=np.float32)
    seconds = metres.copy()
    leg_m = snap_m[reached].astype(np.float32)
    legs_m = leg_m[:, None] + leg_m[None, :]
    metres[np.ix_(reached, reached)] = core_m + legs_m
    access_s = legs_m * np.float32(3.6 / ACCESS_SPEED_KMPH)
    seconds[np.ix_(reached, reached)] = by_time[np.ix_(row_of_place, row_of_place)] / np.float32(1000) + access_s
    same = node[:, None] == node[None, :]
    same &= np.isfinite(metres)
    metres[same] = straight_m[same] * np.float32(detour)
    seconds[same] = metres[same] * np.float32(3.6 / ACCESS_SPEED_KMPH)
    np.fill_diagonal(metres, 0)
    np.fill_diagonal(seconds, 0)
    result = TravelMatrix(
        seconds=seconds, metres=metres, method=TravelMethod.STREETS, detour_factor=detour, snap_m=snap_m
    )
    if path is not None:
        _write(path, result)
    return result


def straight_line_matrix(
    lon: ArrayLike, lat: ArrayLike, *, speed_kmph: float, detour_factor: float = DEFAULT_DETOUR_FACTOR
) -> TravelMatrix:
    """Return travel by straight lines times a factor, for districts without streets.

    Parameters
    ----------
    speed_kmph : average driving speed, > 0
    detour_factor : street length over straight line, >= 1; `fit_detour` finds it where streets are known
    """
    if not speed_kmph > 0 or not detour_factor >= 1:
        raise ValueError(f"speed must be > 0 and the factor >= 1, not {speed_kmph} and {detour_factor}")
    x, y = np.asarray(lon, dtype=np.float64), np.asarray(lat, dtype=np.float64)
    metres = _straight_m(x, y) * np.float32(detour_factor)
    metres[np.isnan(metres)] = UNREACHABLE
    np.fill_diagonal(metres, 0)
    return TravelMatrix(
        seconds=metres * np.float32(3.6 / speed_kmph), metres=metres, method=TravelMethod.STRAIGHT_LINE,
        detour_factor=float(detour_factor), snap_m=np.zeros(len(x)),
    )  # fmt: skip


def fit_detour(network: StreetNetwork, *, n_places: int = 300, seed: int = 0) -> tuple[float, float]:
    """Return (detour factor, speed in km/h) that fit a network best, from random junctions more than 500 m apart."""
    rng = np.random.default_rng(seed)
    main = np.flatnonzero(network.in_main)
    chosen = rng.choice(main, min(n_places, len(main)), replace=False)
    matrix = travel_matrix(network, network.lon[chosen], network.lat[chosen])
    far = np.isfinite(matrix.metres) & (matrix.metres > 500)
    speed_kmph = float(np.median(matrix.metres[far] / matrix.seconds[far]) * 3.6) if far.any() else np.nan
    return matrix.detour_factor, speed_kmph


def _straight_m(lon: FloatArray, lat: FloatArray) -> Matrix:
    known = np.isfinite(lon) & np.isfinite(lat)
    if not known.any():
        return np.full((len(lon), len(lon)), np.nan, dtype=np.float32)
    xy = LocalProjection.around(lon, lat).xy_m(lon, lat).astype(np.float32)
    return np.asarray(np.hypot(xy[:, None, 0] - xy[None, :, 0], xy[:, None, 1] - xy[None, :, 1]), dtype=np.float32)


def _ratio(street_m: Matrix, straight_m: Matrix) -> float:
    """Return the median of street over straight length for pairs more than 500 m apart; the default where none is."""
    far = np.isfinite(street_m) & (straight_m > 500)
    if not far.any():
        return DEFAULT_DETOUR_FACTOR
    return max(1.0, float(np.median(street_m[far] / straight_m[far])))


def _hash(network: StreetNetwork, lon: FloatArray, lat: FloatArray) -> str:
    digest = hashlib.blake2b(digest_size=16)
    for part in (_CACHE_VERSION.encode(), network.content_hash().encode(), lon.tobytes(), lat.tobytes()):
        digest.update(part)
    return digest.hexdigest()


def _read(path: Path) -> TravelMatrix | None:
    """Return a kept matrix, None where there is none or the file is damaged."""
    try:
        with np.load(path) as kept:
            return TravelMatrix(
                seconds=kept["seconds"], metres=kept["metres"], method=TravelMethod.STREETS,
                detour_factor=float(kept["detour_factor"]), snap_m=kept["snap_m"],
            )  # fmt: skip
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
        return None


def _write(path: Path, matrix: TravelMatrix) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f"{path.stem}.{np.random.default_rng().integers(2**63):x}.part.npz")
    np.savez(
        part, seconds=matrix.seconds, metres=matrix.metres, detour_factor=matrix.detour_factor, snap_m=matrix.snap_m
    )
    part.replace(path)

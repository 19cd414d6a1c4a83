"""How far places are from the nearest of many short sides, in compiled code: about a microsecond each.

The sides are put into square buckets by their middle, and a search walks outwards ring by ring until no farther bucket
can hold a nearer one. Building costs O(sides), so that borders which changed this instant can be asked at once.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
_SIDES_PER_BUCKET = 2.0
_MOST_BUCKETS_ALONG = 2000


@dataclass(frozen=True, slots=True)
class NearestSides:
    """Sides in buckets.

    Parameters
    ----------
    sides : (n, 5) from x, from y, along x, along y, squared length; sorted by bucket
    first : (n_columns * n_rows + 1,) sides of bucket b are those from first[b] to first[b + 1]
    origin : x and y of the corner of bucket 0, and the width of a bucket
    shape : number of columns and of rows
    half_length : half of the longest side's length
    """

    sides: FloatArray
    first: NDArray[np.int32]
    origin: tuple[float, float, float]
    shape: tuple[int, int]
    half_length: float

    @classmethod
    def of(cls, ends: FloatArray) -> NearestSides:
        """Sort (n, 2, 2) ends of sides, in metres, into buckets; sides much longer than most are cut into pieces."""
        if not len(ends):
            return cls(np.zeros((0, 5)), np.zeros(2, np.int32), (0.0, 0.0, 1.0), (1, 1), 0.0)
        ends = _cut_long(np.ascontiguousarray(ends, dtype=np.float64))
        points = ends.reshape(-1, 2)
        (west, south), (east, north) = points.min(axis=0).tolist(), points.max(axis=0).tolist()
        longest = float(_lengths(ends).max())
        by_number = np.sqrt((east - west) * (north - south) * _SIDES_PER_BUCKET / len(ends))
        size = float(max(longest, by_number, (east - west + north - south) / _MOST_BUCKETS_ALONG, 1e-6))
        columns, rows = int((east - west) / size) + 1, int((north - south) / size) + 1
        sides, first = _in_buckets(ends, west, south, size, columns, rows)
        return cls(sides, first, (west, south, size), (columns, rows), longest / 2)

    def distance_m(self, x: float, y: float) -> float:
        """Give the distance of one place to the nearest side; infinity where there are no sides."""
        return float(_nearest(self.sides, self.first, *self.origin, *self.shape, self.half_length, x, y))

    def distances_m(self, xy: FloatArray) -> FloatArray:
        """Give the distance of each of (n, 2) places."""
        return np.asarray(_nearest_of_each(self.sides, self.first, *self.origin, *self.shape, self.half_length, xy))


def _lengths(ends: FloatArray) -> FloatArray:
    along = ends[:, 1] - ends[:, 0]
    return np.asarray(np.hypot(along[:, 0], along[:, 1]))


def _cut_long(ends: FloatArray) -> FloatArray:
    """Cut sides that are more than four times as long as the mean one: one long side would widen every search."""
    length = _lengths(ends)
    longest = max(4 * float(length.mean()), 1e-6)
    n_pieces = np.maximum(np.ceil(length / longest), 1).astype(np.int64)
    if n_pieces.max() == 1:
        return ends
    side = np.repeat(np.arange(len(ends)), n_pieces)
    piece = np.arange(len(side)) - np.repeat(np.cumsum(n_pieces) - n_pieces, n_pieces)
    step = (ends[side, 1] - ends[side, 0]) / n_pieces[side][:, None]
    start = ends[side, 0] + step * piece[:, None]
    stop = np.where((piece + 1 == n_pieces[side])[:, None], ends[side, 1], start + step)
    return np.stack([start, stop], axis=1)


@njit(cache=True)
def _in_buckets(
    ends: FloatArray, west: float, south: float, size: float, columns: int, rows: int
) -> tuple[FloatArray, NDArray[np.int32]]:
    """Give `sides` and `first`: count the sides of each bucket, then put each one in its place."""
    n_sides = len(ends)
    bucket = np.empty(n_sides, np.int64)
    first = np.zeros(columns * rows + 1, np.int32)
    for at in range(n_sides):
        column = int(((ends[at, 0, 0] + ends[at, 1, 0]) / 2 - west) / size)
        row = int(((ends[at, 0, 1] + ends[at, 1, 1]) / 2 - south) / size)
        bucket[at] = min(row, rows - 1) * columns + min(column, columns - 1)
        first[bucket[at] + 1] += 1
    for at in range(columns * rows):
        first[at + 1] += first[at]
    place = first.copy()
    sides = np.empty((n_sides, 5))
    for at in range(n_sides):
        to = place[bucket[at]]
        place[bucket[at]] += 1
        along_x, along_y = ends[at, 1, 0] - ends[at, 0, 0], ends[at, 1, 1] - ends[at, 0, 1]
        sides[to, 0], sides[to, 1] = ends[at, 0, 0], ends[at, 0, 1]
        sides[to, 2], sides[to, 3] = along_x, along_y
        sides[to, 4] = max(along_x * along_x + along_y * along_y, 1e-12)
    return sides, first


@njit(cache=True)
def _nearest(
    sides: FloatArray, first: NDArray[np.int32], west: float, south: float, size: float, columns: int, rows: int,
    half_length: float, x: float, y: float,
) -> float:  # fmt: skip
    """Walk square rings of buckets around the place's own, which may lie outside of all of them."""
    least = np.inf
    if len(sides) == 0 or not (np.isfinite(x) and np.isfinite(y)):
        return least
    column, row = int(np.floor((x - west) / size)), int(np.floor((y - south) / size))
    ring = max(0, -column, column - columns + 1, -row, row - rows + 1)  # nearer rings hold no bucket
    last = max(abs(column), abs(columns - 1 - column), abs(row), abs(rows - 1 - row))
    while ring <= last:
        # a middle in this ring is at least ring - 1 buckets away, whatever the place's own bucket it stands in
        if max(0.0, (ring - 1) * size) - half_length > least:
            break
        for at_row in range(max(0, row - ring), min(rows - 1, row + ring) + 1):
            step = 1 if abs(at_row - row) == ring else max(1, 2 * ring)
            for at_column in range(column - ring, column + ring + 1, step):
                if 0 <= at_column < columns:
                    bucket = at_row * columns + at_column
                    for side in range(first[bucket], first[bucket + 1]):
                        px, py = x - sides[side, 0], y - sides[side, 1]
                        share = (px * sides[side, 2] + py * sides[side, 3]) / sides[side, 4]
                        share = min(max(share, 0.0), 1.0)
                        away = np.hypot(px - share * sides[side, 2], py - share * sides[side, 3])
                        least = min(least, away)
        ring += 1
    return least


@njit(cache=True)
def _nearest_of_each(
    sides: FloatArray, first: NDArray[np.int32], west: float, south: float, size: float, columns: int, rows: int,
    half_length: float, xy: FloatArray,
) -> FloatArray:  # fmt: skip
    away = np.empty(len(xy))
    for at in range(len(xy)):
        away[at] = _nearest(sides, first, west, south, size, columns, rows, half_length, xy[at, 0], xy[at, 1])
    return away

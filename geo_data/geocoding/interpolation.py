"""Place a house number on a street from the numbers whose places are known.

Numbers rise along a street, so that a number between two known ones lies between their places. Registers hold wrong
points, too: a known point that its two neighbours by number contradict is left out.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]

# A point off its neighbours' line by more than this, and by more than their own distance, is taken for wrong.
_OUTLIER_M = 150.0
# No street is numbered faster than this: beyond it two numbers belong to different streets of one name.
_MAX_M_PER_NUMBER = 12.0
# Numbers beyond the last known one are carried on at most this far.
_MAX_BEYOND_M = 300.0
# Of the neighbours of one parity, so large a surplus on one side of the course makes it their side.
_AGREEING_SHARE = 0.6


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """Holds a place on a street.

    Parameters
    ----------
    xy_m : (2,) metres
    uncertainty_m : radius that is expected to hold 9 of 10 true places
    is_exact, is_between : the number itself is known; it lies between known ones
    """

    xy_m: FloatArray
    uncertainty_m: float
    is_exact: bool
    is_between: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class NumberedStreet:
    """Holds the known house numbers of one street, ordered.

    Parameters
    ----------
    number : (n,) rising, distinct
    xy_m : (n, 2) place of each number
    spread_m : (n,) distance between the places that share a number
    n_left_out : points that contradict their neighbours
    """

    number: FloatArray
    xy_m: FloatArray
    spread_m: FloatArray
    n_left_out: int

    @classmethod
    def of_points(cls, number: FloatArray, xy_m: FloatArray) -> NumberedStreet:
        """Return the street of (m,) numbers and (m, 2) places; equal numbers take the median of their places."""
        distinct, group = np.unique(number, return_inverse=True)
        middle = np.array([np.median(xy_m[group == row], axis=0) for row in range(len(distinct))]).reshape(-1, 2)
        spread = np.array([np.ptp(xy_m[group == row], axis=0).max() for row in range(len(distinct))])
        keep = _consistent(distinct, middle)
        return cls(number=distinct[keep], xy_m=middle[keep], spread_m=spread[keep], n_left_out=int((~keep).sum()))

    def place(self, number: float) -> Placed:
        """Return the place of a house number: known, between known ones, or carried on from the end of the street.

        O(log n). Guarantees a place within 300 m of a known one unless it lies between two.
        """
        row = int(np.searchsorted(self.number, number))
        if row < len(self.number) and self.number[row] == number:
            return Placed(xy_m=self.xy_m[row], uncertainty_m=25.0 + self.spread_m[row], is_exact=True, is_between=True)
        if 0 < row < len(self.number):
            return self._between(*self._bracket(row, number), number)
        return self._beyond(row, number)

    def _bracket(self, row: int, number: float) -> tuple[int, int]:
        """Return the rows around `number`, on its own side of the street where they are as near."""
        low, high = row - 1, row
        same = np.flatnonzero(self.number % 2 == number % 2)
        at = int(np.searchsorted(self.number[same], number))
        if 0 < at < len(same):
            own_low, own_high = int(same[at - 1]), int(same[at])
            if self.number[own_high] - self.number[own_low] <= 1.5 * (self.number[high] - self.number[low]):
                return own_low, own_high
        return low, high

    def _between(self, low: int, high: int, number: float) -> Placed:
        gap_m = float(np.hypot(*(self.xy_m[high] - self.xy_m[low])))
        gap = self.number[high] - self.number[low]
        if gap_m > _MAX_M_PER_NUMBER * gap + 100:
            near = low if number - self.number[low] <= self.number[high] - number else high
            return Placed(xy_m=self.xy_m[near], uncertainty_m=max(gap_m, 200.0), is_exact=False, is_between=False)
        share = (number - self.number[low]) / gap
        place = self.xy_m[low] + share * (self.xy_m[high] - self.xy_m[low])
        return Placed(xy_m=place, uncertainty_m=25.0 + 0.35 * gap_m, is_exact=False, is_between=True)

    def _beyond(self, row: int, number: float) -> Placed:
        end = 0 if row == 0 else len(self.number) - 1
        step = number - self.number[end]
        near = np.argsort(np.abs(self.number - self.number[end]))[1:6]
        rates = (self.xy_m[near] - self.xy_m[end]) / (self.number[near] - self.number[end])[:, None]
        if not len(rates):
            return Placed(xy_m=self.xy_m[end], uncertainty_m=100 + 2 * abs(step), is_exact=False, is_between=False)
        shift = np.median(rates, axis=0) * step
        length_m = float(np.hypot(*shift))
        if length_m > _MAX_BEYOND_M:
            shift *= _MAX_BEYOND_M / length_m
        is_near = length_m <= _MAX_BEYOND_M / 2
        uncertainty_m = 40.0 + (0.7 if is_near else 1.5) * length_m
        return Placed(xy_m=self.xy_m[end] + shift, uncertainty_m=uncertainty_m, is_exact=False, is_between=is_near)


def beside(line: shapely.Geometry, xy_m: FloatArray, neighbours_m: FloatArray) -> FloatArray:
    """Return the place beside a street's course that lies nearest to `xy_m`, on the side of the neighbours.

    Parameters
    ----------
    line : course in metres, one or several lines
    xy_m : (2,) where the number should be
    neighbours_m : (k, 2) places of numbers of the same side; where no side is clear, the course itself is taken
    """
    foot, normal = _foot(line, xy_m)
    feet = [_foot(line, place) for place in neighbours_m]
    offsets = np.array([(place - at) @ across for place, (at, across) in zip(neighbours_m, feet, strict=True)])
    clear = offsets[np.abs(offsets) > 1.0]
    if len(clear) < 2 or abs(np.sign(clear).sum()) < _AGREEING_SHARE * len(clear):
        return foot
    return np.asarray(foot + float(np.median(clear)) * normal)


def _foot(line: shapely.Geometry, xy_m: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return the nearest point of the course and the unit normal there, to the left of its direction."""
    point = shapely.Point(*xy_m)
    parts = shapely.get_parts(line)
    part = parts[int(np.argmin(shapely.distance(parts, point)))]
    along, whole = shapely.line_locate_point(part, point), shapely.length(part)
    before, at, after = (
        shapely.get_coordinates(shapely.line_interpolate_point(part, min(max(along + step, 0.0), whole)))[0]
        for step in (-1.0, 0.0, 1.0)
    )
    course = after - before
    length = float(np.hypot(*course)) or 1.0
    return at, np.array([-course[1], course[0]]) / length


def _consistent(number: FloatArray, xy_m: FloatArray) -> NDArray[np.bool_]:
    """Return which points agree with their neighbours by number; the worst is left out first, until all agree."""
    keep = np.ones(len(number), dtype=bool)
    while keep.sum() >= 3:
        rows = np.flatnonzero(keep)
        n, p = number[rows], xy_m[rows]
        share = ((n[1:-1] - n[:-2]) / (n[2:] - n[:-2]))[:, None]
        off_m = np.hypot(*(p[1:-1] - (p[:-2] + share * (p[2:] - p[:-2]))).T)
        around_m = np.hypot(*(p[2:] - p[:-2]).T)
        excess = off_m / np.maximum(_OUTLIER_M, around_m)
        if excess.max() <= 1:
            break
        keep[rows[1 + int(np.argmax(excess))]] = False
    return keep

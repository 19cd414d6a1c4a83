"""Find rows whose coordinates are in another datum than the file claims, by the signature of their offset.

A GCJ-02 position taken for WGS-84 stands some 540 m off in a known direction in Guiyang; a BD-09 one off by another
vector. Where a row's address, looked up without the row itself, and its claimed street office say where it should be, a
wrong datum shows: the position is far from there as given and near when read in the other datum. A fix is proposed with
its evidence; nothing is changed here.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from geo_data.datums import Datum, from_wgs84, to_wgs84
from geo_data.geocoding.interpolation import NumberedStreet
from geo_data.geocoding.parts import AddressParts
from geo_data.projection import LocalProjection, distance_m

FloatArray = NDArray[np.float64]

# Shares of wrong rows are expected to be small: the other datum has to explain a row this many times better.
_LIKELIHOOD_RATIO = 50.0
# A reference is never trusted better than this; it is half a block.
_LEAST_SPREAD_M = 25.0
_OFFICE_SPREAD_M = 150.0
# So many house numbers on either side say where a number should be.
_N_NEAR_NUMBERS = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class WrongDatum:
    """Proposes a row's coordinates be read in another datum.

    Parameters
    ----------
    row : position in the input arrays
    likely : the datum that explains the row
    lon, lat : proposed WGS-84 position
    off_as_given_m, off_if_likely_m : metres from where the row's address should be; NaN where only the office speaks
    likelihood_ratio : how many times better the other datum explains the evidence, > 50
    """

    row: int
    likely: Datum
    lon: float
    lat: float
    off_as_given_m: float
    off_if_likely_m: float
    likelihood_ratio: float

    @property
    def words(self) -> str:
        """Return the evidence as a sentence."""
        if np.isnan(self.off_as_given_m):
            return f"lies on its street and in its street office only when read as {self.likely.value}"
        return (
            f"stands {self.off_as_given_m:.0f} m from where its address should be, "
            f"{self.off_if_likely_m:.0f} m when read as {self.likely.value}"
        )


def find_wrong_datums(
    lon: FloatArray,
    lat: FloatArray,
    claimed: Datum,
    parts: Sequence[AddressParts],
    offices: NDArray[np.object_] | None = None,
    courses: NDArray[np.object_] | None = None,
) -> list[WrongDatum]:
    """Return the rows that another datum explains far better, in row order.

    Parameters
    ----------
    lon, lat : (n,) WGS-84, converted from `claimed`; NaN is left alone
    claimed : the datum that the file was said to be in
    parts : (n,) parsed addresses; a row's own position is not used for its reference
    offices : (n,) WGS-84 polygons of the claimed street offices, None where unknown
    courses : (n,) WGS-84 lines of the streets that the addresses name, None where unknown

    Returns
    -------
    findings : a row without another number on its street, a known course or an office cannot be judged and is never
        among them; a shift along the street's own course shows only by the numbers
    """
    known = np.isfinite(lon) & np.isfinite(lat)
    if not known.any():
        return []
    if not any(
        (from_wgs84(lon[known], lat[known], datum)[0] != lon[known]).any() for datum in (Datum.GCJ02, Datum.BD09)
    ):
        return []  # outside China every datum says the same
    plane = LocalProjection.around(lon[known], lat[known])
    reference, spread_m = expected_places(plane.xy_m(lon, lat), parts)
    raw = from_wgs84(lon, lat, claimed)
    readings = {claimed: (lon, lat)}
    readings |= {
        datum: to_wgs84(*raw, datum) for datum in (Datum.WGS84, Datum.GCJ02, Datum.BD09) if datum is not claimed
    }
    readings.pop(Datum.CGCS2000, None)
    given = Datum.WGS84 if claimed is Datum.CGCS2000 else claimed
    shapes = None if offices is None else plane.project(offices)
    lines = None if courses is None else plane.project(courses)
    off_m = {datum: _off_m(plane.xy_m(*place), reference) for datum, place in readings.items()}
    belief = {
        datum: _log_likelihood(off_m[datum], spread_m)
        + _shape_log_likelihood(plane.xy_m(*place), shapes, _OFFICE_SPREAD_M)
        + _shape_log_likelihood(plane.xy_m(*place), lines, _LEAST_SPREAD_M)
        for datum, place in readings.items()
    }
    findings = []
    others = [datum for datum in readings if datum is not given]
    gain = np.array([belief[datum] - belief[given] for datum in others])
    best = np.argmax(gain, axis=0)
    for row in np.flatnonzero(known & (gain.max(axis=0) > np.log(_LIKELIHOOD_RATIO))):
        likely = others[int(best[row])]
        findings.append(
            WrongDatum(
                row=int(row), likely=likely, lon=float(readings[likely][0][row]), lat=float(readings[likely][1][row]),
                off_as_given_m=float(off_m[given][row]), off_if_likely_m=float(off_m[likely][row]),
                likelihood_ratio=float(np.exp(min(gain[best[row], row], 100.0))),
            )
        )  # fmt: skip
    return findings


def datum_that_leads_to(
    lon: float, lat: float, claimed: Datum, place: tuple[float, float], within_m: float
) -> tuple[Datum, float, float] | None:
    """Return the datum in which a position, read anew, lies within `within_m` of a place, with that reading in WGS-84.

    None where no other datum leads there, or where it already lies there as claimed.

    Parameters
    ----------
    lon, lat : WGS-84, converted from `claimed`
    place : WGS-84 lon, lat of where the shop is, for example by check-ins that agree
    """
    if distance_m(lon, lat, *place) <= within_m:
        return None
    raw = from_wgs84(lon, lat, claimed)
    for datum in (Datum.WGS84, Datum.GCJ02, Datum.BD09):
        x, y = (float(axis) for axis in to_wgs84(*raw, datum))
        if datum is not claimed and distance_m(x, y, *place) <= within_m:
            return datum, x, y
    return None


def expected_places(xy_m: FloatArray, parts: Sequence[AddressParts]) -> tuple[FloatArray, FloatArray]:
    """Return where each row's house number should be by the other rows of its street, and the radius to trust it by.

    Both are NaN for a row without a number, or without another row on its street. Only the nearest
    numbers are asked, so that a street of hundreds of shops costs no more than many short ones.
    """
    reference = np.full_like(xy_m, np.nan)
    spread_m = np.full(len(xy_m), np.nan)
    rows_of: dict[str, list[int]] = defaultdict(list)
    for row, part in enumerate(parts):
        if part.street_key and part.number is not None and np.isfinite(xy_m[row]).all():
            rows_of[part.street_key].append(row)
    for rows in rows_of.values():
        numbers = np.array([parts[row].middle_number for row in rows], dtype=np.float64)
        order = np.argsort(numbers, kind="stable")
        for rank, position in enumerate(order.tolist()):
            near = order[max(0, rank - _N_NEAR_NUMBERS) : rank + _N_NEAR_NUMBERS + 1]
            others = near[near != position]
            if not len(others):
                continue
            row, known = rows[position], xy_m[[rows[other] for other in others.tolist()]]
            placed = NumberedStreet.of_points(numbers[others], known).place(numbers[position])
            reference[row], spread_m[row] = placed.xy_m, max(placed.uncertainty_m / 2, _LEAST_SPREAD_M)
    return reference, spread_m


def _off_m(xy_m: FloatArray, reference: FloatArray) -> FloatArray:
    return np.asarray(np.hypot(*(xy_m - reference).T))


def _log_likelihood(off_m: FloatArray, spread_m: FloatArray) -> FloatArray:
    """Return the log density, up to a constant, of a heavy-tailed error; 0 where there is no reference."""
    return np.nan_to_num(-2.0 * np.log1p((off_m / spread_m) ** 2))


def _shape_log_likelihood(xy_m: FloatArray, shapes: NDArray[np.object_] | None, spread_m: float) -> FloatArray:
    """Return the log density of lying this far from a shape; 0 where there is none."""
    if shapes is None:
        return np.zeros(len(xy_m))
    outside_m = np.nan_to_num(shapely.distance(shapes, shapely.points(xy_m)))
    return np.asarray(-np.log1p((outside_m / spread_m) ** 2))

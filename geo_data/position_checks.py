"""Find points that something else known of the shop contradicts: its address, its street office, its neighbours.

Each doubt comes with its evidence in metres and, where there is one, a better point. Nothing is changed here.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from geo_data.datum_guard import expected_places
from geo_data.geocoding.parts import AddressParts
from geo_data.projection import LocalProjection

FloatArray = NDArray[np.float64]

# A point closer than this to where its address should be is no conflict, whatever the street's numbers say.
_LEAST_CONFLICT_M = 150.0
# ... and beyond it only when it is off by so many times what such places are uncertain by.
_CONFLICT_TIMES = 4.0
# Borders of offices are drawn coarsely, shops stand on both sides of a street.
_OFFICE_MARGIN_M = 150.0
_DISTRICT_MARGIN_M = 250.0
_SAME_POINT_DECIMALS = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class PositionDoubt:
    """Says why a row's point may be wrong.

    Parameters
    ----------
    row : position in the input arrays
    code : conflicting_position, outside_office, outside_district, shared_point or check_ins_elsewhere
    words : the reason in a sentence
    proposed : WGS-84 lon, lat of a better point; None where none is known
    evidence : measures behind the words: metres and counts
    """

    row: int
    code: str
    words: str
    proposed: tuple[float, float] | None = None
    evidence: Mapping[str, float] = field(default_factory=dict)


def find_conflicts(lon: FloatArray, lat: FloatArray, parts: Sequence[AddressParts]) -> list[PositionDoubt]:
    """Return the rows that stand far from where the other rows of their street say that their number should be."""
    known = np.isfinite(lon) & np.isfinite(lat)
    if not known.any():
        return []
    plane = LocalProjection.around(lon[known], lat[known])
    xy_m = plane.xy_m(lon, lat)
    expected_m, spread_m = expected_places(xy_m, parts)
    off_m = np.hypot(*(xy_m - expected_m).T)
    limit_m = np.maximum(_LEAST_CONFLICT_M, _CONFLICT_TIMES * spread_m)
    rows = np.flatnonzero(np.nan_to_num(off_m) > np.nan_to_num(limit_m, nan=np.inf))
    better_lon, better_lat = plane.lonlat(expected_m[rows]) if len(rows) else (np.zeros(0), np.zeros(0))
    return [
        PositionDoubt(
            row=int(row), code="conflicting_position",
            words=f"stands {off_m[row]:.0f} m from where its house number should be by the others of its street",
            proposed=(float(x), float(y)),
            evidence={"off_m": round(float(off_m[row]), 1), "expected_within_m": round(float(2 * spread_m[row]), 1)},
        )
        for row, x, y in zip(rows.tolist(), better_lon, better_lat, strict=True)
    ]  # fmt: skip


def find_outside(
    lon: FloatArray, lat: FloatArray, shapes: NDArray[np.object_], names: Sequence[str]
) -> list[PositionDoubt]:
    """Return the rows that lie more than 150 m outside the street office that they claim.

    Parameters
    ----------
    shapes : (n,) WGS-84 outline of each row's office, None where unknown
    names : (n,) its name
    """
    away_m = _distances_m(lon, lat, shapes)
    return [
        PositionDoubt(
            row=row, code="outside_office", words=f"lies {away_m[row]:.0f} m outside {names[row]}, which it names",
            evidence={"off_m": round(float(away_m[row]), 1)},
        )
        for row in np.flatnonzero(away_m > _OFFICE_MARGIN_M).tolist()
    ]  # fmt: skip


def find_outside_district(lon: FloatArray, lat: FloatArray, district: BaseGeometry) -> list[PositionDoubt]:
    """Return the rows that lie more than 250 m outside the district."""
    shapes = np.full(len(lon), district, dtype=object)
    away_m = _distances_m(lon, lat, shapes)
    return [
        PositionDoubt(
            row=int(row), code="outside_district", words=f"lies {away_m[row]:.0f} m outside the district",
            evidence={"off_m": round(float(away_m[row]), 1)},
        )
        for row in np.flatnonzero(away_m > _DISTRICT_MARGIN_M)
    ]  # fmt: skip


def find_shared_points(lon: FloatArray, lat: FloatArray, parts: Sequence[AddressParts]) -> list[PositionDoubt]:
    """Return every row whose point, to 1e-6 degree, is also another's, and at how many addresses they are."""
    groups: dict[tuple[float, float], list[int]] = defaultdict(list)
    for row in np.flatnonzero(np.isfinite(lon) & np.isfinite(lat)).tolist():
        groups[round(float(lon[row]), _SAME_POINT_DECIMALS), round(float(lat[row]), _SAME_POINT_DECIMALS)].append(row)
    doubts = []
    for rows in groups.values():
        if len(rows) < 2:
            continue
        n_addresses = len({(parts[row].street_key, parts[row].middle_number) for row in rows})
        where = "all at one address" if n_addresses == 1 else f"at {n_addresses} addresses"
        doubts += [
            PositionDoubt(
                row=row, code="shared_point", words=f"{len(rows)} shops stand on this point, {where}",
                evidence={"n_shops": len(rows), "n_addresses": n_addresses},
            )
            for row in rows
        ]  # fmt: skip
    return sorted(doubts, key=lambda doubt: doubt.row)


@dataclass(frozen=True, slots=True, kw_only=True)
class AgreedPlace:
    """Where several check-ins agree that a shop is: the middle of those within `spread_m`, WGS-84."""

    lon: float
    lat: float
    n_agreeing: int
    spread_m: float


def agreed_place(lon: FloatArray, lat: FloatArray, *, k: int, within_m: float = 40.0) -> AgreedPlace | None:
    """Return the place around which the most check-ins lie, None where fewer than `k` agree.

    O(n^2) in the check-ins of one shop. Ties go to the earlier check-in.
    """
    if len(lon) < k:
        return None
    plane = LocalProjection.around(lon, lat)
    xy_m = plane.xy_m(lon, lat)
    near = np.hypot(*(xy_m[:, None] - xy_m[None]).transpose(2, 0, 1)) <= within_m
    centre = int(np.argmax(near.sum(axis=1)))
    members = xy_m[near[centre]]
    if len(members) < k:
        return None
    middle = np.median(members, axis=0)
    x, y = plane.lonlat(middle.reshape(1, 2))
    spread_m = float(np.hypot(*(members - middle).T).max())
    return AgreedPlace(lon=float(x[0]), lat=float(y[0]), n_agreeing=len(members), spread_m=spread_m)


def _distances_m(lon: FloatArray, lat: FloatArray, shapes: NDArray[np.object_]) -> FloatArray:
    """Return how far each point lies outside its shape, 0 inside and where either is unknown."""
    known = np.isfinite(lon) & np.isfinite(lat)
    if not known.any():
        return np.zeros(len(lon))
    plane = LocalProjection.around(lon[known], lat[known])
    distinct: dict[int, BaseGeometry] = {id(shape): shape for shape in shapes if shape is not None}
    flat = dict(zip(distinct, plane.project(np.array(list(distinct.values()), dtype=object)), strict=True))
    for shape in flat.values():
        shapely.prepare(shape)
    own = np.array([None if shape is None else flat[id(shape)] for shape in shapes], dtype=object)
    return np.nan_to_num(shapely.distance(own, shapely.points(plane.xy_m(lon, lat))))

"""Judge where rows say they are: coordinates and polygons, converted to WGS-84."""

from __future__ import annotations

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from geo_data.datums import Datum, to_wgs84
from geo_data.findings import Finding, Severity
from geo_data.projection import LocalProjection
from geo_data.table_schema import TableSchema

FloatArray = NDArray[np.float64]
_FAR_M = 1e6  # beyond it nobody counts metres
MOST_AREA_CHANGE = 0.01  # share of the area; more, and nobody knows which outline was meant


def check_places(
    frame: pd.DataFrame, schema: TableSchema, datum: Datum, district: BaseGeometry | None, margin_m: float
) -> tuple[pd.DataFrame, list[Finding]]:
    """Return the frame with WGS-84 coordinates and a finding for every place that cannot be taken as it is.

    A place that is missing, out of range, at (0, 0) or outside the district loses its coordinates (NaN) and stays for
    the geocoder where the row has an address; without an address a retailer is rejected. Coordinates that lie in the
    district only when swapped are swapped and said to be.

    Parameters
    ----------
    frame : typed columns with `row_number`; office coordinates are recognised by their names
    district : WGS-84 boundary, or None
    margin_m : a place this far outside counts as inside, and is said
    """
    lon_name = "office_lon" if "office_lon" in frame.columns else "lon"
    lat_name = lon_name.replace("lon", "lat")
    given_lon = frame[lon_name].to_numpy(dtype=np.float64)
    given_lat = frame[lat_name].to_numpy(dtype=np.float64)
    lon, lat = to_wgs84(given_lon, given_lat, datum)
    swapped_lon, swapped_lat = to_wgs84(given_lat, given_lon, datum)
    known = np.isfinite(lon) & np.isfinite(lat) & ~((given_lon == 0) & (given_lat == 0))
    distance_m = _distances_m(lon, lat, known, district)
    swapped_m = _distances_m(swapped_lon, swapped_lat, known, district)
    swap = (distance_m > margin_m) & (swapped_m <= margin_m)
    lon, lat = np.where(swap, swapped_lon, lon), np.where(swap, swapped_lat, lat)
    distance_m = np.where(swap, swapped_m, distance_m)
    keeps = known & (distance_m <= margin_m)
    if lon_name == "office_lon":  # offices may stand anywhere
        keeps = known & np.isfinite(distance_m)
    result = frame.copy()
    result[lon_name], result[lat_name] = np.where(keeps, lon, np.nan), np.where(keeps, lat, np.nan)
    findings: list[Finding] = []
    needed = schema.name in ("retailers", "street_nodes")
    addresses = frame["address"] if "address" in frame.columns else pd.Series([None] * len(frame), dtype=object)
    for position, row in enumerate(frame["row_number"]):
        fault = _place_fault(
            given_lon[position], given_lat[position], known=bool(known[position]), swapped=bool(swap[position]),
            distance_m=float(distance_m[position]), margin_m=margin_m,
        )  # fmt: skip
        has_address = addresses.iat[position] is not None
        evidence = {"lon": float(given_lon[position]), "lat": float(given_lat[position])}
        if 0 < distance_m[position] < _FAR_M:
            evidence["off_m"] = round(float(distance_m[position]), 1)
        findings += _place_findings(int(row), lon_name, fault, keeps[position], has_address, needed, evidence)
    return result, findings


def _distances_m(
    lon: FloatArray, lat: FloatArray, known: NDArray[np.bool_], district: BaseGeometry | None
) -> FloatArray:
    """Return metres from each place to the district (0 inside), infinite where it is no place on earth."""
    in_range = known & (np.abs(lon) <= 180) & (np.abs(lat) <= 90)
    result = np.full(len(lon), np.inf)
    if district is None or district.is_empty:
        result[in_range] = 0.0
        return result
    plane = LocalProjection.around_geometry(district)
    boundary = plane.project(np.array([district], dtype=object))[0]
    shapely.prepare(boundary)
    index = np.flatnonzero(in_range & (np.hypot(lon - plane.lon0, lat - plane.lat0) < 45))
    xy = plane.xy_m(lon[index], lat[index])
    usable = np.isfinite(xy).all(axis=1)
    points = np.asarray(shapely.points(xy[usable]), dtype=object)
    inside = shapely.contains(boundary, points)
    metres = np.zeros(len(points))
    metres[~inside] = shapely.distance(boundary, points[~inside])
    result[in_range] = 1e7
    result[index[usable]] = metres
    return result


def _place_fault(
    lon: float, lat: float, *, known: bool, swapped: bool, distance_m: float, margin_m: float
) -> tuple[str, str]:
    """Return (code, words) of what is wrong with a place; empty for nothing."""
    place = f"longitude {lon:g}, latitude {lat:g}"
    code, words = "", ""
    if lon == 0 and lat == 0:
        code, words = "coordinates_zero", "the position is 0, 0, which stands for unknown"
    elif not known:
        code, words = "no_coordinates", "no usable position is given"
    elif swapped:
        code, words = "coordinates_swapped", f"{place} were the wrong way round and are swapped"
    elif not np.isfinite(distance_m):
        code, words = "coordinates_out_of_range", f"{place} is no place on earth"
    elif distance_m > margin_m:
        where = f"{distance_m / 1000:.1f} km outside" if distance_m < _FAR_M else "far away from"
        code, words = "outside_district", f"{place} lies {where} the district"
    elif distance_m > 0:
        code = "just_outside_district"
        words = f"the position lies {max(distance_m, 1):.0f} m outside the boundary and counts as inside"
    return code, words


def _place_findings(
    row: int,
    column: str,
    fault: tuple[str, str],
    keeps: bool,
    has_address: bool,
    needed: bool,
    evidence: dict[str, float],
) -> list[Finding]:
    code, words = fault
    if not code or (not needed and code in ("no_coordinates", "outside_district", "just_outside_district")):
        return []
    if keeps or not needed:
        severity = Severity.SUSPICIOUS
    elif has_address:
        severity, words = Severity.SUSPICIOUS, f"{words}; its address will be looked up"
    else:
        severity, words = Severity.REJECTED, f"{words} and there is no address to look up"
    known = {} if code == "no_coordinates" else {n: v for n, v in evidence.items() if np.isfinite(v)}
    return [Finding(row_number=row, code=code, column=column, words=words, severity=severity, evidence=known)]


def check_polygons(
    geometry: NDArray[np.object_] | None, row_numbers: NDArray[np.int64], datum: Datum
) -> tuple[NDArray[np.object_], list[Finding]]:
    """Return valid WGS-84 polygons (None where rejected) and a finding for every one that had to be repaired.

    A polygon that crosses itself is repaired by GEOS make_valid and its polygonal part kept, unless that changes its
    area by more than 1 %; such a row, and one without polygonal area, is rejected.
    """
    findings: list[Finding] = []
    result = np.full(len(row_numbers), None, dtype=object)
    for position, row in enumerate(row_numbers):
        shape = None if geometry is None else geometry[position]
        polygon, code, words = _repair(shape)
        if words:
            severity = Severity.REJECTED if polygon is None else Severity.SUSPICIOUS
            findings.append(Finding(row_number=int(row), code=code, column="geometry", words=words, severity=severity))
        if polygon is not None and datum not in (Datum.WGS84, Datum.CGCS2000):
            polygon = shapely.transform(polygon, lambda p: np.column_stack(to_wgs84(p[:, 0], p[:, 1], datum)))
            polygon = polygon if polygon.is_valid else polygonal_part(shapely.make_valid(polygon))
        result[position] = polygon
    return result, findings


def _repair(shape: BaseGeometry | None) -> tuple[BaseGeometry | None, str, str]:
    """Return the valid polygon, None where rejected, with code and words of what was wrong; empty for nothing."""
    if shape is None or shape.is_empty:
        return None, "no_polygon", "the row has no geometry"
    west, south, east, north = shape.bounds
    if not (west >= -180 and east <= 180 and south >= -90 and north <= 90):
        return None, "no_polygon", f"the geometry leaves the earth ({west:g} {south:g} {east:g} {north:g})"
    valid = shape.is_valid
    polygon = polygonal_part(shape if valid else shapely.make_valid(shape))
    if polygon is None:
        return None, "no_polygon", f"the geometry is no polygon ({shape.geom_type})"
    if valid:
        return polygon, "", ""
    reason = shapely.is_valid_reason(shape)
    change = abs(shapely.area(polygon) - shapely.area(shape)) / shapely.area(polygon)
    if change > MOST_AREA_CHANGE:
        words = f"the polygon is not valid ({reason}) and a repair would change its area by {change:.1%}; redraw it"
        return None, "invalid_polygon", words
    return polygon, "invalid_polygon", f"the polygon was repaired ({reason}); its area changed by {change:.1%}"


def polygonal_part(shape: BaseGeometry) -> BaseGeometry | None:
    """Return the polygon or multipolygon in a geometry, None where it has no area."""
    parts = shapely.get_parts(shapely.get_parts(np.array([shape], dtype=object)))
    polygons = parts[(shapely.get_type_id(parts) == 3) & (shapely.area(parts) > 0)]
    if not len(polygons):
        return None
    return polygons[0] if len(polygons) == 1 else shapely.union_all(polygons)

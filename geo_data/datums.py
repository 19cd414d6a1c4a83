"""Convert positions between the datums that Chinese registers and maps use.

Every position inside the service is WGS-84. Registers and map providers deliver GCJ-02 (Amap, Tencent; "Mars
coordinates") or BD-09 (Baidu), which shift a shop by 350-540 m in Guizhou, far enough to give it to the neighbouring
grid. The datum is always named by whoever brings the file: nothing here guesses it.

The forward formulas are the published reverse-engineered ones (eviltransform, BD-09 by Baidu's own constants). The
inverses solve the forward formula by fixed-point iteration; packages that were looked at (xyconvert, coord-convert,
CoordinatesConverter) subtract the shift of the shifted point once and so stay 1-3 m off.
"""

from __future__ import annotations

from enum import Enum

import numpy as np
from numpy.typing import ArrayLike, NDArray

FloatArray = NDArray[np.float64]

# Krasovsky 1940 ellipsoid as GCJ-02 uses it: semi-major axis in metres and first eccentricity squared.
_A_M = 6378245.0
_EE = 0.00669342162296594323
# The rectangle inside which GCJ-02 shifts, degrees of WGS-84 longitude and latitude.
_LON_RANGE = (72.004, 137.8347)
_LAT_RANGE = (0.8293, 55.8271)
# No datum moves a point by more, degrees; beyond it the inverse need not look.
_SHIFT_LIMIT = 0.03
# BD-09: wobble frequency and the constant offset of the origin, degrees.
_BD_FREQUENCY = np.pi * 3000.0 / 180.0
_BD_OFFSET = (0.0065, 0.006)
# An iteration shrinks the error about 50 times at worst (BD-09 at 135 E), so 12 reach the last bits of a double.
_MAX_ITERATIONS = 12
_TOLERANCE_DEG = 1e-13


class Datum(Enum):
    """Names the datum of a pair of coordinates.

    CGCS2000 is kept apart by name and equal by value: it differs from the present WGS-84 realisation by less than a
    metre (plate motion since epoch 2000.0), and EPSG gives the pair a null transformation.
    """

    WGS84 = "wgs84"
    GCJ02 = "gcj02"
    BD09 = "bd09"
    CGCS2000 = "cgcs2000"


def to_wgs84(lon: ArrayLike, lat: ArrayLike, datum: Datum) -> tuple[FloatArray, FloatArray]:
    """Return WGS-84 positions of points given in `datum`.

    Parameters
    ----------
    lon, lat : degrees in `datum`, any equal shapes; NaN stays NaN
    datum : the datum of the input

    Returns
    -------
    lon, lat : degrees, new arrays of the same shape. The inverse of `from_wgs84` to better than 1e-6 m inside China's
        rectangle; the identity outside it. Within ~600 m of the rectangle's own border a shifted position can have no
        or two originals; then the unshifted position is returned.
    """
    x, y = _pair(lon, lat)
    if datum in (Datum.WGS84, Datum.CGCS2000):
        return x.copy(), y.copy()
    near = _in_china(x, y, margin=_SHIFT_LIMIT)
    inner_x, inner_y = np.where(near, x, 105.0), np.where(near, y, 35.0)
    if datum is Datum.BD09:
        inner_x, inner_y = _bd09_to_gcj02(inner_x, inner_y)
    inner_x, inner_y = _gcj02_to_wgs84(inner_x, inner_y)
    inside = near & _in_china(inner_x, inner_y)
    return np.where(inside, inner_x, x), np.where(inside, inner_y, y)


def from_wgs84(lon: ArrayLike, lat: ArrayLike, datum: Datum) -> tuple[FloatArray, FloatArray]:
    """Return the positions in `datum` of WGS-84 points; the identity outside China's rectangle.

    Parameters
    ----------
    lon, lat : WGS-84 degrees, any equal shapes; NaN stays NaN
    datum : the datum of the output
    """
    x, y = _pair(lon, lat)
    if datum in (Datum.WGS84, Datum.CGCS2000):
        return x.copy(), y.copy()
    gx, gy = _wgs84_to_gcj02(x, y)
    if datum is Datum.GCJ02:
        return gx, gy
    bx, by = _gcj02_to_bd09(gx, gy)
    inside = _in_china(x, y)
    return np.where(inside, bx, x), np.where(inside, by, y)


def convert(lon: ArrayLike, lat: ArrayLike, source: Datum, target: Datum) -> tuple[FloatArray, FloatArray]:
    """Return positions in `target` of points given in `source`."""
    if source is target:
        x, y = _pair(lon, lat)
        return x.copy(), y.copy()
    return from_wgs84(*to_wgs84(lon, lat, source), target)


def _pair(lon: ArrayLike, lat: ArrayLike) -> tuple[FloatArray, FloatArray]:
    x, y = np.asarray(lon, dtype=np.float64), np.asarray(lat, dtype=np.float64)
    if x.shape != y.shape:
        raise ValueError(f"lon has shape {x.shape}, lat {y.shape}")
    return x, y


def _in_china(lon: FloatArray, lat: FloatArray, margin: float = 0.0) -> NDArray[np.bool_]:
    in_lon = (lon >= _LON_RANGE[0] - margin) & (lon <= _LON_RANGE[1] + margin)
    in_lat = (lat >= _LAT_RANGE[0] - margin) & (lat <= _LAT_RANGE[1] + margin)
    return np.asarray(in_lon & in_lat)


def _gcj02_shift(lon: FloatArray, lat: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return the degrees that GCJ-02 adds to a WGS-84 position, as if it were in China."""
    x, y = lon - 105.0, lat - 35.0
    root = np.sqrt(np.abs(x))
    sin_x, cos_x = np.sin(np.pi * x), np.cos(np.pi * x)
    sin_2x = 2 * sin_x * cos_x
    sin_6x = sin_2x * (3 - 4 * sin_2x**2)
    sin_y = np.sin(np.pi * y)
    east = 300 + x + 2 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * root
    north = -100 + 2 * x + 3 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * root
    wobble = (20 * sin_6x + 20 * sin_2x) * 2 / 3
    east += wobble + (20 * sin_x + 40 * np.sin(np.pi * x / 3)) * 2 / 3
    east += (150 * np.sin(np.pi * x / 12) + 300 * np.sin(np.pi * x / 30)) * 2 / 3
    north += wobble + (20 * sin_y + 40 * np.sin(np.pi * y / 3)) * 2 / 3
    north += (160 * np.sin(np.pi * y / 12) + 320 * np.sin(np.pi * y / 30)) * 2 / 3
    latitude = np.radians(lat)
    w2 = 1 - _EE * np.sin(latitude) ** 2
    w = np.sqrt(w2)
    d_lon = np.degrees(east / (_A_M / w * np.cos(latitude)))
    d_lat = np.degrees(north / (_A_M * (1 - _EE) / (w2 * w)))
    return d_lon, d_lat


def _wgs84_to_gcj02(lon: FloatArray, lat: FloatArray) -> tuple[FloatArray, FloatArray]:
    inside = _in_china(lon, lat)
    d_lon, d_lat = _gcj02_shift(np.where(inside, lon, 105.0), np.where(inside, lat, 35.0))
    return np.where(inside, lon + d_lon, lon), np.where(inside, lat + d_lat, lat)


def _gcj02_to_wgs84(lon: FloatArray, lat: FloatArray) -> tuple[FloatArray, FloatArray]:
    x, y = lon.copy(), lat.copy()
    for _ in range(_MAX_ITERATIONS):
        d_lon, d_lat = _gcj02_shift(x, y)
        new_x, new_y = lon - d_lon, lat - d_lat
        step = np.maximum(np.abs(new_x - x), np.abs(new_y - y))
        x, y = new_x, new_y
        if not np.any(step > _TOLERANCE_DEG):
            break
    return x, y


def _gcj02_to_bd09(lon: FloatArray, lat: FloatArray) -> tuple[FloatArray, FloatArray]:
    radius = np.hypot(lon, lat) + 0.00002 * np.sin(lat * _BD_FREQUENCY)
    angle = np.arctan2(lat, lon) + 0.000003 * np.cos(lon * _BD_FREQUENCY)
    return radius * np.cos(angle) + _BD_OFFSET[0], radius * np.sin(angle) + _BD_OFFSET[1]


def _bd09_to_gcj02(lon: FloatArray, lat: FloatArray) -> tuple[FloatArray, FloatArray]:
    x, y = lon - _BD_OFFSET[0], lat - _BD_OFFSET[1]
    for _ in range(_MAX_ITERATIONS):
        back_lon, back_lat = _gcj02_to_bd09(x, y)
        step_x, step_y = lon - back_lon, lat - back_lat
        x, y = x + step_x, y + step_y
        if not np.any(np.maximum(np.abs(step_x), np.abs(step_y)) > _TOLERANCE_DEG):
            break
    return x, y

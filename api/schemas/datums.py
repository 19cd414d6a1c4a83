"""Positions on their way out in another datum."""

from __future__ import annotations

from typing import overload

from geo_data.datums import Datum, from_wgs84

_DECIMALS = 7


@overload
def in_datum(lon: float, lat: float, crs: Datum) -> tuple[float, float]: ...
@overload
def in_datum(lon: float | None, lat: float | None, crs: Datum) -> tuple[float | None, float | None]: ...


def in_datum(lon: float | None, lat: float | None, crs: Datum) -> tuple[float | None, float | None]:
    """Give a WGS-84 position in `crs`, to a centimetre; None stays None."""
    if lon is None or lat is None or crs is Datum.WGS84:
        return lon, lat
    x, y = from_wgs84(lon, lat, crs)
    return round(float(x), _DECIMALS), round(float(y), _DECIMALS)

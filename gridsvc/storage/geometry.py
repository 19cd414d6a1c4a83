"""Carry geometries between shapely and PostGIS in binary: hex EWKB on the way in, WKB on the way out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import shapely
import sqlalchemy as sa
from numpy.typing import ArrayLike, NDArray

SRID = 4326


def hex_ewkb(geometries: ArrayLike | Sequence[shapely.Geometry | None]) -> list[str | None]:
    """Give each WGS-84 geometry as COPY and bound parameters take it; None stays None."""
    known = shapely.set_srid(np.asarray(geometries, dtype=object), SRID)
    return [None if text is None else str(text) for text in shapely.to_wkb(known, hex=True, include_srid=True)]


def hex_points(lon: ArrayLike, lat: ArrayLike) -> list[str | None]:
    """Give points as COPY takes them; a NaN coordinate gives None."""
    x, y = np.atleast_1d(np.asarray(lon, dtype=np.float64)), np.atleast_1d(np.asarray(lat, dtype=np.float64))
    points = np.full(len(x), None, dtype=object)
    known = np.isfinite(x) & np.isfinite(y)
    points[known] = shapely.points(x[known], y[known])
    return hex_ewkb(points)


def multipolygon(geometry: shapely.Geometry) -> shapely.Geometry:
    """Give a polygon as a multipolygon of one; a multipolygon stays."""
    return shapely.MultiPolygon([geometry]) if isinstance(geometry, shapely.Polygon) else geometry


def binary(column: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
    """Ask for a geometry column as WKB, without a text or a wrapper on the way."""
    return sa.func.ST_AsBinary(sa.type_coerce(column, sa.LargeBinary), type_=sa.LargeBinary)


def shapes(values: Iterable[bytes | memoryview | None]) -> NDArray[np.object_]:
    """Give the geometries of a `binary` column as an array of shapely objects; null becomes None."""
    known = [None if value is None else bytes(value) for value in values]
    result = np.full(len(known), None, dtype=object)
    if known:
        result[:] = shapely.from_wkb(np.array(known, dtype=object))
    return result

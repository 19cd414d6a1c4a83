"""Give units the 15-digit code that urban management (城市管理) uses for its unit grids.

GB/T 30428.1 (数字化城市管理信息系统 第1部分: 单元网格; before it CJ/T 213) builds the code of a unit grid of
four parts: district (6, GB/T 2260), street office or town (3, GB/T 10114), community (3) and a running number (3),
given from left to right and from top to bottom. Where the community is not known its part is 000. The standard's own
unit grids are drawn by each city; the code given here to an H3 cell follows the form and is stable as long as the set
of units is.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
import shapely
from numpy.typing import NDArray

UNKNOWN_PART = "000"
# Cells whose centres lie within this band of latitude stand in one row of the numbering, degrees (~0.5 km).
_ROW_HEIGHT_DEG = 0.005


def office_part(area_code: str) -> str:
    """Return the three digits of the street office in a 9- or 12-digit area code; 000 where there are none."""
    return area_code[6:9] if re.fullmatch(r"\d{9}(\d{3})?", area_code) else UNKNOWN_PART


def unit_codes(
    adcode: str,
    lon: NDArray[np.float64],
    lat: NDArray[np.float64],
    office_codes: Sequence[str] = (),
    office_shapes: NDArray[np.object_] | None = None,
) -> tuple[str, ...]:
    """Return the 15-digit code of each unit by its centre.

    Parameters
    ----------
    adcode : six digits of the district; anything else gives no codes
    lon, lat : (n_units,) WGS-84 centres
    office_codes, office_shapes : area codes and WGS-84 polygons of the street offices; a unit belongs to the one that
        holds its centre, else to the nearest

    Returns
    -------
    codes : one per unit, unique; empty where an office has more than 999 units (the standard has no code for more) or
        where the district has no six-digit code
    """
    if not re.fullmatch(r"\d{6}", adcode):
        return ("",) * len(lon)
    offices = np.full(len(lon), UNKNOWN_PART, dtype=object)
    if office_shapes is not None and len(office_shapes):
        tree = shapely.STRtree(office_shapes)
        nearest = np.asarray(tree.nearest(np.asarray(shapely.points(lon, lat), dtype=object)))
        offices = np.array([office_part(office_codes[int(row)]) for row in nearest], dtype=object)
    order = np.lexsort((lon, -np.round(lat / _ROW_HEIGHT_DEG)))
    codes = np.full(len(lon), "", dtype=object)
    numbers: dict[str, int] = {}
    for unit in order:
        office = str(offices[unit])
        numbers[office] = number = numbers.get(office, 0) + 1
        if number <= 999:
            codes[unit] = f"{adcode}{office}{UNKNOWN_PART}{number:03d}"
    return tuple(codes.tolist())

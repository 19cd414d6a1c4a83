"""Write tables and shapes for other programs: CSV, XLSX and GeoJSON, safe to open in a spreadsheet.

A text that a spreadsheet would take for a formula is written with an apostrophe before it (OWASP, CSV injection);
`import` takes the apostrophe off again, so that a file written here and read back gives the same values.
"""

from __future__ import annotations

import csv
import datetime as dt
import json
import math
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from geo_data.datums import Datum, from_wgs84
from geo_data.schemas import ASSIGNMENTS
from geo_data.table_schema import TableSchema
from geo_data.values import strip_control

Cell = str | int | float | bool | dt.date | dt.time | None
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "|")


def escape_formula(text: str) -> str:
    """Return a text that no spreadsheet takes for a formula; plain numbers such as -3.5 stay as they are."""
    if not text.startswith(_FORMULA_STARTS) or _is_number(text):
        return text
    return "'" + text


def write_csv(path: Path, columns: Sequence[str], rows: Iterable[Mapping[str, Cell]]) -> int:
    """Write rows as UTF-8 CSV with a mark, so that spreadsheets show Chinese; return the number of rows.

    The file appears whole or not at all.
    """
    part = path.with_name(path.name + ".part")
    n_rows = 0
    with part.open("w", encoding="utf-8-sig", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow([escape_formula(name) for name in columns])
        for row in rows:
            writer.writerow([_text(row.get(name)) for name in columns])
            n_rows += 1
    part.replace(path)
    return n_rows


def write_xlsx(path: Path, columns: Sequence[str], rows: Iterable[Mapping[str, Cell]], sheet: str = "data") -> int:
    """Write rows as one sheet; every text is stored as text, never as a formula; return the number of rows.

    Raises
    ------
    ValueError : more rows than a sheet holds (1,048,575 under the heading)
    """
    import openpyxl

    workbook = openpyxl.Workbook(write_only=True)
    page = workbook.create_sheet(sheet)
    page.append([escape_formula(name) for name in columns])
    n_rows = 0
    for row in rows:
        n_rows += 1
        if n_rows > 1_048_575:
            msg = "a sheet holds at most 1,048,575 rows; write CSV instead"
            raise ValueError(msg)
        page.append([_sheet_value(row.get(name)) for name in columns])
    part = path.with_name(path.name + ".part")
    workbook.save(part)
    part.replace(path)
    return n_rows


def write_assignments(path: Path, rows: Iterable[Mapping[str, Cell]], schema: TableSchema = ASSIGNMENTS) -> int:
    """Write what `import assignments` reads; the ending .csv or .xlsx decides the format."""
    write = write_xlsx if path.suffix.lower() == ".xlsx" else write_csv
    return write(path, schema.column_names, rows)


def write_geojson(
    path: Path,
    geometry: NDArray[np.object_],
    properties: Sequence[Mapping[str, Cell]],
    *,
    datum: Datum = Datum.WGS84,
    note: str = "",
) -> int:
    """Write a FeatureCollection with coordinates to 7 decimals (1 cm); return the number of features.

    Parameters
    ----------
    geometry : (n,) WGS-84 shapely geometries, None for a feature without place
    properties : one mapping per feature
    datum : of the coordinates in the file; anything but WGS-84 is named in the file
    note : kept as a member `note`, such as SYNTHETIC or "internal use"
    """
    document: dict[str, Any] = {"type": "FeatureCollection"}
    if note:
        document["note"] = note
    if datum is not Datum.WGS84:
        document["datum"] = datum.value
    document["features"] = [
        {"type": "Feature", "properties": {key: _json_value(value) for key, value in cells.items()}, "geometry": shape}
        for cells, shape in zip(properties, _mappings(geometry, datum), strict=True)
    ]
    part = path.with_name(path.name + ".part")
    part.write_text(json.dumps(document, ensure_ascii=False, allow_nan=False), encoding="utf-8")
    part.replace(path)
    return len(document["features"])


def _mappings(geometry: NDArray[np.object_], datum: Datum) -> list[dict[str, Any] | None]:
    def moved(points: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.column_stack(from_wgs84(points[:, 0], points[:, 1], datum)).round(7).astype(np.float64)

    shapes = shapely.transform(np.asarray(geometry, dtype=object), moved)
    return [None if shape is None or shape.is_empty else json.loads(shapely.to_geojson(shape)) for shape in shapes]


def _is_number(text: str) -> bool:
    try:
        return math.isfinite(float(text))
    except ValueError:
        return False


def _text(value: Cell) -> str:
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.10g}"
    if isinstance(value, dt.time):
        return value.strftime("%H:%M")
    if isinstance(value, dt.date):
        return value.isoformat()
    return escape_formula(strip_control(str(value))[0])


def _sheet_value(value: Cell) -> str | int | float | None:
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return None if isinstance(value, float) and math.isnan(value) else value
    return _text(value) or None


def _json_value(value: Any) -> Cell:
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float) and not math.isfinite(value):
        return None
    plain: Cell = _text(value) if isinstance(value, (dt.date, dt.time)) else value
    return plain

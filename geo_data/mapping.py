"""Say which column of a file is which column of the service: by alias, by option, by template or by a TOML file."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from geo_data.table_schema import Shape, TableSchema, normalise_heading
from geo_data.tables import MatchedTable, ReadError, Table

_Cells = NDArray[np.object_]
_PLACEHOLDER = re.compile(r"\{([^{}]+)\}")


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportOptions:
    """Holds what a mapping file says about one table.

    Parameters
    ----------
    columns : schema column -> the file's heading, or a template such as "{street_number} {street_name}"
    where : heading -> value; only such rows are read
    crs : name of the datum, empty where the file does not say
    encoding : of the file, empty for detection
    """

    columns: Mapping[str, str] = field(default_factory=dict)
    where: Mapping[str, str] = field(default_factory=dict)
    crs: str = ""
    encoding: str = ""


def read_mapping(path: Path, table_name: str) -> ImportOptions:
    """Return the options for `table_name` from a TOML file.

    The file holds a section per table, `[retailers.columns]`, `[retailers.where]`, `crs` and `encoding` under
    `[retailers]`; a file about one table may leave the table's name out.

    Raises
    ------
    ReadError : unreadable, no valid TOML, or unknown keys (all named at once)
    """
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ReadError(f"{path.name}: is no readable TOML mapping ({error})") from error
    section = document.get(table_name, document)
    if not isinstance(section, dict):
        raise ReadError(f"{path.name}: [{table_name}] has to be a section")
    known = {"columns", "where", "crs", "encoding"}
    unknown = sorted(set(section) - known) if section is not document else sorted(set(document) - known)
    if unknown:
        raise ReadError(f"{path.name}: unknown keys {', '.join(unknown)}; known are {', '.join(sorted(known))}")
    return ImportOptions(
        columns=_texts(section.get("columns", {}), path, "columns"),
        where=_texts(section.get("where", {}), path, "where"),
        crs=str(section.get("crs", "")),
        encoding=str(section.get("encoding", "")),
    )


def _texts(value: object, path: Path, key: str) -> dict[str, str]:
    if not isinstance(value, dict) or any(isinstance(item, (dict, list)) for item in value.values()):
        raise ReadError(f'{path.name}: {key} has to hold lines of the form name = "text"')
    return {str(name): str(item) for name, item in value.items()}


def propose_columns(table: Table, schema: TableSchema, columns: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return schema column -> heading (or template) by name and alias; what `columns` names wins, unchecked."""
    sources: dict[str, str] = dict(columns or {})
    taken = set(sources.values())
    by_heading = {normalise_heading(name): name for name in reversed(table.headings)}
    for column in schema.columns:
        if column.name in sources:
            continue
        for alias in (column.name, *column.aliases):
            heading = by_heading.get(normalise_heading(alias))
            if heading is not None and heading not in taken:
                sources[column.name] = heading
                taken.add(heading)
                break
    return sources


def match_columns(table: Table, schema: TableSchema, columns: Mapping[str, str] | None = None) -> MatchedTable:
    """Return the table with the schema's column names.

    A named column wins over an alias. Where several headings are aliases of one column, the first in the schema's list
    wins. Point geometry fills `lon` and `lat`, line geometry `wkt`, where the file has no such column.

    Raises
    ------
    ReadError : unknown schema columns or headings in `columns`, required columns missing: all in one sentence
    """
    columns = columns or {}
    faults = _mapping_faults(table, schema, columns)
    sources = propose_columns(table, schema, columns)
    if not faults:
        cells = {name: _cells(table, source) for name, source in sources.items()}
        _fill_from_geometry(table, schema, cells, sources)
        faults = _missing_faults(schema, set(cells))
    if faults:
        raise ReadError(
            f"{table.source}: {'; '.join(faults)}; the file has {', '.join(table.headings) or 'no columns'}"
        )
    frame = pd.DataFrame({name: cells[name] for name in schema.column_names if name in cells}, dtype=object)
    if frame.empty:
        frame = frame.reindex(range(table.n_rows))
    return MatchedTable(raw=table, frame=frame, sources=sources)


def _mapping_faults(table: Table, schema: TableSchema, columns: Mapping[str, str]) -> list[str]:
    unknown = [name for name in columns if name not in schema.column_names]
    absent = sorted({name for source in columns.values() for name in _headings_of(source, table)} - set(table.headings))
    faults = []
    if unknown:
        faults.append(f"{schema.name} have no column {', '.join(unknown)} (known: {', '.join(schema.column_names)})")
    if absent:
        faults.append(f"no column {', '.join(absent)} to take values from")
    return faults


def _headings_of(source: str, table: Table) -> list[str]:
    return [source] if source in table.headings or "{" not in source else _PLACEHOLDER.findall(source)


def _missing_faults(schema: TableSchema, present: set[str]) -> list[str]:
    missing = [column.name for column in schema.columns if column.required and column.name not in present]
    faults = [f"no column for {', '.join(missing)}"] if missing else []
    return faults + [
        f"no column for any of {', '.join(group)}" for group in schema.one_of if not present.intersection(group)
    ]


def _cells(table: Table, source: str) -> _Cells:
    if source in table.headings:
        return table.frame[source].to_numpy(dtype=object)
    names = _headings_of(source, table)
    result = np.empty(table.n_rows, dtype=object)
    for index, values in enumerate(zip(*(table.frame[name] for name in names), strict=True)):
        parts = dict(zip(names, values, strict=True))
        text = _PLACEHOLDER.sub(lambda match: parts[match.group(1)] or "", source)  # noqa: B023 - used at once
        result[index] = " ".join(text.split()) or None if any(values) else None
    return result


def _fill_from_geometry(table: Table, schema: TableSchema, cells: dict[str, _Cells], sources: dict[str, str]) -> None:
    if table.geometry is None:
        return
    present = ~shapely.is_missing(table.geometry)
    lon, lat = ("office_lon", "office_lat") if "office_lon" in schema.column_names else ("lon", "lat")
    if schema.shape is Shape.POINT and lon not in cells and lat not in cells:
        is_point = present & (shapely.get_type_id(table.geometry) == 0)
        for name, values in ((lon, shapely.get_x(table.geometry)), (lat, shapely.get_y(table.geometry))):
            cells[name] = np.array(
                [repr(float(v)) if p else None for v, p in zip(values, is_point, strict=True)], object
            )
            sources[name] = "geometry"
    if schema.shape is Shape.LINE and "wkt" not in cells:
        cells["wkt"] = np.array([g.wkt if p else None for g, p in zip(table.geometry, present, strict=True)], object)
        sources["wkt"] = "geometry"

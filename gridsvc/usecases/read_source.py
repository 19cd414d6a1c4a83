"""Read and judge one file for an import, in the datum that somebody named."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from shapely.geometry.base import BaseGeometry

from geo_data.cleaning import Cleaned, CleaningRules, clean
from geo_data.datums import Datum
from geo_data.mapping import ImportOptions, match_columns, read_mapping
from geo_data.notes import Note
from geo_data.readers import read_table
from geo_data.table_schema import Shape, TableSchema
from geo_data.tables import MatchedTable, ReadError
from gridsvc.domain.errors import BadInput
from gridsvc.domain.imports import RowFinding, Severity

DECLARES_ITS_DATUM = frozenset({"geojson", "gpkg", "parquet"})


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceOptions:
    """How to read a file; what is named here wins over the mapping file.

    Parameters
    ----------
    columns : schema column -> heading, or a template such as "{street_number} {street_name}"
    where : heading -> value; only such rows are read
    crs : wgs84, gcj02, bd09 or cgcs2000; needed where the file holds coordinates and does not declare their datum
    encoding : of a text file; None = detected, and said
    part : sheet of a workbook or layer of a GeoPackage
    mapping_file : TOML file with the same options
    licence_pattern : regular expression of a licence number; empty for the usual one
    """

    columns: Mapping[str, str] = field(default_factory=dict)
    where: Mapping[str, str] = field(default_factory=dict)
    crs: str | None = None
    encoding: str | None = None
    part: str | None = None
    mapping_file: Path | None = None
    licence_pattern: str = ""


NO_OPTIONS = SourceOptions()


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """One file, read and judged.

    Parameters
    ----------
    sha256 : of the file's bytes
    options : how it was read, in plain words and values, as stored with the run
    """

    file_name: str
    sha256: str
    options: dict[str, Any]
    datum: Datum
    matched: MatchedTable
    cleaned: Cleaned
    notes: tuple[Note, ...]

    @property
    def columns(self) -> frozenset[str]:
        """Schema columns that the file has."""
        return frozenset(self.matched.sources)

    def findings(self) -> list[RowFinding]:
        """Give what the judgement said, in the service's words."""
        return [
            RowFinding(
                row_no=f.row_number,
                severity=Severity(f.severity.value),
                code=f.code,
                column=f.column,
                words=f.words,
                evidence=dict(f.evidence),
            )
            for f in self.cleaned.findings
        ]

    def raw_rows(self) -> Iterator[tuple[int, dict[str, str]]]:
        """Give every row of the file as it stood: its number and its filled cells by heading."""
        table = self.matched.raw
        cells = zip(*(table.frame[name] for name in table.headings), strict=True) if table.headings else iter(())
        for row_no, values in zip(table.row_numbers.tolist(), cells, strict=False):
            yield row_no, {name: v for name, v in zip(table.headings, values, strict=True) if v is not None}


def read_source(
    path: Path, schema: TableSchema, options: SourceOptions = NO_OPTIONS, *, district: BaseGeometry | None = None
) -> Source:
    """Read `path` as a table of `schema` and judge its rows.

    Parameters
    ----------
    district : boundary in WGS-84 that shops should lie in; None = nothing lies outside

    Raises
    ------
    BadInput
        the file cannot be used as a whole, or holds coordinates whose datum nobody named, or the licence pattern is no
        regular expression.
    """
    _check_pattern(options.licence_pattern)
    try:
        merged = _merge(options, schema)
        table = read_table(path, encoding=merged.encoding or None, part=options.part, where=merged.where)
        matched = match_columns(table, schema, merged.columns)
        datum, note = _datum(matched, schema, merged.crs)
        rules = CleaningRules(datum=datum, district=district, licence_pattern=options.licence_pattern)
        cleaned = clean(matched, schema, rules)
    except ReadError as error:
        raise BadInput(str(error)) from error
    with path.open("rb") as stream:
        sha256 = hashlib.file_digest(stream, "sha256").hexdigest()
    described = {
        "columns": dict(matched.sources), "where": dict(merged.where), "crs": datum.value, "encoding": table.encoding,
        "part": options.part or "",
    }  # fmt: skip
    return Source(
        file_name=path.name, sha256=sha256, options=described, datum=datum, matched=matched, cleaned=cleaned,
        notes=(*table.notes, *((note,) if note else ())),
    )  # fmt: skip


def _check_pattern(pattern: str) -> None:
    try:
        re.compile(pattern)
    except (re.error, OverflowError, RecursionError) as error:
        raise BadInput(f"--licence-pattern {pattern[:60]} is no regular expression: {error}") from error


def _merge(options: SourceOptions, schema: TableSchema) -> ImportOptions:
    known = ImportOptions() if options.mapping_file is None else read_mapping(options.mapping_file, schema.name)
    return ImportOptions(
        columns={**known.columns, **options.columns},
        where={**known.where, **options.where},
        crs=options.crs or known.crs,
        encoding=options.encoding or known.encoding,
    )


def _datum(matched: MatchedTable, schema: TableSchema, named: str) -> tuple[Datum, Note | None]:
    """Give the datum of the file's coordinates and how it is known; raises `BadInput` when nobody named it."""
    if named:
        try:
            datum = Datum(named.lower())
            return datum, Note(f"positions are read as {datum.value}, as named", "datum_named", likely=datum.value)
        except ValueError:
            known = ", ".join(datum.value for datum in Datum)
            raise BadInput(f"{named} is no datum that is known; --crs takes one of {known}") from None
    if not _holds_positions(matched, schema):
        return Datum.WGS84, None
    if matched.raw.file_format in DECLARES_ITS_DATUM:
        words = f"positions are WGS-84, as {matched.raw.file_format} files declare; --crs names another datum"
        return Datum.WGS84, Note(words, "datum_declared", format=matched.raw.file_format)
    raise BadInput(
        f"{matched.raw.source}: holds positions, but nothing says in which datum; name it with "
        "--crs wgs84, --crs gcj02, --crs bd09 or --crs cgcs2000 (a wrong one moves a shop by up to 540 m in China)"
    )


def _holds_positions(matched: MatchedTable, schema: TableSchema) -> bool:
    if schema.shape in (Shape.POLYGON, Shape.NONE):
        return matched.raw.geometry is not None
    return any(name.endswith(("lon", "lat")) or name == "wkt" for name in matched.sources)

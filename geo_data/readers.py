"""Read the files people have: CSV, XLSX, GeoJSON, GeoPackage and GeoParquet, into one raw table.

Nothing is judged here and nothing is dropped: a row that is broken in itself is kept and marked, and a file that cannot
be read as a whole raises one `ReadError` with everything that is wrong with it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np

from geo_data import text_files, vector_files
from geo_data.notes import Note
from geo_data.tables import ReadError, Table

__all__ = ["ReadError", "Table", "filter_rows", "read_table"]

_Reader = Callable[[Path, str | None, str | None], Table]

_READERS: dict[str, _Reader] = {
    ".csv": lambda path, encoding, _: text_files.read_csv(path, encoding),
    ".txt": lambda path, encoding, _: text_files.read_csv(path, encoding),
    ".tsv": lambda path, encoding, _: text_files.read_csv(path, encoding),
    ".xlsx": lambda path, _, part: text_files.read_xlsx(path, part),
    ".xlsm": lambda path, _, part: text_files.read_xlsx(path, part),
    ".geojson": lambda path, encoding, _: vector_files.read_geojson(path, encoding),
    ".json": lambda path, encoding, _: vector_files.read_geojson(path, encoding),
    ".gpkg": lambda path, _, part: vector_files.read_geopackage(path, part),
    ".parquet": lambda path, _, __: vector_files.read_geoparquet(path),
    ".geoparquet": lambda path, _, __: vector_files.read_geoparquet(path),
}


def read_table(
    path: Path, *, encoding: str | None = None, part: str | None = None, where: Mapping[str, str] | None = None
) -> Table:
    """Return the rows of a file as raw text with their row numbers.

    Parameters
    ----------
    path : the file; its ending decides the format, `.gz` may follow `.csv`, `.tsv`, `.geojson` and `.json`
    encoding : of a text file; None detects UTF-8, UTF-16 with a mark, or GB18030, and `notes` says which
    part : sheet of a workbook or layer of a GeoPackage; needed where there are several
    where : heading -> value; keeps the rows whose cell equals the value, blanks around it ignored

    Raises
    ------
    ReadError : a folder, unreadable file, wrong encoding, no heading, no rows, unknown heading in `where`, no row left
    """
    if path.is_dir():
        raise ReadError(f"{path} is a folder; name one file in it")
    suffixes = [suffix.lower() for suffix in path.suffixes]
    ending = suffixes[-2] if suffixes[-1:] == [".gz"] and len(suffixes) > 1 else (suffixes or [""])[-1]
    if ending not in _READERS:
        raise ReadError(
            f"{path.name}: files ending in {ending or 'nothing'} are not read; take one of {known_endings()}"
        )
    try:
        table = _READERS[ending](path, encoding, part)
    except OSError as error:
        raise ReadError(f"{path.name}: cannot be opened ({error.strerror or error})") from error
    if not table.n_rows:
        raise ReadError(f"{path.name}: holds no rows under its heading ({', '.join(table.headings) or 'none'})")
    return filter_rows(table, where) if where else table


def known_endings() -> str:
    """Return the file endings that are read, for messages."""
    return ", ".join(sorted({*_READERS, ".csv.gz", ".geojson.gz"}))


def filter_rows(table: Table, where: Mapping[str, str]) -> Table:
    """Return the rows whose cells equal the wanted values; the note counts those left out.

    Raises
    ------
    ReadError : a heading does not exist, or no row is left (the values that exist are listed)
    """
    missing = [heading for heading in where if heading not in table.frame.columns]
    if missing:
        raise ReadError(
            f"{table.source}: --where names no column {', '.join(missing)}; there are {', '.join(table.headings)}"
        )
    keep = np.ones(table.n_rows, dtype=bool)
    for heading, value in where.items():
        keep &= np.array([cell is not None and cell.strip() == value.strip() for cell in table.frame[heading]])
    words = " and ".join(f"{heading}={value}" for heading, value in where.items())
    if not keep.any():
        raise ReadError(f"{table.source}: no row has {words}; {_existing_values(table, where)}")
    n_kept = int(keep.sum())
    told = f"{n_kept} of {table.n_rows} rows have {words}; the others are left out"
    return table.take(keep, Note(told, "chosen_rows", n=n_kept, of=table.n_rows, where=words))


def _existing_values(table: Table, where: Mapping[str, str]) -> str:
    parts = []
    for heading in where:
        values = sorted({str(cell) for cell in table.frame[heading] if cell is not None})
        shown = ", ".join(values[:10]) + (f" and {len(values) - 10} more" if len(values) > 10 else "")
        parts.append(f"{heading} holds {shown or 'only blanks'}")
    return "; ".join(parts)

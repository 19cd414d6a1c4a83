"""Hold what a file says before anyone judges it: raw text in columns, row numbers, geometry, and where it came from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geo_data.notes import Note


class ReadError(ValueError):
    """A file cannot be used as a whole; the message names the file, the reason and the remedy in one sentence."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """Holds the rows of a file as they stand in it.

    Parameters
    ----------
    source : file name, for messages
    file_format : csv, xlsx, geojson, gpkg or parquet
    encoding : name of the text encoding, empty for binary formats
    frame : raw text by heading (object columns of str, None = blank cell), one row per row of the file
    row_numbers : (n_rows,) number of each row in the file. In CSV and XLSX the heading is row 1 and the first record
        row 2, as a spreadsheet shows it (a quoted line break does not count); in the others the first feature is row 1
    geometry : (n_rows,) shapely geometries as the file has them (None = absent), or None where the format has none
    broken_rows : row number -> what is wrong with the row itself (too many cells, unreadable geometry)
    notes : sentences about how the file was understood: encoding, sheet, layer, reprojection, skipped blank rows
    """

    source: str
    file_format: str
    encoding: str
    frame: pd.DataFrame
    row_numbers: NDArray[np.int64]
    geometry: NDArray[np.object_] | None = None
    broken_rows: Mapping[int, str] = field(default_factory=dict)
    notes: tuple[Note, ...] = ()

    def __post_init__(self) -> None:
        n_rows = len(self.frame)
        if len(self.row_numbers) != n_rows or (self.geometry is not None and len(self.geometry) != n_rows):
            raise ValueError(f"{self.source}: row numbers and geometry must have {n_rows} entries")

    @property
    def n_rows(self) -> int:
        return len(self.frame)

    @property
    def headings(self) -> tuple[str, ...]:
        return tuple(str(name) for name in self.frame.columns)

    def take(self, keep: NDArray[np.bool_], note: Note) -> Table:
        """Return the rows where `keep` is true, with `note` saying so."""
        numbers = self.row_numbers[keep]
        return replace(
            self,
            frame=self.frame.loc[keep].reset_index(drop=True),
            row_numbers=numbers,
            geometry=None if self.geometry is None else self.geometry[keep],
            broken_rows={row: words for row, words in self.broken_rows.items() if row in set(numbers.tolist())},
            notes=(*self.notes, note),
        )

    def raw_row(self, index: int) -> dict[str, str]:
        """Return the filled cells of row `index` (zero-based position, not row number) by heading."""
        values = self.frame.iloc[index]
        return {str(name): str(value) for name, value in values.items() if value is not None}


@dataclass(frozen=True, slots=True, kw_only=True)
class MatchedTable:
    """Holds a table whose columns carry the names of a schema.

    Parameters
    ----------
    raw : the table as read
    frame : raw text by schema column; columns that the file lacks are absent
    sources : schema column -> the file's heading or template it was made of
    """

    raw: Table
    frame: pd.DataFrame
    sources: Mapping[str, str]


def make_frame(headings: Sequence[str], rows: Sequence[Sequence[str | None]]) -> pd.DataFrame:
    """Return a frame of object columns; every row has exactly one cell per heading."""
    columns = list(zip(*rows, strict=True)) if rows else [()] * len(headings)
    cells = {name: np.array(values, dtype=object) for name, values in zip(headings, columns, strict=True)}
    return pd.DataFrame(cells, columns=list(headings), dtype=object)

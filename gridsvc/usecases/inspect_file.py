"""Look into a file before it is taken in: its headings, and which of them mean what."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from geo_data.mapping import propose_columns
from geo_data.notes import note_document
from geo_data.readers import read_table
from geo_data.schemas import SCHEMAS
from geo_data.tables import ReadError
from gridsvc.domain.errors import BadInput
from gridsvc.domain.imports import Remark
from gridsvc.usecases.read_source import DECLARES_ITS_DATUM

_N_SAMPLES = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedColumn:
    """One column that the service knows, and the file's heading that seems to mean it; None where none does."""

    name: str
    meaning: str
    required: bool
    example: str
    heading: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class FileInspection:
    """What a file holds.

    Parameters
    ----------
    samples : the first rows, cells by heading in the order of `headings`, empty text for blank
    columns : what the service would take from it
    one_of : groups of columns of which a row needs at least one
    has_positions : the file holds coordinates or shapes, so that somebody has to name their datum
    declared_datum : the datum that the format itself declares, None where the user has to say
    notes : how the file was understood
    """

    kind: str
    file_name: str
    n_rows: int
    headings: tuple[str, ...]
    samples: tuple[tuple[str, ...], ...]
    columns: tuple[WantedColumn, ...]
    one_of: tuple[tuple[str, ...], ...]
    has_positions: bool
    declared_datum: str | None
    notes: tuple[Remark, ...]


def inspect_file(path: Path, kind: str, *, encoding: str | None = None, part: str | None = None) -> FileInspection:
    """Read a file and say what its columns seem to mean; nothing is judged and nothing is written.

    Raises `BadInput` for an unknown kind of table, or a file that cannot be read as a whole.
    """
    schema = SCHEMAS.get(kind)
    if schema is None:
        raise BadInput(f"there is no table {kind}; known are {', '.join(SCHEMAS)}")
    try:
        table = read_table(path, encoding=encoding, part=part)
    except ReadError as error:
        raise BadInput(str(error)) from error
    sources = propose_columns(table, schema)
    has_positions = table.geometry is not None or any(
        name.endswith(("lon", "lat")) or name == "wkt" for name in sources
    )  # fmt: skip
    declared = "wgs84" if has_positions and table.file_format in DECLARES_ITS_DATUM else None
    samples = table.frame.head(_N_SAMPLES).itertuples(index=False)
    return FileInspection(
        kind=kind, file_name=path.name, n_rows=table.n_rows, headings=table.headings,
        samples=tuple(tuple("" if cell is None else str(cell)[:80] for cell in row) for row in samples),
        columns=tuple(
            WantedColumn(name=c.name, meaning=c.meaning, required=c.required, example=c.example,
                         heading=sources.get(c.name))
            for c in schema.columns
        ),
        one_of=schema.one_of, has_positions=has_positions, declared_datum=declared,
        notes=tuple(Remark(**note_document(note)) for note in table.notes),
    )  # fmt: skip

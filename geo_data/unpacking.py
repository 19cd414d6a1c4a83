"""Bound what a small file may become when it is unpacked: a few kilobytes can stand for gigabytes.

Every reader of a compressed format asks here before, or while, it unpacks. A file beyond a limit is refused as a whole,
with the limit in the message; nothing is cut.
"""

from __future__ import annotations

import gzip
import zipfile
import zlib
from pathlib import Path

from geo_data.tables import ReadError

# 300,000 shops with every column take about 90 MB as text; a workbook of them 250 MB of XML.
MOST_UNPACKED_BYTES = 512 * 1024 * 1024
# A cell of a table costs some 60 bytes even where it is blank.
MOST_CELLS = 20_000_000
_AT_ONCE = 1024 * 1024


def unpack_gzip(path: Path, most: int = MOST_UNPACKED_BYTES) -> bytes:
    """Return the content of a gzip file; stops at the limit, whatever the file says of itself.

    Raises
    ------
    ReadError : damaged, or more than `most` bytes when unpacked
    """
    pieces, n_bytes = [], 0
    try:
        with gzip.open(path) as stream:
            while piece := stream.read(_AT_ONCE):
                n_bytes += len(piece)
                if n_bytes > most:
                    raise too_large(path, f"{_mb(most)} when it is unpacked")
                pieces.append(piece)
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise ReadError(f"{path.name}: is damaged or no gzip file ({error})") from error
    return b"".join(pieces)


def check_zip(path: Path, most: int = MOST_UNPACKED_BYTES) -> None:
    """Raise `ReadError` where a workbook is no zip file, or its members are more than `most` bytes together.

    A member that is longer than the file's directory says fails when it is read: no more than that is ever unpacked.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            n_bytes = sum(member.file_size for member in archive.infolist())
    except zipfile.BadZipFile as error:
        raise ReadError(f"{path.name}: is no readable XLSX workbook ({error})") from error
    if n_bytes > most:
        raise too_large(path, f"{_mb(most)} when it is unpacked")


def check_parquet(path: Path, most: int = MOST_UNPACKED_BYTES, most_cells: int = MOST_CELLS) -> None:
    """Raise `ReadError` where a Parquet file's footer speaks of more than `most` bytes or `most_cells` cells."""
    import pyarrow.parquet

    footer = pyarrow.parquet.read_metadata(path)
    n_bytes = sum(footer.row_group(group).total_byte_size for group in range(footer.num_row_groups))
    if n_bytes > most:
        raise too_large(path, f"{_mb(most)} when it is unpacked")
    check_cells(path, footer.num_rows * footer.num_columns, most_cells)


def check_cells(path: Path, n_cells: int, most: int = MOST_CELLS) -> None:
    """Raise `ReadError` where a table has more than `most` cells, blank ones included."""
    if n_cells > most:
        raise too_large(path, f"{most:,} cells")


def too_large(path: Path, limit: str) -> ReadError:
    """Return the error of a file that goes beyond a limit."""
    return ReadError(f"{path.name}: holds more than {limit}; split the file, or leave out what is not needed")


def _mb(n_bytes: int) -> str:
    return f"{n_bytes / 1024 / 1024:,.0f} MB"

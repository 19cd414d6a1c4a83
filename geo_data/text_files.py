"""Read CSV and XLSX files cell by cell, in whatever encoding and with whatever delimiter they come."""

from __future__ import annotations

import csv
import datetime as dt
import io
import zipfile
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from geo_data.notes import Note
from geo_data.tables import ReadError, Table, make_frame
from geo_data.unpacking import MOST_CELLS, check_cells, check_zip, unpack_gzip

_DELIMITERS = (",", "\t", ";", "|")
_MAX_CELL_CHARACTERS = 50_000_000


def read_bytes(path: Path) -> bytes:
    """Return the content of a file, unpacked where its name ends in .gz."""
    if path.suffix.lower() != ".gz":
        return path.read_bytes()
    return unpack_gzip(path)


def decode(raw: bytes, source: str, encoding: str | None) -> tuple[str, str, Note]:
    """Return (text, encoding, note) of a text file's bytes.

    A mark at the beginning decides first, then UTF-8 where every byte fits, then GB18030 where nearly every Chinese
    character it yields is one of GB 2312's 6,763 common ones (UTF-8 or Big5 read as GB18030 gives mostly rare ones),
    then what charset-normalizer finds.

    Raises
    ------
    ReadError : the named encoding does not fit, or none is found
    """
    if encoding is not None:
        try:
            asked = Note(f"read as {encoding}, as asked", "encoding_asked", encoding=encoding)
            return raw.decode(encoding).removeprefix("\ufeff"), encoding, asked
        except LookupError as error:
            raise ReadError(
                f"{source}: {encoding} is no known encoding; utf-8 and gb18030 are the usual ones"
            ) from error
        except UnicodeDecodeError as error:
            raise ReadError(f"{source}: is not in {encoding} (byte {error.start + 1}: {error.reason})") from error
    for mark, name in ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16")):
        if raw.startswith(mark):
            return (
                decode(raw, source, name)[0].removeprefix("\ufeff"),
                name,
                Note(f"read as {name}: the file begins with its mark", "encoding", encoding=name),
            )
    try:
        return raw.decode("utf-8"), "utf-8", Note("read as utf-8: every byte fits", "encoding", encoding="utf-8")
    except UnicodeDecodeError as error:
        not_utf8 = error
    return _decode_legacy(raw, source, not_utf8)


def _decode_legacy(raw: bytes, source: str, not_utf8: UnicodeDecodeError) -> tuple[str, str, Note]:
    try:
        text = raw.decode("gb18030")
    except UnicodeDecodeError:
        text = ""
    share = _common_share(text)
    if share >= 0.97:
        words = f"read as gb18030: not utf-8, and {share:.1%} of its Chinese characters are common"
        return text, "gb18030", Note(words, "encoding", encoding="gb18030")
    from charset_normalizer import from_bytes

    best = from_bytes(raw, cp_isolation=["big5", "gb18030", "cp1252", "shift_jis", "euc_kr"], threshold=0.1).best()
    if best is not None and best.encoding != "gb18030":
        return (
            str(best),
            best.encoding,
            Note(
                f"read as {best.encoding}, found by its characters; name --encoding if that is wrong",
                "encoding_guessed",
                encoding=best.encoding,
            ),
        )
    raise ReadError(
        f"{source}: is neither UTF-8 (byte {not_utf8.start + 1}: {not_utf8.reason}) nor GB18030; "
        "save it as UTF-8 or name its encoding with --encoding"
    )


def _common_share(text: str) -> float:
    """Return the share of GB 2312 characters among those beyond ASCII; 0 where there are none."""
    foreign = [character for character in text if ord(character) > 127]
    if not foreign:
        return 0.0
    n_common = sum(1 for character in foreign if _in_gb2312(character))
    return n_common / len(foreign)


def _in_gb2312(character: str) -> bool:
    try:
        character.encode("gb2312")
    except UnicodeEncodeError:
        return False
    return True


def read_csv(path: Path, encoding: str | None) -> Table:
    """Return the records of a delimited text file; the delimiter is the one that splits the heading most."""
    text, found, note = decode(read_bytes(path), path.name, encoding)
    records = _parse(text, path.name)
    if not records:
        raise ReadError(f"{path.name}: is empty")
    headings = _headings(records[0], path.name)
    check_cells(path, (len(records) - 1) * len(headings))
    rows, numbers, broken, n_blank = [], [], {}, 0
    for number, record in enumerate(records[1:], start=2):
        if not any(cell.strip() for cell in record):
            n_blank += 1
            continue
        if len(record) != len(headings):
            broken[number] = f"has {len(record)} cells where the heading has {len(headings)}"
        padded = [_plain(cell) for cell in record[: len(headings)]]
        rows.append(padded + [None] * (len(headings) - len(padded)))
        numbers.append(number)
    notes = (note, *_blank(n_blank))
    return Table(
        source=path.name, file_format="csv", encoding=found, frame=make_frame(headings, rows),
        row_numbers=np.array(numbers, dtype=np.int64), broken_rows=broken, notes=notes,
    )  # fmt: skip


def _parse(text: str, source: str) -> list[list[str]]:
    first_line = text[: text.find("\n")] if "\n" in text else text
    delimiter = max(_DELIMITERS, key=first_line.count)
    with _long_cells():
        return _records(text, source, delimiter)


@contextmanager
def _long_cells() -> Iterator[None]:
    """Let cells be long while the block runs; csv's limit belongs to the whole process, so it is put back."""
    before = csv.field_size_limit(_MAX_CELL_CHARACTERS)
    try:
        yield
    finally:
        csv.field_size_limit(before)


def _records(text: str, source: str, delimiter: str) -> list[list[str]]:
    strict = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    last_line = 0
    try:
        records = []
        for record in strict:
            records.append(record)
            last_line = strict.line_num
        return records
    except csv.Error as error:
        if "unexpected end of data" in str(error):
            raise ReadError(f'{source}: a quotation mark (") opened on line {last_line + 1} is never closed') from error
    try:
        return list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))
    except csv.Error as error:
        raise ReadError(f"{source}: cannot be split into cells ({error})") from error


def _headings(cells: list[str], source: str) -> list[str]:
    names = [cell.strip() for cell in cells]
    blank = [str(position) for position, name in enumerate(names, start=1) if not name]
    names = [name or f"column {position}" for position, name in enumerate(names, start=1)]
    if len(blank) == len(names):
        raise ReadError(f"{source}: its first row holds no headings")
    twice = sorted(name for name, n_times in Counter(names).items() if n_times > 1)
    if twice:
        raise ReadError(f"{source}: has more than one column called {', '.join(twice)}; rename them")
    return names


def read_xlsx(path: Path, sheet: str | None) -> Table:
    """Return the rows of one sheet; cells with formulas give the values that the spreadsheet stored."""
    import openpyxl
    from openpyxl.utils.exceptions import InvalidFileException

    check_zip(path)
    try:
        workbook = openpyxl.load_workbook(path, read_only=True, data_only=True)
    except (zipfile.BadZipFile, InvalidFileException, KeyError, ValueError, EOFError) as error:
        raise ReadError(f"{path.name}: is no readable XLSX workbook ({error})") from error
    try:
        names = workbook.sheetnames
        if sheet is not None and sheet not in names:
            raise ReadError(f"{path.name}: has no sheet {sheet}; there are {', '.join(names)}")
        if sheet is None and len(names) > 1:
            raise ReadError(f"{path.name}: has {len(names)} sheets ({', '.join(names)}); name one with --part")
        records = _sheet_rows(path, workbook[sheet or names[0]])
    finally:
        workbook.close()
    return _sheet_table(path, sheet or names[0], records)


def _sheet_rows(path: Path, sheet: Any, most_cells: int = MOST_CELLS) -> list[list[object]]:
    """Return the rows of a sheet, each as long as its last filled cell; the size that it declares is not believed.

    A cell in the last row of a sheet makes a million rows: blank rows count as one cell, others by their width.
    """
    sheet.reset_dimensions()
    records: list[list[object]] = []
    n_cells = 0
    for cells in sheet.iter_rows(values_only=True):
        width = next((at for at in range(len(cells), 0, -1) if cells[at - 1] is not None), 0)
        n_cells += max(len(cells), 1)
        check_cells(path, n_cells, most_cells)
        records.append(list(cells[:width]))
    return records


def _blank(n_blank: int) -> tuple[Note, ...]:
    return (Note(f"{n_blank} blank rows are skipped", "blank_rows", n=n_blank),) if n_blank else ()


def _sheet_table(path: Path, sheet: str, records: Sequence[Sequence[object]]) -> Table:
    filled = [index for index, record in enumerate(records) if any(cell is not None for cell in record)]
    if not filled:
        raise ReadError(f"{path.name}: sheet {sheet} is empty")
    width = max(index for record in records for index, cell in enumerate(record, start=1) if cell is not None)
    check_cells(path, len(filled) * width)
    cells = [[cell_text(cell) for cell in record[:width]] for record in records]
    headings = _headings([cell or "" for cell in cells[filled[0]]], path.name)
    kept = filled[1:]
    n_blank = len(records) - filled[0] - 1 - len(kept)
    rows = [cells[index] + [None] * (width - len(cells[index])) for index in kept]
    notes = (Note(f"sheet {sheet}", "file_part", part=sheet), *_blank(n_blank))
    return Table(
        source=path.name, file_format="xlsx", encoding="", frame=make_frame(headings, rows),
        row_numbers=np.array([index + 1 for index in kept], dtype=np.int64), notes=notes,
    )  # fmt: skip


def cell_text(cell: object) -> str | None:
    """Return a cell's value as text: whole numbers without a point, dates as YYYY-MM-DD, times as HH:MM, blank None."""
    if cell is None:
        return None
    if isinstance(cell, bool):
        return "yes" if cell else "no"
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 1e15:
        return str(int(cell))
    if isinstance(cell, dt.datetime):
        return cell.date().isoformat() if cell.time() == dt.time() else cell.isoformat(sep=" ")
    if isinstance(cell, dt.time):
        return cell.strftime("%H:%M")
    return _plain(str(cell))


def _plain(text: str) -> str | None:
    """Return a cell's text, None for a blank; the apostrophe that keeps a spreadsheet from calculating is taken off."""
    if not text.strip():
        return None
    return text[1:] if text.startswith(("'=", "'+", "'-", "'@", "'|")) else text

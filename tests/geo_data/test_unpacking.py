"""A small file that unpacks to gigabytes is refused in one sentence, before the memory is gone."""

from __future__ import annotations

import gzip
import resource
import zipfile

import numpy as np
import openpyxl
import pandas as pd
import pytest

from geo_data import text_files, unpacking
from geo_data.readers import ReadError, read_table

MB = 1024 * 1024


def gzip_bomb(path):
    """A thousand gzip members of a megabyte of one letter each."""
    path.write_bytes(gzip.compress(b"licence_no,name\n") + gzip.compress(b"a" * MB) * 1000)


def workbook_bomb(path):
    """A workbook whose sheet is half a gigabyte of blanks."""
    book = openpyxl.Workbook()
    book.active.append(["licence_no"])
    book.save(path.with_suffix(".small"))
    with zipfile.ZipFile(path.with_suffix(".small")) as small, zipfile.ZipFile(path, "w", 8, compresslevel=1) as big:
        for member in small.infolist():
            if member.filename != "xl/worksheets/sheet1.xml":
                big.writestr(member, small.read(member))
        with big.open("xl/worksheets/sheet1.xml", "w", force_zip64=True) as stream:
            stream.write(b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>')
            for _ in range(33):
                stream.write(b" " * (16 * MB))
            stream.write(b"</sheetData></worksheet>")


def wide_csv(path):
    """A heading of 30,000 columns over 3,000 rows of one cell: 0.2 MB of text for 90 million cells."""
    path.write_text(",".join(f"c{k}" for k in range(30_000)) + "\n" + "x\n" * 3000, encoding="utf-8")


def wide_sheet(path):
    """A sheet with one cell in its last column and 3,000 rows of one cell."""
    book = openpyxl.Workbook()
    book.active.append(["a"])
    for row in range(2, 3000):
        book.active.cell(row, 1, "x")
    book.active.cell(1, 16_384, "last")
    book.save(path)


def wide_geojson(path):
    """Every feature has a property of its own: n features stand for n x n cells."""
    features = ",".join(f'{{"type":"Feature","geometry":null,"properties":{{"p{k}":1}}}}' for k in range(6000))
    path.write_text(f'{{"type":"FeatureCollection","features":[{features}]}}', encoding="utf-8")


def flat_parquet(path):
    """Thirty million equal values in a few kilobytes."""
    pd.DataFrame({"a": np.zeros(30_000_000, dtype=np.int8)}).to_parquet(path, compression="zstd")


@pytest.mark.parametrize(
    ("name", "make", "words"),
    [
        ("bomb.csv.gz", gzip_bomb, "512 MB when it is unpacked"),
        ("bomb.xlsx", workbook_bomb, "512 MB when it is unpacked"),
        ("wide.csv", wide_csv, "20,000,000 cells"),
        ("wide.xlsx", wide_sheet, "20,000,000 cells"),
        ("wide.geojson", wide_geojson, "20,000,000 cells"),
        ("flat.parquet", flat_parquet, "20,000,000 cells"),
    ],
)
def test_a_bomb_is_refused_in_one_sentence_with_its_limit(tmp_path, name, make, words):
    make(tmp_path / name)
    assert (tmp_path / name).stat().st_size < 3 * MB
    before_kb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(ReadError) as refused:
        read_table(tmp_path / name)
    message = str(refused.value)
    assert message.startswith(f"{name}: holds more than {words};")
    assert message.count(name) == 1
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before_kb < 1400 * 1024


def test_a_sheet_that_declares_a_million_columns_is_as_wide_as_its_cells(tmp_path):
    book = openpyxl.Workbook()
    for row in (["licence_no", "name"], ["1001", "Shop"]):
        book.active.append(row)
    book.save(tmp_path / "small.xlsx")
    with zipfile.ZipFile(tmp_path / "small.xlsx") as small, zipfile.ZipFile(tmp_path / "a.xlsx", "w") as changed:
        for member in small.infolist():
            text = small.read(member)
            changed.writestr(member, text.replace(b'ref="A1:B2"', b'ref="A1:XFD1048576"'))
    table = read_table(tmp_path / "a.xlsx")
    assert (table.headings, table.n_rows) == (("licence_no", "name"), 1)
    assert table.row_numbers.tolist() == [2]


def test_rows_as_wide_as_a_sheet_can_be_stop_while_they_are_read():
    class Sheet:
        def reset_dimensions(self):
            pass

        def iter_rows(self, values_only):
            while True:
                yield (None,) * 16_383 + ("x",)

    with pytest.raises(ReadError, match="20,000,000 cells"):
        text_files._sheet_rows(unpacking.Path("a.xlsx"), Sheet())


def test_a_file_at_the_limit_comes_in(tmp_path):
    packed = tmp_path / "a.csv.gz"
    packed.write_bytes(gzip.compress(b"a" * MB))
    assert len(unpacking.unpack_gzip(packed, MB)) == MB
    with pytest.raises(ReadError, match="1 MB when it is unpacked"):
        unpacking.unpack_gzip(packed, MB - 1)

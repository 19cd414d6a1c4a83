"""What is written can be read back, and opens in a spreadsheet without running anything."""

from __future__ import annotations

import datetime as dt
import json

import numpy as np
import openpyxl
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from geo_data.cleaning import CleaningRules, clean
from geo_data.datums import Datum, from_wgs84
from geo_data.exporters import escape_formula, write_assignments, write_csv, write_geojson, write_xlsx
from geo_data.mapping import match_columns
from geo_data.readers import read_table
from geo_data.schemas import ASSIGNMENTS

ROWS = [
    {"retailer_code": "0012", "licence_no": "520103100001", "layer": "marketing", "staff_code": "M07", "line": "=M07-3",
     "weekday": "wed", "valid_from": dt.date(2026, 1, 5)},
    {"retailer_code": "0013", "layer": "delivery", "staff_code": "D02", "line": "文昌线"},
]  # fmt: skip


@pytest.mark.parametrize("ending", ["csv", "xlsx"])
def test_exported_assignments_are_imported_as_they_were(tmp_path, ending):
    path = tmp_path / f"assignments.{ending}"
    assert write_assignments(path, ROWS) == 2
    cleaned = clean(match_columns(read_table(path), ASSIGNMENTS), ASSIGNMENTS, CleaningRules(datum=Datum.WGS84))
    assert cleaned.findings == ()
    for row, back in zip(ROWS, cleaned.accepted.to_dict("records"), strict=True):
        assert {name: back[name] for name in ASSIGNMENTS.column_names} == {
            name: row.get(name) for name in ASSIGNMENTS.column_names
        }
    assert [file.name for file in tmp_path.iterdir()] == [path.name]


@pytest.mark.parametrize("text", ["=1+1", "+SUM(A1)", "-2+3", "@x", "|cmd", '=HYPERLINK("http://x")'])
def test_no_text_is_taken_for_a_formula(tmp_path, text):
    write_csv(tmp_path / "a.csv", ["name"], [{"name": text}])
    assert read_table(tmp_path / "a.csv").frame["name"][0] == text
    assert f"'{text[0]}" in (tmp_path / "a.csv").read_text(encoding="utf-8-sig")
    write_xlsx(tmp_path / "a.xlsx", ["name"], [{"name": text}])
    cell = openpyxl.load_workbook(tmp_path / "a.xlsx").active["A2"]
    assert cell.data_type != "f"
    assert read_table(tmp_path / "a.xlsx").frame["name"][0] == text


def test_negative_numbers_stay_numbers():
    assert escape_formula("-73.95") == "-73.95"
    assert escape_formula("-1e3") == "-1e3"


@given(st.lists(st.text(min_size=1, max_size=20), min_size=1, max_size=5))
def test_any_text_makes_a_readable_csv(tmp_path_factory, texts):
    path = tmp_path_factory.mktemp("csv") / "a.csv"
    write_csv(path, ["number", "name"], [{"number": row, "name": text} for row, text in enumerate(texts)])
    table = read_table(path)
    assert table.frame["number"].tolist() == [str(row) for row in range(len(texts))]
    assert not table.broken_rows


def test_geojson_carries_places_properties_and_its_note(tmp_path):
    shapes = np.array([shapely.box(106.7, 26.5, 106.8, 26.6), None], dtype=object)
    properties = [
        {"name": "格一", "load_min": float("nan"), "since": dt.date(2026, 1, 5), "n": np.int64(3)},
        {"name": "b"},
    ]
    assert write_geojson(tmp_path / "g.geojson", shapes, properties, note="SYNTHETIC") == 2
    document = json.loads((tmp_path / "g.geojson").read_text(encoding="utf-8"))
    assert document["note"] == "SYNTHETIC"
    assert document["features"][0]["properties"] == {"name": "格一", "load_min": None, "since": "2026-01-05", "n": 3}
    table = read_table(tmp_path / "g.geojson")
    assert table.geometry[0].equals(shapes[0])
    assert table.geometry[1] is None


def test_geojson_in_another_datum_is_shifted_and_names_it(tmp_path):
    write_geojson(tmp_path / "g.geojson", np.array([shapely.Point(106.7, 26.5)], object), [{}], datum=Datum.GCJ02)
    document = json.loads((tmp_path / "g.geojson").read_text(encoding="utf-8"))
    lon, lat = from_wgs84(106.7, 26.5, Datum.GCJ02)
    assert document["datum"] == "gcj02"
    assert document["features"][0]["geometry"]["coordinates"] == pytest.approx([float(lon), float(lat)], abs=1e-7)

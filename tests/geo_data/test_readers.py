"""Files are read whole, with their row numbers, or refused in one clear sentence."""

from __future__ import annotations

import csv
import gzip
import json

import geopandas
import numpy as np
import openpyxl
import pandas as pd
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from geo_data.mapping import match_columns, read_mapping
from geo_data.readers import ReadError, read_table
from geo_data.schemas import AREAS, RETAILERS, STREETS
from geo_data.text_files import decode

CHINESE = """许可证号,店名,经营地址,经度,纬度
520103100001,惠民便利店,中华北路12号,106.71,26.59
520103100002,红星烟酒,文昌路3号,,
"""


def write(path, text, encoding="utf-8"):
    path.write_bytes(text.encode(encoding))
    return path


@pytest.mark.parametrize(
    ("encoding", "found"),
    [("utf-8", "utf-8"), ("utf-8-sig", "utf-8-sig"), ("gb18030", "gb18030"), ("utf-16", "utf-16")],
)
def test_chinese_headings_are_understood_in_every_usual_encoding(tmp_path, encoding, found):
    table = read_table(write(tmp_path / "shops.csv", CHINESE, encoding))
    assert (table.encoding, table.n_rows) == (found, 2)
    assert any(found in note for note in table.notes)
    matched = match_columns(table, RETAILERS)
    assert list(matched.frame.columns) == ["licence_no", "name", "address", "lon", "lat"]
    assert matched.frame["name"].tolist() == ["惠民便利店", "红星烟酒"]
    assert matched.frame["lon"].tolist() == ["106.71", None]


def test_row_numbers_are_those_a_spreadsheet_shows_and_blank_rows_are_counted(tmp_path):
    table = read_table(write(tmp_path / "a.csv", 'a,b\n1,"x\ny"\n,\n3,z\n'))
    assert table.row_numbers.tolist() == [2, 4]
    assert table.frame["b"].tolist() == ["x\ny", "z"]
    assert "1 blank rows are skipped" in table.notes


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_found(tmp_path, delimiter):
    text = delimiter.join(["licence_no", "name"]) + "\n" + delimiter.join(["1001", "Shop"]) + "\n"
    assert read_table(write(tmp_path / "a.csv", text)).headings == ("licence_no", "name")


def test_rows_with_too_many_or_too_few_cells_are_kept_and_marked(tmp_path):
    table = read_table(write(tmp_path / "a.csv", "a,b\n1\n1,2,3\n4,5\n"))
    assert table.n_rows == 3
    assert table.broken_rows == {
        2: "has 1 cells where the heading has 2",
        3: "has 3 cells where the heading has 2",
    }


def test_a_gzipped_file_and_a_filter_give_the_wanted_rows_only(tmp_path):
    (tmp_path / "a.csv.gz").write_bytes(gzip.compress(b"code,borough\n1,BROOKLYN\n2,QUEENS\n3,BROOKLYN\n"))
    table = read_table(tmp_path / "a.csv.gz", where={"borough": "BROOKLYN"})
    assert table.row_numbers.tolist() == [2, 4]
    assert "2 of 3 rows have borough=BROOKLYN; the others are left out" in table.notes


def test_a_workbook_keeps_long_numbers_dates_and_row_numbers(tmp_path):
    workbook = openpyxl.Workbook()
    for row in (
        ["licence_no", "order_date", "cartons"],
        [520103100001.0, pd.Timestamp("2026-03-02"), 38.5],
        [None] * 3,
        ["7", None, 1],
    ):
        workbook.active.append(row)
    workbook.save(tmp_path / "orders.xlsx")
    table = read_table(tmp_path / "orders.xlsx")
    assert table.frame.iloc[0].tolist() == ["520103100001", "2026-03-02", "38.5"]
    assert table.row_numbers.tolist() == [2, 4]
    workbook.create_sheet("more")
    workbook.save(tmp_path / "orders.xlsx")
    with pytest.raises(ReadError, match="2 sheets"):
        read_table(tmp_path / "orders.xlsx")


def test_geojson_gives_attributes_and_geometry_and_marks_what_it_cannot_read(tmp_path):
    features = [
        {"type": "Feature", "properties": {"code": 5}, "geometry": {"type": "Point", "coordinates": [106.7, 26.5]}},
        {"type": "Feature", "properties": {"code": 6}, "geometry": None},
        {
            "type": "Feature",
            "properties": {"code": 7},
            "geometry": {"type": "Polygon", "coordinates": [[[0, 0], [1, 1]]]},
        },
    ]
    (tmp_path / "a.geojson").write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    table = read_table(tmp_path / "a.geojson")
    assert table.frame["code"].tolist() == ["5", "6", "7"]
    assert table.geometry[0].equals(shapely.Point(106.7, 26.5))
    assert table.geometry[1] is None
    assert list(table.broken_rows) == [3]


@pytest.mark.parametrize("ending", ["gpkg", "parquet"])
def test_projected_files_are_brought_to_degrees_and_it_is_said(tmp_path, ending):
    frame = geopandas.GeoDataFrame(
        {"area_code": ["520103"], "n": [3]}, geometry=[shapely.box(106.6, 26.5, 106.8, 26.7)], crs=4326
    )
    path = tmp_path / f"areas.{ending}"
    metres = frame.to_crs("EPSG:32648")
    metres.to_file(path) if ending == "gpkg" else metres.to_parquet(path)
    table = read_table(path)
    assert any("reprojected" in note for note in table.notes)
    assert np.allclose(table.geometry[0].centroid.coords[0], (106.7, 26.6), atol=1e-3)
    assert table.frame["area_code"].tolist() == ["520103"]


def test_point_and_line_geometry_fill_the_columns_they_stand_for(tmp_path):
    frame = geopandas.GeoDataFrame(
        {"licence_no": ["1001"], "name": ["a"]}, geometry=[shapely.Point(106.7, 26.5)], crs=4326
    )
    frame.to_file(tmp_path / "a.gpkg")
    assert match_columns(read_table(tmp_path / "a.gpkg"), RETAILERS).frame["lon"].tolist() == ["106.7"]
    frame = geopandas.GeoDataFrame({"u": ["1"], "v": ["2"]}, geometry=[shapely.LineString([(0, 0), (1, 1)])], crs=4326)
    frame.to_parquet(tmp_path / "a.parquet")
    assert match_columns(read_table(tmp_path / "a.parquet"), STREETS).frame["wkt"][0].startswith("LINESTRING")


def test_a_template_joins_columns_and_a_blank_in_it_leaves_no_gap(tmp_path):
    table = read_table(
        write(tmp_path / "a.csv", "licence_no,n,street,dba\n1001,12,COURT ST,A\n1002,,COURT ST,B\n1003,,,C\n")
    )
    matched = match_columns(table, RETAILERS, {"address": "{n} {street}", "name": "dba"})
    assert matched.frame["address"].tolist() == ["12 COURT ST", "COURT ST", None]
    assert matched.sources["address"] == "{n} {street}"


def test_missing_columns_are_named_all_at_once_with_those_that_exist(tmp_path):
    table = read_table(write(tmp_path / "a.csv", "x1,y1\n1,2\n"))
    with pytest.raises(
        ReadError, match=r"no column for name; no column for any of retailer_code, licence_no; the file has x1, y1"
    ):
        match_columns(table, RETAILERS)
    with pytest.raises(ReadError, match=r"retailers have no column nme .*no column shop to take values from"):
        match_columns(table, RETAILERS, {"nme": "shop"})


def test_a_mapping_file_names_columns_filter_and_datum(tmp_path):
    path = write(
        tmp_path / "m.toml",
        '[retailers]\ncrs = "gcj02"\n[retailers.columns]\nname = "dba"\n[retailers.where]\nborough = "BRONX"\n',
    )
    options = read_mapping(path, "retailers")
    assert (options.crs, options.columns, options.where) == ("gcj02", {"name": "dba"}, {"borough": "BRONX"})
    with pytest.raises(ReadError, match="unknown keys colums"):
        read_mapping(write(tmp_path / "n.toml", '[colums]\nname = "dba"\n'), "retailers")


BAD_FILES = [
    ("a.csv", b"", "is empty"),
    ("a.csv", b"a,b\n", "holds no rows"),
    ("a.csv", b",,\n1,2,3\n", "no headings"),
    ("a.csv", b"a,a\n1,2\n", "more than one column called a"),
    ("a.csv", b'a,b\n1,2\n3,"4\n5,6\n', "opened on line 3 is never closed"),
    ("a.csv", "名称,编码\n惠民便利店,一\n".encode()[:-3] + b"\xff\xfe\xfa\xff\n", "neither UTF-8"),
    ("a.csv.gz", b"no gzip", "no gzip file"),
    ("a.xlsx", b"no workbook", "no readable XLSX"),
    ("a.geojson", b'{"type": ', "no valid JSON"),
    ("a.geojson", b'{"type": "Topology"}', "no GeoJSON"),
    ("a.gpkg", b"no database", "no readable GeoPackage"),
    ("a.parquet", b"no parquet", "no readable Parquet"),
    ("a.dbf", b"x", "files ending in .dbf are not read"),
]


@pytest.mark.parametrize(("name", "content", "words"), BAD_FILES, ids=[words for _, _, words in BAD_FILES])
def test_a_file_that_cannot_be_used_is_refused_in_words(tmp_path, name, content, words):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(ReadError, match=words) as caught:
        read_table(tmp_path / name)
    assert str(caught.value).startswith(name)


def test_a_file_that_is_not_there_is_refused_in_words(tmp_path):
    for name in ("a.csv", "a.gpkg", "a.parquet", "a.xlsx"):
        with pytest.raises(ReadError, match="cannot be opened"):
            read_table(tmp_path / name)


def test_an_encoding_that_does_not_fit_is_refused_with_the_byte(tmp_path):
    path = write(tmp_path / "a.csv", CHINESE, "gb18030")
    with pytest.raises(ReadError, match=r"is not in utf-8 \(byte 1"):
        read_table(path, encoding="utf-8")
    with pytest.raises(ReadError, match="no known encoding"):
        read_table(path, encoding="klingon")


def test_a_filter_that_leaves_nothing_says_what_there_is(tmp_path):
    path = write(tmp_path / "a.csv", "code,borough\n1,BRONX\n")
    with pytest.raises(ReadError, match="no row has borough=X; borough holds BRONX"):
        read_table(path, where={"borough": "X"})
    with pytest.raises(ReadError, match="names no column county; there are code, borough"):
        read_table(path, where={"county": "X"})


@given(
    st.text(st.sampled_from("贵阳市云岩区中华北路惠民便利店号楼单元附烟酒超abc123,，（）\n"), min_size=20, max_size=60)
)
def test_gb18030_text_comes_back_whole(text):
    chinese = "贵阳市" + text
    assert decode(chinese.encode("gb18030"), "f", None)[0] == chinese


@given(st.binary(max_size=300))
def test_no_content_breaks_the_reader_otherwise_than_by_a_read_error(tmp_path_factory, content):
    path = tmp_path_factory.mktemp("fuzz") / "a.csv"
    path.write_bytes(content)
    try:
        table = read_table(path)
    except ReadError:
        return
    assert len(table.frame) == len(table.row_numbers)


def test_areas_take_their_code_from_the_first_alias_that_the_file_has(tmp_path):
    table = read_table(write(tmp_path / "a.csv", "geoid,ct_label\n36047000100,1\n"))
    assert match_columns(table, AREAS).sources == {"area_code": "geoid", "name": "ct_label"}


def test_reading_a_table_leaves_the_process_csv_limit_as_it_was(tmp_path):
    before = csv.field_size_limit()
    path = tmp_path / "long.csv"
    path.write_text(f"name\n{'x' * (before + 1)}\n", encoding="utf-8")
    assert len(read_table(path).frame["name"].iloc[0]) == before + 1
    assert csv.field_size_limit() == before

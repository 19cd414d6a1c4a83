"""A file is read in the datum that it declares or that somebody names, never in a guessed one."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import openpyxl
import pytest
import shapely

from geo_data.schemas import RETAILERS, STAFF
from gridsvc.domain.errors import BadInput
from gridsvc.usecases.read_source import SourceOptions, read_source
from tests.gridsvc.usecases.small_town import shops, six_staff, write_csv, write_geojson


def _vector_file(folder: Path, ending: str) -> Path:
    rows = shops(4)
    points = [shapely.Point(row["lon"], row["lat"]) for row in rows]
    plain = [{name: value for name, value in row.items() if name not in ("lon", "lat")} for row in rows]
    path = folder / f"shops.{ending}"
    if ending == "geojson":
        return write_geojson(path, list(zip(plain, points, strict=True)))
    frame = gpd.GeoDataFrame(plain, geometry=points, crs="EPSG:4326")
    if ending == "gpkg":
        frame.to_file(path, driver="GPKG")
    else:
        frame.to_parquet(path)
    return path


@pytest.mark.parametrize("ending", ["geojson", "gpkg", "parquet"])
def test_formats_that_declare_a_datum_need_none_named(tmp_path: Path, ending: str) -> None:
    source = read_source(_vector_file(tmp_path, ending), RETAILERS)
    assert source.datum.value == "wgs84"
    assert source.cleaned.accepted["lon"].tolist() == pytest.approx([row["lon"] for row in shops(4)])
    assert any("declare" in note for note in source.notes)


def test_a_named_datum_wins_over_the_declared_one(tmp_path: Path) -> None:
    source = read_source(_vector_file(tmp_path, "geojson"), RETAILERS, SourceOptions(crs="gcj02"))
    assert source.datum.value == "gcj02"
    assert abs(source.cleaned.accepted["lon"][0] - shops(1)[0]["lon"]) > 1e-3


def test_workbooks_need_a_named_datum_where_they_hold_positions(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    rows = six_staff()
    sheet.append(list(rows[0]))
    for row in rows:
        sheet.append([row[name] for name in rows[0]])
    book.save(tmp_path / "staff.xlsx")
    with pytest.raises(BadInput, match="--crs"):
        read_source(tmp_path / "staff.xlsx", STAFF)
    assert len(read_source(tmp_path / "staff.xlsx", STAFF, SourceOptions(crs="CGCS2000")).cleaned.accepted) == 6


def test_a_file_without_positions_needs_no_datum(tmp_path: Path) -> None:
    rows = [{name: row[name] for name in ("staff_code", "name", "role")} for row in six_staff()]
    assert read_source(write_csv(tmp_path / "staff.csv", rows), STAFF).cleaned.n_rejected == 0


def test_options_win_over_the_mapping_file_and_raw_rows_keep_the_files_own_words(tmp_path: Path) -> None:
    path = write_csv(tmp_path / "shops.csv", [row | {"Sign": f" Sign {k} "} for k, row in enumerate(shops(3))])
    mapping = tmp_path / "mapping.toml"
    mapping.write_text('crs = "bd09"\n[columns]\nname = "address"\naddress = "Sign"\n', encoding="utf-8")
    options = SourceOptions(crs="wgs84", columns={"name": "Sign"}, mapping_file=mapping)
    source = read_source(path, RETAILERS, options)
    assert source.datum.value == "wgs84"
    assert source.cleaned.accepted["name"].tolist() == ["Sign 0", "Sign 1", "Sign 2"]
    assert source.options["columns"]["address"] == "Sign"
    assert [(row_no, fields["Sign"]) for row_no, fields in source.raw_rows()] == [
        (2, " Sign 0 "), (3, " Sign 1 "), (4, " Sign 2 "),
    ]  # fmt: skip


def test_a_mapping_that_names_what_is_not_there_is_refused(tmp_path: Path) -> None:
    path = write_csv(tmp_path / "shops.csv", shops(1))
    with pytest.raises(BadInput, match="no column Schild"):
        read_source(path, RETAILERS, SourceOptions(crs="wgs84", columns={"name": "Schild"}))
    with pytest.raises(BadInput, match="retailers have no column colour"):
        read_source(path, RETAILERS, SourceOptions(crs="wgs84", columns={"colour": "name"}))
    with pytest.raises(BadInput, match="no row has tier=Z"):
        read_source(path, RETAILERS, SourceOptions(crs="wgs84", where={"tier": "Z"}))


@pytest.mark.parametrize("pattern", ["((", "a{99999999999999999999}"])
def test_a_licence_pattern_that_is_no_regular_expression_is_refused(tmp_path: Path, pattern: str) -> None:
    file = write_csv(tmp_path / "shops.csv", shops(4))
    with pytest.raises(BadInput, match=r"--licence-pattern .* is no regular expression"):
        read_source(file, RETAILERS, SourceOptions(crs="wgs84", licence_pattern=pattern))


def test_a_folder_is_said_to_be_one(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="is a folder; name one file in it"):
        read_source(tmp_path, RETAILERS)

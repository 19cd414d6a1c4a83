"""The files pass the same readers and cleaning as a user's: nothing rejected, nothing suspicious."""

from pathlib import Path

import pytest

from geo_data.cleaning import CleaningRules, clean
from geo_data.datums import Datum
from geo_data.mapping import match_columns
from geo_data.readers import read_table
from geo_data.samples import SyntheticDistrict, write_district
from geo_data.schemas import SCHEMAS

FILE_OF_TABLE = {
    "retailers": "retailers.csv", "areas": "areas.geojson", "streets": "street_edges.csv",
    "street_nodes": "street_nodes.csv", "staff": "staff.csv", "absences": "absences.csv", "orders": "orders.csv",
    "assignments": "assignments.csv",
}  # fmt: skip
# the district has no licence plan, and its streets have one name each
NOT_INVENTED = {"layout_cells", "school_entrances", "licence_applications", "aliases"}


def test_every_table_is_invented_or_named_as_left_out() -> None:
    assert FILE_OF_TABLE.keys() | NOT_INVENTED == SCHEMAS.keys()
    assert not FILE_OF_TABLE.keys() & NOT_INVENTED


@pytest.fixture(scope="module")
def folder(district: SyntheticDistrict, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("synthetic")
    write_district(district, path)
    return path


@pytest.mark.parametrize("table", sorted(FILE_OF_TABLE))
def test_every_row_of_every_file_is_accepted_without_a_finding(
    table: str, folder: Path, district: SyntheticDistrict
) -> None:
    schema = SCHEMAS[table]
    raw = read_table(folder / FILE_OF_TABLE[table])
    rules = CleaningRules(datum=Datum.WGS84, district=district.boundary.geometry[0], margin_m=0.0)
    cleaned = clean(match_columns(raw, schema), schema, rules)
    assert cleaned.findings == ()
    assert cleaned.n_rejected == 0
    assert len(cleaned.accepted) == raw.n_rows


def test_the_boundary_is_read_as_a_district_area(folder: Path) -> None:
    matched = match_columns(read_table(folder / "district.geojson"), SCHEMAS["areas"])
    cleaned = clean(matched, SCHEMAS["areas"], CleaningRules(datum=Datum.WGS84))
    assert cleaned.findings == ()
    assert cleaned.accepted["area_code"].tolist() == ["520103"]
    assert cleaned.accepted["level"].tolist() == ["district"]

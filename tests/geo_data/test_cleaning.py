"""Every row is accepted or rejected for a reason, and no row stops another."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geo_data.cleaning import CleaningRules, Severity, clean
from geo_data.datums import Datum, from_wgs84
from geo_data.mapping import match_columns
from geo_data.schemas import ABSENCES, AREAS, ASSIGNMENTS, ORDERS, RETAILERS, STAFF
from geo_data.tables import MatchedTable, Table

DISTRICT = shapely.box(106.65, 26.55, 106.80, 26.65)
RULES = CleaningRules(datum=Datum.WGS84, district=DISTRICT)


def table_of(rows, geometry=None):
    frame = pd.DataFrame(rows, dtype=object)
    frame = frame.where(frame.notna(), None)
    numbers = np.arange(2, len(rows) + 2)
    return Table(source="test", file_format="csv", encoding="", frame=frame, row_numbers=numbers, geometry=geometry)


def clean_rows(schema, *rows, rules=RULES, geometry=None):
    return clean(match_columns(table_of(rows, geometry), schema), schema, rules)


def shop(**changes):
    row = {"licence_no": "520103100001", "name": "惠民", "address": "中华北路12号", "lon": "106.70", "lat": "26.60"}
    return row | changes


def codes(cleaned, row=2):
    return [finding.code for finding in cleaned.findings if finding.row_number == row]


def test_a_good_row_comes_in_typed_and_without_a_finding():
    cleaned = clean_rows(RETAILERS, shop(tier="b", opens_at="8:30", integrity_star="4", status="正常"))
    row = cleaned.accepted.iloc[0]
    assert cleaned.findings == ()
    assert (row["tier"], row["opens_at"].hour, row["integrity_star"], row["status"]) == ("B", 8, 4, "active")


REJECTED = [
    ({"name": None}, "missing_field"),
    ({"name": "\x00\u200b"}, "missing_field"),
    ({"licence_no": None}, "missing_field"),
    ({"licence_no": "不明"}, "malformed_licence"),
    ({"lon": None, "lat": None, "address": None}, "no_coordinates"),
    ({"lon": "nan", "address": None}, "malformed_coordinate"),
    ({"address": "路" * 10_000}, "text_too_long"),
    ({"name": "x" * 201}, "text_too_long"),
]


@pytest.mark.parametrize(("changes", "code"), REJECTED, ids=[f"{code}-{next(iter(c))}" for c, code in REJECTED])
def test_a_row_that_cannot_be_used_is_rejected_for_its_reason(changes, code):
    other = shop(licence_no="520103100002")
    cleaned = clean_rows(RETAILERS, shop(**changes), other)
    assert code in codes(cleaned)
    assert cleaned.accepted["row_number"].tolist() == [3]
    assert all(len(finding.words) < 300 for finding in cleaned.findings)


SUSPICIOUS = [
    ({"lon": None, "lat": None}, "no_coordinates"),
    ({"lon": "x"}, "malformed_coordinate"),
    ({"lon": "inf"}, "malformed_coordinate"),
    ({"lon": "0", "lat": "0"}, "coordinates_zero"),
    ({"lon": "206.7"}, "coordinates_out_of_range"),
    ({"lat": "27.6"}, "outside_district"),
    ({"tier": "Z"}, "malformed_field"),
    ({"integrity_star": "9"}, "malformed_field"),
]


@pytest.mark.parametrize(("changes", "code"), SUSPICIOUS, ids=[code for _, code in SUSPICIOUS])
def test_a_row_with_a_doubtful_value_comes_in_and_is_listed(changes, code):
    cleaned = clean_rows(RETAILERS, shop(**changes))
    assert code in codes(cleaned)
    assert {finding.severity for finding in cleaned.findings} == {Severity.SUSPICIOUS}
    assert np.isnan(cleaned.accepted["lon"][0]) == ("lon" in changes or "lat" in changes)


def test_swapped_coordinates_are_turned_round_and_it_is_said():
    cleaned = clean_rows(RETAILERS, shop(lon="26.60", lat="106.70"))
    assert codes(cleaned) == ["coordinates_swapped"]
    assert cleaned.accepted[["lon", "lat"]].iloc[0].tolist() == [106.70, 26.60]


def test_a_shop_just_beyond_the_shore_counts_as_inside():
    cleaned = clean_rows(RETAILERS, shop(lon="106.801"))
    assert codes(cleaned) == ["just_outside_district"]
    assert "100 m outside" in cleaned.findings[0].words
    assert cleaned.accepted["lon"][0] == 106.801


def test_duplicates_name_the_row_that_came_first_and_whether_they_differ():
    cleaned = clean_rows(RETAILERS, shop(), shop(), shop(name="other"), shop(licence_no="520103100009"))
    words = [finding.words for finding in cleaned.findings if finding.code == "duplicate_licence_no"]
    assert words == [
        "licence_no 520103100001 stands already in row 2, all the same",
        "licence_no 520103100001 stands already in row 2, with other values",
    ]
    assert cleaned.accepted["row_number"].tolist() == [2, 5]
    assert codes(cleaned, 5) == ["shared_point"]


def test_a_rejected_row_does_not_make_a_later_one_a_duplicate():
    cleaned = clean_rows(RETAILERS, shop(name=None), shop())
    assert cleaned.accepted["row_number"].tolist() == [3]


def test_control_characters_are_taken_out_and_counted():
    cleaned = clean_rows(RETAILERS, shop(name="惠\x00民\u202e", address="中华\n北路\t12号"))
    assert cleaned.accepted["name"][0] == "惠民"
    assert cleaned.accepted["address"][0] == "中华 北路 12号"
    assert "2 control characters removed" in cleaned.findings[0].words


def test_the_datum_named_is_the_datum_converted():
    lon, lat = from_wgs84(106.70, 26.60, Datum.GCJ02)
    cleaned = clean_rows(
        RETAILERS, shop(lon=str(lon), lat=str(lat)), rules=CleaningRules(datum=Datum.GCJ02, district=DISTRICT)
    )
    assert cleaned.accepted[["lon", "lat"]].iloc[0].tolist() == pytest.approx([106.70, 26.60], abs=1e-9)


def test_a_district_may_have_licences_of_its_own_form():
    rules = CleaningRules(datum=Datum.WGS84, licence_pattern=r"\d{12}")
    assert codes(clean_rows(RETAILERS, shop(licence_no="610003"), rules=rules)) == ["malformed_licence"]


def test_full_width_digits_are_read_as_plain_ones():
    cleaned = clean_rows(RETAILERS, shop(licence_no="５２０１０３１００００１", lon="１０６．７０"))
    assert (cleaned.accepted["licence_no"][0], cleaned.accepted["lon"][0]) == ("520103100001", 106.70)


BOW_TIE = shapely.Polygon([(106.6, 26.5), (106.7, 26.6), (106.7, 26.5), (106.6, 26.6)])


LOOPED = shapely.Polygon(  # a square of 0.1 degrees with a loop of a thousandth on its northern side
    [(106.6, 26.5), (106.7, 26.5), (106.7, 26.6), (106.6501, 26.6), (106.6499, 26.601), (106.6501, 26.601),
     (106.6499, 26.6), (106.6, 26.6)]
)  # fmt: skip


def test_a_small_loop_is_repaired_and_said_and_a_bow_tie_or_what_has_no_area_is_rejected():
    shapes = [
        LOOPED,
        BOW_TIE,
        shapely.LineString([(0, 0), (1, 1)]),
        shapely.Polygon(),
        None,
        shapely.box(0, 0, 900, 9),
        DISTRICT,
    ]
    rows = [{"area_code": f"52010300{i}", "name": "x"} for i in range(7)]
    cleaned = clean_rows(AREAS, *rows, geometry=np.array(shapes, dtype=object))
    assert cleaned.accepted["row_number"].tolist() == [2, 8]
    assert cleaned.accepted["geometry"][0].is_valid
    assert cleaned.accepted["geometry"][0].area == pytest.approx(0.01, rel=1e-3)
    assert [finding.code for finding in cleaned.findings] == [*["invalid_polygon"] * 2, *["no_polygon"] * 4]
    assert [finding.severity for finding in cleaned.findings[:2]] == [Severity.SUSPICIOUS, Severity.REJECTED]
    assert "a repair would change its area by 100.0%" in cleaned.findings[1].words


def test_polygons_are_converted_like_points():
    rules = CleaningRules(datum=Datum.GCJ02)
    cleaned = clean_rows(AREAS, {"area_code": "520103"}, geometry=np.array([DISTRICT], dtype=object), rules=rules)
    assert 100 < shapely.distance(cleaned.accepted["geometry"][0].centroid, DISTRICT.centroid) * 111_000 < 700


def test_staff_absences_orders_and_assignments_are_judged_by_their_own_rules():
    staff = clean_rows(
        STAFF,
        {"staff_code": "M1", "name": "Manager 1", "role": "客户经理", "office_lon": "106.7", "office_lat": "26.6"},
    )
    assert staff.findings == ()
    assert staff.accepted["role"][0] == "customer_manager"
    absences = clean_rows(ABSENCES, {"staff_code": "M1", "first_day": "2026-03-06", "last_day": "2026/3/2"})
    assert codes(absences) == ["backward_dates"]
    orders = [
        {"licence_no": "1001", "order_date": day, "cartons": "3"} for day in ("20260302", "2026-03-02", "2026-03-09")
    ]
    assert clean_rows(ORDERS, *orders).accepted["row_number"].tolist() == [2, 4]
    rows = [
        {"licence_no": "1001", "layer": layer, "staff_code": "M1", "weekday": "周三"} for layer in ("营销", "marketing")
    ]
    assigned = clean_rows(ASSIGNMENTS, *rows)
    assert assigned.accepted["layer"].tolist() == ["marketing", "marketing"]
    assert assigned.accepted["weekday"].tolist() == ["wed", "wed"]


CELLS = st.one_of(
    st.none(), st.text(max_size=20), st.sampled_from(["106.70", "26.60", "520103100001", "A", "nan", "-1e999", "0"])
)
NAMES = ("retailer_code", "licence_no", "name", "address", "lon", "lat", "tier", "integrity_star", "opens_at")
ROWS = st.lists(st.fixed_dictionaries(dict.fromkeys(NAMES, CELLS)), min_size=1, max_size=8)


@settings(max_examples=20)
@given(ROWS, st.sampled_from(list(Datum)), st.sampled_from([DISTRICT, None]))
def test_every_row_is_accepted_or_rejected_and_never_both(rows, datum, district):
    table = table_of(rows)
    matched = MatchedTable(raw=table, frame=table.frame, sources={})
    cleaned = clean(matched, RETAILERS, CleaningRules(datum=datum, district=district))
    accepted = set(cleaned.accepted["row_number"])
    rejected = {finding.row_number for finding in cleaned.findings if finding.severity is Severity.REJECTED}
    assert accepted | rejected == set(table.row_numbers.tolist())
    assert not accepted & rejected
    assert cleaned.n_rejected == len(rejected)
    known = cleaned.accepted[cleaned.accepted["lon"].notna()]
    assert known["lon"].between(-180, 180).all()
    assert cleaned.accepted["licence_no"].dropna().is_unique

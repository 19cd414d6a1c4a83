"""Rows in a wrong datum are found by their offset, and right rows are left alone."""

from __future__ import annotations

import numpy as np
import pytest
import shapely

from geo_data.datum_guard import find_wrong_datums
from geo_data.datums import Datum, from_wgs84
from geo_data.geocoding.chinese import parse_chinese
from geo_data.geocoding.gazetteer import street_courses
from tests.geo_data.small_district import small_district

DISTRICT = small_district()


def planted(kind, seed=0):
    """The synthetic shops with survey noise, 5 % of them in another datum; and the evidence about each."""
    shops = DISTRICT.retailers
    rng = np.random.default_rng(seed)
    is_wrong = rng.random(len(shops)) < 0.05
    lon = shops["lon"].to_numpy() + rng.normal(0, 8e-5, len(shops))
    lat = shops["lat"].to_numpy() + rng.normal(0, 8e-5, len(shops))
    shifted = from_wgs84(lon, lat, kind)
    return np.where(is_wrong, shifted[0], lon), np.where(is_wrong, shifted[1], lat), (lon, lat), is_wrong


def evidence():
    parts = [parse_chinese(text) for text in DISTRICT.retailers["address"]]
    office_of = {str(area.area_code): area.geometry for area in DISTRICT.areas.itertuples(index=False)}
    offices = np.array([office_of[code] for code in DISTRICT.retailers["street_office"]], dtype=object)
    lines = list(shapely.from_wkt(DISTRICT.street_edges["wkt"].to_numpy(dtype=object)))
    course_of = street_courses(DISTRICT.street_edges["name"].tolist(), lines, parse_chinese)
    return parts, offices, np.array([course_of.get(part.street_key) for part in parts], dtype=object)


EVIDENCE = evidence()


@pytest.mark.parametrize("kind", [Datum.GCJ02, Datum.BD09])
def test_five_planted_in_a_hundred_are_found_and_nothing_else(kind):
    lon, lat, truth, is_wrong = planted(kind)
    findings = find_wrong_datums(lon, lat, Datum.WGS84, *EVIDENCE)
    rows = [finding.row for finding in findings]
    assert is_wrong[rows].mean() >= 0.95
    assert len(set(rows) & set(np.flatnonzero(is_wrong))) >= 0.95 * is_wrong.sum()
    right = [finding for finding in findings if is_wrong[finding.row]]
    assert {finding.likely for finding in right} == {kind}
    assert [finding.lon for finding in right] == pytest.approx(truth[0][[finding.row for finding in right]], abs=1e-8)
    assert f"when read as {kind.value}" in right[0].words


def test_a_file_wholly_right_raises_nothing():
    shops = DISTRICT.retailers
    assert find_wrong_datums(shops["lon"].to_numpy(), shops["lat"].to_numpy(), Datum.WGS84, *EVIDENCE) == []


def test_rows_without_evidence_or_place_are_not_judged():
    parts = [parse_chinese("某处"), parse_chinese("中华北路3号")]
    assert find_wrong_datums(np.array([106.7, np.nan]), np.array([26.6, np.nan]), Datum.WGS84, parts) == []
    assert find_wrong_datums(np.array([np.nan]), np.array([np.nan]), Datum.GCJ02, parts[:1]) == []


def test_outside_china_no_datum_differs_and_nothing_is_found():
    lon, lat = np.array([-73.95, -73.951, -73.90]), np.array([40.65, 40.65, 40.70])
    parts = [parse_chinese(f"中华北路{number}号") for number in (1, 3, 5)]
    assert find_wrong_datums(lon, lat, Datum.WGS84, parts) == []

"""Every address gets a point that says how sure it is, or an honest reason."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from geo_data.geocoding import AddressQuery, Gazetteer, GeocoderChain, GivenPositions, KnownPlaces, Precision

LON, LAT = -73.95, 40.65
NAMES = ["OCEAN AVE", "5 AVE", "E 44 ST", "E 46 ST", "SAINT MARKS AVE", "KINGSTON AVE"]


def place_of(row, number):
    return LON + number * 1e-4, LAT + row * 1e-3


def town():
    """Six parallel streets 110 m apart with every tenth number known, 8.4 m a number."""
    known = [
        (f"{number} {name}", *place_of(row, number)) for row, name in enumerate(NAMES) for number in range(0, 200, 10)
    ]
    texts, lon, lat = zip(*known, strict=True)
    areas = {"11226": ("Flatbush", shapely.box(LON, LAT, LON + 0.02, LAT + 0.006))}
    return Gazetteer(KnownPlaces(addresses=texts, lon=lon, lat=lat, area_codes=["11226"] * len(texts), areas=areas))


TOWN = town()


def ask(text, **more):
    return TOWN.geocode([AddressQuery(text=text, **more)])[0]


def distance_m(result, lon, lat):
    return np.hypot((result.lon - lon) * 84_400, (result.lat - lat) * 111_000)


@pytest.mark.parametrize(
    ("text", "row", "number", "precision"),
    [
        ("50 Ocean Avenue", 0, 50, Precision.ADDRESS),
        ("53 FIFTH AVENUE, APT 2", 1, 53, Precision.INTERPOLATED),
        ("75 ST MARKS AV", 4, 75, Precision.INTERPOLATED),
        ("75 KINGTON AVENUE", 5, 75, Precision.INTERPOLATED),
        ("75 KINGSTON", 5, 75, Precision.INTERPOLATED),
        ("75-77 KINGSTON AVE", 5, 76, Precision.INTERPOLATED),
        ("85 KINGSTON DELI", 5, 85, Precision.INTERPOLATED),
    ],
)
def test_an_address_is_found_however_it_is_spelt(text, row, number, precision):
    result = ask(text)
    assert result.precision is precision
    assert distance_m(result, *place_of(row, number)) < 10
    assert distance_m(result, *place_of(row, number)) <= result.uncertainty_m


def test_a_numbered_street_that_nobody_knows_lies_between_its_neighbours():
    result = ask("80 E 45TH ST")
    assert result.precision is Precision.STREET
    assert distance_m(result, LON + 80e-4, LAT + 2.5e-3) < 10


def test_numbers_in_street_names_are_never_taken_for_misspellings():
    assert ask("50 6TH AVE").precision is Precision.NONE
    assert ask("50 5TH ST").precision is Precision.NONE


def test_east_and_west_of_one_number_are_two_streets():
    assert ask("80 W 44TH ST").precision is Precision.NONE
    assert ask("80 44TH ST").reason == "found 80 E 44 ST"


def test_an_unknown_street_falls_back_to_its_area_and_says_so():
    result = ask("12 NOWHERE LANE", area_code="11226")
    assert result.precision is Precision.AREA
    assert "NOWHERE LN is not known here; the middle of Flatbush" in result.reason
    assert result.uncertainty_m > 300


def test_a_street_without_a_number_is_a_street():
    result = ask("OCEAN AVE")
    assert result.precision is Precision.STREET
    assert not result.precision.is_certain


@pytest.mark.parametrize("text", ["", "   ", "\x00\x01", "🙂🙂", "12", "#", "STE 5"])
def test_what_is_no_address_gets_a_reason(text):
    result = ask(text)
    assert not result.is_located
    assert np.isnan(result.lon)
    assert result.reason


@given(st.text(max_size=200) | st.text(st.sampled_from("AVE ST 5云岩区路号0123456789巷附-#"), max_size=10_000))
def test_no_text_breaks_the_geocoder(text):
    result = ask(text)
    assert result.reason
    assert result.is_located == bool(np.isfinite(result.lon))


def test_a_gazetteer_without_anything_knows_nothing_and_says_so():
    result = Gazetteer(KnownPlaces()).geocode([AddressQuery(text="1 MAIN ST")])[0]
    assert result.reason == "street MAIN ST is not known here and no area of it is known"


def test_named_streets_without_numbers_and_areas_alone_are_of_use_too():
    line = shapely.LineString([(106.70, 26.60), (106.71, 26.60)])
    areas = {"520103019": ("大营路街道", shapely.box(106.69, 26.59, 106.72, 26.61))}
    gazetteer = Gazetteer(KnownPlaces(street_names=["中华北路"], street_lines=[line], areas=areas))
    street, area = gazetteer.geocode(
        [AddressQuery(text="贵阳市云岩区中华北路12号"), AddressQuery(text="云岩区大营路街道无名巷3号")]
    )
    assert street.precision is Precision.STREET
    assert (street.lon, street.lat) == pytest.approx((106.705, 26.60), abs=1e-4)
    assert area.precision is Precision.AREA


def test_chinese_numbers_lanes_and_estates_are_placed():
    known = [(f"云岩区中华北路{number}号", 106.70 + number * 1e-4, 26.60) for number in range(2, 60, 4)]
    known += [
        ("中华北路三巷5号", 106.70, 26.62),
        ("中华北路三巷9号", 106.7004, 26.62),
        ("文昌路8号锦绣花园2栋", 106.71, 26.63),
    ]
    texts, lon, lat = zip(*known, strict=True)
    gazetteer = Gazetteer(KnownPlaces(addresses=texts, lon=lon, lat=lat))
    asked = ["贵州省贵阳市云岩区中华北路２４号附3号", "中华北路3巷7号", "锦绣花园5栋1单元", "中華北路24號"]
    results = gazetteer.geocode([AddressQuery(text=text) for text in asked])
    assert [result.precision.value for result in results] == ["interpolated", "interpolated", "estate", "interpolated"]
    assert [round(result.lon, 4) for result in results] == [106.7024, 106.7002, 106.71, 106.7024]
    assert [round(result.lat, 4) for result in results] == [26.60, 26.62, 26.63, 26.60]


def test_a_claimed_area_rules_out_a_merely_similar_street_elsewhere():
    far = [("10 LORING AVE", LON + 0.2, LAT)]
    known = [("10 OCEAN AVE", LON, LAT), ("20 OCEAN AVE", LON + 0.001, LAT)]
    texts, lon, lat = zip(*(far + known), strict=True)
    gazetteer = Gazetteer(KnownPlaces(addresses=texts, lon=lon, lat=lat, area_codes=["B", "A", "A"]))
    result = gazetteer.geocode([AddressQuery(text="15 LORNG AVE", area_code="A")])[0]
    assert result.precision is Precision.AREA
    assert "far outside the area" in result.reason


def test_given_positions_come_first_and_the_gazetteer_where_they_are_unusable():
    district = shapely.box(LON - 0.01, LAT - 0.01, LON + 0.03, LAT + 0.03)
    chain = GeocoderChain([GivenPositions(district), TOWN])
    queries = [
        AddressQuery(text="50 OCEAN AVE", lon=LON + 0.001, lat=LAT + 0.001),
        AddressQuery(text="50 OCEAN AVE", lon=0.0, lat=0.0),
        AddressQuery(text="50 OCEAN AVE"),
        AddressQuery(text="12 NOWHERE LANE"),
    ]
    results = chain.geocode(queries)
    assert [result.method for result in results] == ["given", "gazetteer", "gazetteer", "given"]
    assert results[0].lon == LON + 0.001
    assert not results[3].is_located

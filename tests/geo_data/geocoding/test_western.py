"""Western addresses come apart the same way however they are spelt."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo_data.geocoding.western import canonical_street, parse_western, split_type


@pytest.mark.parametrize(
    ("text", "number", "street"),
    [
        ("2620 86TH ST", 2620, "86 ST"),
        ("4524 7TH AVENUE", 4524, "7 AVE"),
        ("4524 Seventh Ave.", 4524, "7 AVE"),
        ("39 3D AVENUE", 39, "3 AVE"),
        ("1571 ST JOHNS PLACE", 1571, "SAINT JOHNS PL"),
        ("1571 Saint John's Pl", 1571, "SAINT JOHNS PL"),
        ("5110 FT HAMILTON PKWY", 5110, "FORT HAMILTON PKWY"),
        ("4224 AVENUE D", 4224, "AVE D"),
        ("4224 AVE D, FL 2", 4224, "AVE D"),
        ("EAST 98TH STREET", None, "E 98 ST"),
        ("12 E 5TH ST", 12, "E 5 ST"),
        ("786 FLATBUSH AVENUE ATTN: SAM OT", 786, "FLATBUSH AVE"),
        ("9105 3RD AVENUE #27", 9105, "3 AVE"),
        ("630 FLUSHING AVE STE 810 BOX #96", 630, "FLUSHING AVE"),
        ("969 MANHATTAN AVENUE CANDY CORP", 969, "MANHATTAN AVE"),
        ("104 ROSS ST (END OF RODNEY ST)", 104, "ROSS ST"),
        ("8712 19TH AVENUE 1ST FLOOR", 8712, "19 AVE"),
        ("2350 86TH TREET", 2350, "86 ST"),
        ("13 NEWPORT STREET1", 13, "NEWPORT ST"),
        ("20 COURT STREET - STORE A", 20, "COURT ST"),
        ("187 FLATBUSH AVENUE EXT. UNIT 9 #", 187, "FLATBUSH AVE EXT"),
        ("2130 GRAVESEND NECK ROAD. ATTN: S", 2130, "GRAVESEND NECK RD"),
        ("1245 61ST", 1245, "61"),
    ],
)
def test_spellings_come_to_one_form(text, number, street):
    parts = parse_western(text)
    assert (parts.number, parts.street) == (number, street)


@pytest.mark.parametrize(
    ("text", "number", "number_to", "suffix"),
    [
        ("396-398 HOOPER ST", 396, 398, ""),
        ("7614-16 17TH AVE", 7614, 7616, ""),
        ("88-02 CHURCH AVE", 8802, None, ""),
        ("4501B 8TH AVE", 4501, None, "B"),
        ("HOOPER ST", None, None, ""),
    ],
)
def test_house_numbers_may_be_ranges_hyphenated_or_lettered(text, number, number_to, suffix):
    parts = parse_western(text)
    assert (parts.number, parts.number_to, parts.suffix) == (number, number_to, suffix)


def test_a_street_has_a_name_and_a_type():
    assert split_type("E 5 ST") == ("E 5", "ST")
    assert split_type("AVE U") == ("U", "AVE")
    assert split_type("BROADWAY") == ("BROADWAY", "")


@given(st.text(max_size=300))
def test_no_text_breaks_the_parser(text):
    parts = parse_western(text)
    assert parts.number is None or parts.number >= 0


@given(
    st.sampled_from(["OCEAN", "KINGS", "SAINT MARKS", "5", "E 17"]), st.sampled_from(["AVE", "ST", "PKWY", "RD", "PL"])
)
def test_a_canonical_street_stays_as_it_is(name, kind):
    assert canonical_street(f"{name} {kind}") == (f"{name} {kind}", "")

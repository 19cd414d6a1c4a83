"""Whatever somebody types, the gazetteer answers: a point with its reason, or the reason why there is none."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geo_data.geocoding import AddressQuery, Gazetteer, KnownPlaces, error_cloud, match_probability

GAZETTEER = Gazetteer(
    KnownPlaces(
        addresses=["中华路1号", "中华路9号", "人民街二巷3号附2号", "12 MAIN ST", "104-23 QUEENS BLVD"],
        lon=[106.70, 106.701, 106.71, -73.9, -73.85], lat=[26.60, 26.60, 26.61, 40.7, 40.71],
        street_names=["解放路"], street_lines=[shapely.LineString([(106.70, 26.60), (106.72, 26.60)])],
        areas={"1": ("大营路街道", shapely.box(106.69, 26.59, 106.73, 26.62))},
    )
)  # fmt: skip
PIECES = st.sampled_from([
    "中华路", "号", "附", "巷", "路", "街道", "MAIN", "ST", "E 44", "104-23", "１２", "😀", "\x00", "\u202e", "\ud83d",
    "　", "-", "(", "贵州省", "栋", "0", "999999999999",
])  # fmt: skip


def check(text: str) -> None:
    (result,) = GAZETTEER.geocode([AddressQuery(text=text)])
    assert result.reason
    assert result.is_located == bool(np.isfinite(result.lon) and np.isfinite(result.lat))
    assert 0 <= result.score <= 1
    assert 0 <= match_probability(result) <= 1
    lon, lat = error_cloud(result)
    assert len(lon) == len(lat)
    assert (len(lon) > 0) == result.is_located
    assert all(candidate.uncertainty_m > 0 for candidate in result.candidates)


@settings(max_examples=200, deadline=None, derandomize=True)
@given(st.one_of(st.text(max_size=60), st.lists(PIECES, max_size=12).map("".join)))
def test_any_text_has_an_answer_with_a_reason(text: str) -> None:
    check(text)


@pytest.mark.parametrize(
    "text", ["", " \t\n", "😀" * 40, "中" * 10_000, "1" * 10_000, "号" * 10_000, "\x00\x01\x7f", "中华路MAIN ST路1号😀",
             "路" * 9_999 + "1", "(" * 5_000],
    ids=["empty", "blank", "emoji", "chinese", "digits", "ending", "control", "mixed", "street", "bracket"],
)  # fmt: skip
def test_hostile_text_has_an_answer_with_a_reason(text: str) -> None:
    check(text)

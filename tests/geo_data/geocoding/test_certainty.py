"""The probability of an owner falls towards a border and tells of the alternatives."""

from __future__ import annotations

import numpy as np
import pytest

from geo_data.datums import Datum
from geo_data.geocoding.certainty import error_cloud, match_probability, owner_chances, owner_shares
from geo_data.geocoding.results import Candidate, GeocodeResult, Precision, from_candidates, not_found

LON, LAT = 106.7, 26.6


def answer(precision=Precision.INTERPOLATED, uncertainty_m=100.0, score=0.95):
    return GeocodeResult(
        lon=LON,
        lat=LAT,
        precision=precision,
        method="test",
        score=score,
        uncertainty_m=uncertainty_m,
        source_datum=Datum.WGS84,
        reason="test",
    )


def distance_m(lon, lat):
    return np.hypot((lon - LON) * 111_195 * np.cos(np.radians(LAT)), (lat - LAT) * 111_195)


@pytest.mark.parametrize("precision", [p for p in Precision if p is not Precision.NONE])
def test_most_of_a_cloud_lies_near_the_stated_radius_or_within(precision):
    lon, lat = error_cloud(answer(precision), n_points=400)
    assert len(lon) == len(lat) == 400
    assert 0.75 <= (distance_m(lon, lat) <= 100).mean() <= 0.97
    assert abs(lon.mean() - LON) * 100_000 < 20


def test_the_owner_is_surer_far_from_the_border_than_near_it():
    def probability_west(border_m):
        lon, _ = error_cloud(answer())
        east_m = (lon - LON) * 111_195 * np.cos(np.radians(LAT))
        return dict(owner_shares(["west" if x < border_m else "east" for x in east_m]))["west"]

    shares = [probability_west(border_m) for border_m in (0, 10, 50, 200)]
    assert shares == sorted(shares)
    assert shares[0] == pytest.approx(0.5, abs=0.05)
    assert shares[-1] > 0.97


def test_rivals_share_the_cloud_by_their_scores():
    here = Candidate(label="a", lon=LON, lat=LAT, score=0.8, uncertainty_m=50, precision=Precision.STREET)
    there = Candidate(label="b", lon=LON + 0.1, lat=LAT, score=0.8, uncertainty_m=50, precision=Precision.STREET)
    lon, _ = error_cloud(from_candidates("test", [here, there], "x"))
    assert (lon > LON + 0.05).mean() == pytest.approx(0.5, abs=0.01)


def test_chances_add_up_to_the_probability_of_the_match():
    sure, alike = answer(), answer(score=0.74)
    assert match_probability(sure) > 0.99 > 0.7 > match_probability(alike)
    chances = owner_chances(alike, ["a"] * 3 + ["b"])
    assert [owner for owner, _ in chances] == ["a", "b"]
    assert sum(chance for _, chance in chances) == pytest.approx(match_probability(alike))
    assert match_probability(not_found("test", "x")) == 0


def test_no_point_has_no_cloud_and_no_owner():
    lon, lat = error_cloud(not_found("test", "x"))
    assert len(lon) == len(lat) == 0
    assert owner_shares([]) == []


def test_shares_add_up_and_are_ordered():
    assert owner_shares(["a", "b", "b", None]) == [("b", 0.5), ("a", 0.25), (None, 0.25)]

"""The datums convert exactly there and back, in bulk, and never move a place outside China."""

from __future__ import annotations

import gzip
import json
import os
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo_data.datums import Datum, convert, from_wgs84, to_wgs84

SHIFTED = [Datum.GCJ02, Datum.BD09]
CHINA_LON = st.floats(73.0, 136.8)
CHINA_LAT = st.floats(2.0, 54.8)
METRES_PER_DEGREE = 111_320.0


def distance_m(lon_a, lat_a, lon_b, lat_b):
    east = (np.asarray(lon_a) - lon_b) * METRES_PER_DEGREE * np.cos(np.radians(lat_b))
    return np.hypot(east, (np.asarray(lat_a) - lat_b) * METRES_PER_DEGREE)


@given(lon=CHINA_LON, lat=CHINA_LAT, datum=st.sampled_from(list(Datum)))
def test_there_and_back_is_exact_to_a_micrometre(lon, lat, datum):
    back = to_wgs84(*from_wgs84(lon, lat, datum), datum)
    assert distance_m(*back, lon, lat) < 1e-6


@given(lon=CHINA_LON, lat=CHINA_LAT, source=st.sampled_from(list(Datum)), target=st.sampled_from(list(Datum)))
def test_converting_between_any_two_datums_and_back_is_exact(lon, lat, source, target):
    back = convert(*convert(lon, lat, source, target), target, source)
    assert distance_m(*back, lon, lat) < 1e-6


@given(lon=st.floats(-180, 71.9), lat=st.floats(-90, 90), datum=st.sampled_from(list(Datum)))
def test_outside_china_nothing_moves(lon, lat, datum):
    assert from_wgs84(lon, lat, datum) == (lon, lat)
    assert to_wgs84(lon, lat, datum) == (lon, lat)


@pytest.mark.parametrize("datum", SHIFTED)
def test_brooklyn_stays_in_brooklyn(datum):
    assert to_wgs84(-73.95, 40.65, datum) == (-73.95, 40.65)


def test_a_published_pair_is_met():
    # Tiananmen as published with eviltransform's tests: WGS-84 (39.911954, 116.377817), GCJ-02 (39.913343, 116.384044).
    lon, lat = from_wgs84(116.377817, 39.911954, Datum.GCJ02)
    assert distance_m(lon, lat, 116.38404422, 39.91334349) < 0.5


def test_guiyang_moves_374_m_east_and_392_m_south():
    lon, lat = from_wgs84(106.71, 26.6, Datum.GCJ02)
    assert (lon - 106.71) * METRES_PER_DEGREE * np.cos(np.radians(26.6)) == pytest.approx(374, abs=15)
    assert (lat - 26.6) * METRES_PER_DEGREE == pytest.approx(-392, abs=15)


def test_nan_stays_nan_and_disturbs_nobody():
    lon, lat = to_wgs84([np.nan, 106.7], [26.6, 26.6], Datum.BD09)
    assert np.isnan(lon[0])
    assert np.isfinite([lon[1], lat[1]]).all()


def test_unequal_shapes_are_refused():
    with pytest.raises(ValueError, match="shape"):
        to_wgs84([1.0, 2.0], [1.0], Datum.GCJ02)


def test_a_hundred_thousand_points_come_back_in_every_datum():
    rng = np.random.default_rng(3)
    lon, lat = rng.uniform(75, 134, 100_000), rng.uniform(4, 53, 100_000)
    for datum in Datum:
        assert distance_m(*to_wgs84(*from_wgs84(lon, lat, datum), datum), lon, lat).max() < 1e-6


@pytest.mark.cases
def test_the_two_published_borders_of_guiyang_agree():
    if "GRIDSVC_CASES" not in os.environ:
        pytest.skip("GRIDSVC_CASES names no folder of real data")
    folder = Path(os.environ["GRIDSVC_CASES"]) / "guiyang-admin"
    wgs, gcj = (
        np.array(_positions(json.loads(gzip.decompress((folder / name).read_bytes()))["features"]))
        for name in ("guiyang_districts_wgs84.geojson.gz", "guiyang_districts_gcj02.geojson.gz")
    )
    lon, lat = to_wgs84(gcj[:, 0], gcj[:, 1], Datum.GCJ02)
    assert distance_m(lon, lat, wgs[:, 0], wgs[:, 1]).max() < 0.02


def _positions(node):
    if isinstance(node, dict):
        return _positions(node["geometry"]["coordinates"])
    if isinstance(node, list) and node and isinstance(node[0], float):
        return [node]
    return [position for child in node for position in _positions(child)]

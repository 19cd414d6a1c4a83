"""The bars on real and synthetic addresses hold; the full table is printed by benchmarks/geocoding.py."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
import shapely

from geo_data.geocoding import AddressQuery, Gazetteer, KnownPlaces
from geo_data.geocoding.western import parse_western
from geo_data.readers import read_table
from tests.geo_data.small_district import small_district


def off_by_m(results, lon, lat):
    east = (np.array([result.lon for result in results]) - lon) * 111_320 * np.cos(np.radians(np.median(lat)))
    return np.hypot(east, (np.array([result.lat for result in results]) - lat) * 111_000)


@pytest.mark.cases
def test_brooklyn_addresses_hidden_with_all_their_shops_are_found():
    if "GRIDSVC_CASES" not in os.environ:
        pytest.skip("GRIDSVC_CASES names no folder of real data")
    path = Path(os.environ["GRIDSVC_CASES"]) / "nyc-retail" / "shops_nyc.csv.gz"
    shops = read_table(path, where={"borough": "BROOKLYN", "coord_ok": "True"}).frame
    lon, lat = shops["lon"].to_numpy(float), shops["lat"].to_numpy(float)
    parsed = [parse_western(text) for text in shops["address"]]
    place = np.array([f"{parts.number} {parts.street}" for parts in parsed])
    hidden = np.isin(place, np.random.default_rng(11).choice(np.unique(place), 500, replace=False))
    _, asked = np.unique(np.where(hidden, place, ""), return_index=True)
    asked = asked[hidden[asked]]
    known = shops[~hidden]
    gazetteer = Gazetteer(
        KnownPlaces(
            addresses=known["address"].tolist(),
            lon=lon[~hidden].tolist(),
            lat=lat[~hidden].tolist(),
            area_codes=known["zip_code"].tolist(),
        )
    )
    pairs = zip(shops["address"].iloc[asked], shops["zip_code"].iloc[asked], strict=True)
    results = gazetteer.geocode([AddressQuery(text=text, area_code=code) for text, code in pairs])
    on_street = np.array([result.precision.value in ("address", "interpolated", "street") for result in results])
    off_m = off_by_m(results, lon[asked], lat[asked])[on_street]
    assert len(asked) == 500
    assert on_street.mean() >= 0.85
    assert np.median(off_m) <= 40
    assert np.percentile(off_m, 90) <= 200


def test_synthetic_addresses_are_found_whole_misspelt_and_hidden():
    district = small_district()
    shops, streets = district.retailers, district.street_edges
    rng = np.random.default_rng(3)
    hidden = rng.random(len(shops)) < 0.1
    known = shops[~hidden]
    gazetteer = Gazetteer(
        KnownPlaces(
            addresses=known["address"].tolist(),
            lon=known["lon"].tolist(),
            lat=known["lat"].tolist(),
            street_names=streets["name"].tolist(),
            street_lines=list(shapely.from_wkt(streets["wkt"].to_numpy(dtype=object))),
        )
    )
    whole = known.iloc[:200]
    results = gazetteer.geocode([AddressQuery(text=text) for text in whole["address"]])
    off_m = off_by_m(results, whole["lon"].to_numpy(), whole["lat"].to_numpy())
    assert (off_m <= [result.uncertainty_m for result in results]).all()
    assert np.percentile(off_m, 98) < 30
    lost = [text.replace("号", "", 1).replace("贵阳市", "").replace("1", "１") for text in whole["address"]]
    results = gazetteer.geocode([AddressQuery(text=text) for text in lost])
    assert np.percentile(off_by_m(results, whole["lon"].to_numpy(), whole["lat"].to_numpy()), 90) < 30
    asked = shops[hidden]
    results = gazetteer.geocode([AddressQuery(text=text) for text in asked["address"]])
    off_m = off_by_m(results, asked["lon"].to_numpy(), asked["lat"].to_numpy())
    certain = np.array([result.is_certain for result in results])
    assert np.median(off_m) < 60
    assert (off_m <= np.array([result.uncertainty_m for result in results]))[certain].mean() >= 0.9

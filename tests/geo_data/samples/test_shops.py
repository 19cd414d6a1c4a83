"""The invented shops: where they stand, what they are called, how their register is filled."""

import itertools
import re

import numpy as np
import shapely
from shapely import STRtree

from geo_data.projection import LocalProjection
from geo_data.samples import SyntheticDistrict
from geo_data.schemas import RETAILERS

_ADDRESS = re.compile(
    r"^(?:贵州省)?(?:贵阳市)?(?:云岩区)?(?P<street>[\u4e00-\u9fff0-9]*?[路街道巷里弄])(?P<number>\d+)号"
)


def _points(district: SyntheticDistrict) -> np.ndarray:
    return shapely.points(district.retailers[["lon", "lat"]].to_numpy())


def test_five_thousand_shops_have_unique_codes_licences_addresses_and_places(district: SyntheticDistrict) -> None:
    shops = district.retailers
    assert len(shops) == 5_000
    assert shops["retailer_code"].is_unique
    assert shops["licence_no"].is_unique
    assert not shops[["lon", "lat"]].duplicated().any()
    assert shops["address"].is_unique


def test_licences_have_twelve_digits_of_a_division_that_does_not_exist(district: SyntheticDistrict) -> None:
    assert district.retailers["licence_no"].str.fullmatch(r"990000\d{6}").all()


def test_columns_are_those_of_the_schema_and_values_are_allowed(district: SyntheticDistrict) -> None:
    shops = district.retailers
    assert set(RETAILERS.column_names) <= set(shops.columns)
    for column in RETAILERS.columns:
        if column.allowed:
            assert set(shops[column.name]) <= set(column.allowed), column.name


def test_shops_lie_in_the_street_office_that_they_name(district: SyntheticDistrict) -> None:
    area_of = district.areas.set_index("area_code").geometry
    own = area_of.loc[district.retailers["street_office"]].to_numpy()
    assert shapely.covers(own, _points(district)).all()


def test_shops_lie_within_thirty_metres_of_their_own_street(district: SyntheticDistrict) -> None:
    plane = LocalProjection.around_geometry(district.boundary.geometry[0])
    points = plane.project(_points(district))
    edges = plane.project(shapely.from_wkt(district.street_edges["wkt"].to_numpy(dtype=object)))
    _, distance = STRtree(edges).query_nearest(points, all_matches=False, return_distance=True)
    assert distance.max() < 30.0
    assert distance.min() > 4.0
    streets = dict(zip(district.streets["name"], plane.project(district.streets.geometry.to_numpy()), strict=True))
    named = [_ADDRESS.match(address)["street"] for address in district.retailers["address"]]
    assert shapely.distance(points, np.array([streets[name] for name in named], dtype=object)).max() < 30.0


def test_no_shop_stands_in_the_river(district: SyntheticDistrict) -> None:
    plane = LocalProjection.around_geometry(district.boundary.geometry[0])
    barriers = district.barriers
    rivers = plane.project(barriers.geometry[barriers["kind"] == "river"].to_numpy())
    assert shapely.distance(plane.project(_points(district)), rivers[0]).min() > 30.0


def test_house_numbers_rise_along_the_street_odd_on_one_side_even_on_the_other(district: SyntheticDistrict) -> None:
    plane = LocalProjection.around_geometry(district.boundary.geometry[0])
    points = plane.project(_points(district))
    streets = dict(zip(district.streets["name"], plane.project(district.streets.geometry.to_numpy()), strict=True))
    found: dict[tuple[str, int], list[tuple[int, float, float]]] = {}
    for address, point in zip(district.retailers["address"], points, strict=True):
        match = _ADDRESS.match(address)
        number, street = int(match["number"]), match["street"]
        measure = streets[street].project(point)
        a, b = streets[street].interpolate(measure - 0.5), streets[street].interpolate(measure + 0.5)
        left = (b.x - a.x) * (point.y - a.y) - (b.y - a.y) * (point.x - a.x)
        found.setdefault((street, number % 2), []).append((number, measure, left))
    n_pairs = n_wrong = 0
    for (street, parity), rows in found.items():
        rows.sort()
        numbers = [number for number, _, _ in rows]
        assert len(set(numbers)) == len(numbers), street
        for (_, low, _), (_, high, _) in itertools.pairwise(rows):
            n_pairs += 1
            n_wrong += high < low - 8.0  # on the outside of a bend two fronts may project to swapped places
        side = [left for _, _, left in rows]
        assert np.mean([(s > 0) == (parity == 1) for s in side]) == 1.0, street
    assert n_pairs > 1_000
    assert n_wrong == 0


def test_the_old_town_is_dense_and_the_hills_are_not(district: SyntheticDistrict) -> None:
    plane = LocalProjection.around_geometry(district.boundary.geometry[0])
    xy = plane.xy_m(district.retailers["lon"], district.retailers["lat"])
    form = district.retailers["urban_form"].to_numpy()
    cell, n = np.unique(np.floor(xy / 1_000.0), axis=0, return_counts=True)
    assert 300 <= n.max() <= 700
    assert len(cell) > 70
    assert set(form) == {"old_town", "new_town", "hills"}
    assert (form == "old_town").mean() > 0.4
    assert (form == "hills").mean() < 0.2


def test_credit_grades_are_as_skewed_as_the_published_count(district: SyntheticDistrict) -> None:
    count = district.retailers["credit_grade"].value_counts().to_dict()
    assert count == {"AAA": 21, "AA": 348, "A": 4_627, "B": 2, "C": 2}


def test_tiers_are_ten_twenty_and_seventy_percent_and_decide_the_cartons(district: SyntheticDistrict) -> None:
    shops = district.retailers
    assert shops["tier"].value_counts().to_dict() == {"A": 500, "B": 1_000, "C": 3_500}
    cartons = shops.groupby("tier")["order_cartons"].median()
    assert cartons["A"] > 1.5 * cartons["B"] > 1.5 * 1.5 * cartons["C"]


def test_shops_open_before_they_close(district: SyntheticDistrict) -> None:
    shops = district.retailers
    assert shops["opens_at"].str.fullmatch(r"[0-2]\d:\d\d").all()
    assert (shops["opens_at"] < shops["closes_at"]).all()

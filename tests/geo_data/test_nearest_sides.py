"""The nearest of many sides is found whatever their lengths and wherever the place is."""

from __future__ import annotations

import numpy as np
import pytest
import shapely

from geo_data.nearest_sides import NearestSides


@pytest.mark.parametrize(("n_sides", "length"), [(1, 5.0), (7, 300.0), (400, 30.0), (400, 1.0)])
def test_the_distance_is_that_of_geos(n_sides: int, length: float) -> None:
    rng = np.random.default_rng(n_sides)
    start = rng.uniform(0, 1000, (n_sides, 2))
    ends = np.stack([start, start + rng.normal(0, length, (n_sides, 2))], axis=1)
    ends[0] = [[0, 0], [1000, 700]]  # far longer than the others: it is cut into pieces
    known = NearestSides.of(ends)
    places = rng.uniform(-500, 1500, (300, 2))
    exact = shapely.distance(shapely.multilinestrings(shapely.linestrings(ends)), shapely.points(places))
    assert np.abs(known.distances_m(places) - exact).max() < 1e-6
    assert [known.distance_m(*place) for place in places[:20].tolist()] == known.distances_m(places[:20]).tolist()


def test_sides_in_one_point_and_no_sides_at_all() -> None:
    assert NearestSides.of(np.zeros((0, 2, 2))).distance_m(1.0, 1.0) == np.inf
    assert NearestSides.of(np.full((3, 2, 2), 4.0)).distance_m(4.0, 7.0) == pytest.approx(3.0)
    assert NearestSides.of(np.array([[[0.0, 0.0], [0.0, 8.0]]])).distance_m(3.0, 4.0) == pytest.approx(3.0)

"""House numbers find their place between those that are known."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from geo_data.geocoding.interpolation import NumberedStreet, beside


def street(*numbered):
    """A street along the x axis from (number, x) pairs."""
    number = np.array([number for number, _ in numbered], dtype=float)
    return NumberedStreet.of_points(number, np.array([(x, 0.0) for _, x in numbered]))


def test_a_number_between_two_lies_between_them_in_proportion():
    placed = street((10, 0), (30, 200)).place(15)
    assert placed.xy_m == pytest.approx([50, 0])
    assert placed.is_between
    assert not placed.is_exact


def test_a_known_number_is_where_it_is_and_its_scatter_is_said():
    placed = street((10, 0), (12, 20), (12, 60)).place(12)
    assert placed.is_exact
    assert placed.xy_m == pytest.approx([40, 0])
    assert placed.uncertainty_m == pytest.approx(65)


def test_its_own_side_of_the_street_is_preferred():
    both = NumberedStreet.of_points(np.array([10.0, 11, 14, 15]), np.array([(0.0, 5), (0, -5), (40, 5), (40, -5)]))
    assert both.place(12).xy_m == pytest.approx([20, 5])
    assert both.place(13).xy_m == pytest.approx([20, -5])


def test_a_point_that_contradicts_its_neighbours_is_left_out():
    known = street((10, 0), (20, 100), (30, 5000), (40, 300), (50, 400))
    assert known.n_left_out == 1
    assert known.place(30).xy_m == pytest.approx([200, 0])


def test_beyond_the_last_number_the_street_is_carried_on_a_little_and_said_to_be_uncertain():
    known = street((10, 0), (20, 100), (30, 200))
    near, far = known.place(36), known.place(900)
    assert near.xy_m == pytest.approx([260, 0])
    assert far.xy_m == pytest.approx([500, 0])
    assert not far.is_between
    assert far.uncertainty_m > 1000 > near.uncertainty_m


def test_two_streets_of_one_name_are_not_bridged():
    placed = street((10, 0), (20, 6000)).place(12)
    assert not placed.is_between
    assert placed.xy_m == pytest.approx([0, 0])
    assert placed.uncertainty_m >= 6000


def test_one_known_number_gives_its_own_place_for_every_other():
    placed = street((10, 70)).place(20)
    assert placed.xy_m == pytest.approx([70, 0])
    assert not placed.is_between


@given(st.lists(st.tuples(st.integers(1, 500), st.floats(-3000, 3000)), min_size=1, max_size=30), st.integers(1, 600))
def test_every_number_gets_a_finite_place_and_an_honest_radius(numbered, number):
    placed = street(*numbered).place(number)
    assert np.isfinite(placed.xy_m).all()
    assert placed.uncertainty_m >= 25


def test_a_number_stands_on_the_side_of_its_like_and_on_the_course_where_that_is_unknown() -> None:
    line = shapely.LineString([(0, 0), (100, 0), (100, 100)])
    odd, even = np.array([[10.0, 8.0], [50.0, 9.0], [80.0, 8.0]]), np.array([[20.0, -7.0], [60.0, -7.0]])
    assert beside(line, np.array([30.0, 2.0]), odd) == pytest.approx([30.0, 8.0])
    assert beside(line, np.array([30.0, 2.0]), even) == pytest.approx([30.0, -7.0])
    assert beside(line, np.array([30.0, 2.0]), odd[:1]) == pytest.approx([30.0, 0.0])
    assert beside(line, np.array([30.0, 2.0]), np.vstack((odd[:1], even[:1]))) == pytest.approx([30.0, 0.0])
    around_the_corner = beside(line, np.array([99.0, 50.0]), odd)
    assert around_the_corner == pytest.approx([92.0, 50.0])

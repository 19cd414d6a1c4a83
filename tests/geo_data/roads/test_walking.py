"""Licences are judged at 30 m: the way on foot is exact on one street, around a corner and across it."""

from __future__ import annotations

import numpy as np
import pytest

from geo_data.projection import LocalProjection
from geo_data.roads.walking import WalkingStreets

PLANE = LocalProjection(106.7, 26.6)
#   3
#   |            a T of streets, metres east and north of the origin, and a piece that nothing joins
#   1 --- 0 --- 2      4 --- 5
NODES_M = np.array([[0.0, 0.0], [-200.0, 0.0], [200.0, 0.0], [-200.0, 300.0], [300.0, 0.0], [400.0, 0.0]])
EDGES = ((1, 0), (0, 2), (1, 3), (4, 5))


def streets() -> WalkingStreets:
    lon, lat = PLANE.lonlat(NODES_M)
    tail, head = (np.array([edge[end] for edge in EDGES], dtype=np.int64) for end in (0, 1))
    length_m = np.hypot(*(NODES_M[tail] - NODES_M[head]).T)
    return WalkingStreets(tail, head, length_m, np.full(len(EDGES), None, dtype=object), lon, lat)


def way_m(start: tuple[float, float], end: tuple[float, float], limit_m: float = 1000.0) -> float:
    known = streets()
    a, b = known.doors(*PLANE.lonlat(np.array([start, end], dtype=np.float64)))
    return float(known.distances_m(a, [b], limit_m)[0])


@pytest.mark.parametrize("apart_m", [29.0, 30.0, 31.0])
@pytest.mark.parametrize("x_m", [50.0, -15.0])  # within one piece, and over the junction between two
def test_along_one_side_of_a_street_it_is_the_distance_between_the_doors(apart_m: float, x_m: float) -> None:
    assert way_m((x_m, 6.0), (x_m + apart_m, 6.0)) == pytest.approx(apart_m, abs=0.02)


@pytest.mark.parametrize(("along_m", "expected_m"), [(17.0, 29.0), (18.0, 30.0), (19.0, 31.0)])
def test_on_the_opposite_side_the_crossing_counts(along_m: float, expected_m: float) -> None:
    assert way_m((50.0, 6.0), (50.0 + along_m, -6.0)) == pytest.approx(expected_m, abs=0.02)


def test_around_a_corner_it_is_the_way_along_the_streets() -> None:
    assert way_m((-180.0, 0.5), (-199.5, 20.0)) == pytest.approx(40.0, abs=0.05)


def test_no_way_is_shorter_than_the_straight_line_and_a_back_yard_is_walked_out_of() -> None:
    assert way_m((50.0, 100.0), (50.0, 60.0)) >= 40.0
    assert way_m((-50.0, 40.0), (80.0, 0.0)) == pytest.approx(130 + 25, abs=0.1)


def test_where_nothing_leads_there_is_no_way_however_near_it_is() -> None:
    assert way_m((190.0, 2.0), (305.0, 2.0)) == np.inf
    assert way_m((50.0, 6.0), (150.0, 6.0), limit_m=60.0) == np.inf


def test_the_way_back_is_as_long() -> None:
    rng = np.random.default_rng(3)
    known = streets()
    for start, end in rng.uniform((-200, -20), (200, 20), (40, 2, 2)):
        a, b = known.doors(*PLANE.lonlat(np.array([start, end])))
        there, back = (float(known.distances_m(p, [q], 2000.0)[0]) for p, q in ((a, b), (b, a)))
        assert there == pytest.approx(back, abs=1e-6)

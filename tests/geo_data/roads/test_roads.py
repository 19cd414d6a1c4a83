"""Streets give the times and ways that a plain shortest-path search gives, and say where they give none."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import dijkstra

from geo_data.roads import (
    StreetRouter,
    StreetsError,
    TravelMethod,
    build_network,
    fit_detour,
    straight_line_matrix,
    travel_matrix,
)

STEP_LON, STEP_LAT = 0.001, 0.0009  # about 100 m each at Guiyang


def town(n=8, seed=0, one_way_share=0.3):
    """A town of n x n junctions with uneven speeds and some one-way streets."""
    rng = np.random.default_rng(seed)
    nodes = pd.DataFrame(
        {
            "node": [f"{x}/{y}" for y in range(n) for x in range(n)],
            "lon": [106.7 + x * STEP_LON for _ in range(n) for x in range(n)],
            "lat": [26.6 + y * STEP_LAT for y in range(n) for _ in range(n)],
        }
    )
    east = [(f"{x}/{y}", f"{x + 1}/{y}") for y in range(n) for x in range(n - 1)]
    north = [(f"{x}/{y}", f"{x}/{y + 1}") for y in range(n - 1) for x in range(n)]
    edges = pd.DataFrame(east + north, columns=["u", "v"])
    edges["speed_kmph"] = rng.choice([10.0, 30.0, 50.0], len(edges))
    edges["oneway"] = rng.random(len(edges)) < one_way_share
    return nodes, edges


def test_travel_times_equal_those_of_dijkstra():
    network = build_network(*town())
    rng = np.random.default_rng(1)
    lon, lat = 106.7 + rng.uniform(0, 0.007, 40), 26.6 + rng.uniform(0, 0.0063, 40)
    matrix = travel_matrix(network, lon, lat)
    node, snap_m = network.snap(lon, lat)
    graph = csr_matrix((network.seconds, (network.tail, network.head)), (network.n_nodes,) * 2)
    expected = dijkstra(graph, indices=node)[:, node] + (snap_m[:, None] + snap_m) * 3.6 / 15
    apart = node[:, None] != node
    assert matrix.seconds[apart] == pytest.approx(expected[apart], abs=0.05)
    assert not np.allclose(matrix.seconds, matrix.seconds.T)
    assert matrix.method is TravelMethod.STREETS
    assert (np.diag(matrix.seconds) == 0).all()
    assert matrix.n_unreachable == 0


def test_places_at_the_same_junction_are_as_far_apart_as_the_line_between_them():
    network = build_network(*town())
    matrix = travel_matrix(network, [106.7031, 106.7032], [26.6028, 26.6028])
    assert matrix.metres[0, 1] == pytest.approx(10 * matrix.detour_factor, rel=0.02)


def test_the_cache_gives_the_same_matrix_and_notices_a_change(tmp_path):
    nodes, edges = town()
    network, lon, lat = build_network(nodes, edges), [106.701, 106.704, 106.706], [26.601, 26.603, 26.605]
    first = travel_matrix(network, lon, lat, cache_folder=tmp_path)
    kept = list(tmp_path.iterdir())
    assert len(kept) == 1
    again = travel_matrix(network, lon, lat, cache_folder=tmp_path)
    assert np.array_equal(first.seconds, again.seconds)
    edges["speed_kmph"] = 20.0
    slower = travel_matrix(build_network(nodes, edges), lon, lat, cache_folder=tmp_path)
    assert not np.array_equal(first.seconds, slower.seconds)
    assert len(list(tmp_path.iterdir())) == 2
    kept[0].write_bytes(b"damaged")
    assert np.array_equal(travel_matrix(network, lon, lat, cache_folder=tmp_path).seconds, first.seconds)


def test_a_place_far_from_every_street_or_without_position_is_unreachable():
    network = build_network(*town())
    matrix = travel_matrix(network, [106.701, 106.704, 107.2, np.nan], [26.601, 26.603, 26.6, 26.6])
    assert np.isfinite(matrix.seconds[:2, :2]).all()
    assert np.isinf(matrix.seconds[2:, :2]).all()
    assert matrix.n_unreachable == 10


def test_of_parallel_pieces_the_fastest_counts_and_what_is_left_out_is_said():
    nodes = pd.DataFrame({"node": ["a", "b", "c"], "lon": [106.7, 106.71, 106.9], "lat": [26.6, 26.6, 26.6]})
    edges = pd.DataFrame({"u": ["a", "a", "a", "a"], "v": ["b", "b", "a", "x"], "seconds": [90.0, 60.0, 5.0, 5.0]})
    network = build_network(nodes, edges)
    assert network.n_arcs == 2
    assert network.seconds.tolist() == [60, 60]
    assert network.in_main.tolist() == [True, True, False]
    assert len(network.notes) == 4


def test_times_faster_than_any_street_allows_are_capped():
    nodes = pd.DataFrame({"node": ["a", "b"], "lon": [106.7, 106.71], "lat": [26.6, 26.6]})
    edges = pd.DataFrame({"u": ["a"], "v": ["b"], "length_m": [1000.0], "seconds": [1.0], "seconds_back": [400.0]})
    assert sorted(build_network(nodes, edges).seconds) == [40.0, 400.0]


def test_lengths_come_from_the_file_the_course_or_the_straight_line():
    nodes = pd.DataFrame({"node": ["a", "b"], "lon": [106.7, 106.71], "lat": [26.6, 26.6]})
    course = "LINESTRING (106.7 26.6, 106.705 26.61, 106.71 26.6)"
    edges = pd.DataFrame({"u": ["a"], "v": ["b"]})
    straight = build_network(nodes, edges).length_m[0]
    drawn = build_network(nodes, edges.assign(wkt=course)).length_m[0]
    given = build_network(nodes, edges.assign(wkt=course, length_m=7.0)).length_m[0]
    assert straight == pytest.approx(995, abs=3)
    assert drawn == pytest.approx(2428, abs=10)
    assert given == 7


def test_without_one_usable_edge_there_are_no_streets():
    nodes, edges = town()
    with pytest.raises(StreetsError, match="no edge joins"):
        build_network(nodes, edges.assign(u="?"))


def test_a_drawn_way_follows_the_streets_in_their_direction():
    nodes = pd.DataFrame({"node": ["a", "b", "c"], "lon": [106.7, 106.71, 106.72], "lat": [26.6, 26.6, 26.6]})
    courses = ["LINESTRING (106.71 26.6, 106.705 26.61, 106.7 26.6)", None]
    edges = pd.DataFrame({"u": ["b", "b"], "v": ["a", "c"], "wkt": courses})
    router = StreetRouter(build_network(nodes, edges))
    path = router.paths([106.7, 106.72], [26.6, 26.6])[0]
    assert path.lon.tolist() == [106.7, 106.705, 106.71, 106.72]
    assert path.lat.tolist() == [26.6, 26.61, 26.6, 26.6]
    assert path.on_streets
    assert path.metres == pytest.approx(2428 + 995, abs=12)
    assert router.paths([106.7], [26.6]) == []
    lost = router.paths([106.7, np.nan], [26.6, 26.6])[0]
    assert not lost.on_streets


def test_a_path_takes_as_long_as_the_matrix_says():
    network = build_network(*town())
    lon, lat = network.lon[[0, 27, 60]], network.lat[[0, 27, 60]]
    matrix = travel_matrix(network, lon, lat)
    paths = StreetRouter(network).paths(lon, lat)
    assert [path.seconds for path in paths] == pytest.approx([matrix.seconds[0, 1], matrix.seconds[1, 2]], abs=0.02)


def test_straight_lines_say_their_factor():
    matrix = straight_line_matrix([106.7, 106.71, np.nan], [26.6, 26.6, 26.6], speed_kmph=30, detour_factor=1.4)
    assert matrix.method is TravelMethod.STRAIGHT_LINE
    assert matrix.metres[0, 1] == pytest.approx(995 * 1.4, rel=0.01)
    assert matrix.seconds[0, 1] == pytest.approx(995 * 1.4 / 30 * 3.6, rel=0.01)
    assert np.isinf(matrix.seconds[0, 2])
    with pytest.raises(ValueError, match="must be > 0"):
        straight_line_matrix([106.7], [26.6], speed_kmph=0)


def test_the_detour_of_a_chessboard_is_that_of_its_corners():
    nodes, edges = town(n=12, one_way_share=0)
    edges["speed_kmph"] = 25.0
    factor, speed_kmph = fit_detour(build_network(nodes, edges))
    assert 1.2 < factor < 1.42
    assert speed_kmph == pytest.approx(25, rel=0.01)

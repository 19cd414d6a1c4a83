"""The nearest places on streets are those of the whole matrix."""

from __future__ import annotations

import numpy as np
import pandas as pd

from geo_data.roads.matrices import PreparedStreets, straight_line_matrix, travel_matrix
from geo_data.roads.neighbours import nearest_places
from geo_data.roads.network import StreetNetwork, build_network


def lattice(n: int = 12) -> StreetNetwork:
    """A grid of streets, 200 m apart, whose east-west ones are slow."""
    lon, lat = 106.7 + 0.002 * np.arange(n), 26.5 + 0.0018 * np.arange(n)
    nodes = pd.DataFrame([{"node": f"{i}-{j}", "lon": lon[i], "lat": lat[j]} for i in range(n) for j in range(n)])
    across = [{"u": f"{i}-{j}", "v": f"{i + 1}-{j}", "speed_kmph": 10.0} for i in range(n - 1) for j in range(n)]
    along = [{"u": f"{i}-{j}", "v": f"{i}-{j + 1}", "speed_kmph": 50.0} for i in range(n) for j in range(n - 1)]
    return build_network(nodes, pd.DataFrame(across + along))


def places(n: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(4)
    return 106.7 + 0.022 * rng.random(n), 26.5 + 0.0198 * rng.random(n)


def test_neighbours_on_streets_have_the_seconds_of_the_matrix() -> None:
    network = lattice()
    lon, lat = places(150)
    near = nearest_places(lon, lat, 20, network=network, prepared=PreparedStreets(network))
    seconds = travel_matrix(network, lon, lat).seconds
    faster = np.minimum(seconds, seconds.T)
    node, _ = network.snap(lon, lat)
    rows = np.arange(150)[:, None]
    apart = node[rows] != node[near.row]  # at one junction the straight line counts
    np.testing.assert_allclose(near.seconds[apart], faster[rows, near.row][apart], rtol=0.01)
    assert (np.diff(near.seconds, axis=1) >= 0).all()
    assert (near.row != rows).all()


def test_most_of_the_truly_nearest_are_found() -> None:
    network = lattice()
    lon, lat = places(150)
    near = nearest_places(lon, lat, 20, network=network)
    seconds = travel_matrix(network, lon, lat).seconds
    np.fill_diagonal(seconds, np.inf)
    truth = np.argsort(np.minimum(seconds, seconds.T), axis=1)[:, :5]
    found = [len(set(t) & set(r)) for t, r in zip(truth.tolist(), near.row.tolist(), strict=True)]
    assert np.mean(found) >= 4.5


def test_without_streets_they_are_the_nearest_by_straight_line() -> None:
    lon, lat = places(40)
    near = nearest_places(lon, lat, 5)
    seconds = straight_line_matrix(lon, lat, speed_kmph=25.0).seconds
    np.fill_diagonal(seconds, np.inf)
    assert (near.row == np.argsort(seconds, axis=1, kind="stable")[:, :5]).mean() > 0.99
    np.testing.assert_allclose(near.seconds, np.sort(seconds, axis=1)[:, :5], rtol=1e-3)


def test_one_place_has_no_neighbour() -> None:
    assert nearest_places([106.7], [26.5], 5).row.shape == (1, 0)

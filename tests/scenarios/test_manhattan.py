"""Manhattan's streets lead one way and have their own times: the way back is another one."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from geo_data.roads.matrices import TravelMethod, travel_matrix
from geo_data.roads.network import build_network


def test_the_way_back_takes_another_time_and_everything_is_reached(cases: Path) -> None:
    folder = cases / "nyc-retail"
    nodes = pd.read_csv(folder / "manhattan_road_nodes.csv.gz").rename(columns={"osm_id": "node"})
    edges = pd.read_csv(folder / "manhattan_road_edges.csv.gz").rename(columns={"travel_time_s": "seconds"})
    edges["oneway"] = True
    network = build_network(nodes, edges)
    assert network.n_arcs == len(edges) - 5  # five run beside a faster one
    assert network.in_main.all()
    picked = np.random.default_rng(1).choice(network.n_nodes, 200, replace=False)
    matrix = travel_matrix(network, network.lon[picked], network.lat[picked])
    assert matrix.method is TravelMethod.STREETS
    assert matrix.n_unreachable == 0
    there, back = matrix.seconds, matrix.seconds.T
    apart = np.abs(there - back)[~np.eye(len(picked), dtype=bool)]
    assert float((apart > 10).mean()) > 0.5
    assert float(np.median(matrix.metres[matrix.metres > 0] / matrix.seconds[matrix.seconds > 0])) < 90 / 3.6

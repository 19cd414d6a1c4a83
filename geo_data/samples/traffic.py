"""Gives edges their speeds and some old-town streets one direction, keeping every place reachable from every other."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from geo_data.samples.landscape import OLD_TOWN, Ints
from geo_data.samples.network import Network
from geo_data.samples.passages import STREET

SPEED_KMPH = np.array([[60, 30, 22, 12], [80, 42, 32, 18], [80, 45, 32, 18]])
"""Usual daytime speed by urban form (old town, new town, hills) and road class (expressway, arterial, street, lane)."""

ONE_WAY_SHARE = 0.16


def one_way_edges(network: Network, form: Ints, rng: np.random.Generator) -> NDArray[np.bool_]:
    """Return True for edges driven only from start to end.

    About 16 % of the old town's streets are drawn; an edge that would cut a place off goes back to two directions.
    """
    parents = network.parents
    drawn = (parents.road_class == STREET) & (rng.uniform(size=len(parents.line)) < ONE_WAY_SHARE)
    one_way = drawn[network.parent] & (form == OLD_TOWN)
    n = len(network.node_xy)
    for _ in range(64):
        a = np.concatenate([network.start, network.end[~one_way]])
        b = np.concatenate([network.end, network.start[~one_way]])
        count, label = connected_components(coo_array((np.ones(len(a)), (a, b)), shape=(n, n)), connection="strong")
        if count == 1:
            return np.asarray(one_way)
        one_way = one_way & (label[network.start] == label[network.end])
    return np.zeros(len(one_way), dtype=bool)


def speeds(network: Network, form: Ints) -> Ints:
    """Return km/h of each edge by the urban form at its middle and its road class."""
    return np.asarray(SPEED_KMPH[form, network.parents.road_class[network.parent]], dtype=np.int64)

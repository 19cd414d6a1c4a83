"""Two ways to ask whether a grid survives the loss of a unit agree on every map."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from optimize.territory.graph import holds_together, neighbour_lists, rings, stays_whole


@pytest.mark.parametrize("seed", range(8))
def test_arcs_of_neighbours_tell_what_a_search_of_the_grid_tells(seed: int) -> None:
    rng = np.random.default_rng(seed)
    n = 60
    places = rng.uniform(0, 1, (n, 2))
    near = ((places[:, None] - places[None]) ** 2).sum(axis=2) < 0.06
    edges = np.argwhere(np.triu(near, 1)).astype(np.int32)
    start, neighbour, _ = neighbour_lists(n, edges)
    grid = (places[:, 0] * 3 + rng.uniform(-0.4, 0.4, n)).astype(np.int32)
    stamp, queue = np.zeros(n, dtype=np.int64), np.zeros(n, dtype=np.int32)
    ring = rings(start, neighbour)
    for unit in range(n):
        fast = holds_together(unit, grid, start, neighbour, ring, stamp, 4 * unit + 2, queue)
        slow = stays_whole(unit, grid, start, neighbour, stamp, 4 * unit + 4, queue)
        assert fast == slow, unit
        assert fast == keeps_its_neighbours_together(unit, grid, edges)


def keeps_its_neighbours_together(unit: int, grid: np.ndarray, edges: np.ndarray) -> bool:
    """Tell whether the neighbours of the unit in its grid, at least one, hang together without it."""
    inside = (grid[edges] == grid[unit]).all(axis=1) & (edges != unit).all(axis=1)
    links = edges[inside]
    graph = coo_matrix((np.ones(len(links)), (links[:, 0], links[:, 1])), shape=(len(grid), len(grid)))
    part = connected_components(graph, directed=False)[1]
    beside = edges[(edges == unit).any(axis=1) & (grid[edges] == grid[unit]).all(axis=1)].ravel()
    return len(np.unique(part[beside[beside != unit]])) == 1

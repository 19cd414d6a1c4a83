"""Name what closes the borders between units: the river, expressway or ridge that runs along each."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import shapely
from numpy.typing import NDArray

from gridsvc.storage import Transaction, barriers
from gridsvc.storage.barriers import Barrier
from gridsvc.storage.units import StoredUnits

_NEAR_DEG = 0.01  # about a kilometre: a barrier further away from a closed border did not close it


def closed_borders(units: StoredUnits) -> NDArray[np.int32]:
    """Give (k, 2) the pairs of units that share a border which a grid may not go on across."""
    is_open = {(a, b) for a, b in units.edges.tolist()}
    closed = [pair for pair in units.border_a_b.tolist() if tuple(pair) not in is_open]
    return np.array(closed, dtype=np.int32).reshape(-1, 2)


def name_barriers(tx: Transaction, units: StoredUnits) -> dict[str, NDArray[np.int32]]:
    """Give the closed borders of a unit set by the name of the barrier that runs there, "" where none is known.

    A border belongs to the barrier that lies nearest to the way between its two units. Barriers that were replaced
    since the units were made leave their borders closed, and nameless.
    """
    listed = [barrier for barrier in barriers.all_barriers(tx) if barrier.kind != "link"]
    return named_borders(units, closed_borders(units), listed)


def named_borders(
    units: StoredUnits, closed: NDArray[np.int32], listed: Sequence[Barrier]
) -> dict[str, NDArray[np.int32]]:
    """Give pairs of units by the name of the nearest barrier."""
    if not len(closed):
        return {}
    centres = shapely.centroid(units.outlines)
    ways = shapely.linestrings(
        np.stack(
            [shapely.get_coordinates(centres[closed[:, 0]]), shapely.get_coordinates(centres[closed[:, 1]])], axis=1
        )
    )
    name_of = np.full(len(closed), "", dtype=object)
    if listed:
        courses = np.array([barrier.course for barrier in listed], dtype=object)
        way, course = shapely.STRtree(courses).query_nearest(ways, max_distance=_NEAR_DEG, all_matches=False)
        name_of[way] = [listed[row].name for row in course.tolist()]
    return {name: closed[name_of == name] for name in sorted(set(name_of.tolist()))}

"""Which office or bureau each unit lies in, and what its borders come to for the engine."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from gridsvc.domain.borders import MOST_AREAS, BorderMode, KeptBorder
from gridsvc.storage import Transaction, areas
from gridsvc.storage.units import StoredUnits


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitAreas:
    """The areas of one level, and the one that holds each unit's centre.

    Parameters
    ----------
    area_of_unit : (n_units,) position in `names`, -1 outside all of them; the first by code where two hold it
    """

    names: tuple[str, ...]
    area_of_unit: NDArray[np.int32]


def read_unit_areas(tx: Transaction, units: StoredUnits) -> dict[str, UnitAreas]:
    """Give every level of areas whose borders can be kept: at most `MOST_AREAS` areas, other than the units."""
    wanted = [level for level, n in areas.levels(tx).items() if n <= MOST_AREAS and level != units.area_level]
    if not wanted:
        return {}
    centres = shapely.point_on_surface(units.outlines)
    found = {}
    for level in wanted:
        named = areas.columns(tx, level)
        area_of_unit = np.full(len(units), -1, dtype=np.int32)
        unit, area = shapely.STRtree(named.outline).query(centres, predicate="intersects")
        order = np.lexsort((area, unit))[::-1]
        area_of_unit[unit[order]] = area[order]
        found[level] = UnitAreas(names=tuple(named.name), area_of_unit=area_of_unit)
    return found


def jurisdictions(known: Mapping[str, UnitAreas], borders: Iterable[KeptBorder], n_units: int) -> NDArray[np.int32]:
    """Give (n_units,) the number of the jurisdiction of each unit under the hard borders, -1 where none holds it."""
    hard = [known[border.level].area_of_unit for border in borders if border.mode is BorderMode.HARD]
    if not hard:
        return np.full(n_units, -1, dtype=np.int32)
    together = np.column_stack(hard)
    number = np.unique(together, axis=0, return_inverse=True)[1].ravel()
    return np.where((together >= 0).all(axis=1), number, -1).astype(np.int32)


def priced_pairs(
    known: Mapping[str, UnitAreas],
    borders: Iterable[KeptBorder],
    pairs: NDArray[np.int32],
    length_km: NDArray[np.float64],
    unit_km2: float,
) -> tuple[NDArray[np.int32], NDArray[np.float64]]:
    """Give the neighbouring units on two sides of priced borders, and what a grid pays that holds both, in km2.

    Parameters
    ----------
    pairs, length_km : (k, 2) and (k,) borders between units
    unit_km2 : mean squared distance of a shop to its centre
    """
    price = np.zeros(len(pairs))
    mean_km = max(float(length_km.mean()), 1e-12) if len(pairs) else 1.0
    for border in borders:
        if border.mode is BorderMode.PRICED:
            apart = crossing(known[border.level], pairs)
            price[apart] += border.price * unit_km2 * length_km[apart] / mean_km
    paid = price > 0
    return pairs[paid], price[paid]


def crossing(known: UnitAreas, pairs: NDArray[np.int32]) -> NDArray[np.bool_]:
    """Tell which pairs of units lie in two different areas."""
    ends = known.area_of_unit[pairs].reshape(-1, 2)
    return np.asarray((ends[:, 0] != ends[:, 1]) & (ends >= 0).all(axis=1))


def count_whole(
    known: UnitAreas, grid_of_unit: NDArray[np.int32], weight: NDArray[np.float64]
) -> tuple[int, int, float]:
    """Count the areas that lie whole in one grid, all areas with shops, and the share of shops that is kept together.

    Kept together are those in the grid that holds most of their area's shops.
    """
    n_areas, n_grids = len(known.names), int(grid_of_unit.max(initial=-1)) + 1
    counts = (known.area_of_unit >= 0) & (grid_of_unit >= 0) & (weight > 0)
    held = np.zeros((n_areas, max(n_grids, 1)))
    np.add.at(held, (known.area_of_unit[counts], grid_of_unit[counts]), weight[counts])
    of_area = (held > 0).sum(axis=1)
    total = float(held.sum())
    together = float(held.max(axis=1).sum()) / total if total > 0 else 1.0
    return int((of_area == 1).sum()), int((of_area > 0).sum()), together

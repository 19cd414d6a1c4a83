"""Find the units on which layers can be drawn together although their plans stand on different ones."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from geo_data.cells import parents, resolutions
from geo_data.units import cell_units
from gridsvc.clock import Clock
from gridsvc.domain.ids import UnitSetId
from gridsvc.storage import Transaction, districts, units
from gridsvc.storage.units import StoredUnits
from gridsvc.usecases.keep_units import barriers_of, keep_units, offices_of
from gridsvc.usecases.measure_ways import carry_ways


def common_units(tx: Transaction, clock: Clock, wanted: Iterable[UnitSetId]) -> UnitSetId | None:
    """Give a set on which every place keeps the unit, or a part of the unit, that it has in each of the sets.

    Where one plan split a cell and another did not, it is the finer set; where each split other cells, a set with both
    splits is made. Sets of areas have no common parts: the first is given then. None for no set.
    """
    listed = list(dict.fromkeys(wanted))
    if len(listed) < 2:
        return listed[0] if listed else None
    known = [units.load(tx, unit_set_id) for unit_set_id in listed]
    if any(one.kind != "h3" for one in known):
        return listed[0]
    common = next((one for one in known if all(one.rows_within(other) is not None for other in known)), None)
    if common is None:
        common = _with_every_split(tx, clock, known)
    for one in known:
        carry_ways(tx, clock, one, common)
    return common.unit_set_id


def _with_every_split(tx: Transaction, clock: Clock, known: list[StoredUnits]) -> StoredUnits:
    """Make the set in which every cell is divided that one of the sets divides."""
    finest = _finest(np.unique(np.concatenate([one.cell.astype(np.uint64) for one in known])))
    district = districts.find(tx)
    made = cell_units(
        district.boundary, finest, barriers=barriers_of(tx), adcode=district.adcode, offices=offices_of(tx)
    )
    kept = keep_units(tx, clock, made, made_from={"kind": "h3", "recut_of": known[0].unit_set_id})
    return units.load(tx, kept.unit_set_id)


def _finest(cells: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Leave out every cell that another one is a part of."""
    level = resolutions(cells)
    divided: set[int] = set()
    for finer in sorted(set(level.tolist())):
        for coarser in range(int(level.min()), finer):
            divided.update(parents(cells[level == finer], coarser).tolist())
    return np.array([cell for cell in cells.tolist() if cell not in divided], dtype=np.uint64)

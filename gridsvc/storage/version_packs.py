"""A frozen version of a plan in a few values: what each layer's grids are, read in a tenth of the time of their rows.

The rows stay what is true; the database refuses to change them once a version is frozen, and so a pack never ages.
Versions that were frozen before there were packs have none, and are read by row.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

import numpy as np
import orjson
from numpy.typing import NDArray

from gridsvc.domain.ids import GridId, PlanVersionId, StaffId
from gridsvc.domain.layers import Layer
from gridsvc.storage.store import Transaction
from gridsvc.storage.tables import version_pack as t

NO_GRID = -1
_KIND = np.dtype("<i4")


@dataclass(frozen=True, slots=True, kw_only=True)
class Grids:
    """One layer of a plan version.

    Parameters
    ----------
    grid_ids, names, numbers, staff_ids : one entry per grid; a staff id is None where the grid has no owner
    grid_of_unit : (n_units,) position in these lists of each unit's grid, -1 for none
    """

    grid_ids: tuple[GridId, ...]
    names: tuple[str, ...]
    numbers: tuple[int, ...]
    staff_ids: tuple[StaffId | None, ...]
    grid_of_unit: NDArray[np.int32]


def write(tx: Transaction, version: PlanVersionId, layers: Mapping[Layer, Grids]) -> None:
    """Pack the layers of a version that was frozen in this transaction."""
    rows = [
        {
            "adcode": tx.adcode,
            "plan_version_id": version,
            "layer": str(layer),
            "grids": orjson.dumps([grids.grid_ids, grids.names, grids.numbers, grids.staff_ids]),
            "grid_of_unit": grids.grid_of_unit.astype(_KIND).tobytes(),
        }
        for layer, grids in layers.items()
    ]
    tx.execute(t.insert(), rows)


def find(tx: Transaction, version: PlanVersionId, layers: Collection[Layer], n_units: int) -> dict[Layer, Grids] | None:
    """Give layers of a version from its packs, None where one of them has none; units behind the last get no grid."""
    names = [str(layer) for layer in layers]
    rows = tx.binary_rows(_FIND, {"adcode": str(tx.adcode), "version": str(version), "layers": names})
    found = {Layer(layer): (grids, units) for layer, grids, units in rows}
    if found.keys() != set(layers):
        return None
    return {layer: _unpacked(*found[layer], n_units) for layer in layers}


_FIND = (
    "SELECT layer, grids, grid_of_unit FROM version_pack"
    " WHERE adcode = %(adcode)s AND plan_version_id = %(version)s::uuid AND layer = ANY(%(layers)s)"
)


def _unpacked(content: bytes, units: bytes, n_units: int) -> Grids:
    grid_ids, names, numbers, staff_ids = orjson.loads(content)
    grid_of_unit = np.full(n_units, NO_GRID, dtype=np.int32)
    held = np.frombuffer(units, dtype=_KIND)
    grid_of_unit[: len(held)] = held
    return Grids(
        grid_ids=tuple(grid_ids),
        names=tuple(names),
        numbers=tuple(numbers),
        staff_ids=tuple(staff_ids),
        grid_of_unit=grid_of_unit,
    )

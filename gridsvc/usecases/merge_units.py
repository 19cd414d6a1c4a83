"""Unite the finer cells of a draft again: the way back from a split."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from geo_data.cells import cell_number, resolution_of
from geo_data.units import merge_cells
from gridsvc.clock import Clock
from gridsvc.domain.errors import BadInput
from gridsvc.domain.ids import Adcode
from gridsvc.storage import Store
from gridsvc.storage.units import COARSEST_RESOLUTION, StoredUnits
from gridsvc.usecases.recut_draft import RecutDraft, recut_draft


def merge_units(
    store: Store, clock: Clock, *, adcode: Adcode, actor: str, plan_id: str, base_revision: int | None, cell: str
) -> RecutDraft:
    """Replace the finer cells inside an H3 cell by the cell itself, where one grid of each layer holds them all.

    Raises
    ------
    BadInput
        not an H3 index, a cell that is coarser than units can be, or one without finer cells in this draft.
    RuleBroken
        the finer cells lie in different grids, layer by layer.
    VersionMissing, VersionUnknown, DraftConflict, Conflict
        see `recut_draft`.
    """
    try:
        parent = cell_number(cell)
    except ValueError as error:
        raise BadInput(f"{cell[:40]} is no H3 index") from error
    if resolution_of(parent) < COARSEST_RESOLUTION:
        raise BadInput(f"{cell} is coarser than units can be; resolution {COARSEST_RESOLUTION} is the coarsest")

    def coarser(known: StoredUnits) -> NDArray[np.uint64]:
        return merge_cells(known.cell.astype(np.uint64), parent)

    with store.transaction(adcode) as tx:
        return recut_draft(
            tx, clock, plan_id=plan_id, base_revision=base_revision, actor=actor, kind="merge", recut=coarser
        )

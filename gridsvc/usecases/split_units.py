"""Split hot cells of a draft into finer ones, so that a border can run through a crowded block."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from geo_data.units import split_cells
from gridsvc.clock import Clock
from gridsvc.domain.errors import BadInput
from gridsvc.domain.ids import Adcode
from gridsvc.storage import Store, districts, retailers
from gridsvc.storage.units import StoredUnits
from gridsvc.usecases.recut_draft import RecutDraft, recut_draft

_NAMED = 20


def split_units(
    store: Store,
    clock: Clock,
    *,
    adcode: Adcode,
    actor: str,
    plan_id: str,
    base_revision: int | None,
    units: Sequence[int] = (),
    cells: Sequence[str] = (),
) -> RecutDraft:
    """Replace cells of a draft by their children, the next finer H3 cells; everybody keeps their owner.

    Every layer of the plan is drawn on the same units, so all of them are split; layers that are not in the plan are
    not touched. Published, the split is part of the plan: a place belongs to the finest cell that holds it.

    Parameters
    ----------
    units, cells : unit rows of the draft's unit set, or H3 indices of the same

    Raises
    ------
    BadInput
        no cell is named, one is not of this draft, or is of the finest size: divide its shops instead.
    VersionMissing, VersionUnknown, DraftConflict, Conflict
        see `recut_draft`.
    """
    with store.transaction(adcode) as tx:
        boundary = districts.find(tx).boundary
        shops = retailers.columns(tx, statuses=("active", "suspended"))

        def finer(known: StoredUnits) -> NDArray[np.uint64]:
            chosen = _chosen(known, units, cells)
            return split_cells(boundary, known.cell.astype(np.uint64), chosen, shops.lon, shops.lat)

        return recut_draft(
            tx, clock, plan_id=plan_id, base_revision=base_revision, actor=actor, kind="split", recut=finer
        )


def _chosen(known: StoredUnits, rows: Sequence[int], cells: Sequence[str]) -> list[int]:
    row_of = {cell: row for row, cell in enumerate(known.ids)}
    faults = [f"there is no unit {row}; rows are 0 to {len(known) - 1}" for row in rows if not 0 <= row < len(known)]
    faults += [f"{cell[:40]} is no unit of this draft" for cell in cells if cell not in row_of]
    if not rows and not cells:
        faults.append("name the cells to be split, by units or by cells")
    if faults:
        raise BadInput("the cells cannot be split; nothing was changed", violations=tuple(faults[:_NAMED]))
    named = dict.fromkeys([*rows, *(row_of[cell] for cell in cells)])
    return [int(known.cell[row]) for row in named]

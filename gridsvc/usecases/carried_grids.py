"""Read the grids of a version on other units than it was drawn on: every place keeps its grid."""

from __future__ import annotations

from dataclasses import replace

from gridsvc.domain.layers import Layer
from gridsvc.storage import Transaction, plans, units
from gridsvc.storage.generations import VersionInForce
from gridsvc.storage.plans import Grids
from gridsvc.storage.units import StoredUnits


def carried_grids(tx: Transaction, version: VersionInForce, layer: Layer, to: StoredUnits) -> Grids | None:
    """Give one layer of a version on the units `to`: its own, or such as divide its own.

    None where they do not: then a unit of `to` could lie in two grids of the version.
    """
    own = to if version.unit_set_id == to.unit_set_id else units.load(tx, version.unit_set_id)
    rows = to.rows_within(own)
    if rows is None:
        return None
    grids = plans.grids_of(tx, version.plan_version_id, layer, len(own))
    return replace(grids, grid_of_unit=grids.grid_of_unit[rows])

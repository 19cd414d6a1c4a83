"""Read the shapes of a unit set as a page draws them."""

from __future__ import annotations

from dataclasses import dataclass

from gridsvc.domain.ids import Adcode, UnitSetId
from gridsvc.maps.shapes import drawn_outlines
from gridsvc.maps.topology import UnitTopology, unit_topology
from gridsvc.storage import Store, units


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitShapes:
    """The units of one immutable set in row order, their names and outlines, and which of them may join."""

    unit_set_id: UnitSetId
    kind: str
    ids: list[str]
    topology: UnitTopology
    edges: list[list[int]]


def read_units(store: Store, *, adcode: Adcode, unit_set_id: str) -> UnitShapes:
    """Give the unit set; raises `NotFound`. A set never changes, so callers may keep the answer for good."""
    with store.transaction(adcode) as tx:
        found = units.load(tx, UnitSetId(unit_set_id))
    return UnitShapes(
        unit_set_id=found.unit_set_id,
        kind=found.kind,
        ids=found.ids,
        topology=unit_topology(drawn_outlines(found.cell, found.outlines)),
        edges=found.edges.tolist(),
    )

"""Keep a set of basic units: the same one again where it is known, a new one otherwise."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from geo_data.adjacency import Barriers
from geo_data.units import UnitKind, Units
from gridsvc.clock import Clock
from gridsvc.domain.ids import UnitSetId
from gridsvc.storage import Transaction, areas, barriers
from gridsvc.storage import units as unit_rows
from gridsvc.storage.units import NewUnits

_OFFICE_LEVEL = "street_office"  # gives the middle part of the official 15-digit codes


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptUnits:
    """Which set it is, whether it is new, and what had to be done to make it one piece, in sentences."""

    unit_set_id: UnitSetId
    is_new: bool
    notes: tuple[str, ...]


def keep_units(
    tx: Transaction, clock: Clock, units: Units, *, level: str | None = None, made_from: Mapping[str, Any]
) -> KeptUnits:
    """Write units as a set, or find the set with the same content; `level` names the level of areas."""
    notes, content_hash = _notes(units), _content_hash(units)
    known = unit_rows.find_same(tx, content_hash)
    if known is not None:
        return KeptUnits(unit_set_id=known, is_new=False, notes=tuple(notes))
    is_cells = units.kind is UnitKind.CELL
    unit_set_id = unit_rows.save(
        tx, clock, _to_store(units, is_cells=is_cells), kind="h3" if is_cells else "area",
        area_level=None if is_cells else level,
        made_from={**made_from, "notes": notes, "content_hash": content_hash},
    )  # fmt: skip
    return KeptUnits(unit_set_id=unit_set_id, is_new=True, notes=tuple(notes))


def barriers_of(tx: Transaction) -> Barriers:
    """Give what staff of the district cannot cross, and where they can all the same."""
    listed = barriers.all_barriers(tx)
    return Barriers(
        shapes=[item.course for item in listed if item.kind != "link"],
        bridges=[item.course for item in listed if item.kind == "link"],
    )


def offices_of(tx: Transaction) -> tuple[list[str], NDArray[np.object_]] | None:
    """Give the codes and outlines of the street offices, None where there are none."""
    offices = areas.columns(tx, _OFFICE_LEVEL)
    return (list(offices.area_code), offices.outline) if len(offices) else None


def _to_store(units: Units, *, is_cells: bool) -> NewUnits:
    n_units = len(units)
    nothing = np.full(n_units, None, dtype=object)
    order = np.lexsort((units.edges[:, 1], units.edges[:, 0]))
    return NewUnits(
        cell=units.cells().astype(np.int64) if is_cells else np.zeros(n_units, dtype=np.int64),
        area_code=nothing if is_cells else np.array(units.unit_ids, dtype=object),
        official_code=np.array([code or None for code in units.code15], dtype=object),
        area_km2=units.area_km2,
        perimeter_m=units.perimeter_m,
        outlines=units.geometry,
        border_a_b=units.edges[order],
        border_m=units.border_m[order],
        is_passable=units.passable[order],
    )


def _notes(units: Units) -> list[str]:
    notes = [f"unit {units.unit_ids[join.unit_a]}: {join.words}" for join in units.joins]
    if units.idle_bridges:
        notes.append(f"{len(units.idle_bridges)} bridges reopened nothing: no barrier cuts a border beside them")
    return notes


def _content_hash(units: Units) -> str:
    digest = hashlib.sha256(json.dumps([units.kind.value, *units.unit_ids, *units.code15]).encode())
    for array in (units.edges, np.round(units.border_m, 3), units.passable):
        digest.update(np.ascontiguousarray(array).tobytes())
    digest.update(b"".join(shapely.to_wkb(units.geometry)))
    return digest.hexdigest()

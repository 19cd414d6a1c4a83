"""Lay a draft over the newest publication: what others published stays, what the draft changed is done again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeVar

import numpy as np

from gridsvc.clock import Clock
from gridsvc.domain.ids import Adcode, GridId, PlanVersionId, RetailerId, StaffId
from gridsvc.domain.layers import Layer
from gridsvc.domain.plans import BaseOutdated, Plan
from gridsvc.storage import Store, Transaction, audit, drafts, generations, plans, units
from gridsvc.storage.drafts import OwnerException
from gridsvc.storage.generations import VersionInForce
from gridsvc.storage.plans import NO_GRID, Grids
from gridsvc.storage.units import StoredUnits
from gridsvc.usecases.carried_grids import carried_grids
from gridsvc.usecases.edit_draft import require_editable
from gridsvc.usecases.require_newest_base import newer_generations

Key = TypeVar("Key", int, GridId, RetailerId)
Value = TypeVar("Value")


def rebase_plan(store: Store, clock: Clock, *, adcode: Adcode, actor: str, plan_id: str) -> Plan:
    """Make a draft stand on the newest generation and give it; one that does already is given as it is.

    Unit by unit, grid by grid and shop by shop, what only the draft changed since its base is kept, and what only
    publications changed is taken over.

    Raises
    ------
    BaseOutdated
        both changed the same unit, owner or shop to different ends, or a layer was published on units that those of
        the draft do not divide.
    Conflict
        the plan is not in a state that can be edited.
    """
    with store.transaction(adcode) as tx:
        plan = plans.find(tx, plan_id, for_update=True)
        require_editable(plan)
        newest = max((one.number for one in generations.all_generations(tx)), default=0)
        if newest == plan.base_generation:
            return plan
        base, now = generations.versions_of(tx, plan.base_generation), generations.versions_of(tx, newest)
        changed = [layer for layer in plan.layers if base.get(layer) != now.get(layer)]
        clashes: list[str] = []
        merged = {layer: _merge(tx, plan, layer, base.get(layer), now.get(layer), clashes) for layer in changed}
        if clashes:
            raise BaseOutdated(plan, newer_generations(tx, plan), tuple(clashes))
        version = plan.plan_version_id
        if changed and drafts.is_frozen(tx, version):
            version = drafts.succeed_version(tx, plan)
        for layer, after in merged.items():
            assert after is not None  # else there was a clash
            _write(tx, clock, version, layer, after)
        plans.set_base(tx, plan.plan_id, newest)
        edit = {"layers": [str(layer) for layer in changed], "generation": newest}
        revision = plans.add_edit(tx, clock, plan, actor=actor, kind="rebase", edit=edit)
        content = {"from": plan.base_generation, "to": newest, "revision": revision}
        audit.add(tx, clock, actor=actor, action="plan.rebase", subject=plan.plan_id, content=content)
        return plans.find(tx, plan_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class _LayerState:
    """One layer of a version by identifiers, so that three versions can be laid beside each other."""

    grid_of_unit: dict[int, GridId | None]
    owner_of_grid: dict[GridId, StaffId | None]
    name_of_grid: dict[GridId, tuple[str, int]]
    exceptions: dict[RetailerId, OwnerException]


def _state(tx: Transaction, version: VersionInForce | None, layer: Layer, unit_set: StoredUnits) -> _LayerState | None:
    """Read one layer of a version on the plan's units, None where these do not divide its own."""
    grids = carried_grids(tx, version, layer, unit_set) if version is not None else None
    if version is None or grids is None:
        return None
    ids = (*grids.grid_ids, None)
    return _LayerState(
        grid_of_unit={unit: ids[position] for unit, position in enumerate(grids.grid_of_unit.tolist())},
        owner_of_grid=dict(zip(grids.grid_ids, grids.staff_ids, strict=True)),
        name_of_grid=dict(zip(grids.grid_ids, zip(grids.names, grids.numbers, strict=True), strict=True)),
        exceptions={kept.retailer_id: kept for kept in drafts.exceptions_of(tx, version.plan_version_id, layer)},
    )


def _merge(
    tx: Transaction,
    plan: Plan,
    layer: Layer,
    base: VersionInForce | None,
    now: VersionInForce | None,
    clashes: list[str],
) -> _LayerState | None:
    """Give the layer with both sides' changes, and add a sentence to `clashes` for what cannot be both."""
    unit_set = units.load(tx, plan.unit_set_id)
    drawn = VersionInForce(plan_version_id=plan.plan_version_id, unit_set_id=plan.unit_set_id)
    was, theirs, mine = (_state(tx, version, layer, unit_set) for version in (base, now, drawn))
    if was is None or theirs is None or mine is None:
        why = "its grids were published on units that the plan's do not divide"
        clashes.append(
            f"{layer}: {why if base is not None else 'no grids of it were published when the plan was drawn'}"
        )
        return None
    placed = _three_ways(was.grid_of_unit, theirs.grid_of_unit, mine.grid_of_unit, f"{layer}: unit", clashes)
    owners = _three_ways(was.owner_of_grid, theirs.owner_of_grid, mine.owner_of_grid, f"{layer}: grid", clashes)
    kept = _three_ways(was.exceptions, theirs.exceptions, mine.exceptions, f"{layer}: shop", clashes)
    gone = {grid_id for grid_id in placed.values() if grid_id is not None} - owners.keys()
    clashes.extend(f"{layer}: grid {grid_id} was removed on one side and got units on the other" for grid_id in gone)
    return _LayerState(
        grid_of_unit=placed,
        owner_of_grid=owners,
        name_of_grid={**theirs.name_of_grid, **mine.name_of_grid},
        exceptions={shop: one for shop, one in kept.items() if one is not None},
    )


def _three_ways(
    was: Mapping[Key, Value], theirs: Mapping[Key, Value], mine: Mapping[Key, Value], what: str, clashes: list[str]
) -> dict[Key, Value]:
    """Merge two changes of one mapping; a key that both changed to different ends is told."""
    merged: dict[Key, Value] = {}
    for key in sorted(was.keys() | theirs.keys() | mine.keys(), key=str):
        sides = [(key in side, side.get(key)) for side in (was, theirs, mine)]
        before, other, own = sides
        chosen = own if other == before else other
        if own not in (before, other) and other != before:
            clashes.append(f"{what} {key} was changed in the plan and by a publication since")
        if chosen[0]:
            merged[key] = mine[key] if chosen == own else theirs[key]
    return merged


def _write(tx: Transaction, clock: Clock, version: PlanVersionId, layer: Layer, after: _LayerState) -> None:
    ordered = sorted(after.owner_of_grid, key=lambda grid_id: after.name_of_grid[grid_id][1])
    position = {grid_id: at for at, grid_id in enumerate(ordered)}
    placed = [NO_GRID if grid_id is None else position[grid_id] for _, grid_id in sorted(after.grid_of_unit.items())]
    grids = Grids(
        grid_ids=tuple(ordered),
        names=tuple(after.name_of_grid[grid_id][0] for grid_id in ordered),
        numbers=tuple(after.name_of_grid[grid_id][1] for grid_id in ordered),
        staff_ids=tuple(after.owner_of_grid[grid_id] for grid_id in ordered),
        grid_of_unit=np.array(placed, dtype=np.int32),
    )
    plans.write_layer(tx, clock, version, layer, grids)
    drafts.end_exceptions(tx, version, layer, [one.retailer_id for one in drafts.exceptions_of(tx, version, layer)])
    drafts.write_exceptions(tx, version, layer, after.exceptions.values())

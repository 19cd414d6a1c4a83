"""Refuse to go on with a plan that was drawn before the newest publication, and say what was published since."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from gridsvc.domain.ids import StaffId
from gridsvc.domain.layers import Layer
from gridsvc.domain.plans import BaseOutdated, LayerDifference, MovedRetailer, MovedUnit, NewerGeneration, Plan
from gridsvc.storage import Transaction, generations, ownership, plans, staff, units
from gridsvc.storage.generations import Generation, VersionInForce
from gridsvc.storage.units import StoredUnits
from gridsvc.usecases.carried_grids import carried_grids


def require_newest_base(tx: Transaction, plan: Plan) -> None:
    """Raise `BaseOutdated` where a generation was published after the one that the plan was drawn from.

    Every publication since is told with who and when, and per layer of the plan the units and shops that it gave to
    somebody else; units that the plan moves too are marked. Costs one look at the generations while the base is new.
    """
    newer = newer_generations(tx, plan)
    if newer:
        raise BaseOutdated(plan, newer)


def newer_generations(tx: Transaction, plan: Plan) -> tuple[NewerGeneration, ...]:
    """Give what was published since the plan was drawn, oldest first."""
    newer = [one for one in generations.all_generations(tx) if one.number > plan.base_generation]
    if not newer:
        return ()
    codes = {member.staff_id: member.staff_code for member in staff.all_staff(tx)}
    titles = {known.plan_id: known.title for known in plans.all_plans(tx)}
    unit_set = units.load(tx, plan.unit_set_id)
    drawn = _moved_here(tx, plan, unit_set)
    return tuple(
        NewerGeneration(
            generation=one.number,
            plan_id=one.plan_id,
            title=titles.get(one.plan_id) if one.plan_id else None,
            published_by=one.published_by,
            published_at=one.published_at,
            effective_from=one.effective_from,
            layers=_layers(tx, plan, one, unit_set, drawn, codes),
        )
        for one in newer
    )


def _layers(
    tx: Transaction,
    plan: Plan,
    published: Generation,
    unit_set: StoredUnits,
    drawn: Mapping[Layer, frozenset[int]],
    codes: Mapping[StaffId, str],
) -> tuple[LayerDifference, ...]:
    before, after = generations.versions_of(tx, published.number - 1), generations.versions_of(tx, published.number)
    changed = ownership.changed_at(tx, published.effective_from, plan.layers)

    def code(staff_id: StaffId | None) -> str | None:
        return codes.get(staff_id) if staff_id else None

    found = []
    for layer in plan.layers:
        was = _owners(tx, before.get(layer), layer, unit_set)
        now = _owners(tx, after.get(layer), layer, unit_set)
        moved = None if was is None or now is None else _differences(was, now)
        found.append(
            LayerDifference(
                layer=layer,
                units=None
                if moved is None
                else tuple(
                    MovedUnit(
                        unit=unit, cell=unit_set.ids[unit], before=code(old), after=code(new),
                        is_yours_too=unit in drawn.get(layer, frozenset()),
                    )
                    for unit, old, new in moved
                ),
                retailers=tuple(
                    MovedRetailer(retailer_id=row.retailer_id, before=code(row.before), after=code(row.after))
                    for row in changed
                    if row.layer is layer
                ),
            )
        )  # fmt: skip
    return tuple(found)


def _owners(
    tx: Transaction, version: VersionInForce | None, layer: Layer, unit_set: StoredUnits
) -> list[StaffId | None] | None:
    """Give who owns each unit in a version, None where no plan answers for the layer on units that these divide."""
    grids = carried_grids(tx, version, layer, unit_set) if version is not None else None
    if grids is None:
        return None
    staff_ids = (*grids.staff_ids, None)
    return [staff_ids[position] for position in grids.grid_of_unit.tolist()]


def _differences(
    was: list[StaffId | None], now: list[StaffId | None]
) -> list[tuple[int, StaffId | None, StaffId | None]]:
    apart = np.flatnonzero([old != new for old, new in zip(was, now, strict=True)]).tolist()
    return [(unit, was[unit], now[unit]) for unit in apart]


def _moved_here(tx: Transaction, plan: Plan, unit_set: StoredUnits) -> dict[Layer, frozenset[int]]:
    """Give the units that the plan gives to somebody else than its base did, where these can be compared."""
    base = generations.versions_of(tx, plan.base_generation)
    mine = VersionInForce(plan_version_id=plan.plan_version_id, unit_set_id=plan.unit_set_id)
    moved = {}
    for layer in plan.layers:
        was, now = _owners(tx, base.get(layer), layer, unit_set), _owners(tx, mine, layer, unit_set)
        if was is not None and now is not None:
            moved[layer] = frozenset(unit for unit, _, _ in _differences(was, now))
    return moved

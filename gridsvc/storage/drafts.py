"""The working copy of a plan: an edit writes the units that it changes and a line of the log, nothing else."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from gridsvc.clock import Clock, new_id
from gridsvc.domain.drafts import LayerRules, rules_document, rules_from
from gridsvc.domain.ids import GridId, PlanId, PlanVersionId, RetailerId, StaffId, UnitSetId
from gridsvc.domain.layers import Layer
from gridsvc.domain.plans import Plan
from gridsvc.storage.store import Transaction
from gridsvc.storage.tables import (
    grid,
    grid_staff,
    grid_unit,
    ownership_exception,
    plan,
    plan_edit,
    plan_step,
    plan_version,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnerException:
    """One shop that a layer keeps with another owner than its unit's."""

    retailer_id: RetailerId
    staff_id: StaffId
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LoggedEdit:
    """One line of a plan's edit log."""

    revision: int
    actor: str
    kind: str
    edit: dict[str, Any]
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanStep:
    """One step of a plan's life: who moved it to which state, and their words."""

    state: str
    actor: str
    words: str
    at: datetime


def rules_of(tx: Transaction, plan_id: PlanId) -> dict[Layer, LayerRules]:
    """Give the rules of every layer that has any of its own."""
    stored = tx.execute(sa.select(plan.c.rules).where(plan.c.adcode == tx.adcode, plan.c.plan_id == plan_id))
    return {Layer(layer): rules_from(document) for layer, document in stored.scalar_one().items()}


def write_rules(tx: Transaction, plan_id: PlanId, rules: Mapping[Layer, LayerRules]) -> None:
    """Replace the rules of the named layers; the others stay."""
    documents = {str(layer): rules_document(of_layer) for layer, of_layer in rules.items()}
    merged = plan.c.rules.op("||")(sa.cast(documents, plan.c.rules.type))
    tx.execute(plan.update().where(plan.c.adcode == tx.adcode, plan.c.plan_id == plan_id).values(rules=merged))


def exceptions_of(tx: Transaction, version: PlanVersionId, layer: Layer) -> list[OwnerException]:
    """List a layer's exceptions, ordered by retailer_id."""
    c = ownership_exception.c
    rows = tx.execute(
        sa.select(c.retailer_id, c.staff_id, c.reason)
        .where(c.adcode == tx.adcode, c.plan_version_id == version, c.layer == layer)
        .order_by(c.retailer_id)
    )
    return [OwnerException(**row._mapping) for row in rows]


def write_exceptions(tx: Transaction, version: PlanVersionId, layer: Layer, items: Iterable[OwnerException]) -> None:
    """Add exceptions, or replace those of the same shops."""
    listed = list(items)
    end_exceptions(tx, version, layer, [item.retailer_id for item in listed])
    tx.copy_rows(
        ownership_exception,
        ("adcode", "plan_version_id", "layer", "retailer_id", "staff_id", "reason"),
        ((tx.adcode, version, layer, item.retailer_id, item.staff_id, item.reason) for item in listed),
    )


def end_exceptions(tx: Transaction, version: PlanVersionId, layer: Layer, retailers: Iterable[RetailerId]) -> None:
    """Remove the exceptions of these shops."""
    wanted = list(retailers)
    c = ownership_exception.c
    if wanted:
        here = (c.adcode == tx.adcode, c.plan_version_id == version, c.layer == layer)
        tx.execute(ownership_exception.delete().where(*here, c.retailer_id.in_(wanted)))


def move_units(tx: Transaction, version: PlanVersionId, layer: Layer, grid_of: Mapping[int, GridId | None]) -> None:
    """Give units to grids, None = to nobody; other units are not touched."""
    freed = [unit for unit, grid_id in grid_of.items() if grid_id is None]
    given = [(unit, grid_id) for unit, grid_id in grid_of.items() if grid_id is not None]
    key = {"adcode": tx.adcode, "version": version, "layer": str(layer)}
    if freed:
        tx.execute(
            sa.text(
                "DELETE FROM grid_unit WHERE adcode = :adcode AND plan_version_id = CAST(:version AS uuid)"
                " AND layer = :layer AND unit_row = ANY(:units)"
            ),
            {**key, "units": freed},
        )
    if given:
        tx.execute(
            sa.text(
                "INSERT INTO grid_unit (adcode, plan_version_id, layer, unit_row, grid_id)"
                " SELECT :adcode, CAST(:version AS uuid), :layer, w.unit_row, w.grid_id"
                " FROM unnest(CAST(:units AS int[]), CAST(:grids AS uuid[])) AS w(unit_row, grid_id)"
                " ON CONFLICT (adcode, plan_version_id, layer, unit_row) DO UPDATE SET grid_id = excluded.grid_id"
            ),
            {**key, "units": [unit for unit, _ in given], "grids": [grid_id for _, grid_id in given]},
        )


def recut(
    tx: Transaction, recut_plan: Plan, unit_set_id: UnitSetId, grid_of: Mapping[Layer, Sequence[GridId | None]]
) -> None:
    """Put the plan's working copy on other units: the grid of every row of them, None = nobody's, layer by layer."""
    for layer, grid_ids in grid_of.items():
        version = recut_plan.plan_version_id
        here = (grid_unit.c.adcode == tx.adcode, grid_unit.c.plan_version_id == version, grid_unit.c.layer == layer)
        tx.execute(grid_unit.delete().where(*here))
        tx.copy_rows(
            grid_unit,
            ("adcode", "plan_version_id", "layer", "unit_row", "grid_id"),
            ((tx.adcode, version, layer, row, grid_id) for row, grid_id in enumerate(grid_ids) if grid_id is not None),
        )
    is_it = sa.and_(plan.c.adcode == tx.adcode, plan.c.plan_id == recut_plan.plan_id)
    tx.execute(plan.update().where(is_it).values(unit_set_id=unit_set_id))


def add_grid(
    tx: Transaction,
    clock: Clock,
    version: PlanVersionId,
    layer: Layer,
    *,
    name: str,
    number: int,
    staff_id: StaffId | None,
) -> GridId:
    """Make an empty grid in a version and give its identifier."""
    grid_id = GridId(new_id())
    tx.execute(
        grid.insert().values(
            adcode=tx.adcode, grid_id=grid_id, layer=layer, name=name, number=number, created_at=clock.now()
        )
    )
    tx.execute(
        grid_staff.insert().values(adcode=tx.adcode, plan_version_id=version, grid_id=grid_id, staff_id=staff_id)
    )
    return grid_id


def remove_grid(tx: Transaction, version: PlanVersionId, grid_id: GridId) -> None:
    """Take a grid out of a version; its units become nobody's."""
    for table in (grid_unit, grid_staff):
        here = (table.c.adcode == tx.adcode, table.c.plan_version_id == version, table.c.grid_id == grid_id)
        tx.execute(table.delete().where(*here))


def set_owner(tx: Transaction, version: PlanVersionId, grid_id: GridId, staff_id: StaffId | None) -> None:
    """Give a grid of a version to a member of staff."""
    here = (
        grid_staff.c.adcode == tx.adcode,
        grid_staff.c.plan_version_id == version,
        grid_staff.c.grid_id == grid_id,
    )
    tx.execute(grid_staff.update().where(*here).values(staff_id=staff_id))


def edits_after(tx: Transaction, plan_id: PlanId, revision: int) -> list[LoggedEdit]:
    """List the edits after a revision, oldest first."""
    c = plan_edit.c
    rows = tx.execute(
        sa.select(c.revision, c.actor, c.kind, c.edit, c.at)
        .where(c.adcode == tx.adcode, c.plan_id == plan_id, c.revision > revision)
        .order_by(c.revision)
    )
    return [LoggedEdit(**row._mapping) for row in rows]


def steps_of(tx: Transaction, plan_id: PlanId) -> list[PlanStep]:
    """List who moved a plan to which state, oldest first."""
    c = plan_step.c
    rows = tx.execute(
        sa.select(c.state, c.actor, c.words, c.at)
        .where(c.adcode == tx.adcode, c.plan_id == plan_id)
        .order_by(c.at, c.plan_step_id)
    )
    return [PlanStep(**row._mapping) for row in rows]


def succeed_version(tx: Transaction, edited: Plan) -> PlanVersionId:
    """Copy a plan's frozen version into a new one that can be edited, and make it the plan's."""
    version = PlanVersionId(new_id())
    key = {"adcode": tx.adcode, "old": edited.plan_version_id, "new": version}
    tx.execute(
        sa.text(
            "INSERT INTO plan_version (adcode, plan_version_id, plan_id, based_on, metrics, violations, certificate)"
            " SELECT adcode, CAST(:new AS uuid), plan_id, plan_version_id, metrics, violations, certificate"
            " FROM plan_version WHERE adcode = :adcode AND plan_version_id = CAST(:old AS uuid)"
        ),
        key,
    )
    copy_layers(tx, edited.plan_version_id, version, edited.layers)
    here = (plan.c.adcode == tx.adcode, plan.c.plan_id == edited.plan_id)
    tx.execute(plan.update().where(*here).values(plan_version_id=version))
    return version


_COPIES = (
    """
    INSERT INTO grid_unit (adcode, plan_version_id, layer, unit_row, grid_id)
    SELECT adcode, CAST(:target AS uuid), layer, unit_row, grid_id FROM grid_unit
    WHERE adcode = :adcode AND plan_version_id = CAST(:source AS uuid) AND layer = ANY(:layers)
    """,
    """
    INSERT INTO grid_staff (adcode, plan_version_id, grid_id, staff_id)
    SELECT s.adcode, CAST(:target AS uuid), s.grid_id, s.staff_id
    FROM grid_staff s JOIN grid g ON g.adcode = s.adcode AND g.grid_id = s.grid_id
    WHERE s.adcode = :adcode AND s.plan_version_id = CAST(:source AS uuid) AND g.layer = ANY(:layers)
    """,
    """
    INSERT INTO ownership_exception (adcode, plan_version_id, layer, retailer_id, staff_id, reason)
    SELECT adcode, CAST(:target AS uuid), layer, retailer_id, staff_id, reason FROM ownership_exception
    WHERE adcode = :adcode AND plan_version_id = CAST(:source AS uuid) AND layer = ANY(:layers)
    """,
)


def copy_layers(tx: Transaction, source: PlanVersionId, target: PlanVersionId, layers: Iterable[Layer]) -> None:
    """Copy grids, their staff, units and exceptions of these layers from one version into another."""
    key = {"adcode": tx.adcode, "source": source, "target": target, "layers": [str(layer) for layer in layers]}
    for statement in _COPIES:
        tx.execute(sa.text(statement), key)


def is_frozen(tx: Transaction, version: PlanVersionId) -> bool:
    """Whether a version can no longer be edited."""
    c = plan_version.c
    frozen_at = tx.execute(sa.select(c.frozen_at).where(c.adcode == tx.adcode, c.plan_version_id == version))
    return frozen_at.scalar_one() is not None

"""Plans and their versions; a version's grids are rows of units, never polygons."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
import sqlalchemy as sa
from numpy.typing import NDArray

from gridsvc.clock import Clock, new_id
from gridsvc.domain.errors import Conflict, NotFound
from gridsvc.domain.ids import Adcode, GridId, PlanId, PlanVersionId, StaffId, UnitSetId, is_id
from gridsvc.domain.layers import Layer
from gridsvc.domain.plans import Plan, PlanState, require_transition
from gridsvc.storage import version_packs
from gridsvc.storage.store import Transaction
from gridsvc.storage.tables import grid, grid_staff, grid_unit, plan, plan_edit, plan_step, plan_version

Grids = version_packs.Grids
NO_GRID = version_packs.NO_GRID


def fingerprint(grids: Grids) -> str:
    """Give the SHA-256 of who owns which unit: it changes with any unit that moves and any person who changes."""
    digest = hashlib.sha256()
    for position in grids.grid_of_unit.tolist():
        owner = (grids.grid_ids[position], grids.staff_ids[position]) if position != NO_GRID else (None, None)
        digest.update(repr(owner).encode())
    return digest.hexdigest()


def insert_plan(tx: Transaction, new: Plan) -> None:
    """Write a plan with its first, unfrozen version."""
    tx.execute(
        plan.insert().values(
            adcode=tx.adcode,
            plan_id=new.plan_id,
            title=new.title,
            state=new.state,
            layers=[str(layer) for layer in new.layers],
            unit_set_id=new.unit_set_id,
            base_generation=new.base_generation,
            revision=new.revision,
            plan_version_id=new.plan_version_id,
            effective_from=new.effective_from,
            created_by=new.created_by,
            created_at=new.created_at,
        )
    )
    tx.execute(
        plan_version.insert().values(
            adcode=tx.adcode,
            plan_version_id=new.plan_version_id,
            plan_id=new.plan_id,
            frozen_at=None,
            metrics={},
            violations={},
            certificate={},
        )
    )


def _plan(row: Any) -> Plan:
    return Plan(
        adcode=Adcode(row.adcode),
        plan_id=PlanId(row.plan_id),
        title=row.title,
        state=PlanState(row.state),
        layers=tuple(Layer(layer) for layer in row.layers),
        unit_set_id=UnitSetId(row.unit_set_id),
        base_generation=row.base_generation,
        plan_version_id=PlanVersionId(row.plan_version_id),
        revision=row.revision,
        created_by=row.created_by,
        created_at=row.created_at,
        effective_from=row.effective_from,
    )


def find(tx: Transaction, plan_id: str, *, for_update: bool = False) -> Plan:
    """Give a plan; `for_update` makes other writers of it wait until the transaction ends. Raises `NotFound`."""
    if not is_id(plan_id):
        raise NotFound(f"{plan_id[:60]} is not the identifier of a plan")
    wanted = sa.select(plan).where(plan.c.adcode == tx.adcode, plan.c.plan_id == plan_id)
    row = tx.execute(wanted.with_for_update() if for_update else wanted).first()
    if row is None:
        raise NotFound(f"there is no plan {plan_id} in district {tx.adcode}")
    return _plan(row)


def plan_of(tx: Transaction, version: PlanVersionId) -> PlanId:
    """Give the plan that a version belongs to."""
    c = plan_version.c
    found = tx.execute(sa.select(c.plan_id).where(c.adcode == tx.adcode, c.plan_version_id == version))
    return PlanId(found.scalar_one())


def all_plans(tx: Transaction) -> list[Plan]:
    """List the district's plans, newest first."""
    rows = tx.execute(sa.select(plan).where(plan.c.adcode == tx.adcode).order_by(plan.c.plan_id.desc()))
    return [_plan(row) for row in rows]


def newest_approved(tx: Transaction, n_plans: int) -> list[Plan]:
    """List the newest plans that may be published."""
    is_approved = (plan.c.adcode == tx.adcode, plan.c.state == PlanState.APPROVED)
    rows = tx.execute(sa.select(plan).where(*is_approved).order_by(plan.c.plan_id.desc()).limit(n_plans))
    return [_plan(row) for row in rows]


def move_to(tx: Transaction, clock: Clock, moved: Plan, state: PlanState, *, actor: str, words: str) -> None:
    """Move a plan to its next state and record who did it; raises `Conflict` when that is not a next state."""
    require_transition(moved.state, state)
    changed = tx.execute(
        plan.update()
        .where(plan.c.adcode == tx.adcode, plan.c.plan_id == moved.plan_id, plan.c.state == moved.state)
        .values(state=state)
    )
    if changed.rowcount != 1:
        raise Conflict(f"plan {moved.title} was moved on by somebody else; read it again")
    tx.execute(
        plan_step.insert().values(
            adcode=tx.adcode,
            plan_step_id=new_id(),
            plan_id=moved.plan_id,
            state=state,
            actor=actor,
            words=words,
            at=clock.now(),
        )
    )


def set_effective(tx: Transaction, plan_id: PlanId, effective_from: datetime) -> None:
    """Record from when a plan is in force."""
    tx.execute(
        plan.update().where(plan.c.adcode == tx.adcode, plan.c.plan_id == plan_id).values(effective_from=effective_from)
    )


def set_base(tx: Transaction, plan_id: PlanId, generation: int) -> None:
    """Record on which generation a draft stands from now on."""
    tx.execute(
        plan.update().where(plan.c.adcode == tx.adcode, plan.c.plan_id == plan_id).values(base_generation=generation)
    )


def add_edit(tx: Transaction, clock: Clock, edited: Plan, *, actor: str, kind: str, edit: dict[str, Any]) -> int:
    """Log one edit of the draft and give the plan's new revision."""
    revision = edited.revision + 1
    tx.execute(
        plan_edit.insert().values(
            adcode=tx.adcode,
            plan_id=edited.plan_id,
            revision=revision,
            actor=actor,
            kind=kind,
            edit=edit,
            at=clock.now(),
        )
    )
    tx.execute(
        plan.update().where(plan.c.adcode == tx.adcode, plan.c.plan_id == edited.plan_id).values(revision=revision)
    )
    return revision


def freeze(tx: Transaction, clock: Clock, plan_version_id: PlanVersionId) -> None:
    """Make a version immutable, and pack what look-ups read of it; freezing it again changes nothing."""
    frozen = tx.execute(
        plan_version.update()
        .where(
            plan_version.c.adcode == tx.adcode,
            plan_version.c.plan_version_id == plan_version_id,
            plan_version.c.frozen_at.is_(None),
        )
        .values(frozen_at=clock.now())
    )
    if frozen.rowcount:
        version_packs.write(tx, plan_version_id, layers_by_row(tx, plan_version_id, None, tuple(Layer)))


def write_layer(tx: Transaction, clock: Clock, version: PlanVersionId, layer: Layer, grids: Grids) -> None:
    """Replace one layer of an unfrozen version: its grids (made where new), their staff and their units.

    Raises `Conflict` when the version is frozen: the past is never edited.
    """
    frozen_at = tx.execute(
        sa.select(plan_version.c.frozen_at).where(
            plan_version.c.adcode == tx.adcode, plan_version.c.plan_version_id == version
        )
    ).scalar_one()
    if frozen_at is not None:
        raise Conflict("this version is frozen; make a successor and edit that")
    here = (grid_unit.c.adcode == tx.adcode, grid_unit.c.plan_version_id == version, grid_unit.c.layer == layer)
    of_layer = sa.select(grid.c.grid_id).where(grid.c.adcode == tx.adcode, grid.c.layer == layer)  # empty ones, too
    tx.execute(
        grid_staff.delete().where(
            grid_staff.c.adcode == tx.adcode,
            grid_staff.c.plan_version_id == version,
            grid_staff.c.grid_id.in_(of_layer),
        )
    )
    tx.execute(grid_unit.delete().where(*here))
    known = set(
        tx.execute(sa.select(grid.c.grid_id).where(grid.c.adcode == tx.adcode, grid.c.layer == layer)).scalars()
    )
    for grid_id, name, number in zip(grids.grid_ids, grids.names, grids.numbers, strict=True):
        if grid_id not in known:
            tx.execute(
                grid.insert().values(
                    adcode=tx.adcode, grid_id=grid_id, layer=layer, name=name, number=number, created_at=clock.now()
                )
            )
    for grid_id, staff_id in zip(grids.grid_ids, grids.staff_ids, strict=True):
        tx.execute(
            grid_staff.insert().values(adcode=tx.adcode, plan_version_id=version, grid_id=grid_id, staff_id=staff_id)
        )
    tx.copy_rows(
        grid_unit,
        ("adcode", "plan_version_id", "layer", "unit_row", "grid_id"),
        (
            (tx.adcode, version, layer, unit_row, grids.grid_ids[position])
            for unit_row, position in enumerate(grids.grid_of_unit.tolist())
            if position != NO_GRID
        ),
    )


def write_findings(
    tx: Transaction,
    version: PlanVersionId,
    *,
    metrics: dict[str, Any],
    violations: dict[str, Any],
    certificate: dict[str, Any],
) -> None:
    """Store what the judge said of a version and what is needed to say it again."""
    tx.execute(
        plan_version.update()
        .where(plan_version.c.adcode == tx.adcode, plan_version.c.plan_version_id == version)
        .values(metrics=metrics, violations=violations, certificate=certificate)
    )


def write_certificate(tx: Transaction, version: PlanVersionId, certificate: dict[str, Any]) -> None:
    """Replace a version's certificate and leave what the judge said of it."""
    here = (plan_version.c.adcode == tx.adcode, plan_version.c.plan_version_id == version)
    tx.execute(plan_version.update().where(*here).values(certificate=certificate))


@dataclass(frozen=True, slots=True, kw_only=True)
class Findings:
    """What the judge said of a version, per layer, and its certificate."""

    frozen_at: datetime | None
    metrics: dict[str, Any]
    violations: dict[str, Any]
    certificate: dict[str, Any]


def findings_of(tx: Transaction, version: PlanVersionId) -> Findings:
    """Give a version's findings."""
    row = tx.execute(
        sa.select(plan_version).where(plan_version.c.adcode == tx.adcode, plan_version.c.plan_version_id == version)
    ).one()
    return Findings(
        frozen_at=row.frozen_at, metrics=row.metrics, violations=row.violations, certificate=row.certificate
    )


def grids_of(tx: Transaction, version: PlanVersionId, layer: Layer, n_units: int) -> Grids:
    """Give one layer of a version, grids ordered by number.

    `n_units` is the size of the version's unit set; units that no grid holds get -1.
    """
    return layers_of(tx, version, n_units, (layer,))[layer]


def layers_of(
    tx: Transaction, version: PlanVersionId, n_units: int, layers: Collection[Layer] = tuple(Layer)
) -> dict[Layer, Grids]:
    """Give several layers of a version as `grids_of` gives one: packed where it is frozen, else in two statements."""
    packed = version_packs.find(tx, version, layers, n_units)
    return layers_by_row(tx, version, n_units, layers) if packed is None else packed


def layers_by_row(
    tx: Transaction, version: PlanVersionId, n_units: int | None, layers: Collection[Layer]
) -> dict[Layer, Grids]:
    """Read the rows; without `n_units`, as many units as the last one that a grid holds needs."""
    wanted = [str(layer) for layer in layers]
    # as text from the database: 3,000 UUID objects would take longer than everything else here
    staff_id = sa.cast(grid_staff.c.staff_id, sa.Text)
    rows = tx.execute(
        sa.select(grid.c.layer, sa.cast(grid.c.grid_id, sa.Text), grid.c.name, grid.c.number, staff_id)
        .join(grid_staff, sa.and_(grid_staff.c.adcode == grid.c.adcode, grid_staff.c.grid_id == grid.c.grid_id))
        .where(grid.c.adcode == tx.adcode, grid.c.layer.in_(wanted), grid_staff.c.plan_version_id == version)
        .order_by(grid.c.number)
    ).all()
    members = tx.packed_groups(
        ("layer",),
        (("unit_row", "int4send(unit_row)", ">i4"), ("grid_id", "uuid_send(grid_id)", "S16")),
        "FROM grid_unit WHERE adcode = %(adcode)s AND plan_version_id = %(version)s::uuid AND layer = ANY(%(layers)s)",
        {"adcode": str(tx.adcode), "version": str(version), "layers": wanted},
    )
    members_of = {layer: part for (layer,), part in members}
    return {
        layer: _grids([row[1:] for row in rows if row[0] == layer], members_of.get(str(layer)), n_units)
        for layer in layers
    }


def _grids(rows: Sequence[Any], members: NDArray[np.void] | None, n_units: int | None) -> Grids:
    grid_ids, names, numbers, staff_ids = zip(*rows, strict=True) if rows else ((), (), (), ())
    if n_units is None:
        n_units = 0 if members is None else int(members["unit_row"].max()) + 1
    grid_of_unit = np.full(n_units, NO_GRID, dtype=np.int32)
    if members is not None:
        keys = np.array([bytes.fromhex(grid_id.replace("-", "")) for grid_id in grid_ids], dtype="S16")
        order = np.argsort(keys)
        rank = np.searchsorted(keys[order], np.ascontiguousarray(members["grid_id"]))
        grid_of_unit[members["unit_row"]] = order[rank]
    return Grids(
        grid_ids=tuple(map(GridId, grid_ids)),
        names=names,
        numbers=numbers,
        staff_ids=tuple(StaffId(staff_id) if staff_id else None for staff_id in staff_ids),
        grid_of_unit=grid_of_unit,
    )


def greatest_number(tx: Transaction, layer: Layer) -> int:
    """Give the greatest grid number ever used in a layer, 0 when there is none: numbers are never used again."""
    greatest = sa.select(sa.func.coalesce(sa.func.max(grid.c.number), 0))
    return int(tx.execute(greatest.where(grid.c.adcode == tx.adcode, grid.c.layer == layer)).scalar_one())

"""Put a draft on other units: every unit keeps its grid, its pins and its minutes, whatever it is divided into."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from geo_data.cells import rows_in_set
from geo_data.units import UnitsError, cell_units
from gridsvc.clock import Clock
from gridsvc.domain.drafts import Clash, DraftConflict, LayerRules, UnitRule, VersionMissing, VersionUnknown
from gridsvc.domain.errors import BadInput, RuleBroken
from gridsvc.domain.ids import PlanId, UnitSetId
from gridsvc.domain.plans import Plan
from gridsvc.storage import Transaction, audit, districts, drafts, plans, units
from gridsvc.storage.plans import NO_GRID
from gridsvc.storage.units import StoredUnits
from gridsvc.usecases.edit_draft import require_editable
from gridsvc.usecases.keep_units import barriers_of, keep_units, offices_of
from gridsvc.usecases.measure_ways import carry_ways
from gridsvc.usecases.minutes_factor import KEY, carried_factor, factor_of

Cells = NDArray[np.uint64]


@dataclass(frozen=True, slots=True, kw_only=True)
class RecutDraft:
    """A draft on other units.

    Parameters
    ----------
    revision : of the draft now: send it as `If-Match` with the next edit
    unit_set_id : the draft's unit set now; rows of an earlier one name other units
    n_units : in it
    units : rows of the units that are new, and `cells` their H3 indices
    notes : what had to be done to make the units one piece
    """

    plan_id: PlanId
    revision: int
    unit_set_id: UnitSetId
    n_units: int
    units: tuple[int, ...]
    cells: tuple[str, ...]
    notes: tuple[str, ...]


def recut_draft(
    tx: Transaction,
    clock: Clock,
    *,
    plan_id: str,
    base_revision: int | None,
    actor: str,
    kind: str,
    recut: Callable[[StoredUnits], Cells],
) -> RecutDraft:
    """Give a draft the cells that `recut` makes of its own; all its layers, rules and exceptions go along.

    Each new cell lies in the grid of the cell that it is a part of; one that unites several lies in their common grid.
    Pins, forbidden grids and closed borders hold for every part. Borders are found again with the barriers of today.

    Raises
    ------
    VersionMissing, VersionUnknown
        no version was named, or one that the draft never had.
    DraftConflict
        somebody changed the draft since: rows would name other units.
    Conflict
        the plan is not in a state that can be edited.
    BadInput
        the draft is drawn on areas, or the cells cannot be made so.
    RuleBroken
        cells of different grids would be united.
    """
    if base_revision is None:
        raise VersionMissing
    plan = plans.find(tx, plan_id, for_update=True)
    require_editable(plan)
    _require_current(tx, plan, base_revision)
    before = units.load(tx, plan.unit_set_id)
    if before.kind != "h3":
        raise BadInput("only cells can be split or united; this draft is drawn on areas: divide single shops instead")
    try:
        wanted = recut(before)
    except UnitsError as error:
        raise BadInput(str(error)) from error
    district = districts.find(tx)
    made = cell_units(
        district.boundary, wanted, barriers=barriers_of(tx), adcode=district.adcode, offices=offices_of(tx)
    )
    kept = keep_units(tx, clock, made, made_from={"kind": "h3", "recut_of": before.unit_set_id})
    after = units.load(tx, kept.unit_set_id)
    carry_ways(tx, clock, before, after)
    came_from = _Origin.of(before, after)
    if drafts.is_frozen(tx, plan.plan_version_id):
        plan = replace(plan, plan_version_id=drafts.succeed_version(tx, plan))
    _write(tx, plan, before, after, came_from)
    known = set(before.ids)
    new = [row for row, cell in enumerate(after.ids) if cell not in known]
    cells = tuple(after.ids[row] for row in new)
    logged: dict[str, Any] = {
        "layers": [str(layer) for layer in plan.layers], "cells": list(cells), "from": before.unit_set_id,
        "to": after.unit_set_id,
    }  # fmt: skip
    revision = plans.add_edit(tx, clock, plan, actor=actor, kind=kind, edit=logged)
    audit.add(tx, clock, actor=actor, action=f"plan.{kind}", subject=plan.plan_id, content=logged)
    return RecutDraft(
        plan_id=plan.plan_id, revision=revision, unit_set_id=after.unit_set_id, n_units=len(after), units=tuple(new),
        cells=cells, notes=kept.notes,
    )  # fmt: skip


def _require_current(tx: Transaction, plan: Plan, base_revision: int) -> None:
    if not 0 <= base_revision <= plan.revision:
        raise VersionUnknown(f"the draft is at revision {plan.revision}; it never had {base_revision}")
    since = drafts.edits_after(tx, plan.plan_id, base_revision)
    if since:
        clashes = tuple(Clash(kind="everything", by=edit.actor, at=edit.at, revision=edit.revision) for edit in since)
        words = tuple(f"{edit.kind} by {edit.actor} at {edit.at:%Y-%m-%d %H:%M:%S} UTC" for edit in since)
        raise DraftConflict(
            f"plan {plan.title} was changed since the version that you saw; read it again, then divide its cells",
            violations=words,
            clashes=clashes,
        )


@dataclass(frozen=True, slots=True)
class _Origin:
    """Which rows became which: (k, 2) pairs of a row before and a row after that share ground."""

    pairs: NDArray[np.int32]

    @classmethod
    def of(cls, before: StoredUnits, after: StoredUnits) -> _Origin:
        old, new = before.cell.astype(np.uint64), after.cell.astype(np.uint64)
        down, up = rows_in_set(new, old), rows_in_set(old, new)
        split = np.column_stack((down, np.arange(len(new))))[down >= 0]
        united = np.column_stack((np.arange(len(old)), up))[up >= 0]
        return cls(np.unique(np.vstack((split, united)), axis=0).astype(np.int32))

    def after(self, rows: Iterable[int]) -> list[int]:
        """Give the rows that share ground with any of these rows of before."""
        found: list[int] = self.pairs[np.isin(self.pairs[:, 0], list(rows)), 1].tolist()
        return found

    def one_before(self, n_after: int) -> NDArray[np.int32]:
        """Give (n_after,) the first row of before that each row comes from."""
        first = np.full(n_after, -1, dtype=np.int32)
        first[self.pairs[::-1, 1]] = self.pairs[::-1, 0]
        return first


def _write(tx: Transaction, plan: Plan, before: StoredUnits, after: StoredUnits, origin: _Origin) -> None:
    source = origin.one_before(len(after))
    grid_of, rules = {}, {}
    faults = []
    stored = drafts.rules_of(tx, plan.plan_id)
    for layer in plan.layers:
        grids = plans.grids_of(tx, plan.plan_version_id, layer, len(before))
        of_unit = grids.grid_of_unit
        apart = np.unique(origin.pairs[of_unit[origin.pairs[:, 0]] != of_unit[source[origin.pairs[:, 1]]], 1])
        faults += [f"{layer}: the parts of {after.ids[row]} lie in different grids" for row in apart.tolist()]
        now = of_unit[source]
        grid_of[layer] = [None if at == NO_GRID else grids.grid_ids[at] for at in now.tolist()]
        if layer in stored:
            rules[layer] = _carried(stored[layer], origin, after)
    if faults:
        raise RuleBroken("cells can be united where one grid holds them all", violations=tuple(faults))
    drafts.recut(tx, plan, after.unit_set_id, grid_of)
    if rules:
        drafts.write_rules(tx, plan.plan_id, rules)
    _carry_minutes(tx, plan, source, len(before))


def _carried(rules: LayerRules, origin: _Origin, after: StoredUnits) -> LayerRules:
    def moved(listed: Iterable[UnitRule]) -> tuple[UnitRule, ...]:
        made = (UnitRule(unit=row, grid_id=one.grid_id) for one in listed for row in origin.after([one.unit]))
        return tuple(dict.fromkeys(made))

    beside = {(int(a), int(b)) for a, b in after.border_a_b.tolist()}
    closed = [
        pair
        for a, b in rules.barriers
        for x in origin.after([a])
        for y in origin.after([b])
        if (pair := (min(x, y), max(x, y))) in beside
    ]
    return replace(
        rules, pins=moved(rules.pins), forbidden=moved(rules.forbidden), barriers=tuple(dict.fromkeys(closed)),
        bases=moved(rules.bases), links=tuple(tuple(sorted(set(origin.after(group)))) for group in rules.links),
    )  # fmt: skip


def _carry_minutes(tx: Transaction, plan: Plan, source: NDArray[np.int32], n_before: int) -> None:
    """Let each unit keep what the plan's design learnt of its minutes."""
    certificate = plans.findings_of(tx, plan.plan_version_id).certificate
    known = factor_of(certificate)
    if not known:
        return
    carried = carried_factor(known, source, n_before)
    if "rules" in certificate:
        changed = {**certificate, "rules": {**certificate["rules"], KEY: carried}}
    else:
        changed = {**certificate, KEY: carried}
    plans.write_certificate(tx, plan.plan_version_id, changed)

"""Make a draft from a roster that a planner changed in a spreadsheet."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from gridsvc.clock import Clock
from gridsvc.domain.errors import BadInput
from gridsvc.domain.grids import grid_name
from gridsvc.domain.ids import Adcode, GridId, RetailerId, StaffId
from gridsvc.domain.layers import Layer
from gridsvc.domain.plans import Plan
from gridsvc.storage import Store, Transaction, audit, drafts, ownership, plans
from gridsvc.storage.drafts import OwnerException
from gridsvc.usecases.draft_bench import DraftBench, DraftBoard, DraftLayer, read_draft_layer
from gridsvc.usecases.measure_draft import Finding, measure_draft
from gridsvc.usecases.read_roster import RosterChanges, read_roster, units_to_move
from gridsvc.usecases.start_plan import Start, begin_plan

FROM_ROSTER = "from the roster"


@dataclass(frozen=True, slots=True, kw_only=True)
class RosterDraft:
    """What became of a roster.

    `n_changed` counts shops whose owner differs from today, `n_moved_units` the units that follow their shops, and
    `n_exceptions` the single shops that stay outside their owner's grid.
    """

    plan: Plan
    n_rows: int
    n_changed: dict[Layer, int]
    n_moved_units: dict[Layer, int]
    n_exceptions: dict[Layer, int]
    findings: tuple[Finding, ...]


def draft_from_roster(
    store: Store, clock: Clock, board: DraftBoard, *, adcode: Adcode, actor: str, title: str, path: Path
) -> RosterDraft:
    """Make a draft in which every shop has the owner that the roster names, and give what it breaks.

    A unit goes to whoever the roster gives most of its shops to; a tie leaves it where it is. Shops that the roster
    gives to somebody else than their unit are exceptions. Whoever had no grid gets one.

    Raises `BadInput` with every unusable row (see `read_roster`), or when the roster changes nothing; nothing is
    written then.
    """
    with store.transaction(adcode) as tx:
        owned = ownership.owner_ids_at(tx, clock.now())
        plan = begin_plan(tx, clock, actor=actor, title=title, start=Start())
        bench = board.bench(tx, clock, plan.unit_set_id)
        shops = bench.survey.retailers
        shop_of = {code: RetailerId(shop) for code, shop in zip(shops.retailer_code, shops.retailer_id, strict=True)}
        changes = read_roster(path, shop_of=shop_of, people=bench.people, owned=owned)
        if not changes.owner_of:
            raise BadInput("the roster names today's owners everywhere; there is nothing to draft")
        findings: list[Finding] = []
        n_units: dict[Layer, int] = {}
        n_exceptions: dict[Layer, int] = {}
        for layer in changes.layers:
            draft = read_draft_layer(tx, plan, layer, bench.n_units)
            n_units[layer] = _follow(tx, clock, plan, bench, layer, draft, changes)
            after = read_draft_layer(tx, plan, layer, bench.n_units)
            n_exceptions[layer] = len(after.exceptions)
            findings += measure_draft(bench, layer, after).findings
        edit = {"layers": list(changes.layers), "n_rows": changes.n_rows}
        plans.add_edit(tx, clock, plan, actor=actor, kind="roster", edit=edit)
        content = {"n_changed": len(changes.owner_of), "n_rows": changes.n_rows}
        audit.add(tx, clock, actor=actor, action="plan.roster", subject=plan.plan_id, content=content)
        plan = plans.find(tx, plan.plan_id)
    counted = Counter(layer for _, layer in changes.owner_of)
    return RosterDraft(
        plan=plan,
        n_rows=changes.n_rows,
        n_changed={layer: counted[layer] for layer in changes.layers},
        n_moved_units=n_units,
        n_exceptions=n_exceptions,
        findings=tuple(sorted(findings, key=lambda finding: not finding.is_hard)),
    )


def _follow(
    tx: Transaction,
    clock: Clock,
    plan: Plan,
    bench: DraftBench,
    layer: Layer,
    draft: DraftLayer,
    changes: RosterChanges,
) -> int:
    """Let units and exceptions follow the wanted owners of one layer; give the number of units that moved."""
    wanted = _wanted_owners(bench, layer, draft, changes)
    grid_of = {staff_id: g for g, staff_id in zip(draft.grids.grid_ids, draft.grids.staff_ids, strict=True) if staff_id}
    for staff_id in sorted({to for (_, at), to in changes.owner_of.items() if at is layer} - set(grid_of)):
        number = 1 + plans.greatest_number(tx, layer)
        name = grid_name(layer, number)
        version = plan.plan_version_id
        grid_of[staff_id] = drafts.add_grid(tx, clock, version, layer, name=name, number=number, staff_id=staff_id)
    changed_rows = [bench.shop_row[shop] for shop, its_layer in changes.owner_of if its_layer is layer]
    touched = {int(bench.survey.retailer_unit[row]) for row in changed_rows}
    votes: dict[int, Counter[StaffId]] = {unit: Counter() for unit in touched}
    for row, unit in enumerate(bench.survey.retailer_unit.tolist()):
        owner = wanted.get(row)
        if unit in votes and owner is not None:
            votes[unit][owner] += 1
    staff_of_unit = {
        unit: draft.grids.staff_ids[position] if position >= 0 else None
        for unit, position in enumerate(draft.grids.grid_of_unit.tolist())
    }
    moves = {unit: grid_of[staff_id] for unit, staff_id in units_to_move(votes, staff_of_unit)}
    drafts.move_units(tx, plan.plan_version_id, layer, dict[int, GridId | None](moves))
    staff_of_grid = {grid_id: staff_id for staff_id, grid_id in grid_of.items()}
    staff_of_unit |= {unit: staff_of_grid[grid_id] for unit, grid_id in moves.items()}
    _write_exceptions(tx, plan, bench, layer, draft, wanted, staff_of_unit)
    return len(moves)


def _wanted_owners(bench: DraftBench, layer: Layer, draft: DraftLayer, changes: RosterChanges) -> dict[int, StaffId]:
    """Give the wanted owner by shop row: the roster's, else the one that the draft began with."""
    owner = bench.owner_of_shop(draft, bench.grid_of_shop(draft))
    wanted = {row: bench.staff_ids[position] for row, position in enumerate(owner.tolist()) if position >= 0}
    for (shop, its_layer), staff_id in changes.owner_of.items():
        if its_layer is layer:
            wanted[bench.shop_row[shop]] = staff_id
    return wanted


def _write_exceptions(
    tx: Transaction,
    plan: Plan,
    bench: DraftBench,
    layer: Layer,
    draft: DraftLayer,
    wanted: dict[int, StaffId],
    staff_of_unit: dict[int, StaffId | None],
) -> None:
    kept: list[OwnerException] = []
    for row, staff_id in wanted.items():
        if staff_of_unit[int(bench.survey.retailer_unit[row])] != staff_id:
            shop = RetailerId(bench.survey.retailers.retailer_id[row])
            old = draft.exceptions.get(shop)
            reason = old.reason if old is not None and old.staff_id == staff_id else FROM_ROSTER
            kept.append(OwnerException(retailer_id=shop, staff_id=staff_id, reason=reason))
    drafts.end_exceptions(tx, plan.plan_version_id, layer, draft.exceptions)
    drafts.write_exceptions(tx, plan.plan_version_id, layer, kept)

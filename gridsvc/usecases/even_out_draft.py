"""Even out a draft around what was drawn by hand: the next cells to hand on, while the planner looks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from gridsvc.clock import Clock
from gridsvc.domain.errors import BadInput
from gridsvc.domain.ids import Adcode, GridId
from gridsvc.domain.layers import Layer
from gridsvc.domain.plan_metrics import MetricValues
from gridsvc.engines.regrid import evened
from gridsvc.storage import Store, plans
from gridsvc.usecases.draft_bench import DraftBoard, read_draft_layer
from gridsvc.usecases.edit_draft import require_editable
from gridsvc.usecases.measure_draft import Finding, measure_draft
from gridsvc.usecases.search_draft import problem_of


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitMove:
    """A unit that would go to another grid."""

    unit: int
    grid_id: GridId


@dataclass(frozen=True, slots=True, kw_only=True)
class EvenedOut:
    """What would bring a layer of a draft back into its ranges; nothing of it is written.

    Parameters
    ----------
    revision : of the draft that it was found for
    is_even : every load is within its tolerance and no hard rule is broken then
    moves : units that change their grid, by row; the kept ones are never among them
    n_shops : shops of these units
    before, after : metrics of the layer
    findings : rules that would be broken still
    """

    revision: int
    is_even: bool
    moves: tuple[UnitMove, ...]
    n_shops: int
    before: MetricValues
    after: MetricValues
    findings: tuple[Finding, ...]


def even_out_draft(
    store: Store, clock: Clock, board: DraftBoard, *, adcode: Adcode, plan_id: str, layer: Layer, kept: Sequence[int]
) -> EvenedOut:
    """Find how few shops have to follow so that a layer keeps every rule while the `kept` units stay where they are.

    Locks, pins, bans and barriers of the draft hold. Shops that are kept with another owner than their unit's count
    where their unit lies during the search, and where they belong in the metrics and findings.

    Raises
    ------
    NotFound, Conflict
        no such plan; it cannot be edited any more.
    BadInput
        a layer that the plan lacks, one without grids, or a row that is no unit.
    """
    with store.transaction(adcode) as tx:
        plan = plans.find(tx, plan_id)
        require_editable(plan)
        if layer not in plan.layers:
            raise BadInput(f"the plan has no {layer} layer; it has {', '.join(plan.layers)}")
        bench = board.bench(tx, clock, plan.unit_set_id)
        draft = read_draft_layer(tx, plan, layer, bench.n_units)
    if not draft.grids.names:
        raise BadInput(f"{layer}: the draft has no grids yet; add some")
    strangers = sorted({unit for unit in kept if not 0 <= unit < bench.n_units})
    if strangers:
        raise BadInput(f"{strangers[0]} is no unit row; they go from 0 to {bench.n_units - 1}")
    drawn = draft.grids.grid_of_unit
    found = evened(problem_of(bench, layer, draft), drawn, np.array(sorted(set(kept)), dtype=np.int32))
    after = measure_draft(bench, layer, replace(draft, grids=replace(draft.grids, grid_of_unit=found)))
    moved = np.flatnonzero(found != drawn)
    return EvenedOut(
        revision=plan.revision,
        is_even=not any(finding.is_hard or finding.rule == "load" for finding in after.findings),
        moves=tuple(
            UnitMove(unit=unit, grid_id=draft.grids.grid_ids[found[unit]])
            for unit in moved.tolist()
            if found[unit] >= 0
        ),
        n_shops=int(np.isin(bench.survey.retailer_unit, moved).sum()),
        before=measure_draft(bench, layer, draft).metrics,
        after=after.metrics,
        findings=after.findings,
    )

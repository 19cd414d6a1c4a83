"""Read one layer of a draft as a page draws and changes it."""

from __future__ import annotations

from dataclasses import dataclass

from gridsvc.clock import Clock
from gridsvc.domain.drafts import LayerRules
from gridsvc.domain.errors import BadInput
from gridsvc.domain.ids import Adcode, GridId, PlanId, RetailerId, StaffId, UnitSetId
from gridsvc.domain.layers import Layer
from gridsvc.domain.plan_metrics import MetricValues
from gridsvc.domain.plans import PlanState
from gridsvc.maps import colours, shapes
from gridsvc.storage import Store, districts, plans
from gridsvc.usecases.draft_bench import DraftBoard, read_draft_layer
from gridsvc.usecases.measure_draft import DraftGrid, measure_draft, shorten


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptShop:
    """One shop kept by another owner than its unit's; `grid_id` is that owner's grid, None when there is none."""

    retailer_id: RetailerId
    staff_id: StaffId
    grid_id: GridId | None
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """One layer of a draft.

    Parameters
    ----------
    revision : of the draft; send it as `If-Match` with an edit
    grid_of_unit : position in `grids` by unit row of `unit_set_id`, -1 = nobody's
    colours : "#rrggbb" by grid; grids that touch differ
    warnings : every rule that the layer breaks, in words; many units with one fault are one sentence
    base_generation : that the draft was drawn from
    """

    plan_id: PlanId
    title: str
    state: PlanState
    revision: int
    layer: Layer
    unit_set_id: UnitSetId
    base_generation: int
    grids: tuple[DraftGrid, ...]
    colours: tuple[str, ...]
    grid_of_unit: tuple[int, ...]
    exceptions: tuple[KeptShop, ...]
    rules: LayerRules
    metrics: MetricValues
    warnings: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftVersion:
    """What a reader's copy of a draft depends on: the draft's revision, and the district's for shops and people."""

    revision: int
    district_revision: int


def read_draft_version(store: Store, *, adcode: Adcode, plan_id: str) -> DraftVersion:
    """Give the version of a plan's draft; raises `NotFound`."""
    with store.transaction(adcode) as tx:
        return DraftVersion(revision=plans.find(tx, plan_id).revision, district_revision=districts.version(tx)[1])


def read_draft(
    store: Store, clock: Clock, board: DraftBoard, *, adcode: Adcode, plan_id: str, layer: Layer
) -> tuple[Draft, DraftVersion]:
    """Give a layer of a plan in any state, and the version that was read.

    Raises `NotFound`, and `BadInput` when the plan has no such layer.
    """
    with store.transaction(adcode) as tx:
        plan = plans.find(tx, plan_id)
        if layer not in plan.layers:
            raise BadInput(f"the plan has no {layer} layer; it has {', '.join(plan.layers)}")
        bench = board.bench(tx, clock, plan.unit_set_id)
        draft = read_draft_layer(tx, plan, layer, bench.n_units)
    measured = measure_draft(bench, layer, draft)
    grids = draft.grids
    grid_of_staff = {s: g for g, s in zip(grids.grid_ids, grids.staff_ids, strict=True) if s is not None}
    touching = shapes.touching(grids.grid_of_unit, bench.survey.units.border_a_b)
    found = Draft(
        plan_id=plan.plan_id,
        title=plan.title,
        state=plan.state,
        revision=plan.revision,
        layer=layer,
        unit_set_id=plan.unit_set_id,
        base_generation=plan.base_generation,
        grids=measured.grids,
        colours=tuple(colours.assign(len(grids.grid_ids), touching)),
        grid_of_unit=tuple(grids.grid_of_unit.tolist()),
        exceptions=tuple(
            KeptShop(
                retailer_id=kept.retailer_id,
                staff_id=kept.staff_id,
                grid_id=grid_of_staff.get(kept.staff_id),
                reason=kept.reason,
            )
            for kept in draft.exceptions.values()
        ),
        rules=draft.rules,
        metrics=measured.metrics,
        warnings=shorten(measured.findings),
    )
    return found, DraftVersion(revision=plan.revision, district_revision=bench.revision)

"""Judge a plan as it stands: every rule that it breaks, of every layer."""

from __future__ import annotations

from dataclasses import dataclass

from gridsvc.clock import Clock
from gridsvc.domain.ids import Adcode, PlanId
from gridsvc.storage import Store, plans
from gridsvc.usecases.draft_bench import DraftBoard, read_draft_layer
from gridsvc.usecases.measure_draft import Finding, measure_draft


@dataclass(frozen=True, slots=True, kw_only=True)
class Validation:
    """Every rule that a plan breaks. `is_publishable`: no hard rule is broken; warnings want a reason."""

    plan_id: PlanId
    revision: int
    is_publishable: bool
    n_hard: int
    n_warnings: int
    findings: tuple[Finding, ...]


def validate_plan(store: Store, clock: Clock, board: DraftBoard, *, adcode: Adcode, plan_id: str) -> Validation:
    """Judge every layer of a plan on today's shops and list every finding; raises `NotFound`."""
    with store.transaction(adcode) as tx:
        plan = plans.find(tx, plan_id)
        bench = board.bench(tx, clock, plan.unit_set_id)
        layers = {layer: read_draft_layer(tx, plan, layer, bench.n_units) for layer in plan.layers}
    findings = [f for layer, draft in layers.items() for f in measure_draft(bench, layer, draft).findings]
    findings.sort(key=lambda finding: not finding.is_hard)
    n_hard = sum(finding.is_hard for finding in findings)
    return Validation(
        plan_id=plan.plan_id,
        revision=plan.revision,
        is_publishable=n_hard == 0,
        n_hard=n_hard,
        n_warnings=len(findings) - n_hard,
        findings=tuple(findings),
    )

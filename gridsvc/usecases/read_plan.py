"""Read one plan with what the judge said of it."""

from __future__ import annotations

from dataclasses import dataclass

from gridsvc.domain.drafts import LayerRules
from gridsvc.domain.ids import Adcode
from gridsvc.domain.layers import Layer
from gridsvc.domain.plans import Plan
from gridsvc.storage import Store, drafts, plans
from gridsvc.storage.drafts import PlanStep
from gridsvc.storage.plans import Findings


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanWithFindings:
    """A plan, the findings of its version (metrics and violations per layer, certificate), its rules and its steps."""

    plan: Plan
    findings: Findings
    rules: dict[Layer, LayerRules]
    steps: list[PlanStep]


def read_plan(store: Store, *, adcode: Adcode, plan_id: str) -> PlanWithFindings:
    """Give a plan; raises `NotFound`."""
    with store.transaction(adcode) as tx:
        found = plans.find(tx, plan_id)
        stored = drafts.rules_of(tx, found.plan_id)
        return PlanWithFindings(
            plan=found,
            findings=plans.findings_of(tx, found.plan_version_id),
            rules={layer: stored.get(layer, LayerRules()) for layer in found.layers},
            steps=drafts.steps_of(tx, found.plan_id),
        )

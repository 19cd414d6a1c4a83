"""Read one plan with what the judge said of it."""

from __future__ import annotations

from dataclasses import dataclass

from gridsvc.domain.ids import Adcode
from gridsvc.domain.plans import Plan
from gridsvc.storage import Store, plans
from gridsvc.storage.plans import Findings


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanWithFindings:
    """A plan and the findings of its version: metrics and violations per layer, and its certificate."""

    plan: Plan
    findings: Findings


def read_plan(store: Store, *, adcode: Adcode, plan_id: str) -> PlanWithFindings:
    """Give a plan; raises `NotFound`."""
    with store.transaction(adcode) as tx:
        found = plans.find(tx, plan_id)
        return PlanWithFindings(plan=found, findings=plans.findings_of(tx, found.plan_version_id))

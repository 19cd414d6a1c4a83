"""Find the plan that is meant."""

from __future__ import annotations

from dataclasses import dataclass

from gridsvc.domain.errors import NotFound
from gridsvc.domain.ids import Adcode
from gridsvc.domain.plans import Plan, PlanState
from gridsvc.storage import Store, plans

_STEPS = {
    PlanState.DRAFT: (PlanState.SUBMITTED, PlanState.APPROVED),
    PlanState.RETURNED: (PlanState.SUBMITTED, PlanState.APPROVED),
    PlanState.SUBMITTED: (PlanState.APPROVED,),
}
_OPEN = frozenset({PlanState.DRAFT, PlanState.RETURNED, PlanState.SUBMITTED, PlanState.APPROVED})


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundPlan:
    """A plan and the steps that lead it to approval."""

    plan: Plan
    steps_to_approval: tuple[PlanState, ...]


def find_plan(store: Store, *, adcode: Adcode, wanted: str, any_state: bool = False) -> FoundPlan:
    """Give the plan with this identifier, or the newest one that can still be published; raises `NotFound`."""
    with store.transaction(adcode) as tx:
        if wanted != "newest":
            plan = plans.find(tx, wanted)
        else:
            listed = [p for p in plans.all_plans(tx) if any_state or p.state in _OPEN]
            if not listed:
                raise NotFound("there is no open plan; `plan design` makes one")
            plan = listed[0]
    return FoundPlan(plan=plan, steps_to_approval=_STEPS.get(plan.state, ()))

"""Move a plan along its life: submit, return, approve, withdraw."""

from __future__ import annotations

from gridsvc.clock import Clock
from gridsvc.domain.ids import Adcode
from gridsvc.domain.plans import Plan, PlanState, require_transition
from gridsvc.storage import Store, audit, districts, plans
from gridsvc.usecases.require_newest_base import require_newest_base


def move_plan(
    store: Store, clock: Clock, *, adcode: Adcode, actor: str, plan_id: str, state: PlanState, words: str = ""
) -> Plan:
    """Move a plan to `state` and give it as it is then; submitting freezes its version.

    Publishing is not done here: it changes ownership. Raises `Conflict` when the plan cannot become that from where it
    stands, and `BaseOutdated` when it is submitted although another plan was published since it was drawn.
    """
    if state is PlanState.PUBLISHED:
        raise ValueError("publish_plan publishes")
    with store.transaction(adcode) as tx:
        plan = plans.find(tx, plan_id, for_update=True)
        require_transition(plan.state, state)
        if state is PlanState.SUBMITTED:
            require_newest_base(tx, plan)
        plans.move_to(tx, clock, plan, state, actor=actor, words=words)
        if state is PlanState.SUBMITTED:
            plans.freeze(tx, clock, plan.plan_version_id)
        if state is PlanState.APPROVED:
            districts.tell(tx)  # workers read now what its publication will put in force
        audit.add(tx, clock, actor=actor, action=f"plan.{state}", subject=plan.plan_id, content={})
        return plans.find(tx, plan_id)

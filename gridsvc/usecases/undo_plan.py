"""Roll a published plan back: by a new plan, never by editing the past."""

from __future__ import annotations

from gridsvc.clock import Clock
from gridsvc.domain.errors import BadInput, Conflict
from gridsvc.domain.ids import Adcode
from gridsvc.domain.plans import Plan
from gridsvc.storage import Store, generations, plans
from gridsvc.usecases.start_plan import Start, start_plan


def undo_plan(
    store: Store, clock: Clock, *, adcode: Adcode, actor: str, plan_id: str, to_generation: int | None = None
) -> Plan:
    """Make a draft that restores what was in force before a published plan, or an earlier generation.

    The past is never edited: the restored grids are a new plan, which is submitted, approved and published like any
    other. Raises `Conflict` for a plan that was never published, `NotFound` for an unknown plan or generation.
    """
    with store.transaction(adcode) as tx:
        plan = plans.find(tx, plan_id)
        published = [g for g in generations.all_generations(tx) if g.plan_id == plan.plan_id]
        if not published:
            raise Conflict(f"plan {plan.title} is {plan.state} and was never published; there is nothing to roll back")
        number = published[-1].number - 1 if to_generation is None else to_generation
        if to_generation is not None and not 0 <= to_generation < published[-1].number:
            raise BadInput(f"roll back to a generation before {published[-1].number}, not {to_generation}")
    title = f"Back to generation {number}"
    start = Start(generation=number)
    return start_plan(store, clock, adcode=adcode, actor=actor, title=title, layers=plan.layers, start=start)

"""Hand introductions to the month: the new owner visits each shop within two weeks of the change."""

from __future__ import annotations

from datetime import timedelta
from zoneinfo import ZoneInfo

from gridsvc.domain.ids import Adcode
from gridsvc.storage import Store, districts, generations, handovers, plans
from gridsvc.storage import ownership as ownership_rows
from gridsvc.storage.handovers import Introduction

WITHIN_DAYS = 14


def plan_introductions(store: Store, *, adcode: Adcode, generation: int) -> int:
    """Write one introduction per shop and layer that a generation hands from one person to another; give their number.

    Running it again changes nothing. A generation without a plan has none.
    """
    with store.transaction(adcode) as tx:
        published = next((g for g in generations.all_generations(tx) if g.number == generation), None)
        if published is None or published.plan_id is None:
            return 0
        plan = plans.find(tx, published.plan_id)
        zone = districts.find(tx).time_zone
        first_day = published.effective_from.astimezone(ZoneInfo(zone)).date()
        return handovers.replace_introductions(
            tx,
            plan.plan_id,
            [
                Introduction(
                    plan_id=plan.plan_id,
                    layer=row.layer,
                    retailer_id=row.retailer_id,
                    from_staff_id=row.before,
                    to_staff_id=row.after,
                    first_day=first_day,
                    last_day=first_day + timedelta(days=WITHIN_DAYS - 1),
                )
                for row in ownership_rows.changed_at(tx, published.effective_from, plan.layers)
                if row.before is not None and row.after is not None
            ],
        )

"""List the district's plans."""

from __future__ import annotations

from gridsvc.domain.ids import Adcode
from gridsvc.domain.plans import Plan
from gridsvc.storage import Store, plans


def list_plans(store: Store, *, adcode: Adcode) -> list[Plan]:
    """Give the plans, newest first."""
    with store.transaction(adcode) as tx:
        return plans.all_plans(tx)

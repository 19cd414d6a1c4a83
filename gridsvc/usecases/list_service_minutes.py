"""Show how long stops take: assumed, observed, and as estimated from both."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from gridsvc.domain.ids import Adcode
from gridsvc.storage import Store, visits
from gridsvc.storage.visits import ServiceEstimate


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceMinutes:
    """The newest estimates; empty, and `computed_at` None, before the first night."""

    computed_at: datetime | None
    items: list[ServiceEstimate]


def list_service_minutes(store: Store, *, adcode: Adcode) -> ServiceMinutes:
    """Give the estimates by task type, tier and urban form."""
    with store.transaction(adcode) as tx:
        items, computed_at = visits.estimates(tx)
    return ServiceMinutes(computed_at=computed_at, items=items)

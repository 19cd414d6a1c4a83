"""End a subscription."""

from __future__ import annotations

from gridsvc.clock import Clock
from gridsvc.domain.ids import Adcode
from gridsvc.storage import Store, audit, webhooks


def remove_webhook(store: Store, clock: Clock, *, adcode: Adcode, actor: str, webhook_id: str) -> None:
    """Remove a subscription; raises `NotFound`."""
    with store.transaction(adcode) as tx:
        webhooks.find(tx, webhook_id)
        webhooks.remove(tx, webhook_id)
        audit.add(tx, clock, actor=actor, action="webhook.remove", subject=webhook_id)

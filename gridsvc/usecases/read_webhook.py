"""Read one subscription with the events that were given up."""

from __future__ import annotations

from gridsvc.domain.ids import Adcode
from gridsvc.domain.webhooks import DeadLetter, Webhook
from gridsvc.storage import Store, webhooks


def read_webhook(store: Store, *, adcode: Adcode, webhook_id: str) -> tuple[Webhook, list[DeadLetter]]:
    """Give a subscription and what was given up; raises `NotFound`."""
    with store.transaction(adcode) as tx:
        return webhooks.find(tx, webhook_id), webhooks.dead(tx, webhook_id)

"""List the subscriptions of a district."""

from __future__ import annotations

from gridsvc.domain.ids import Adcode
from gridsvc.domain.webhooks import Webhook
from gridsvc.storage import Store, webhooks


def list_webhooks(store: Store, *, adcode: Adcode) -> list[Webhook]:
    """Give the subscriptions with how far each was delivered."""
    with store.transaction(adcode) as tx:
        return webhooks.listed(tx)

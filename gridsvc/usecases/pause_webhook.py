"""Stop delivering to a subscription for a while, or go on."""

from __future__ import annotations

from gridsvc.clock import Clock
from gridsvc.domain.ids import Adcode
from gridsvc.domain.webhooks import Webhook
from gridsvc.storage import Store, audit, events, webhooks


def pause_webhook(
    store: Store, clock: Clock, *, adcode: Adcode, actor: str, webhook_id: str, is_paused: bool
) -> Webhook:
    """Stop delivering to a subscription, or go on where it stopped; raises `NotFound`."""
    with store.transaction(adcode) as tx:
        webhooks.find(tx, webhook_id)
        webhooks.change(tx, webhook_id, paused_at=clock.now() if is_paused else None, next_attempt_at=None)
        action = "webhook.pause" if is_paused else "webhook.resume"
        audit.add(tx, clock, actor=actor, action=action, subject=webhook_id)
        if not is_paused:
            events.deliver_to(tx, webhook_id)
        return webhooks.find(tx, webhook_id)

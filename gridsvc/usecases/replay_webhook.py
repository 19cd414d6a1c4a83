"""Send again what was given up."""

from __future__ import annotations

from gridsvc.clock import Clock
from gridsvc.domain.ids import Adcode
from gridsvc.storage import Store, audit, events, webhooks


def replay_webhook(store: Store, clock: Clock, *, adcode: Adcode, actor: str, webhook_id: str) -> int:
    """Put every event that was given up in front of the next delivery and give their number; raises `NotFound`."""
    with store.transaction(adcode) as tx:
        webhooks.find(tx, webhook_id)
        n_revived = webhooks.revive(tx, webhook_id)
        webhooks.change(tx, webhook_id, n_attempts=0, first_attempt_at=None, next_attempt_at=None)
        audit.add(tx, clock, actor=actor, action="webhook.replay", subject=webhook_id, content={"n": n_revived})
        events.deliver_to(tx, webhook_id)
        return n_revived

"""Subscribe a system to events: from now on, the service calls it."""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from gridsvc.clock import Clock
from gridsvc.domain.ids import Adcode
from gridsvc.domain.webhooks import Webhook, check_kinds
from gridsvc.outbound import check_url
from gridsvc.storage import Store, audit, events, webhooks


@dataclass(frozen=True, slots=True, kw_only=True)
class NewWebhook:
    """A subscription that has just been made; its secret is shown this once."""

    webhook: Webhook
    secret: str


def create_webhook(
    store: Store,
    clock: Clock,
    *,
    adcode: Adcode,
    actor: str,
    url: str,
    kinds: tuple[str, ...],
    after: int | None = None,
    allow_private: bool = False,
) -> NewWebhook:
    """Subscribe an address to kinds of events, from now on or from the event after number `after`.

    Raises `BadInput` for a kind that there is not, and for an address that is not delivered to.
    """
    check_kinds(kinds)
    check_url(url, allow_private=allow_private)
    secret = f"whsec_{secrets.token_urlsafe(32)}"
    with store.transaction(adcode) as tx:
        start = events.newest(tx) if after is None else after
        webhook_id = webhooks.add(tx, clock, url=url, kinds=kinds, secret=secret, after=start, actor=actor)
        audit.add(tx, clock, actor=actor, action="webhook.create", subject=webhook_id, content={"kinds": list(kinds)})
        events.deliver_to(tx, webhook_id)
        return NewWebhook(webhook=webhooks.find(tx, webhook_id), secret=secret)

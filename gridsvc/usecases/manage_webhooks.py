"""Subscribe systems to events: make, list, pause, remove, look at what was given up, and send that again."""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from gridsvc.clock import Clock
from gridsvc.domain.ids import Adcode
from gridsvc.domain.webhooks import DeadLetter, Webhook, check_kinds
from gridsvc.outbound import check_url
from gridsvc.storage import Store, Transaction, audit, events, queue, webhooks

DELIVER = events.DELIVER  # the queue and the task that deliver


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
        _wake(tx, webhook_id)
        return NewWebhook(webhook=webhooks.find(tx, webhook_id), secret=secret)


def list_webhooks(store: Store, *, adcode: Adcode) -> list[Webhook]:
    """Give the subscriptions with how far each was delivered."""
    with store.transaction(adcode) as tx:
        return webhooks.listed(tx)


def read_webhook(store: Store, *, adcode: Adcode, webhook_id: str) -> tuple[Webhook, list[DeadLetter]]:
    """Give a subscription and what was given up; raises `NotFound`."""
    with store.transaction(adcode) as tx:
        return webhooks.find(tx, webhook_id), webhooks.dead(tx, webhook_id)


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
            _wake(tx, webhook_id)
        return webhooks.find(tx, webhook_id)


def remove_webhook(store: Store, clock: Clock, *, adcode: Adcode, actor: str, webhook_id: str) -> None:
    """Remove a subscription; raises `NotFound`."""
    with store.transaction(adcode) as tx:
        webhooks.find(tx, webhook_id)
        webhooks.remove(tx, webhook_id)
        audit.add(tx, clock, actor=actor, action="webhook.remove", subject=webhook_id)


def replay_webhook(store: Store, clock: Clock, *, adcode: Adcode, actor: str, webhook_id: str) -> int:
    """Put every event that was given up in front of the next delivery and give their number; raises `NotFound`."""
    with store.transaction(adcode) as tx:
        webhooks.find(tx, webhook_id)
        n_revived = webhooks.revive(tx, webhook_id)
        webhooks.change(tx, webhook_id, n_attempts=0, first_attempt_at=None, next_attempt_at=None)
        audit.add(tx, clock, actor=actor, action="webhook.replay", subject=webhook_id, content={"n": n_revived})
        _wake(tx, webhook_id)
        return n_revived


def _wake(tx: Transaction, webhook_id: str) -> None:
    arguments = {"adcode": str(tx.adcode), "webhook_id": webhook_id}
    queue.defer(tx, events.DELIVER, arguments, lock=f"webhook {webhook_id}", queue=events.DELIVER)

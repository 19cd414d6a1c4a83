"""Deliver events to one subscription, in order, each until it is taken or given up.

At least once: an event counts as delivered when the answer came and that was written; a worker that dies in between
delivers it again, under the same number. The event that fails holds back those behind it, so a receiver never sees a
later one first; after a day it becomes a dead letter and the line goes on.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

import orjson

from gridsvc.clock import Clock
from gridsvc.domain.errors import BadInput, NotFound
from gridsvc.domain.events import Event
from gridsvc.domain.ids import Adcode
from gridsvc.domain.webhooks import GIVE_UP_AFTER, Webhook, signature, wait_before
from gridsvc.outbound import post
from gridsvc.storage import Store, Transaction, events, webhooks

Post = Callable[[str, bytes, dict[str, str]], tuple[int, str]]
_MOST_AT_ONCE = 500
_LONGEST_ANSWER = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class _Due:
    webhook: Webhook
    secret: str
    event: Event
    is_replay: bool


def deliver_webhook(
    store: Store,
    clock: Clock,
    *,
    adcode: Adcode,
    webhook_id: str,
    allow_private: bool = False,
    send: Post | None = None,
) -> int:
    """Deliver what is due to a subscription and give how many events were taken.

    Ends when nothing is left, when an attempt fails (the next one is queued for later), or after 500 events (the rest
    is queued). A subscription that is paused or gone gets nothing. Calls for one subscription must not overlap: the
    queue's lock sees to that.
    """
    poster = send or (lambda url, body, headers: post(url, body, headers, allow_private=allow_private))
    n_taken = 0
    while n_taken < _MOST_AT_ONCE:
        with store.transaction(adcode) as tx:
            due = _next_due(tx, webhook_id, clock.now())
        if due is None:
            return n_taken
        answer = _attempt(due, clock, poster)
        with store.transaction(adcode) as tx:
            if not _record(tx, clock, due, answer):
                return n_taken
        n_taken += 1
    with store.transaction(adcode) as tx:
        events.deliver_to(tx, webhook_id, None)
    return n_taken


def _next_due(tx: Transaction, webhook_id: str, now: datetime) -> _Due | None:
    try:
        known = webhooks.find(tx, webhook_id)
    except NotFound:
        return None
    if known.paused_at is not None or (known.next_attempt_at is not None and known.next_attempt_at > now):
        return None
    waiting = webhooks.dead(tx, webhook_id, state="waiting")
    after = waiting[0].event_no - 1 if waiting else known.last_event_no
    following = events.after(tx, after, known.kinds, limit=1)
    if not following:
        return None
    return _Due(
        webhook=known, secret=webhooks.secret_of(tx, webhook_id), event=following[0],
        is_replay=bool(waiting) and following[0].event_no == waiting[0].event_no,
    )  # fmt: skip


def _attempt(due: _Due, clock: Clock, send: Post) -> str | None:
    """Try once and give None when the event was taken, else why not."""
    event = due.event.told_to(may_read_shops=False)
    body = orjson.dumps(
        {
            "event_no": event.event_no, "kind": event.kind, "at": event.at, "adcode": due.webhook.adcode,
            "content": event.content,
        }
    )  # fmt: skip
    headers = {
        "Content-Type": "application/json",
        "User-Agent": "gridsvc",
        "Gridsvc-Webhook": due.webhook.webhook_id,
        "Gridsvc-Event": str(event.event_no),
        "Gridsvc-Attempt": str(due.webhook.n_attempts + 1),
        "Gridsvc-Signature": signature(due.secret, int(clock.now().timestamp()), body),
    }
    try:
        status, words = send(due.webhook.url, body, headers)
    except (OSError, BadInput) as error:
        return f"{type(error).__name__}: {error}"[:_LONGEST_ANSWER]
    return None if 200 <= status < 300 else f"status {status}: {words}"[:_LONGEST_ANSWER]


def _record(tx: Transaction, clock: Clock, due: _Due, fault: str | None) -> bool:
    """Write what came of an attempt and give whether the line goes on at once."""
    known, now = due.webhook, clock.now()
    n_attempts = known.n_attempts + 1
    first = known.first_attempt_at or now
    done: dict[str, object] = {"n_attempts": 0, "first_attempt_at": None, "next_attempt_at": None}
    if not due.is_replay:
        done["last_event_no"] = due.event.event_no
    if fault is None:
        webhooks.change(
            tx, known.webhook_id, **done, n_delivered=known.n_delivered + 1, delivered_at=now, last_answer="taken"
        )
        webhooks.bury(tx, known.webhook_id, due.event.event_no)
        return True
    if now - first >= GIVE_UP_AFTER:
        webhooks.give_up(tx, known.webhook_id, due.event.event_no, n_attempts=n_attempts, answer=fault, at=now)
        webhooks.change(tx, known.webhook_id, **done, last_answer=fault)
        return True
    again_at = now + wait_before(n_attempts)
    webhooks.change(
        tx, known.webhook_id, n_attempts=n_attempts, first_attempt_at=first, next_attempt_at=again_at, last_answer=fault
    )
    events.deliver_to(tx, known.webhook_id, again_at)
    return False

"""Subscriptions to events: how a delivery is signed, and how long it is tried."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass
from datetime import datetime, timedelta

from gridsvc.domain.errors import BadInput
from gridsvc.domain.events import KINDS
from gridsvc.domain.ids import Adcode

GIVE_UP_AFTER = timedelta(hours=24)
FIRST_WAIT = timedelta(seconds=5)
LONGEST_WAIT = timedelta(hours=2)


@dataclass(frozen=True, slots=True, kw_only=True)
class Webhook:
    """One subscription, without its secret.

    Parameters
    ----------
    last_event_no : every event up to here was delivered, or given up and kept as a dead letter
    n_attempts, next_attempt_at, last_answer : of the event that is being delivered now
    n_dead : events that were given up and can be sent again
    """

    adcode: Adcode
    webhook_id: str
    url: str
    kinds: tuple[str, ...]
    created_by: str
    created_at: datetime
    paused_at: datetime | None
    last_event_no: int
    n_attempts: int
    first_attempt_at: datetime | None
    next_attempt_at: datetime | None
    last_answer: str | None
    n_delivered: int
    delivered_at: datetime | None
    n_dead: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadLetter:
    """One event that was given up."""

    event_no: int
    n_attempts: int
    last_answer: str
    state: str
    at: datetime


def wait_before(n_attempts: int) -> timedelta:
    """Give the pause after so many failed attempts: 5 s, doubled each time, at most two hours."""
    doubled: int = 2 ** min(n_attempts - 1, 20)
    return min(FIRST_WAIT * doubled, LONGEST_WAIT)


def signature(secret: str, timestamp: int, body: bytes) -> str:
    """Give what `Gridsvc-Signature` holds: HMAC-SHA-256 over the timestamp, a dot and the body.

    The timestamp is signed too, so that a receiver can refuse an old delivery that somebody sends again.
    """
    digest = hmac.new(secret.encode(), b"%d." % timestamp + body, hashlib.sha256).hexdigest()
    return f"t={timestamp},v1={digest}"


def check_kinds(kinds: tuple[str, ...]) -> None:
    """Raise `BadInput` for no kind or one that there is not."""
    unknown = sorted(set(kinds) - KINDS.keys())
    if not kinds or unknown:
        listed = tuple(f"{kind}: {words}" for kind, words in KINDS.items())
        raise BadInput(f"there is no kind of event {', '.join(unknown) or '(none was named)'}", violations=listed)

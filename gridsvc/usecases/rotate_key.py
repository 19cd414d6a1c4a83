"""Rotate a system's key: a new one at once, the old one for a while longer."""

from __future__ import annotations

from datetime import timedelta

from gridsvc.clock import Clock, new_id
from gridsvc.domain.errors import BadInput, Conflict
from gridsvc.domain.ids import Adcode
from gridsvc.storage import Store, accounts, audit
from gridsvc.usecases import secrets_and_hashes
from gridsvc.usecases.create_key import PREFIX

LONGEST_GRACE_HOURS = 24 * 30


def rotate_key(
    store: Store, clock: Clock, *, adcode: Adcode, actor: str, api_key_id: str, grace_hours: int = 24
) -> str:
    """Make a key with the same name, role, scopes and expiry, give it, and let the old one end after `grace_hours`.

    The system has that long to change over; 0 revokes the old key now. Raises `NotFound`, `Conflict` for a key that has
    ended, `BadInput` for a grace of more than 30 days.
    """
    if not 0 <= grace_hours <= LONGEST_GRACE_HOURS:
        raise BadInput(f"the old key lives on for 0 to {LONGEST_GRACE_HOURS} hours")
    now = clock.now()
    key = PREFIX + secrets_and_hashes.new_token()
    with store.transaction(adcode) as tx:
        old = accounts.find_key(tx, api_key_id)
        if old.revoked_at is not None or (old.expires_at is not None and old.expires_at <= now):
            raise Conflict("this key has ended already; make a new one")
        new_key_id = new_id()
        accounts.insert_key(
            tx,
            api_key_id=new_key_id,
            name=old.name,
            key_hash=secrets_and_hashes.token_hash(key),
            role=old.role,
            now=now,
            expires_at=old.expires_at,
            scopes=old.scopes,
        )
        ends = now + timedelta(hours=grace_hours)
        if old.expires_at is not None:
            ends = min(ends, old.expires_at)
        accounts.end_key(tx, api_key_id, expires_at=ends if grace_hours else None, now=now)
        content = {"new_key_id": new_key_id, "grace_hours": grace_hours}
        audit.add(tx, clock, actor=actor, action="rotate_key", subject=api_key_id, content=content)
    return key

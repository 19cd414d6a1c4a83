"""Take one key away by its identifier."""

from __future__ import annotations

from gridsvc.clock import Clock
from gridsvc.domain.ids import Adcode
from gridsvc.storage import Store, accounts, audit
from gridsvc.storage.accounts import ApiKey

__all__ = ["ApiKey", "end_key"]


def end_key(store: Store, clock: Clock, *, adcode: Adcode, actor: str, api_key_id: str) -> ApiKey:
    """Revoke a key and give it; one that is revoked stays as it is. Raises `NotFound`."""
    with store.transaction(adcode) as tx:
        known = accounts.find_key(tx, api_key_id)
        if known.revoked_at is None:
            accounts.end_key(tx, api_key_id, now=clock.now())
            audit.add(tx, clock, actor=actor, action="revoke_key", subject=api_key_id)
        return accounts.find_key(tx, api_key_id)

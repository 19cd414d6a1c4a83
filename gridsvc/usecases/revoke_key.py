"""Take a system's key away."""

from __future__ import annotations

from gridsvc.clock import Clock
from gridsvc.domain.errors import NotFound
from gridsvc.domain.ids import Adcode
from gridsvc.storage import Store, accounts, audit


def revoke_key(store: Store, clock: Clock, *, adcode: Adcode, actor: str, name: str) -> int:
    """Revoke every valid key of this name and give their number; raises `NotFound` when there is none.

    A running server forgets a revoked key within a few seconds (its cache of callers).
    """
    with store.transaction(adcode) as tx:
        n_revoked = accounts.revoke_keys(tx, name, clock.now())
        if not n_revoked:
            raise NotFound(f"there is no valid key named {name}")
        audit.add(tx, clock, actor=actor, action="revoke_key", subject=name, content={"n_keys": n_revoked})
    return n_revoked

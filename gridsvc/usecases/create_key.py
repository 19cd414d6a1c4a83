"""Give a system a key."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from gridsvc.clock import Clock, new_id
from gridsvc.domain.errors import BadInput
from gridsvc.domain.ids import Adcode
from gridsvc.domain.permissions import PERMISSIONS, AccountRole, Action
from gridsvc.storage import Store, accounts, audit, districts
from gridsvc.usecases import secrets_and_hashes
from gridsvc.usecases.create_account import STAFF_ROLES

PREFIX = "gsk_"  # lets secret scanners recognise a leaked key


def create_key(
    store: Store,
    clock: Clock,
    *,
    adcode: Adcode,
    actor: str,
    name: str,
    role: AccountRole,
    expires_at: datetime | None = None,
    scopes: Collection[Action] | None = None,
) -> str:
    """Make a key for `role` and give it: it is shown here once and stored as a hash.

    `scopes` limits it to some actions of its role. Raises `BadInput` for an empty name, an expiry that has passed, an
    action that the role lacks, or a field role (those belong to people).
    """
    if not name.strip() or len(name) > 100:
        raise BadInput("a key's name has 1 to 100 characters: the system that will use it")
    if role in STAFF_ROLES:
        raise BadInput(f"the role {role} belongs to a member of staff, not to a system")
    lacking = sorted(action for action in scopes or () if action not in PERMISSIONS[role])
    if lacking or (scopes is not None and not scopes):
        raise BadInput(
            f"the role {role} does not permit {', '.join(lacking)}" if lacking else "a key needs at least one action"
        )
    now = clock.now()
    if expires_at is not None and expires_at <= now:
        raise BadInput(f"the key would have expired already ({expires_at.isoformat()})")
    key = PREFIX + secrets_and_hashes.new_token()
    with store.transaction(adcode) as tx:
        districts.find(tx)
        api_key_id = new_id()
        accounts.insert_key(
            tx,
            api_key_id=api_key_id,
            name=name.strip(),
            key_hash=secrets_and_hashes.token_hash(key),
            role=role,
            now=now,
            expires_at=expires_at,
            scopes=scopes,
        )
        audit.add(tx, clock, actor=actor, action="create_key", subject=api_key_id, content={"role": role.value})
    return key

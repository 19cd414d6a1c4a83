"""Close an account, or open it again."""

from __future__ import annotations

from gridsvc.clock import Clock
from gridsvc.domain.accounts import ListedAccount, listed
from gridsvc.domain.errors import Conflict
from gridsvc.domain.ids import Adcode
from gridsvc.storage import Store, accounts, audit


def close_account(
    store: Store, clock: Clock, *, adcode: Adcode, actor: str, user_name: str, is_closed: bool = True
) -> ListedAccount:
    """Close an account and end its sessions, or open it again; asking twice changes nothing.

    Raises `NotFound`, and `Conflict` when somebody would lock himself or herself out.
    """
    if is_closed and actor == user_name:
        raise Conflict("nobody closes the account that he or she is signed in with")
    with store.transaction(adcode) as tx:
        known = accounts.find_here(tx, user_name)
        if (known.disabled_at is not None) is not is_closed:
            accounts.set_disabled(tx, known.account_id, clock.now() if is_closed else None)
            if is_closed:
                accounts.delete_sessions_of(tx, known.account_id)
            action = "close_account" if is_closed else "open_account"
            audit.add(tx, clock, actor=actor, action=action, subject=known.account_id)
        return listed(accounts.find_here(tx, user_name))

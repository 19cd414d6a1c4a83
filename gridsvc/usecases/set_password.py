"""Give an account a new password."""

from __future__ import annotations

from gridsvc.clock import Clock
from gridsvc.domain.accounts import check_password
from gridsvc.domain.errors import NotFound
from gridsvc.domain.ids import Adcode
from gridsvc.storage import Store, accounts, audit
from gridsvc.usecases import secrets_and_hashes


def set_password(
    store: Store, clock: Clock, *, adcode: Adcode, actor: str, user_name: str, password: str | None = None
) -> str:
    """Replace the password, end every session of the account, and give the password (generated unless named)."""
    known = password if password is not None else secrets_and_hashes.new_password()
    check_password(known)
    hashed = secrets_and_hashes.password_hash(known)
    with store.transaction(adcode) as tx:
        account = accounts.find_account(tx, user_name)
        if account is None or account.adcode != adcode:
            raise NotFound(f"there is no account {user_name} in district {adcode}")
        accounts.set_password_hash(tx, account.account_id, hashed)
        accounts.delete_sessions_of(tx, account.account_id)
        audit.add(tx, clock, actor=actor, action="set_password", subject=account.account_id)
    return known

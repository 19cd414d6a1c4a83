"""Let a person in: the password against its hash, and a session for the cookie."""

from __future__ import annotations

from datetime import timedelta

from gridsvc.clock import Clock
from gridsvc.domain.accounts import Caller, CallerKind, NewSession, NotSignedIn, is_user_name
from gridsvc.storage import Store, accounts, audit
from gridsvc.usecases import secrets_and_hashes


def sign_in(store: Store, clock: Clock, *, user_name: str, password: str, session_hours: int) -> NewSession:
    """Begin a session; raises `NotSignedIn` with the same words whether the name or the password is wrong."""
    name = user_name.strip().lower()
    with store.directory() as tx:
        account = accounts.find_account(tx, name) if is_user_name(name) else None
    is_right = secrets_and_hashes.is_password(account.password_hash if account else None, password)
    if account is None or not is_right or account.disabled_at is not None:
        raise NotSignedIn("the user name or the password is wrong")
    now = clock.now()
    token = secrets_and_hashes.new_token()
    expires_at = now + timedelta(hours=session_hours)
    with store.transaction(account.adcode) as tx:
        if secrets_and_hashes.is_outdated(account.password_hash):
            accounts.set_password_hash(tx, account.account_id, secrets_and_hashes.password_hash(password))
        hashed = secrets_and_hashes.token_hash(token)
        accounts.insert_session(tx, token_hash=hashed, account_id=account.account_id, now=now, expires_at=expires_at)
        audit.add(tx, clock, actor=account.user_name, action="sign_in", subject=account.account_id)
    caller = Caller(
        adcode=account.adcode,
        name=account.user_name,
        role=account.role,
        kind=CallerKind.SESSION,
        staff_id=account.staff_id,
        valid_until=expires_at,
    )
    return NewSession(token=token, caller=caller, expires_at=expires_at)

"""Let a person in whom an identity provider vouches for: the account that is tied to that person, and a session."""

from __future__ import annotations

from datetime import timedelta

from gridsvc.clock import Clock
from gridsvc.domain.accounts import Account, Caller, CallerKind, NewSession, NotSignedIn, identity
from gridsvc.storage import Store, accounts, audit
from gridsvc.usecases import secrets_and_hashes
from gridsvc.usecases.identity_provider import Identity


def caller_of_identity(store: Store, known: Identity) -> Caller:
    """Give the caller whom a verified token speaks of; raises `NotSignedIn` for somebody without an open account."""
    account = _account(store, known)
    return Caller(
        adcode=account.adcode,
        name=account.user_name,
        role=account.role,
        kind=CallerKind.SIGNED,
        staff_id=account.staff_id,
        valid_until=known.expires_at,
    )


def _account(store: Store, known: Identity) -> Account:
    with store.directory() as tx:
        account = accounts.account_of_subject(tx, identity(known.issuer, known.subject))
    if account is None:
        raise NotSignedIn("the identity provider vouches for you, but no open account here is tied to you")
    return account


def sign_in_by_identity(store: Store, clock: Clock, *, known: Identity, session_hours: int) -> NewSession:
    """Begin a session as a password would; raises `NotSignedIn` for somebody without an open account."""
    account = _account(store, known)
    now = clock.now()
    token = secrets_and_hashes.new_token()
    expires_at = now + timedelta(hours=session_hours)
    with store.transaction(account.adcode) as tx:
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

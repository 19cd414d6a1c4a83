"""Say who is calling, from the secret that they carry."""

from __future__ import annotations

from dataclasses import replace

from gridsvc.clock import Clock
from gridsvc.domain.accounts import Caller, NotSignedIn
from gridsvc.storage import Store, accounts, staff
from gridsvc.usecases import secrets_and_hashes
from gridsvc.usecases.identity_provider import IdentityProvider, is_token
from gridsvc.usecases.sign_in_by_identity import caller_of_identity


def identify_caller(
    store: Store,
    clock: Clock,
    *,
    session_token: str | None = None,
    api_key: str | None = None,
    provider: IdentityProvider | None = None,
) -> Caller:
    """Give the caller of a session token, of an API key, or of a token that the identity provider signed.

    Keys and signed tokens travel alike; where a `provider` is configured, what looks like a signed token is one.

    Raises `NotSignedIn` when the secret is absent, unknown, expired or revoked, or its account is disabled.
    """
    now = clock.now()
    if api_key is not None and provider is not None and is_token(api_key):
        return _placed(store, caller_of_identity(store, provider.verify(api_key, now)))
    with store.directory() as tx:
        if api_key is not None:
            caller = accounts.caller_of_key(tx, secrets_and_hashes.token_hash(api_key), now)
            words = "the API key is unknown, expired or revoked"
        elif session_token is not None:
            caller = accounts.caller_of_session(tx, secrets_and_hashes.token_hash(session_token), now)
            words = "the session has ended; sign in again"
        else:
            raise NotSignedIn
    if caller is None:
        raise NotSignedIn(words)
    return _placed(store, caller)


def _placed(store: Store, caller: Caller) -> Caller:
    """Add where among the staff the caller stands: what the scope `department` reaches."""
    if caller.staff_id is None:
        return caller
    with store.transaction(caller.adcode) as tx:
        org_unit_id, department = staff.department_of(tx, caller.staff_id)
    return replace(caller, org_unit_id=org_unit_id, department=department)

"""Say who is calling, from the secret that they carry."""

from __future__ import annotations

from gridsvc.clock import Clock
from gridsvc.domain.accounts import Caller, NotSignedIn
from gridsvc.storage import Store, accounts
from gridsvc.usecases import secrets_and_hashes


def identify_caller(
    store: Store, clock: Clock, *, session_token: str | None = None, api_key: str | None = None
) -> Caller:
    """Give the caller of a session token or of an API key; a key wins when both are sent.

    Raises `NotSignedIn` when the secret is absent, unknown, expired or revoked, or its account is disabled.
    """
    now = clock.now()
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
    return caller

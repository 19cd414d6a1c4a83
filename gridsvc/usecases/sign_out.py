"""End a session."""

from __future__ import annotations

from gridsvc.storage import Store, accounts
from gridsvc.usecases import secrets_and_hashes


def sign_out(store: Store, *, token: str) -> None:
    """Make the token worthless; a token that is not known changes nothing."""
    with store.directory() as tx:
        accounts.delete_session(tx, secrets_and_hashes.token_hash(token))

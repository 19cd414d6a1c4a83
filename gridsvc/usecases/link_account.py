"""Tie an account to a person of an identity provider."""

from __future__ import annotations

from gridsvc.clock import Clock
from gridsvc.domain.accounts import ListedAccount, identity, listed
from gridsvc.domain.errors import BadInput, Conflict
from gridsvc.domain.ids import Adcode
from gridsvc.storage import Store, accounts, audit


def link_account(
    store: Store, clock: Clock, *, adcode: Adcode, actor: str, user_name: str, issuer: str, subject: str
) -> ListedAccount:
    """Tie an account to the person whom an identity provider calls `subject`.

    Raises `NotFound`, `BadInput` without an issuer or subject, `Conflict` when the person has an account already.
    """
    if not issuer.strip() or not subject.strip():
        raise BadInput("an identity is an issuer and a subject")
    key = identity(issuer, subject)
    with store.transaction(adcode) as tx:
        known = accounts.find_here(tx, user_name)
        other = accounts.account_of_subject(tx, key)
        if other is not None and other.account_id != known.account_id:
            raise Conflict("this person of the identity provider has an account already")
        accounts.set_subject(tx, known.account_id, key)
        audit.add(tx, clock, actor=actor, action="link_account", subject=known.account_id)
        return listed(accounts.find_here(tx, user_name))

"""List the accounts of people, close one and open it again, and tie one to an identity provider."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from gridsvc.clock import Clock
from gridsvc.domain.accounts import Account
from gridsvc.domain.errors import BadInput, Conflict, NotFound
from gridsvc.domain.ids import Adcode, StaffId
from gridsvc.domain.permissions import AccountRole
from gridsvc.storage import Store, Transaction, accounts, audit


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedAccount:
    """An account as administrators see it: never its password's hash."""

    account_id: str
    user_name: str
    role: AccountRole
    staff_id: StaffId | None
    created_at: datetime
    disabled_at: datetime | None
    subject: str | None


def _listed(known: Account) -> ListedAccount:
    return ListedAccount(
        account_id=known.account_id,
        user_name=known.user_name,
        role=known.role,
        staff_id=known.staff_id,
        created_at=known.created_at,
        disabled_at=known.disabled_at,
        subject=known.subject,
    )


def list_accounts(store: Store, *, adcode: Adcode) -> list[ListedAccount]:
    """Give the district's accounts by user name."""
    with store.transaction(adcode) as tx:
        return [_listed(known) for known in accounts.all_accounts(tx)]


def _find(tx: Transaction, user_name: str) -> Account:
    known = next((one for one in accounts.all_accounts(tx) if one.user_name == user_name), None)
    if known is None:
        raise NotFound(f"there is no account {user_name[:64]} in district {tx.adcode}")
    return known


def close_account(
    store: Store, clock: Clock, *, adcode: Adcode, actor: str, user_name: str, is_closed: bool = True
) -> ListedAccount:
    """Close an account and end its sessions, or open it again; asking twice changes nothing.

    Raises `NotFound`, and `Conflict` when somebody would lock himself or herself out.
    """
    if is_closed and actor == user_name:
        raise Conflict("nobody closes the account that he or she is signed in with")
    with store.transaction(adcode) as tx:
        known = _find(tx, user_name)
        if (known.disabled_at is not None) is not is_closed:
            accounts.set_disabled(tx, known.account_id, clock.now() if is_closed else None)
            if is_closed:
                accounts.delete_sessions_of(tx, known.account_id)
            action = "close_account" if is_closed else "open_account"
            audit.add(tx, clock, actor=actor, action=action, subject=known.account_id)
        return _listed(_find(tx, user_name))


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
        known = _find(tx, user_name)
        other = accounts.account_of_subject(tx, key)
        if other is not None and other.account_id != known.account_id:
            raise Conflict("this person of the identity provider has an account already")
        accounts.set_subject(tx, known.account_id, key)
        audit.add(tx, clock, actor=actor, action="link_account", subject=known.account_id)
        return _listed(_find(tx, user_name))


def identity(issuer: str, subject: str) -> str:
    """Give the one text that stands for a person of an identity provider."""
    return f"{issuer.rstrip('/')} {subject}"

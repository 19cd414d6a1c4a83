"""Accounts of people, their sessions, and the keys of systems; secrets are kept as hashes only.

These tables are read before the caller's district is known (`Store.directory`); whoever finds a row learns the
district from it.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from gridsvc.domain.accounts import Account, Caller, CallerKind
from gridsvc.domain.errors import NotFound
from gridsvc.domain.ids import Adcode, StaffId
from gridsvc.domain.permissions import AccountRole, Action
from gridsvc.storage.store import Transaction
from gridsvc.storage.tables import account, api_key, session


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiKey:
    """A system's key as it is listed: never the key itself."""

    api_key_id: str
    name: str
    role: AccountRole
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None
    scopes: tuple[Action, ...] | None = None


def _account(row: Any) -> Account:
    values = dict(row._mapping)
    return Account(**{**values, "role": AccountRole(values["role"])})


def find_account(tx: Transaction, user_name: str) -> Account | None:
    """Give the account of a user name in any district, None when there is none."""
    row = tx.execute(sa.select(account).where(account.c.user_name == user_name)).one_or_none()
    return None if row is None else _account(row)


def find_here(tx: Transaction, user_name: str) -> Account:
    """Give the account of a user name in this district; raises `NotFound`."""
    known = find_account(tx, user_name)
    if known is None or known.adcode != tx.adcode:
        raise NotFound(f"there is no account {user_name[:64]} in district {tx.adcode}")
    return known


def insert_account(tx: Transaction, new: Account) -> None:
    """Add an account; a user name that is taken in any district fails the transaction."""
    names = ("adcode", "account_id", "user_name", "password_hash", "role", "staff_id", "created_at", "disabled_at")
    tx.execute(account.insert().values({name: getattr(new, name) for name in names}))


def set_password_hash(tx: Transaction, account_id: str, password_hash: str) -> None:
    """Replace an account's password hash."""
    key = sa.and_(account.c.adcode == tx.adcode, account.c.account_id == account_id)
    tx.execute(account.update().where(key).values(password_hash=password_hash))


def insert_session(tx: Transaction, *, token_hash: bytes, account_id: str, now: datetime, expires_at: datetime) -> None:
    """Begin a session, and sweep the district's expired ones."""
    tx.execute(session.delete().where(session.c.adcode == tx.adcode, session.c.expires_at <= now))
    values = {"token_hash": token_hash, "account_id": account_id, "created_at": now, "expires_at": expires_at}
    tx.execute(session.insert().values(adcode=tx.adcode, **values))


def delete_session(tx: Transaction, token_hash: bytes) -> None:
    """End a session; ending one that is not there changes nothing."""
    tx.execute(session.delete().where(session.c.token_hash == token_hash))


def delete_sessions_of(tx: Transaction, account_id: str) -> None:
    """End every session of an account."""
    tx.execute(session.delete().where(session.c.adcode == tx.adcode, session.c.account_id == account_id))


def caller_of_session(tx: Transaction, token_hash: bytes, now: datetime) -> Caller | None:
    """Give who a session belongs to, None when it is unknown, expired, or its account is disabled."""
    joined = session.join(
        account, sa.and_(session.c.adcode == account.c.adcode, session.c.account_id == account.c.account_id)
    )
    row = tx.execute(
        sa.select(account.c.adcode, account.c.user_name, account.c.role, account.c.staff_id, session.c.expires_at)
        .select_from(joined)
        .where(session.c.token_hash == token_hash, session.c.expires_at > now, account.c.disabled_at.is_(None))
    ).one_or_none()
    if row is None:
        return None
    return Caller(
        adcode=Adcode(row.adcode),
        name=row.user_name,
        role=AccountRole(row.role),
        kind=CallerKind.SESSION,
        staff_id=StaffId(row.staff_id) if row.staff_id else None,
        valid_until=row.expires_at,
    )


def insert_key(
    tx: Transaction,
    *,
    api_key_id: str,
    name: str,
    key_hash: bytes,
    role: AccountRole,
    now: datetime,
    expires_at: datetime | None,
    scopes: Collection[Action] | None = None,
) -> None:
    """Add a system's key by its hash; `scopes` limits it to some actions of its role."""
    values = {"api_key_id": api_key_id, "name": name, "key_hash": key_hash, "role": role, "created_at": now}
    values["scopes"] = None if scopes is None else sorted(str(action) for action in scopes)
    tx.execute(api_key.insert().values(adcode=tx.adcode, expires_at=expires_at, **values))


def all_keys(tx: Transaction) -> list[ApiKey]:
    """List the district's keys, oldest first."""
    columns = [api_key.c[n] for n in ("api_key_id", "name", "role", "created_at", "expires_at", "revoked_at", "scopes")]
    rows = tx.execute(
        sa.select(*columns).where(api_key.c.adcode == tx.adcode).order_by(api_key.c.created_at, api_key.c.api_key_id)
    )
    return [_key(row) for row in rows]


def _key(row: Any) -> ApiKey:
    scopes = None if row.scopes is None else tuple(Action(word) for word in row.scopes if word in set(Action))
    return ApiKey(**{**row._mapping, "role": AccountRole(row.role), "scopes": scopes})


def find_key(tx: Transaction, api_key_id: str) -> ApiKey:
    """Give a key and hold it until the transaction ends; raises `NotFound`."""
    columns = [api_key.c[n] for n in ("api_key_id", "name", "role", "created_at", "expires_at", "revoked_at", "scopes")]
    here = (api_key.c.adcode == tx.adcode, api_key.c.api_key_id == api_key_id)
    row = tx.execute(sa.select(*columns).where(*here).with_for_update()).one_or_none()
    if row is None:
        raise NotFound(f"there is no key {api_key_id} in district {tx.adcode}")
    return _key(row)


def end_key(tx: Transaction, api_key_id: str, *, expires_at: datetime | None = None, now: datetime) -> None:
    """Let a key expire at an instant, or revoke it now where none is named."""
    key = sa.and_(api_key.c.adcode == tx.adcode, api_key.c.api_key_id == api_key_id)
    values = {"revoked_at": now} if expires_at is None else {"expires_at": expires_at}
    tx.execute(api_key.update().where(key).values(values))


def all_accounts(tx: Transaction) -> list[Account]:
    """List the district's accounts by user name."""
    return [_account(row) for row in tx.execute(
        sa.select(account).where(account.c.adcode == tx.adcode).order_by(account.c.user_name)
    )]  # fmt: skip


def set_disabled(tx: Transaction, account_id: str, disabled_at: datetime | None) -> None:
    """Disable an account, or enable it again (None)."""
    key = sa.and_(account.c.adcode == tx.adcode, account.c.account_id == account_id)
    tx.execute(account.update().where(key).values(disabled_at=disabled_at))


def set_subject(tx: Transaction, account_id: str, subject: str | None) -> None:
    """Tie an account to a person of an identity provider; a subject that is taken fails the transaction."""
    key = sa.and_(account.c.adcode == tx.adcode, account.c.account_id == account_id)
    tx.execute(account.update().where(key).values(subject=subject))


def account_of_subject(tx: Transaction, subject: str) -> Account | None:
    """Give the enabled account of a person of an identity provider, in any district."""
    wanted = sa.select(account).where(account.c.subject == subject, account.c.disabled_at.is_(None))
    row = tx.execute(wanted).one_or_none()
    return None if row is None else _account(row)


def revoke_keys(tx: Transaction, name: str, now: datetime) -> int:
    """Revoke every key of a name that is not revoked yet and give their number."""
    key = sa.and_(api_key.c.adcode == tx.adcode, api_key.c.name == name, api_key.c.revoked_at.is_(None))
    return tx.execute(api_key.update().where(key).values(revoked_at=now)).rowcount


def caller_of_key(tx: Transaction, key_hash: bytes, now: datetime) -> Caller | None:
    """Give which system a key belongs to, None when it is unknown, revoked or expired."""
    row = tx.execute(
        sa.select(api_key).where(
            api_key.c.key_hash == key_hash,
            api_key.c.revoked_at.is_(None),
            sa.or_(api_key.c.expires_at.is_(None), api_key.c.expires_at > now),
        )
    ).one_or_none()
    if row is None:
        return None
    return Caller(
        adcode=Adcode(row.adcode),
        name=row.name,
        role=AccountRole(row.role),
        kind=CallerKind.API_KEY,
        valid_until=row.expires_at,
        actions=None if row.scopes is None else frozenset(Action(word) for word in row.scopes if word in set(Action)),
    )

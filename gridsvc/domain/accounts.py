"""Who is calling: people with a session, systems with a key, and what it takes to be let in."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from gridsvc.domain.errors import BadInput, GridsvcError, NotPermitted
from gridsvc.domain.ids import Adcode, StaffId
from gridsvc.domain.permissions import PERMISSIONS, AccountRole, Action, Reach, Scope, scope_of

MIN_PASSWORD_LENGTH = 10
_USER_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{1,63}")


class NotSignedIn(NotPermitted):
    """Nobody is signed in. Sign in, or send `Authorization: Bearer` with a valid key."""


class TooManyAttempts(NotPermitted):
    """Too many attempts to sign in. Wait a while and try again."""

    def __init__(self, wait_s: int) -> None:
        super().__init__(f"too many attempts to sign in; try again in {wait_s} seconds")
        self.wait_s = wait_s


class TooManyRequests(GridsvcError):
    """You ask too often. Wait as long as `Retry-After` says."""

    def __init__(self, wait_s: int, headers: list[tuple[bytes, bytes]]) -> None:
        super().__init__(f"too many requests with this key; try again in {wait_s} s")
        self.wait_s = wait_s
        self.headers = headers


class CallerKind(StrEnum):
    """How a caller proved who they are."""

    SESSION = "session"
    API_KEY = "api_key"
    SIGNED = "signed"  # a token that the identity provider signed


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """Somebody who may act in one district, in one role.

    `staff_id` ties a person to their own days and grids, `department` and `org_unit_id` to those of the department;
    systems have none. `valid_until` is None for a key that does not expire; `actions` limits a key to some of its
    role's, None = all of them.
    """

    adcode: Adcode
    name: str
    role: AccountRole
    kind: CallerKind
    staff_id: StaffId | None = None
    valid_until: datetime | None = None
    actions: frozenset[Action] | None = None
    department: str | None = None
    org_unit_id: str | None = None

    def may(self, action: Action) -> bool:
        """Whether the caller may use `action` at all."""
        return action in PERMISSIONS[self.role] and (self.actions is None or action in self.actions)

    def permitted(self, action: Action) -> Scope:
        """Give how far the caller may use `action`; raises `NotPermitted` when not at all."""
        if self.actions is not None and action not in self.actions:
            raise NotPermitted(f"this key is limited to {', '.join(sorted(self.actions))}; it does not permit {action}")
        return scope_of(self.role, action)

    def reach(self, action: Action) -> Reach:
        """Give how far the caller's use of `action` goes; raises `NotPermitted` when it is not permitted at all."""
        return Reach(
            scope=self.permitted(action),
            action=action,
            account=self.name,
            staff_id=self.staff_id,
            department=self.department,
            org_unit_id=self.org_unit_id,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """A person's account; the password is kept as an argon2 hash only."""

    adcode: Adcode
    account_id: str
    user_name: str
    password_hash: str
    role: AccountRole
    staff_id: StaffId | None
    created_at: datetime
    disabled_at: datetime | None = None
    subject: str | None = None  # issuer and subject of an identity provider that vouches for the person


@dataclass(frozen=True, slots=True, kw_only=True)
class NewSession:
    """A session that has just begun: the token is shown once and never stored."""

    token: str
    caller: Caller
    expires_at: datetime


def is_user_name(user_name: str) -> bool:
    """Whether this can be the name of an account at all."""
    return _USER_NAME.fullmatch(user_name) is not None


def check_user_name(user_name: str) -> None:
    """Raise `BadInput` unless the name is 2-64 lower-case letters, digits, dots, dashes or underscores."""
    if not is_user_name(user_name):
        raise BadInput(
            "a user name is 2 to 64 lower-case letters, digits, '.', '-' or '_', and begins with a letter or digit"
        )


def check_password(password: str) -> None:
    """Raise `BadInput` unless the password is long enough; length is the only rule (NIST SP 800-63B)."""
    if not MIN_PASSWORD_LENGTH <= len(password) <= 1024:
        raise BadInput(f"a password has {MIN_PASSWORD_LENGTH} to 1,024 characters")


@dataclass(slots=True)
class Attempts:
    """Counts failed attempts of one subject (a user name, an address) and says how long it has to wait.

    The first `free` failures within `window` cost nothing; each further one doubles the wait, from 2 s up to
    `longest`. A success clears the count.
    """

    free: int
    window: timedelta = timedelta(minutes=15)
    longest: timedelta = timedelta(minutes=15)
    n_failed: int = 0
    last_failed_at: datetime | None = None

    def wait_s(self, now: datetime) -> int:
        """Give the seconds until the next attempt is allowed, 0 = now."""
        if self.last_failed_at is None or self.n_failed < self.free:
            return 0
        exponent = min(self.n_failed - self.free + 1, 20)
        pause = min(timedelta(seconds=2**exponent), self.longest)
        left = (self.last_failed_at + pause - now).total_seconds()
        return max(0, int(left) + (left > int(left)))

    def fail(self, now: datetime) -> None:
        """Count a failure; failures older than `window` are forgotten."""
        if self.last_failed_at is not None and now - self.last_failed_at > self.window:
            self.n_failed = 0
        self.n_failed += 1
        self.last_failed_at = now


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


def listed(known: Account) -> ListedAccount:
    """Give an account as administrators see it."""
    return ListedAccount(
        account_id=known.account_id,
        user_name=known.user_name,
        role=known.role,
        staff_id=known.staff_id,
        created_at=known.created_at,
        disabled_at=known.disabled_at,
        subject=known.subject,
    )


def identity(issuer: str, subject: str) -> str:
    """Give the one text that stands for a person of an identity provider."""
    return f"{issuer.rstrip('/')} {subject}"

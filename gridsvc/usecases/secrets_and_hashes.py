"""Make secrets, and turn them into what may be stored."""

from __future__ import annotations

import hashlib
import secrets

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

_HASHER = PasswordHasher()  # argon2id, RFC 9106 low-memory parameters: 64 MiB, 3 passes, 4 lanes
# no l, o, 0, 1: a generated password is read from a screen and typed
_ALPHABET = "abcdefghijkmnpqrstuvwxyz23456789"


def new_token() -> str:
    """Make an opaque token of 256 random bits, safe in a cookie and a header."""
    return secrets.token_urlsafe(32)


def new_password() -> str:
    """Make a password of 100 random bits in five groups that can be read aloud."""
    return "-".join("".join(secrets.choice(_ALPHABET) for _ in range(4)) for _ in range(5))


def token_hash(token: str) -> bytes:
    """Give the SHA-256 of a token: enough for a random secret, and fast enough for every request."""
    return hashlib.sha256(token.encode()).digest()


def password_hash(password: str) -> str:
    """Give the argon2id hash of a password with its parameters and salt (about 50 ms of work on purpose)."""
    return _HASHER.hash(password)


# verified when the user name is unknown, so that the answer takes as long as for a known one
_NOBODY = password_hash(new_password())


def is_password(known_hash: str | None, password: str) -> bool:
    """Whether the password belongs to the hash; None (no such account) takes as long and is always False."""
    try:
        _HASHER.verify(known_hash or _NOBODY, password)
    except (VerificationError, InvalidHashError):
        return False
    return known_hash is not None


def is_outdated(known_hash: str) -> bool:
    """Whether the hash was made with other parameters than today's."""
    return _HASHER.check_needs_rehash(known_hash)

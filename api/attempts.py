"""Slow down whoever guesses passwords."""

from __future__ import annotations

import threading
from datetime import datetime

from gridsvc.domain.accounts import Attempts, TooManyAttempts

# a person mistypes a few times; an office of many people may share one address
FREE_PER_NAME = 5
FREE_PER_ADDRESS = 30
_MOST_SUBJECTS = 50_000


class SignInGuard:
    """Counts failed sign-ins per user name and per address, in this process."""

    def __init__(self) -> None:
        self._subjects: dict[str, Attempts] = {}
        self._lock = threading.Lock()

    def check(self, user_name: str, address: str, now: datetime) -> None:
        """Raise `TooManyAttempts` while the name or the address has to wait."""
        with self._lock:
            waits = [known.wait_s(now) for key in _keys(user_name, address) if (known := self._subjects.get(key))]
        if (wait_s := max(waits, default=0)) > 0:
            raise TooManyAttempts(wait_s)

    def fail(self, user_name: str, address: str, now: datetime) -> None:
        """Count a failure."""
        with self._lock:
            if len(self._subjects) >= _MOST_SUBJECTS:
                self._subjects.clear()
            for key, free in zip(_keys(user_name, address), (FREE_PER_NAME, FREE_PER_ADDRESS), strict=True):
                self._subjects.setdefault(key, Attempts(free=free)).fail(now)

    def succeed(self, user_name: str) -> None:
        """Forget the failures of a name whose owner got in."""
        with self._lock:
            self._subjects.pop(f"name {user_name.strip().lower()}", None)


def _keys(user_name: str, address: str) -> tuple[str, str]:
    return f"name {user_name.strip().lower()}", f"address {address}"

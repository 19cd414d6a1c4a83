"""Keep one caller from taking the service away from the others: a bucket of tokens per key, in this process."""

from __future__ import annotations

import math
from time import monotonic

from gridsvc.domain.accounts import TooManyRequests

_MOST_CALLERS = 20_000


class RateLimiter:
    """Allows `per_s` requests a second per caller, and twice as many at once after a pause; 0 allows all."""

    def __init__(self, per_s: int) -> None:
        self.per_s = per_s
        self._most = 2.0 * per_s
        self._level: dict[bytes, tuple[float, float]] = {}  # tokens left, when

    def take(self, key: bytes, n_tokens: float = 1.0) -> list[tuple[bytes, bytes]]:
        """Count a request and give the headers that tell what is left; raises `TooManyRequests` when nothing is."""
        told = self.take_if_room(key, n_tokens)
        if told is None:
            wait_s = max(1, math.ceil((1.0 - self._left(key, monotonic())) / self.per_s))
            raise TooManyRequests(wait_s, self._headers(0.0))
        return told

    def take_if_room(self, key: bytes, n_tokens: float = 1.0) -> list[tuple[bytes, bytes]] | None:
        """Count a request like `take`, but give None, and count nothing, where nothing is left."""
        if self.per_s == 0:
            return []
        now = monotonic()
        left = self._left(key, now)
        if left < 1.0:
            return None
        if len(self._level) >= _MOST_CALLERS:
            self._level.clear()
        self._level[key] = (left - n_tokens, now)
        return self._headers(max(0.0, left - n_tokens))

    def _left(self, key: bytes, now: float) -> float:
        level, then = self._level.get(key, (self._most, now))
        return min(self._most, level + (now - then) * self.per_s)

    def _headers(self, left: float) -> list[tuple[bytes, bytes]]:
        return [
            (b"ratelimit-limit", b"%d" % self._most),
            (b"ratelimit-remaining", b"%d" % left),
            (b"ratelimit-reset", b"%d" % math.ceil((self._most - left) / self.per_s)),
        ]

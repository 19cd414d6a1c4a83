"""Draw the days of sealed duties at random, and let anyone verify the draw afterwards.

A sealed duty's days are drawn uniformly from its legal patterns by a generator of their own, before anything is
optimised: a guesser who knows every rule, frequency and weekday does no better than chance. Routing may order the day
around them, never move them. The draw can be committed to: publish the hash before, the secret after execution.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from optimize.periodic.problem import PeriodicProblem

_PURPOSE = b"gridsvc sealed draw 1\x00"
_RECORD_PURPOSE = b"gridsvc sealed draw with its record 1\x00"
_SHORTEST_SECRET = 16


def draw_sealed_days(problem: PeriodicProblem, secret: bytes | int) -> PeriodicProblem:
    """The problem with exactly one pattern left for each sealed duty, drawn uniformly.

    Patterns that fall on a day on which nobody allowed is present are not legal and take no part, unless all are such.
    Duties are drawn in row order, one number each, so that the draw depends on the secret and the problem alone.

    Parameters
    ----------
    secret : an integer seed >= 0 for a demonstration, or at least 16 unpredictable bytes where secrecy matters
    """
    generator = np.random.Generator(np.random.PCG64(_entropy(secret)))
    present = problem.staff_of_duty.astype(np.int64) @ (problem.minutes_of_staff_day > 0).astype(np.int64) > 0
    somebody = (present.astype(np.int64) << np.arange(problem.n_days)).sum(axis=1)
    kept = np.ones(len(problem.pattern_mask), np.bool_)
    for duty in np.flatnonzero(problem.sealed).tolist():
        first, end = int(problem.pattern_start[duty]), int(problem.pattern_start[duty + 1])
        lot = generator.random()
        if first == end:
            continue
        own = np.arange(first, end)
        legal = own[(problem.pattern_mask[first:end] & ~somebody[duty]) == 0]
        pool = legal if legal.size else own
        kept[first:end] = False
        kept[pool[int(lot * len(pool))]] = True
    count = np.add.reduceat(np.append(kept, False), problem.pattern_start[:-1]) if problem.n_duties else kept[:0]
    count = np.where(np.diff(problem.pattern_start) > 0, count, 0)
    return replace(
        problem,
        pattern_start=np.concatenate(([0], np.cumsum(count))).astype(np.int32),
        pattern_mask=problem.pattern_mask[kept],
        pattern_cost=problem.pattern_cost[kept],
    )


def draw_order(secret: bytes, subject: str, rows: Sequence[int]) -> list[int]:
    """The rows in an order drawn for a subject, by HMAC-SHA-256 of the secret: each order is equally likely.

    Whoever is shown the secret afterwards draws the same order again, for each subject by itself. O(n log n).
    """

    def lot(row: int) -> bytes:
        return hmac.new(secret, _PURPOSE + f"{subject} {row}".encode(), hashlib.sha256).digest()

    return sorted(rows, key=lot)


def commitment(secret: bytes, record: str | None = None) -> str:
    """The hash to publish before the draw is executed: SHA-256 over a purpose line and the secret, in hex.

    With a record (what the draw is made from and what it gives) the hash covers that too: SHA-256 over another purpose
    line, the 32 bytes of the SHA-256 of the record in UTF-8, and the secret, without which no record can be tried.

    Secrets under 16 bytes could be found by trying and are a ValueError.
    """
    if len(secret) < _SHORTEST_SECRET:
        message = f"a secret needs at least {_SHORTEST_SECRET} bytes, not {len(secret)}"
        raise ValueError(message)
    if record is None:
        return hashlib.sha256(_PURPOSE + secret).hexdigest()
    return hashlib.sha256(_RECORD_PURPOSE + hashlib.sha256(record.encode()).digest() + secret).hexdigest()


def is_revealed_by(published: str, secret: bytes, record: str | None = None) -> bool:
    """Whether a secret shown afterwards, and the record where there is one, are those that were committed to."""
    return hmac.compare_digest(published, commitment(secret, record))


def _entropy(secret: bytes | int) -> int:
    if isinstance(secret, bytes):
        return int.from_bytes(hashlib.sha256(b"draw" + _PURPOSE + secret).digest(), "big")
    return secret

"""Identifiers: what each names, and how a new one is made."""

from __future__ import annotations

import uuid
from typing import NewType

Adcode = NewType("Adcode", str)  # the district, e.g. "520103"
RetailerId = NewType("RetailerId", str)
StaffId = NewType("StaffId", str)
GridId = NewType("GridId", str)
PlanId = NewType("PlanId", str)
PlanVersionId = NewType("PlanVersionId", str)
UnitSetId = NewType("UnitSetId", str)
LineId = NewType("LineId", str)
CycleId = NewType("CycleId", str)
RouteId = NewType("RouteId", str)
JobId = NewType("JobId", str)
CollaborationId = NewType("CollaborationId", str)
NoticeId = NewType("NoticeId", str)

SAMPLE_ADCODE = Adcode("520103")  # the synthetic district stands where Yunyan does


def is_identifier(text: str) -> bool:
    """Whether a text has the form of a public identifier; anything else names nothing."""
    try:
        uuid.UUID(text)
    except ValueError:
        return False
    return True


def uuid7(unix_ms: int, entropy: bytes) -> str:
    """Make a UUID version 7 (RFC 9562): identifiers made later sort later.

    Parameters
    ----------
    unix_ms : milliseconds since 1970-01-01 UTC, 0 <= unix_ms < 2**48
    entropy : 10 random bytes; the same bytes in the same millisecond give the same identifier
    """
    if not 0 <= unix_ms < 1 << 48:
        raise ValueError(f"unix_ms must fit 48 bits, not {unix_ms}")
    if len(entropy) != 10:
        raise ValueError(f"entropy must be 10 bytes, not {len(entropy)}")
    number = unix_ms << 80 | int.from_bytes(entropy, "big")
    number = number & ~(0xF << 76) | 0x7 << 76  # version 7
    number = number & ~(0x3 << 62) | 0x2 << 62  # variant of RFC 9562
    return str(uuid.UUID(int=number))


def is_id(text: str) -> bool:
    """Whether a text can be a public identifier at all: what cannot is not asked of the database."""
    try:
        uuid.UUID(text)
    except ValueError:
        return False
    return True

"""The owners in force since a publication, in one value that a process reads in milliseconds.

A publication knows every owner after it and writes them beside its rows. The database counts each statement on
ownership rows, and a pack is good only while that count is the one it was written at: whatever changes an owner later
leaves the rows to be read one by one, until the next publication.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
import sqlalchemy as sa
from numpy.typing import NDArray

from gridsvc.storage.store import Transaction

_EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
# retailer, person and grid as 16 bytes, zeros for none; positions in `Layer` and `OwnershipSource`; microseconds
# since 2000, `INFINITE` while open
ROW = np.dtype(
    [
        ("retailer_id", "S16"), ("staff_id", "S16"), ("grid_id", "S16"), ("layer", "u1"), ("source", "u1"),
        ("valid_from", "<i8"), ("valid_to", "<i8"),
    ]
)  # fmt: skip


def microseconds(instant: datetime) -> int:
    """Give an instant as PostgreSQL holds it: microseconds since 2000."""
    return (instant - _EPOCH) // timedelta(microseconds=1)


def write(tx: Transaction, rows: NDArray[np.void], since: datetime) -> None:
    """Keep the rows in force from `since` on, of the ownership rows as this transaction has left them."""
    tx.execute(_WRITE, {"adcode": tx.adcode, "since": since, "rows": rows.tobytes()})


def find(tx: Transaction, instant: datetime) -> tuple[NDArray[np.void], datetime] | None:
    """Give the rows in force at `instant` and since when; None where no publication left them as they are now."""
    found = tx.binary_rows(_FIND, {"adcode": str(tx.adcode), "instant": instant})
    return (np.frombuffer(found[0][0], dtype=ROW), found[0][1]) if found else None


_FIND = """
    SELECT rows, since FROM owner_pack WHERE adcode = %(adcode)s AND since <= %(instant)s AND owners = (
        SELECT coalesce(sum(n_changes), 0) FROM look_up_part WHERE adcode = %(adcode)s AND part = 'owners')
"""
_WRITE = sa.text(
    """
    INSERT INTO owner_pack (adcode, owners, since, rows)
    SELECT :adcode, coalesce(sum(n_changes), 0), :since, :rows FROM look_up_part
    WHERE adcode = :adcode AND part = 'owners'
    ON CONFLICT (adcode) DO UPDATE SET owners = excluded.owners, since = excluded.since, rows = excluded.rows
    """
)

"""Tell whether what look-ups read of a district is still what was read: counts that triggers keep."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa

from gridsvc.storage.store import Transaction
from gridsvc.storage.tables import look_up_part as t


@dataclass(frozen=True, slots=True, kw_only=True)
class PartCounts:
    """How often each part was changed by what this transaction sees; the same count means the same rows.

    `staff` counts org units too. A count of owners rises with every statement, the others with every transaction.
    """

    retailers: int = 0
    staff: int = 0
    owners: int = 0


def counts(tx: Transaction) -> PartCounts:
    """Give the counts of the district. O(connections that ever wrote), however many shops and owners there are."""
    total = sa.cast(sa.func.sum(t.c.n_changes), sa.BigInteger).label("total")
    rows = tx.execute(sa.select(t.c.part, total).where(t.c.adcode == tx.adcode).group_by(t.c.part))
    return PartCounts(**{row.part: int(row.total) for row in rows})

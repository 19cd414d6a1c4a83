"""Tell whether a table's rows are still those that were read, without reading them again."""

from __future__ import annotations

import sqlalchemy as sa

from gridsvc.storage.store import Transaction

Fingerprint = tuple[int, int]


def _place(table: sa.Table) -> sa.ColumnElement[int]:
    return sa.literal_column(f'hashtext("{table.name}".xmin::text || "{table.name}".ctid::text)::bigint')


def fingerprints(tx: Transaction, *tables: sa.Table) -> list[Fingerprint]:
    """Give per table a value that changes with every row of the district that is added, changed or removed.

    It sums a hash of where each row version lies and which transaction wrote it, so no column has to be kept for it. A
    table that is written anew (VACUUM FULL) gets another value, which costs one reading more. O(rows), about 1 us each.
    """
    each = []
    for number, table in enumerate(tables):
        total = sa.func.coalesce(sa.func.sum(_place(table)), 0).label("total")
        counted = sa.select(sa.literal(number).label("number"), sa.func.count().label("n_rows"), total)
        each.append(counted.select_from(table).where(table.c.adcode == tx.adcode))
    rows = sorted(tx.execute(sa.union_all(*each)).all(), key=lambda row: int(row.number))
    return [(int(row.n_rows), int(row.total)) for row in rows]

"""Tell whether a table's rows are still those that were read, without reading them again."""

from __future__ import annotations

from collections.abc import Iterable

import sqlalchemy as sa

from gridsvc.domain.ids import PlanVersionId
from gridsvc.storage.store import Transaction
from gridsvc.storage.tables import grid, grid_staff

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


def version_fingerprints(tx: Transaction, versions: Iterable[PlanVersionId]) -> dict[PlanVersionId, Fingerprint]:
    """Give per version a value that changes with every name and owner of its grids. O(grids of the versions)."""
    wanted = list(versions)
    total = sa.func.sum(_place(grid_staff) + _place(grid))
    rows = tx.execute(
        sa.select(grid_staff.c.plan_version_id, sa.func.count().label("n_rows"), total.label("total"))
        .join(grid, sa.and_(grid.c.adcode == grid_staff.c.adcode, grid.c.grid_id == grid_staff.c.grid_id))
        .where(grid_staff.c.adcode == tx.adcode, grid_staff.c.plan_version_id.in_(wanted))
        .group_by(grid_staff.c.plan_version_id)
    )
    found = {PlanVersionId(row.plan_version_id): (int(row.n_rows), int(row.total)) for row in rows}
    return {version: found.get(version, (0, 0)) for version in wanted}

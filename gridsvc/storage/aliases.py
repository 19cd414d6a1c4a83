"""Other names of streets, areas and landmarks: old ones, short ones, what people say."""

from __future__ import annotations

from collections.abc import Iterable

import sqlalchemy as sa

from gridsvc.storage.store import Transaction
from gridsvc.storage.tables import place_alias as t


def listed(tx: Transaction) -> list[tuple[str, str, str]]:
    """Give (kind, alias, name) of every other name, in that order."""
    columns = (t.c.kind, t.c.alias, t.c.name)
    rows = tx.execute(sa.select(*columns).where(t.c.adcode == tx.adcode).order_by(*(c.collate("C") for c in columns)))
    return [(row.kind, row.alias, row.name) for row in rows]


def replace_all(tx: Transaction, names: Iterable[tuple[str, str, str]], import_run_id: str) -> None:
    """Write the other names, (kind, alias, name), in place of all earlier ones."""
    tx.execute(sa.delete(t).where(t.c.adcode == tx.adcode))
    rows = ((tx.adcode, *name, import_run_id) for name in names)
    tx.copy_rows(t, ("adcode", "kind", "alias", "name", "import_run_id"), rows)

"""What a gazetteer is made of, as one mark that changes whenever any of it does."""

from __future__ import annotations

import sqlalchemy as sa

from gridsvc.storage.store import Transaction
from gridsvc.storage.tables import import_run, retailer

_KINDS = ("aliases", "areas", "streets")


def mark(tx: Transaction) -> str:
    """Give a text that changes with every written shop and every import of areas, streets or aliases."""
    counted = sa.select(sa.func.count().label("n_shops"), sa.func.max(retailer.c.changed_at).label("changed_at"))
    shops = tx.execute(counted.where(retailer.c.adcode == tx.adcode)).one()
    runs = sa.select(sa.func.count()).where(import_run.c.adcode == tx.adcode, import_run.c.kind.in_(_KINDS))
    n_runs = tx.execute(runs).scalar_one()
    return f"{shops.n_shops} {shops.changed_at} {n_runs}"

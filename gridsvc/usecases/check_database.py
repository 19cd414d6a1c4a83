"""Ask whether the database answers."""

from __future__ import annotations

from gridsvc.storage import Store, districts


def check_database(store: Store) -> int:
    """Give the number of districts; raises `Unavailable` when the database does not answer."""
    with store.directory() as tx:
        return len(districts.all_districts(tx))

"""List the districts of this service."""

from __future__ import annotations

from gridsvc.storage import Store, districts
from gridsvc.storage.districts import District


def list_districts(store: Store) -> list[District]:
    """Give every district, ordered by adcode."""
    with store.directory() as tx:
        return districts.all_districts(tx)

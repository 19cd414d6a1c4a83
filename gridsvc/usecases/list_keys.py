"""List the keys of systems."""

from __future__ import annotations

from gridsvc.domain.ids import Adcode
from gridsvc.storage import Store, accounts
from gridsvc.storage.accounts import ApiKey


def list_keys(store: Store, *, adcode: Adcode) -> list[ApiKey]:
    """Give the district's keys, oldest first, without the keys themselves."""
    with store.transaction(adcode) as tx:
        return accounts.all_keys(tx)

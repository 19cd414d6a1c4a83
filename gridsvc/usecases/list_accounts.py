"""List the accounts of people."""

from __future__ import annotations

from gridsvc.domain.accounts import ListedAccount, listed
from gridsvc.domain.ids import Adcode
from gridsvc.storage import Store, accounts

__all__ = ["ListedAccount", "list_accounts"]


def list_accounts(store: Store, *, adcode: Adcode) -> list[ListedAccount]:
    """Give the district's accounts by user name."""
    with store.transaction(adcode) as tx:
        return [listed(known) for known in accounts.all_accounts(tx)]

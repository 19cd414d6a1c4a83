"""Verify the audit chain of a district."""

from __future__ import annotations

from gridsvc.domain.ids import Adcode
from gridsvc.storage import Store, audit


def verify_audit(store: Store, *, adcode: Adcode) -> int | None:
    """Give the number of the first row that was changed, removed or put in afterwards; None when the chain holds."""
    with store.transaction(adcode) as tx:
        return audit.first_broken(tx)

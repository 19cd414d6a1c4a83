"""Read the record of every write."""

from __future__ import annotations

from gridsvc.domain.ids import Adcode
from gridsvc.storage import Store, audit
from gridsvc.storage.audit import AuditRow

__all__ = ["AuditRow", "list_audit"]


def list_audit(store: Store, *, adcode: Adcode, after: int = 0, limit: int = 100) -> list[AuditRow]:
    """Give the rows after a number, oldest first."""
    with store.transaction(adcode) as tx:
        return audit.rows_after(tx, after, limit)

"""List the departments: who answers for each, and where to call."""

from __future__ import annotations

from gridsvc.domain.ids import Adcode
from gridsvc.storage import Store
from gridsvc.storage import staff as staff_rows
from gridsvc.storage.staff import Department

__all__ = ["Department", "list_departments"]


def list_departments(store: Store, *, adcode: Adcode) -> list[Department]:
    """Give the departments by name, with their head and duty telephone where these are known."""
    with store.transaction(adcode) as tx:
        return staff_rows.departments(tx)

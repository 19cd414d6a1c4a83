"""List the field staff."""

from __future__ import annotations

from gridsvc.domain.ids import Adcode
from gridsvc.domain.layers import Role
from gridsvc.storage import Store, staff
from gridsvc.storage.staff import StaffMember

__all__ = ["StaffMember", "list_staff"]


def list_staff(store: Store, *, adcode: Adcode, role: Role | None = None) -> list[StaffMember]:
    """Give the staff by code, of one role where it is named."""
    with store.transaction(adcode) as tx:
        return staff.all_staff(tx, role=role)

"""List the field staff."""

from __future__ import annotations

from gridsvc.domain.ids import Adcode
from gridsvc.domain.layers import Role
from gridsvc.domain.permissions import Reach
from gridsvc.storage import Store, staff
from gridsvc.storage.staff import StaffMember

__all__ = ["StaffMember", "list_staff"]


def list_staff(
    store: Store, *, adcode: Adcode, role: Role | None = None, reach: Reach | None = None
) -> list[StaffMember]:
    """Give the staff by code: of one role where it is named, within a caller's reach where there is one."""
    with store.transaction(adcode) as tx:
        found = staff.all_staff(tx, role=role)
    return [one for one in found if reach is None or reach.covers(one.staff_id, one.org_unit_name)]

"""List the staff with everything that the organisation says of them."""

from __future__ import annotations

from gridsvc.domain.ids import Adcode
from gridsvc.storage import Store
from gridsvc.usecases.read_staff_member import StaffRecord, records_of


def list_staff_records(store: Store, *, adcode: Adcode) -> list[StaffRecord]:
    """Give every member of staff by code, with deputies, crew partner and absences."""
    with store.transaction(adcode) as tx:
        return records_of(tx)

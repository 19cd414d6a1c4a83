"""Read one organisational unit."""

from __future__ import annotations

from gridsvc.domain.ids import Adcode
from gridsvc.domain.organisation import OrgUnit
from gridsvc.storage import Store, organisation


def read_org_unit(store: Store, *, adcode: Adcode, org_unit_id: str) -> OrgUnit:
    """Give a unit; raises `NotFound`."""
    with store.transaction(adcode) as tx:
        return organisation.find(tx, org_unit_id)

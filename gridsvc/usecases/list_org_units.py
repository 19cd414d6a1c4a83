"""List the organisational units."""

from __future__ import annotations

from gridsvc.domain.ids import Adcode
from gridsvc.domain.organisation import OrgUnit
from gridsvc.storage import Store, organisation

__all__ = ["OrgUnit", "list_org_units"]


def list_org_units(store: Store, *, adcode: Adcode) -> list[OrgUnit]:
    """Give the units by name; `parent_id` makes the tree."""
    with store.transaction(adcode) as tx:
        return organisation.all_units(tx)

"""The organisational units of a district."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from gridsvc.domain.errors import NotFound
from gridsvc.domain.ids import StaffId, is_id
from gridsvc.domain.layers import Layer
from gridsvc.domain.organisation import OrgKind, OrgUnit
from gridsvc.storage.store import Transaction
from gridsvc.storage.tables import org_unit as t

_NAMES = ("org_unit_id", "name", "kind", "layer", "parent_id", "head_staff_id", "duty_phone")


def _unit(row: Any) -> OrgUnit:
    values = {name: getattr(row, name) for name in _NAMES}
    layer, head = values["layer"], values["head_staff_id"]
    return OrgUnit(
        **{
            **values,
            "kind": OrgKind(values["kind"]),
            "layer": Layer(layer) if layer else None,
            "head_staff_id": StaffId(head) if head else None,
        }
    )


def all_units(tx: Transaction, *, for_update: bool = False) -> list[OrgUnit]:
    """Give the units by name; `for_update` makes other writers wait until the transaction ends."""
    wanted = sa.select(t).where(t.c.adcode == tx.adcode).order_by(t.c.name)
    return [_unit(row) for row in tx.execute(wanted.with_for_update() if for_update else wanted)]


def find(tx: Transaction, org_unit_id: str) -> OrgUnit:
    """Give a unit; raises `NotFound`."""
    key = (t.c.adcode == tx.adcode, t.c.org_unit_id == org_unit_id)
    row = tx.execute(sa.select(t).where(*key)).one_or_none() if is_id(org_unit_id) else None
    if row is None:
        raise NotFound(f"there is no department {org_unit_id[:60]} in district {tx.adcode}")
    return _unit(row)


def insert(tx: Transaction, new: OrgUnit) -> None:
    """Add a unit."""
    tx.execute(t.insert().values(adcode=tx.adcode, **{name: getattr(new, name) for name in _NAMES}))


def update(tx: Transaction, changed: OrgUnit) -> None:
    """Replace the values of a unit."""
    values = {name: getattr(changed, name) for name in _NAMES if name != "org_unit_id"}
    key = (t.c.adcode == tx.adcode, t.c.org_unit_id == changed.org_unit_id)
    tx.execute(t.update().where(*key).values(values))

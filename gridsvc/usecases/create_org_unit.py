"""Make an organisational unit."""

from __future__ import annotations

from gridsvc.clock import Clock, new_id
from gridsvc.domain.errors import NotFound
from gridsvc.domain.ids import Adcode, StaffId
from gridsvc.domain.layers import Layer
from gridsvc.domain.organisation import OrgKind, OrgUnit, check_org_unit
from gridsvc.storage import Store, audit, districts, organisation, staff


def create_org_unit(
    store: Store,
    clock: Clock,
    *,
    adcode: Adcode,
    actor: str,
    name: str,
    kind: OrgKind,
    layer: Layer | None = None,
    parent_id: str | None = None,
    head_staff_code: str | None = None,
    duty_phone: str | None = None,
) -> OrgUnit:
    """Make a unit and give it.

    Raises `BadInput` with every fault, `NotFound` for an unknown head or district.
    """
    with store.transaction(adcode) as tx:
        districts.lock(tx)
        head: StaffId | None = None
        if head_staff_code is not None:
            head = staff.id_of_code(tx, head_staff_code)
            if head is None:
                raise NotFound(f"there is no member of staff {head_staff_code} in district {adcode}")
        new = OrgUnit(
            org_unit_id=new_id(), name=name.strip(), kind=kind, layer=layer, parent_id=parent_id, head_staff_id=head,
            duty_phone=duty_phone,
        )  # fmt: skip
        check_org_unit(new, {one.org_unit_id: one for one in organisation.all_units(tx)})
        organisation.insert(tx, new)
        content = {"kind": str(kind), "layer": str(layer) if layer else None}
        audit.add(tx, clock, actor=actor, action="department.create", subject=new.org_unit_id, content=content)
        districts.bump_revision(tx)
    return new

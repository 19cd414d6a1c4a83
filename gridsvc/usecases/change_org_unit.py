"""Change an organisational unit, on the version that was seen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from gridsvc.clock import Clock
from gridsvc.domain.errors import BadInput, NotFound
from gridsvc.domain.ids import Adcode
from gridsvc.domain.organisation import OrgUnit, check_org_unit
from gridsvc.storage import Store, audit, districts, organisation, staff
from gridsvc.usecases.require_unchanged import require_unchanged

_MAY_CHANGE = frozenset({"name", "kind", "layer", "parent_id", "duty_phone", "head_staff_code"})


def change_org_unit(
    store: Store,
    clock: Clock,
    *,
    adcode: Adcode,
    actor: str,
    org_unit_id: str,
    if_match: str | None,
    changes: Mapping[str, Any],
) -> OrgUnit:
    """Change the named values of a unit and give it; what is not named stays, None takes a value away.

    Parameters
    ----------
    if_match : the ETag that was seen
    changes : name, kind, layer, parent_id, duty_phone, head_staff_code

    Raises
    ------
    VersionMissing, VersionUnknown
        no version was named, or none of ours.
    Conflict
        somebody changed it since, with who and when.
    BadInput
        every fault of what it would be.
    NotFound
        there is no such unit, or no such head.
    """
    unknown = changes.keys() - _MAY_CHANGE
    if unknown:
        raise ValueError(f"a department has no {', '.join(sorted(unknown))}")
    with store.transaction(adcode) as tx:
        districts.lock(tx)
        before = organisation.find(tx, org_unit_id)
        require_unchanged(tx, before, subject=org_unit_id, if_match=if_match)
        values = dict(changes)
        if "head_staff_code" in values:
            code = values.pop("head_staff_code")
            values["head_staff_id"] = staff.id_of_code(tx, code) if code is not None else None
            if code is not None and values["head_staff_id"] is None:
                raise NotFound(f"there is no member of staff {code} in district {adcode}")
        for name in ("name", "kind"):
            if values.get(name, "") is None:
                raise BadInput(f"a department needs its {name}")
        after = replace(before, **values)
        check_org_unit(after, {one.org_unit_id: one for one in organisation.all_units(tx)} | {org_unit_id: after})
        if after == before:
            return before
        organisation.update(tx, after)
        changed = sorted(name for name in after.__slots__ if getattr(after, name) != getattr(before, name))
        audit.add(tx, clock, actor=actor, action="department.change", subject=org_unit_id, content={"changed": changed})
        districts.bump_revision(tx)
    return after

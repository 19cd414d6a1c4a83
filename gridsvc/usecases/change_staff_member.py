"""Change a member of staff, on the version that was seen, or take a new one on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from gridsvc.clock import Clock, new_id
from gridsvc.domain.errors import BadInput, Conflict
from gridsvc.domain.ids import Adcode, StaffId
from gridsvc.domain.layers import Role
from gridsvc.storage import Store, Transaction, audit, districts, organisation, ownership, staff
from gridsvc.storage.staff import StaffMember
from gridsvc.usecases.read_staff_member import StaffRecord, record_of
from gridsvc.usecases.require_unchanged import require_unchanged

MOST_DEPUTIES = 5
LONGEST_NAME = 100


def change_staff_member(
    store: Store,
    clock: Clock,
    *,
    adcode: Adcode,
    actor: str,
    staff_code_or_id: str,
    if_match: str | None,
    changes: Mapping[str, Any],
    is_new: bool = False,
) -> StaffRecord:
    """Change the named values of a member of staff and give the record; what is not named stays.

    Parameters
    ----------
    if_match : the ETag that was seen; not looked at where `is_new`
    changes : name, role, org_unit_name, office_lon, office_lat, vehicle_capacity_cartons, first_day, last_day,
        deputies (staff codes, first asked first; none = the owners of adjoining grids stand in), crew_partner (a staff
        code of the same role; both become each other's, and leave whom they had)
    is_new : take a new member on under the code

    Raises
    ------
    VersionMissing, VersionUnknown
        no version was named, or none of ours.
    Conflict
        somebody changed it since; the code is taken; the person owns shops in the layer of the old role.
    BadInput
        every fault of what it would be.
    NotFound
        there is no such member.
    """
    with store.transaction(adcode) as tx:
        district = districts.lock(tx)
        known = {one.staff_code: one for one in staff.all_staff(tx)}
        if is_new:
            if staff_code_or_id in known:
                raise Conflict(f"there is a member of staff {staff_code_or_id} already")
            middle = district.boundary.representative_point()
            before = StaffMember(
                staff_id=StaffId(new_id()), staff_code=staff_code_or_id, name="", role=Role.CUSTOMER_MANAGER,
                org_unit_name=None, office_lon=middle.x, office_lat=middle.y,
            )  # fmt: skip
        else:
            seen = record_of(tx, staff_code_or_id)
            before = seen.member
            require_unchanged(tx, seen, subject=before.staff_id, if_match=if_match)
        after = _changed(tx, before, changes, known)
        if not is_new and after.role is not before.role:
            _require_no_shops(tx, clock, before)
        if after != before:
            staff.save(tx, [after])
            if after.partner_id != before.partner_id:
                staff.pair(tx, after.staff_id, after.partner_id)
            changed = sorted(name for name in after.__slots__ if getattr(after, name) != getattr(before, name))
            action = "staff.create" if is_new else "staff.change"
            audit.add(tx, clock, actor=actor, action=action, subject=after.staff_id, content={"changed": changed})
            districts.bump_revision(tx)
        return record_of(tx, after.staff_id)


def _changed(
    tx: Transaction, before: StaffMember, changes: Mapping[str, Any], known: Mapping[str, StaffMember]
) -> StaffMember:
    values = dict(changes)
    faults: list[str] = []
    if "deputies" in values:
        values["deputies"] = _deputies(before, values["deputies"], known, faults)
    if "crew_partner" in values:
        values["partner_id"] = _partner(before, values.pop("crew_partner"), values.get("role"), known, faults)
    after = replace(before, **values)
    if before.staff_code not in known and "role" not in changes:
        faults.append("role: a new member of staff needs one")
    if not 1 <= len(after.name.strip()) <= LONGEST_NAME:
        faults.append(f"name has to have 1 to {LONGEST_NAME} characters")
    names = {unit.name for unit in organisation.all_units(tx)}
    if after.org_unit_name is not None and after.org_unit_name not in names:
        faults.append(f"org_unit_name: there is no department {after.org_unit_name}")
    if not (-180 <= after.office_lon <= 180 and -90 <= after.office_lat <= 90):
        faults.append("office_lon, office_lat: degrees in WGS-84")
    if after.first_day is not None and after.last_day is not None and after.last_day < after.first_day:
        faults.append("last_day lies before first_day")
    if faults:
        raise BadInput(f"the record of {before.staff_code} cannot be kept like this", violations=tuple(faults))
    return after


def _deputies(
    before: StaffMember, codes: Any, known: Mapping[str, StaffMember], faults: list[str]
) -> tuple[StaffId, ...]:
    wanted = tuple(dict.fromkeys(codes or ()))
    if len(wanted) > MOST_DEPUTIES:
        faults.append(f"deputies: at most {MOST_DEPUTIES}")
    faults.extend(f"deputies: there is no member of staff {code}" for code in wanted if code not in known)
    if before.staff_code in wanted:
        faults.append("deputies: nobody is his or her own deputy")
    return tuple(known[code].staff_id for code in wanted if code in known)


def _partner(
    before: StaffMember, code: str | None, role: Role | None, known: Mapping[str, StaffMember], faults: list[str]
) -> StaffId | None:
    if code is None:
        return None
    partner = known.get(code)
    if partner is None:
        faults.append(f"crew_partner: there is no member of staff {code}")
        return None
    if code == before.staff_code or partner.role is not (role or before.role):
        faults.append("crew_partner: a crew is two different people of one role")
    return partner.staff_id


def _require_no_shops(tx: Transaction, clock: Clock, member: StaffMember) -> None:
    owners = ownership.owner_ids_at(tx, clock.now()).values()
    n_shops = sum(staff_id == member.staff_id for staff_id, _ in owners)
    if n_shops:
        raise Conflict(
            f"{member.staff_code} owns {n_shops:,} shops as {member.role}; give these to somebody else by a plan first"
        )

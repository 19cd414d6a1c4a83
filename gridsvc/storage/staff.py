"""The field staff, their departments and their absences."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa

from gridsvc.clock import new_id
from gridsvc.domain.ids import StaffId
from gridsvc.domain.layers import Role
from gridsvc.storage.store import Transaction
from gridsvc.storage.tables import absence, org_unit
from gridsvc.storage.tables import staff as t

KIND_OF_ROLE = {
    Role.MARKET_INSPECTOR: "monopoly_office",
    Role.CUSTOMER_MANAGER: "market_department",
    Role.DELIVERY_DRIVER: "delivery_centre",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class StaffMember:
    """One member of the field staff.

    Parameters
    ----------
    office_lon, office_lat : where the day begins and ends, WGS-84
    vehicle_capacity_cartons : drivers only
    first_day, last_day : days in service, both included; None = open
    deputies : who stands in, first asked first; none = the owners of adjoining grids
    partner_id : the other officer of the crew; None = paired by office and code
    """

    staff_id: StaffId
    staff_code: str
    name: str
    role: Role
    org_unit_name: str | None
    office_lon: float
    office_lat: float
    vehicle_capacity_cartons: int | None = None
    first_day: date | None = None
    last_day: date | None = None
    deputies: tuple[StaffId, ...] = ()
    partner_id: StaffId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Absence:
    """One absence of a staff member, both days included."""

    staff_id: StaffId
    first_day: date
    last_day: date
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Department:
    """An organisational unit as its neighbours know it; head and telephone are None until they are named."""

    org_unit_id: str
    name: str
    kind: str
    layer: str | None
    duty_phone: str | None
    head_staff_code: str | None
    head_name: str | None


_COLUMNS = (t.c.staff_id, t.c.staff_code, t.c.name, t.c.role, org_unit.c.name.label("org_unit_name"), t.c.office_lon,
            t.c.office_lat, t.c.vehicle_capacity_cartons, t.c.first_day, t.c.last_day,
            t.c.deputy_ids.label("deputies"), t.c.partner_id)  # fmt: skip


def all_staff(tx: Transaction, *, role: Role | None = None, on: date | None = None) -> list[StaffMember]:
    """Give the staff ordered by staff_code: of one role, and in service on one day, where these are named."""
    join = t.outerjoin(org_unit, sa.and_(t.c.adcode == org_unit.c.adcode, t.c.org_unit_id == org_unit.c.org_unit_id))
    statement = sa.select(*_COLUMNS).select_from(join).where(t.c.adcode == tx.adcode).order_by(t.c.staff_code)
    if role is not None:
        statement = statement.where(t.c.role == role)
    if on is not None:
        statement = statement.where(sa.func.coalesce(t.c.first_day, on) <= on, sa.func.coalesce(t.c.last_day, on) >= on)
    return [
        StaffMember(**{**row._mapping, "role": Role(row.role), "deputies": tuple(row.deputies)})
        for row in tx.execute(statement)
    ]


def id_of_code(tx: Transaction, staff_code: str) -> StaffId | None:
    """Give the identifier of a staff code, None for an unknown one."""
    found = tx.execute(sa.select(t.c.staff_id).where(t.c.adcode == tx.adcode, t.c.staff_code == staff_code))
    known = found.scalar_one_or_none()
    return StaffId(known) if known else None


def department_of(tx: Transaction, staff_id: StaffId) -> tuple[str | None, str | None]:
    """Give the identifier and name of a person's department; (None, None) where there is none."""
    join = t.join(org_unit, sa.and_(t.c.adcode == org_unit.c.adcode, t.c.org_unit_id == org_unit.c.org_unit_id))
    wanted = sa.select(org_unit.c.org_unit_id, org_unit.c.name).select_from(join)
    row = tx.execute(wanted.where(t.c.adcode == tx.adcode, t.c.staff_id == staff_id)).one_or_none()
    return (None, None) if row is None else (row.org_unit_id, row.name)


def pair(tx: Transaction, staff_id: StaffId, partner_id: StaffId | None) -> None:
    """Make two people each other's partners, or leave one without; whoever either was paired with has none then."""
    both = [one for one in (staff_id, partner_id) if one is not None]
    freed = sa.or_(t.c.partner_id.in_(both), t.c.staff_id.in_(both))
    tx.execute(t.update().where(t.c.adcode == tx.adcode, freed).values(partner_id=None))
    if partner_id is not None:
        for one, other in ((staff_id, partner_id), (partner_id, staff_id)):
            tx.execute(t.update().where(t.c.adcode == tx.adcode, t.c.staff_id == one).values(partner_id=other))


def save(tx: Transaction, members: Iterable[StaffMember]) -> None:
    """Add the members that are new by `staff_id` and replace the values of the others; departments are made by name."""
    listed = list(members)
    units = _departments(tx, listed)
    known = set(tx.execute(sa.select(t.c.staff_id).where(t.c.adcode == tx.adcode)).scalars())
    rows = [
        {
            "staff_id": member.staff_id, "staff_code": member.staff_code, "name": member.name,
            "role": member.role.value,
            "org_unit_id": units.get(member.org_unit_name or ""), "office_lon": member.office_lon,
            "office_lat": member.office_lat, "vehicle_capacity_cartons": member.vehicle_capacity_cartons,
            "first_day": member.first_day, "last_day": member.last_day, "deputy_ids": list(member.deputies),
            "partner_id": member.partner_id,
        }
        for member in listed
    ]  # fmt: skip
    new = [{"adcode": tx.adcode, **row} for row in rows if row["staff_id"] not in known]
    old = [{f"new_{name}": value for name, value in row.items()} for row in rows if row["staff_id"] in known]
    if new:
        tx.execute(sa.insert(t), new)
    if old:
        changed: dict[str, sa.BindParameter[Any]] = {
            name: sa.bindparam(f"new_{name}") for name in rows[0] if name != "staff_id"
        }
        key = sa.and_(t.c.adcode == tx.adcode, t.c.staff_id == sa.bindparam("new_staff_id"))
        tx.execute(sa.update(t).where(key).values(changed), old)


def _departments(tx: Transaction, members: list[StaffMember]) -> dict[str, str]:
    """Give the id of each named department; the layer of a new one is that of the first member who names it."""
    statement = sa.select(org_unit.c.name, org_unit.c.org_unit_id).where(org_unit.c.adcode == tx.adcode)
    known: dict[str, str] = {row.name: row.org_unit_id for row in tx.execute(statement)}
    for member in members:
        if not member.org_unit_name or member.org_unit_name in known:
            continue
        known[member.org_unit_name] = new_id()
        values = {
            "adcode": tx.adcode, "org_unit_id": known[member.org_unit_name], "name": member.org_unit_name,
            "kind": KIND_OF_ROLE[member.role], "layer": member.role.layer.value,
        }  # fmt: skip
        tx.execute(sa.insert(org_unit).values(values))
    return known


def head_of(tx: Transaction, department: str) -> StaffId | None:
    """Give who answers for a department, by its name; None where nobody is named."""
    head = sa.select(org_unit.c.head_staff_id).where(org_unit.c.adcode == tx.adcode, org_unit.c.name == department)
    found = tx.execute(head).scalar_one_or_none()
    return StaffId(found) if found else None


def set_department(tx: Transaction, department: str, *, head: StaffId | None, duty_phone: str | None) -> bool:
    """Record who heads a department and its duty phone; what is None stays. Returns whether there is the department."""
    values = {name: value for name, value in (("head_staff_id", head), ("duty_phone", duty_phone)) if value is not None}
    known = (org_unit.c.adcode == tx.adcode, org_unit.c.name == department)
    if not values:
        return tx.execute(sa.select(org_unit.c.org_unit_id).where(*known)).first() is not None
    return bool(tx.execute(org_unit.update().where(*known).values(values)).rowcount)


def departments(tx: Transaction) -> list[Department]:
    """Give the departments by name."""
    head = t.alias("head")
    joined = org_unit.outerjoin(
        head, sa.and_(org_unit.c.adcode == head.c.adcode, org_unit.c.head_staff_id == head.c.staff_id)
    )
    rows = tx.execute(
        sa.select(
            org_unit.c.org_unit_id, org_unit.c.name, org_unit.c.kind, org_unit.c.layer, org_unit.c.duty_phone,
            head.c.staff_code.label("head_staff_code"), head.c.name.label("head_name"),
        )
        .select_from(joined)
        .where(org_unit.c.adcode == tx.adcode)
        .order_by(org_unit.c.name)
    )  # fmt: skip
    return [Department(**row._mapping) for row in rows]


def absences(tx: Transaction, *, on: date | None = None) -> list[Absence]:
    """Give the absences, ordered by staff and first day; of one day where it is named."""
    statement = sa.select(absence.c.staff_id, absence.c.first_day, absence.c.last_day, absence.c.reason)
    statement = statement.where(absence.c.adcode == tx.adcode).order_by(absence.c.staff_id, absence.c.first_day)
    if on is not None:
        statement = statement.where(absence.c.first_day <= on, absence.c.last_day >= on)
    return [Absence(**row._mapping) for row in tx.execute(statement)]


def remove_absence(tx: Transaction, staff_id: StaffId, first_day: date) -> bool:
    """Remove the absence that begins on a day; gives whether there was one."""
    key = (absence.c.adcode == tx.adcode, absence.c.staff_id == staff_id, absence.c.first_day == first_day)
    return bool(tx.execute(sa.delete(absence).where(*key)).rowcount)


def save_absences(tx: Transaction, items: Iterable[Absence]) -> None:
    """Add absences; one that begins on the same day replaces the earlier one."""
    for item in items:
        key = sa.and_(
            absence.c.adcode == tx.adcode, absence.c.staff_id == item.staff_id, absence.c.first_day == item.first_day
        )
        tx.execute(sa.delete(absence).where(key))
        values = {"staff_id": item.staff_id, "first_day": item.first_day, "last_day": item.last_day}
        tx.execute(sa.insert(absence).values(adcode=tx.adcode, reason=item.reason, **values))

"""Read one member of staff: role, office, department, deputies, partner, and days away."""

from __future__ import annotations

from dataclasses import dataclass

from gridsvc.domain.errors import NotFound
from gridsvc.domain.ids import Adcode
from gridsvc.domain.organisation import version_of
from gridsvc.storage import Store, Transaction, staff
from gridsvc.storage.staff import Absence, StaffMember


@dataclass(frozen=True, slots=True, kw_only=True)
class StaffRecord:
    """A member of staff with the absences, the codes of the deputies in order, and that of the partner in a crew."""

    member: StaffMember
    deputies: tuple[str, ...]
    crew_partner: str | None
    absences: tuple[Absence, ...]

    @property
    def version(self) -> str:
        """What `If-Match` has to name to change the member."""
        return version_of(self)


def read_staff_member(store: Store, *, adcode: Adcode, staff_code_or_id: str) -> StaffRecord:
    """Give a member of staff by code or identifier; raises `NotFound`."""
    with store.transaction(adcode) as tx:
        return record_of(tx, staff_code_or_id)


def record_of(tx: Transaction, staff_code_or_id: str) -> StaffRecord:
    """Give a member of staff within a transaction; raises `NotFound`."""
    found = next(
        (one for one in records_of(tx) if staff_code_or_id in (one.member.staff_code, one.member.staff_id)), None
    )
    if found is None:
        raise NotFound(f"there is no member of staff {staff_code_or_id[:60]} in district {tx.adcode}")
    return found


def records_of(tx: Transaction) -> list[StaffRecord]:
    """Give every member of staff by code."""
    known, absences = staff.all_staff(tx), staff.absences(tx)
    code_of = {one.staff_id: one.staff_code for one in known}
    return [
        StaffRecord(
            member=member,
            deputies=tuple(code_of[one] for one in member.deputies if one in code_of),
            crew_partner=code_of.get(member.partner_id) if member.partner_id else None,
            absences=tuple(one for one in absences if one.staff_id == member.staff_id),
        )
        for member in known
    ]

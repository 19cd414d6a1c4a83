"""Find a member of staff as far as the caller reaches."""

from __future__ import annotations

from gridsvc.domain.errors import NotFound, NotPermitted
from gridsvc.domain.ids import Adcode
from gridsvc.domain.permissions import Reach, Scope
from gridsvc.storage import Store, Transaction, staff
from gridsvc.storage.staff import StaffMember

REFUSAL = {
    Scope.OWN: "your role sees its own days only",
    Scope.DEPARTMENT: "your role reaches the people of your own department only",
}


def find_within_reach(store: Store, *, adcode: Adcode, reach: Reach, asked: str) -> StaffMember:
    """Give the member of staff whom a code or identifier names.

    Raises `NotPermitted` for somebody out of reach and for somebody who is not there: a 404 would tell who exists.
    Raises `NotFound` where the whole district is within reach and nobody has that name.
    """
    with store.transaction(adcode) as tx:
        return member_within_reach(tx, reach, asked)


def member_within_reach(tx: Transaction, reach: Reach | None, asked: str) -> StaffMember:
    """The same within a transaction; without a `reach` (the service itself) everybody is within it."""
    member = next((one for one in staff.all_staff(tx) if asked in (one.staff_code, one.staff_id)), None)
    is_wide = reach is None or reach.scope.includes(Scope.DISTRICT)
    if member is None and is_wide:
        raise NotFound(f"there is no member of staff {asked[:60]} in district {tx.adcode}")
    if member is None or not (reach is None or reach.covers(member.staff_id, member.org_unit_name)):
        assert reach is not None
        raise NotPermitted(REFUSAL[reach.scope])
    return member

"""List the proposals of a person's day."""

from __future__ import annotations

from datetime import date

from gridsvc.domain.errors import NotFound
from gridsvc.domain.ids import Adcode, StaffId
from gridsvc.domain.layers import Role
from gridsvc.domain.replans import Proposal
from gridsvc.storage import Store, proposals, staff


def list_proposals(store: Store, *, adcode: Adcode, staff_code_or_id: str, day: date, is_own: bool) -> list[Proposal]:
    """Give them newest first; an inspector's as others may see them unless it is their own. Raises `NotFound`."""
    with store.transaction(adcode) as tx:
        member = next((m for m in staff.all_staff(tx) if staff_code_or_id in (m.staff_code, m.staff_id)), None)
        if member is None:
            raise NotFound(f"there is no staff member {staff_code_or_id}")
        found = proposals.of_day(tx, member.staff_id, day)
    is_withheld = member.role is Role.MARKET_INSPECTOR and not is_own
    return [proposal.without_sealed() if is_withheld else proposal for proposal in found]


def shown_to(store: Store, adcode: Adcode, proposal: Proposal, reader: StaffId | None) -> Proposal:
    """Give a proposal as a reader may see it: of an inspector's day everything to the inspector alone."""
    if proposal.staff_id == reader:
        return proposal
    with store.transaction(adcode) as tx:
        role = next(m.role for m in staff.all_staff(tx) if m.staff_id == proposal.staff_id)
    return proposal.without_sealed() if role is Role.MARKET_INSPECTOR else proposal

"""Who inspects with whom: standing pairs of officers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, TypeVar

from gridsvc.domain.ids import StaffId


class Officer(Protocol):
    """What pairing looks at."""

    @property
    def staff_id(self) -> StaffId: ...

    @property
    def staff_code(self) -> str: ...

    @property
    def org_unit_name(self) -> str | None: ...

    @property
    def partner_id(self) -> StaffId | None: ...


T = TypeVar("T", bound=Officer)


def standing_pairs(staff: Sequence[T]) -> dict[StaffId, T]:
    """Give each officer's partner: the declared one, else by office in the order of their codes.

    A declared partner who is not in `staff` (away, not in service) counts as none. The odd one out assists and is
    assisted by the first; one officer alone has no partner.
    """
    by_id = {member.staff_id: member for member in staff}
    pairs: dict[StaffId, T] = {
        member.staff_id: by_id[member.partner_id]
        for member in staff
        if member.partner_id in by_id and by_id[member.partner_id].partner_id == member.staff_id
    }
    alone = [member for member in staff if member.staff_id not in pairs]
    ordered = sorted(alone, key=lambda member: (member.org_unit_name or "", member.staff_code))
    for left, right in zip(ordered[::2], ordered[1::2], strict=False):
        pairs[left.staff_id], pairs[right.staff_id] = right, left
    if len(staff) > 1 and len(ordered) % 2:
        pairs[ordered[-1].staff_id] = next(
            member for member in (*ordered, *sorted(staff, key=lambda one: one.staff_code)) if member != ordered[-1]
        )
    return pairs

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


T = TypeVar("T", bound=Officer)


def standing_pairs(staff: Sequence[T]) -> dict[StaffId, T]:
    """Pair officers by office in the order of their codes and give each one's partner.

    The odd one out assists and is assisted by the first; one officer alone has no partner.
    """
    pairs: dict[StaffId, T] = {}
    ordered = sorted(staff, key=lambda member: (member.org_unit_name or "", member.staff_code))
    for left, right in zip(ordered[::2], ordered[1::2], strict=False):
        pairs[left.staff_id], pairs[right.staff_id] = right, left
    if len(ordered) > 1 and len(ordered) % 2:
        pairs[ordered[-1].staff_id] = ordered[0]
    return pairs

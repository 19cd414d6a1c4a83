"""Who inspects with whom: standing pairs of officers, or a rota that is drawn anew each week."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from typing import Protocol, TypeVar

from gridsvc.domain.ids import StaffId


class Crews(StrEnum):
    """How the crews of two are made up."""

    PAIRS = "pairs"  # the same two officers always
    ROTA = "rota"  # drawn for each week from the cycle's secret, so that nobody can tell who comes with whom


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
    declared: dict[StaffId, T] = {
        member.staff_id: by_id[member.partner_id]
        for member in staff
        if member.partner_id in by_id and by_id[member.partner_id].partner_id == member.staff_id
    }
    alone = [member for member in staff if member.staff_id not in declared]
    ordered = sorted(alone, key=lambda member: (member.org_unit_name or "", member.staff_code))
    return declared | _neighbours(ordered, staff)


def drawn_pairs(staff: Sequence[T], order: Sequence[int]) -> dict[StaffId, T]:
    """Pair officers by office in an order that was drawn, and give each one's partner.

    `order` holds the rows of `staff` as they were drawn. The odd one out assists and is assisted by the first.
    """
    drawn = [staff[row] for row in order]
    return _neighbours(sorted(drawn, key=lambda member: member.org_unit_name or ""), staff)


def assisting_shares(staff: Sequence[T], crews: Crews) -> dict[StaffId, dict[StaffId, float]]:
    """Give the share of each officer's crews in which each other officer assists; 1 in all, none for one officer alone.

    For a rota it is the mean over all orders that can be drawn, so that it tells nothing of those that are.
    """
    if crews is Crews.PAIRS:
        return {staff_id: {partner.staff_id: 1.0} for staff_id, partner in standing_pairs(staff).items()}
    shares: dict[StaffId, dict[StaffId, float]] = {}
    offices = sorted(member.org_unit_name or "" for member in staff)
    of_office: dict[str, list[StaffId]] = {}
    for member in staff:
        of_office.setdefault(member.org_unit_name or "", []).append(member.staff_id)
    for place, office in enumerate(offices):
        beside = _place_beside(place, len(offices))
        if beside is None:
            continue
        others = of_office[offices[beside]]
        for staff_id in of_office[office]:
            able = [other for other in others if other != staff_id]
            for other in able:
                own = shares.setdefault(staff_id, {})
                own[other] = own.get(other, 0.0) + 1 / len(of_office[office]) / len(able)
    return shares


def _place_beside(place: int, n_places: int) -> int | None:
    """Give the place in an ordered row whose officer assists the one at `place`, as `_neighbours` pairs them."""
    if n_places < 2:
        return None
    return place ^ 1 if place ^ 1 < n_places else 0


def _neighbours(ordered: Sequence[T], staff: Sequence[T]) -> dict[StaffId, T]:
    """Pair who stands side by side; the odd one out goes with the first of these, else of all by code."""
    pairs: dict[StaffId, T] = {}
    for left, right in zip(ordered[::2], ordered[1::2], strict=False):
        pairs[left.staff_id], pairs[right.staff_id] = right, left
    if len(staff) > 1 and len(ordered) % 2:
        pairs[ordered[-1].staff_id] = next(
            member for member in (*ordered, *sorted(staff, key=lambda one: one.staff_code)) if member != ordered[-1]
        )
    return pairs

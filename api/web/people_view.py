"""What the page of the organisation shows: departments in their tree, and people by department."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from gridsvc.domain.organisation import OrgUnit, version_of
from gridsvc.usecases.read_staff_member import StaffRecord


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownUnit:
    """A department with its depth in the tree, the codes that its form shows, and the version that was seen."""

    unit: OrgUnit
    depth: int
    parent: str | None
    head: str | None
    n_staff: int
    version: str


def shown_units(units: Sequence[OrgUnit], staff: Sequence[StaffRecord]) -> list[ShownUnit]:
    """Give the departments as one reads a tree: each below its parent, by name."""
    name_of = {unit.org_unit_id: unit.name for unit in units}
    code_of = {record.member.staff_id: record.member.staff_code for record in staff}
    below: dict[str | None, list[OrgUnit]] = {}
    for unit in units:
        below.setdefault(unit.parent_id if unit.parent_id in name_of else None, []).append(unit)
    shown: list[ShownUnit] = []

    def walk(parent_id: str | None, depth: int) -> None:
        for unit in below.get(parent_id, []):
            shown.append(
                ShownUnit(
                    unit=unit,
                    depth=depth,
                    parent=name_of.get(unit.parent_id or ""),
                    head=code_of.get(unit.head_staff_id) if unit.head_staff_id else None,
                    n_staff=sum(record.member.org_unit_name == unit.name for record in staff),
                    version=version_of(unit),
                )
            )
            walk(unit.org_unit_id, depth + 1)

    walk(None, 0)
    return shown

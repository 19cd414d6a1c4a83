"""What the page of the organisation shows: departments in their tree, and people by department."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from gridsvc.domain.errors import GridsvcError
from gridsvc.domain.organisation import OrgUnit, version_of
from gridsvc.usecases.read_staff_member import StaffRecord

# what is refused and the key of our words; a part named by `kind` is the kind of a department
_SAID = [
    (re.compile(pattern), f"people_fault_{key}")
    for pattern, key in (
        (r"(?:deputies: |crew_partner: )?there is no member of staff (?P<a>.+?)(?: in district \d+)?", "no_staff"),
        (r"(?:org_unit_name|parent_id): there is no department (?P<a>.+)", "no_unit"),
        (r"(?:the department|the record of .+) cannot be kept like this", "kept"),
        (r"a department needs its .+", "name"),
        (r"name has to have 1 to (?P<a>\d+) characters", "name_length"),
        (r"name: there is a department (?P<a>.+) already", "name_taken"),
        (r"duty_phone has digits and at most (?P<a>\d+) characters", "phone"),
        (r"parent_id: a (?P<kind_a>\w+) does not stand below a (?P<kind_b>\w+)", "rank"),
        (r"kind: (?P<a>.+), a (?P<kind_b>\w+), stands below it", "below"),
        (r"deputies: at most (?P<a>\d+)", "deputies"),
        (r"deputies: nobody is his or her own deputy", "own_deputy"),
        (r"crew_partner: a crew is two different people of one role", "crew"),
    )
]


def fault_words(fault: GridsvcError, words: Mapping[str, str]) -> list[str]:
    """Give why a record was refused, in the reader's language: the whole first, then each violation."""
    return [_said(sentence, words) for sentence in (fault.detail, *fault.violations)]


def _said(sentence: str, words: Mapping[str, str]) -> str:
    for pattern, key in _SAID:
        found = pattern.fullmatch(sentence)
        if found:
            parts = found.groupdict()
            kinds = {name[-1]: words[f"org_{kind}"] for name, kind in parts.items() if name.startswith("kind_")}
            return words[key].format(**parts | kinds)
    return sentence


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

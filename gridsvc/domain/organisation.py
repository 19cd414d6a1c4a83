"""Who stands where: departments one above the other, and what has to hold for the people in them."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import astuple, dataclass
from enum import StrEnum
from typing import Any

from gridsvc.domain.drafts import VersionMissing, VersionUnknown
from gridsvc.domain.errors import BadInput
from gridsvc.domain.ids import StaffId
from gridsvc.domain.layers import Layer

LONGEST_NAME, LONGEST_PHONE = 100, 40
_VERSION = re.compile(r'(?:W/)?"?([0-9a-f]{16})"?')


class OrgKind(StrEnum):
    """What an organisational unit is, from the top down."""

    PROVINCE = "province"
    CITY = "city"
    COUNTY_BUREAU = "county_bureau"
    MONOPOLY_OFFICE = "monopoly_office"
    MARKET_DEPARTMENT = "market_department"
    DELIVERY_CENTRE = "delivery_centre"


# a unit stands below one of a smaller rank only
RANK_OF_KIND = {
    OrgKind.PROVINCE: 0,
    OrgKind.CITY: 1,
    OrgKind.COUNTY_BUREAU: 2,
    OrgKind.MONOPOLY_OFFICE: 3,
    OrgKind.MARKET_DEPARTMENT: 3,
    OrgKind.DELIVERY_CENTRE: 3,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class OrgUnit:
    """One organisational unit.

    Parameters
    ----------
    layer : whose staff it holds; None for one above the layers
    head_staff_id : who gets what may not go to an owner; None = not named
    duty_phone : where the hotline calls out of hours
    """

    org_unit_id: str
    name: str
    kind: OrgKind
    layer: Layer | None = None
    parent_id: str | None = None
    head_staff_id: StaffId | None = None
    duty_phone: str | None = None


def check_org_unit(unit: OrgUnit, others: Mapping[str, OrgUnit]) -> None:
    """Raise `BadInput` with every fault of a unit; `others` are the district's units by id, without it or with it."""
    faults = []
    if not 1 <= len(unit.name.strip()) <= LONGEST_NAME:
        faults.append(f"name has to have 1 to {LONGEST_NAME} characters")
    if any(other.name == unit.name and other.org_unit_id != unit.org_unit_id for other in others.values()):
        faults.append(f"name: there is a department {unit.name} already")
    if unit.duty_phone is not None and not is_phone(unit.duty_phone):
        faults.append(f"duty_phone has digits and at most {LONGEST_PHONE} characters")
    faults.extend(_faults_of_parent(unit, others))
    if faults:
        raise BadInput("the department cannot be kept like this", violations=tuple(faults))


def _faults_of_parent(unit: OrgUnit, others: Mapping[str, OrgUnit]) -> list[str]:
    if unit.parent_id is None:
        return []
    parent = others.get(unit.parent_id)
    if parent is None:
        return [f"parent_id: there is no department {unit.parent_id}"]
    if RANK_OF_KIND[parent.kind] >= RANK_OF_KIND[unit.kind]:
        return [f"parent_id: a {unit.kind} does not stand below a {parent.kind}"]
    below = [one for one in others.values() if one.parent_id == unit.org_unit_id]
    return [
        f"kind: {one.name}, a {one.kind}, stands below it"
        for one in below
        if RANK_OF_KIND[unit.kind] >= RANK_OF_KIND[one.kind]
    ]


def is_phone(text: str) -> bool:
    """Whether this can be a telephone at all."""
    return 0 < len(text) <= LONGEST_PHONE and any(character.isdigit() for character in text) and text.isprintable()


def version_of(record: Any) -> str:
    """Give the version of a record: 16 hexadecimal digits that change whenever anything in it does."""
    return hashlib.sha256(repr(astuple(record)).encode()).hexdigest()[:16]


def seen_version(if_match: str | None) -> str:
    """Read the version that a client saw.

    Raises `VersionMissing` where none is named, `VersionUnknown` for anything else than an entity tag of ours.
    """
    if if_match is None:
        raise VersionMissing("say which version you saw: send `If-Match` with the ETag, so that nobody's work is lost")
    found = _VERSION.fullmatch(if_match.strip())
    if found is None:
        raise VersionUnknown("`If-Match` is not the ETag of this record; read it again")
    return found.group(1)

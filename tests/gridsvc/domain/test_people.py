"""Crews, departments and scopes: pure rules."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import permutations

import pytest

from gridsvc.domain.crews import Crews, assisting_shares, drawn_pairs, standing_pairs
from gridsvc.domain.drafts import VersionMissing, VersionUnknown
from gridsvc.domain.errors import BadInput
from gridsvc.domain.ids import StaffId
from gridsvc.domain.organisation import OrgKind, OrgUnit, check_org_unit, seen_version, version_of
from gridsvc.domain.permissions import PERMISSIONS, AccountRole, Action, Reach, Scope


@dataclass(frozen=True)
class Officer:
    staff_id: StaffId
    staff_code: str
    org_unit_name: str | None = "one"
    partner_id: StaffId | None = None


def officers(*codes: str, **partners: str) -> list[Officer]:
    named = {code: StaffId(code) for code in codes}
    return [Officer(named[code], code, partner_id=named.get(partners.get(code, ""))) for code in codes]


def pairs(staff: list[Officer]) -> dict[str, str]:
    return {str(one): other.staff_code for one, other in standing_pairs(staff).items()}


def test_officers_are_paired_by_office_and_code() -> None:
    assert pairs(officers("A", "B", "C", "D")) == {"A": "B", "B": "A", "C": "D", "D": "C"}
    assert pairs(officers("A", "B", "C")) == {"A": "B", "B": "A", "C": "A"}
    assert pairs(officers("A")) == {}


def test_a_declared_crew_stays_together_and_the_rest_is_paired() -> None:
    assert pairs(officers("A", "B", "C", "D", A="D", D="A")) == {"A": "D", "D": "A", "B": "C", "C": "B"}
    assert pairs(officers("A", "B", "C", A="B", B="A")) == {"A": "B", "B": "A", "C": "A"}


def test_a_declared_partner_who_is_away_counts_as_none() -> None:
    there = [one for one in officers("A", "B", "C", A="C", C="A") if one.staff_code != "C"]
    assert pairs(there) == {"A": "B", "B": "A"}


@pytest.mark.parametrize("offices", ["aa", "aaaa", "aab", "aaabb", "abbb", "abc", "a"])
def test_a_rota_on_average_is_the_mean_of_all_orders_that_can_be_drawn(offices: str) -> None:
    staff = [Officer(StaffId(str(row)), str(row), org_unit_name=office) for row, office in enumerate(offices)]
    orders = list(permutations(range(len(staff))))
    by_hand: dict[StaffId, dict[StaffId, float]] = {}
    for order in orders:
        for one, other in drawn_pairs(staff, order).items():
            own = by_hand.setdefault(one, {})
            own[other.staff_id] = own.get(other.staff_id, 0.0) + 1 / len(orders)
    found = assisting_shares(staff, Crews.ROTA)
    assert {one: pytest.approx(shares) for one, shares in by_hand.items()} == found
    assert all(sum(shares.values()) == pytest.approx(1) for shares in found.values())


def test_standing_pairs_assist_each_other_alone() -> None:
    assert assisting_shares(officers("A", "B", "C"), Crews.PAIRS) == {"A": {"B": 1.0}, "B": {"A": 1.0}, "C": {"A": 1.0}}


def unit(name: str, kind: OrgKind, parent: str | None = None, **values: object) -> OrgUnit:
    return OrgUnit(org_unit_id=name, name=name, kind=kind, parent_id=parent, **values)  # type: ignore[arg-type]


def test_departments_stand_below_greater_ones_only() -> None:
    known = {
        one.org_unit_id: one
        for one in (
            unit("province", OrgKind.PROVINCE), unit("city", OrgKind.CITY, "province"),
            unit("office", OrgKind.MONOPOLY_OFFICE, "city"),
        )
    }  # fmt: skip
    check_org_unit(unit("bureau", OrgKind.COUNTY_BUREAU, "city"), known)
    for wrong in (
        unit("bureau", OrgKind.COUNTY_BUREAU, "office"),
        unit("bureau", OrgKind.COUNTY_BUREAU, "nowhere"),
        unit("city", OrgKind.MARKET_DEPARTMENT, "province"),  # the office stands below it
    ):
        with pytest.raises(BadInput):
            check_org_unit(wrong, known | {wrong.org_unit_id: wrong})


def test_every_fault_of_a_department_is_told_at_once() -> None:
    known = {"office": unit("office", OrgKind.MONOPOLY_OFFICE)}
    wrong = OrgUnit(org_unit_id="x", name="office", kind=OrgKind.CITY, parent_id="office", duty_phone="call me")
    with pytest.raises(BadInput) as caught:
        check_org_unit(wrong, known)
    assert [words.split(":")[0].split(" ")[0] for words in caught.value.violations] == [
        "name",
        "duty_phone",
        "parent_id",
    ]


def test_a_version_changes_with_anything_and_is_read_from_an_entity_tag() -> None:
    one = unit("office", OrgKind.MONOPOLY_OFFICE)
    assert version_of(one) == version_of(unit("office", OrgKind.MONOPOLY_OFFICE))
    assert version_of(one) != version_of(unit("office", OrgKind.MONOPOLY_OFFICE, duty_phone="110"))
    assert seen_version(f'W/"{version_of(one)}"') == version_of(one)
    with pytest.raises(VersionMissing):
        seen_version(None)
    with pytest.raises(VersionUnknown):
        seen_version('"17"')


@pytest.mark.parametrize("scope", Scope)
def test_a_scope_includes_itself_and_every_narrower_one(scope: Scope) -> None:
    order = list(Scope)
    for other in Scope:
        assert scope.includes(other) is (order.index(other) <= order.index(scope))


def test_a_reach_covers_own_records_then_the_department_then_all() -> None:
    me, colleague, stranger = (StaffId(word) for word in ("me", "colleague", "stranger"))
    records = [(me, "one"), (colleague, "one"), (stranger, "two"), (None, None)]
    for scope, expected in (
        (Scope.OWN, [True, False, False, False]),
        (Scope.DEPARTMENT, [True, True, False, False]),
        (Scope.DISTRICT, [True, True, True, True]),
    ):
        reach = Reach(scope=scope, action=Action.DAYS_READ, account="me", staff_id=me, department="one")
        assert [reach.covers(*record) for record in records] == expected
    nobody = Reach(scope=Scope.DEPARTMENT, action=Action.DAYS_READ, account="head")
    assert not any(nobody.covers(*record) for record in records)


def test_no_role_reaches_elsewhere() -> None:
    assert set(PERMISSIONS) == set(AccountRole)
    assert not [row for row in PERMISSIONS.values() if Scope.ELSEWHERE in row.values()]

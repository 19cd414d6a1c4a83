"""Why a record of the organisation was refused is said in the reader's language."""

from __future__ import annotations

import re

import pytest

from api.web.people_view import fault_words
from api.web.words import words
from gridsvc.domain.errors import BadInput, GridsvcError, NotFound

REFUSED = [
    NotFound("there is no member of staff X99 in district 520103"),
    BadInput("a department needs its name"),
    BadInput(
        "the department cannot be kept like this",
        violations=(
            "name has to have 1 to 100 characters",
            "name: there is a department 市场一部 already",
            "duty_phone has digits and at most 40 characters",
            "parent_id: there is no department 7",
            "parent_id: a monopoly_office does not stand below a market_department",
            "kind: 配送中心, a delivery_centre, stands below it",
        ),
    ),
    BadInput(
        "the record of I01 cannot be kept like this",
        violations=(
            "org_unit_name: there is no department 市场九部",
            "deputies: at most 5",
            "deputies: there is no member of staff X1",
            "deputies: nobody is his or her own deputy",
            "crew_partner: there is no member of staff X2",
            "crew_partner: a crew is two different people of one role",
        ),
    ),
]


@pytest.mark.parametrize("fault", REFUSED)
def test_every_refusal_is_said_in_chinese(fault: GridsvcError) -> None:
    said = fault_words(fault, words("zh"))
    assert len(said) == 1 + len(fault.violations)
    assert [one for one in said if re.search(r"[a-z]{2,}|[{}]", one)] == []


@pytest.mark.parametrize("fault", REFUSED)
def test_every_refusal_is_said_in_english(fault: GridsvcError) -> None:
    assert [one for one in fault_words(fault, words("en")) if re.search(r"[{}_]", one)] == []


def test_what_nobody_foresaw_stays_as_it_is() -> None:
    assert fault_words(BadInput("the sky fell"), words("zh")) == ["the sky fell"]

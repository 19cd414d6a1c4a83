"""A relaxation is kept as it is and told in both languages."""

from __future__ import annotations

from datetime import date

import pytest

from gridsvc.domain.relaxations import Relaxation, RelaxationKind, read, reason_worded, stored, worded

DAY = date(2026, 11, 25)
MINUTES = Relaxation(kind=RelaxationKind.MINUTES, amount=12.0, days=(DAY,), longer=(("I03", DAY, 12),))


@pytest.mark.parametrize(
    ("relaxation", "english", "chinese"),
    [
        (MINUTES, "I03 works 12 min longer on Wed 2026-11-25", "I03 11月25日（周三）延长 12 分钟"),
        (
            Relaxation(kind=RelaxationKind.OTHER_PERSON, staff_code="M02", days=(DAY,)),
            "M02 goes instead: Wed 2026-11-25",
            "改由M02前往：11月25日（周三）",
        ),
        (
            Relaxation(kind=RelaxationKind.OTHER_DAY, days=(DAY,), at_min=620),
            "other days than its own: Wed 2026-11-25 at 10:20",
            "换到其他日子：11月25日（周三） 10:20",
        ),
        (
            Relaxation(kind=RelaxationKind.OTHER_HOURS, at_min=620),
            "other hours at the shop: service at 10:20",
            "调整店铺接待时间：10:20上门",
        ),
    ],
)
def test_it_is_told_in_both_languages(relaxation: Relaxation, english: str, chinese: str) -> None:
    kept = stored(relaxation)
    assert read(kept) == relaxation
    assert worded(kept, "en", is_verified=True) == english
    assert worded(kept, "zh", is_verified=True) == chinese
    assert worded(kept, "en", is_verified=False) == f"{english} (not verified)"
    assert worded(kept, "zh", is_verified=False) == f"{chinese}（未经验证）"


@pytest.mark.parametrize("kind", list(RelaxationKind))
def test_every_kind_has_words(kind: RelaxationKind) -> None:
    for language in ("en", "zh"):
        assert worded(stored(Relaxation(kind=kind)), language, is_verified=True)


def test_what_earlier_versions_kept_is_told_as_it_was() -> None:
    assert worded("12 more minutes on a day", "zh", is_verified=True) == "12 more minutes on a day"
    assert worded(None, "en", is_verified=False) is None


def test_a_reason_without_chinese_words_keeps_its_own() -> None:
    assert reason_worded("no_owner", "Nobody owns it.", "zh") == "该层没有责任人"
    assert reason_worded("else", "Something else.", "zh") == "Something else."
    assert reason_worded("no_owner", "Nobody owns it.", "en") == "Nobody owns it."

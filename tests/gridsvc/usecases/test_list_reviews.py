"""The queue begins with what is worst, in the same order for everybody and on every page."""

from __future__ import annotations

from pathlib import Path

import pytest

from gridsvc.clock import FixedClock
from gridsvc.domain.errors import BadInput
from gridsvc.storage import Store, reviews
from gridsvc.storage.reviews import ReviewItem
from gridsvc.usecases.list_reviews import list_reviews, page_reviews
from tests.gridsvc.usecases.small_town import make_town

FOUND = [
    ("suspicious", "shared_point", {"n_shops": 2}),
    ("suspicious", "wrong_datum", {"off_m": 480.0}),
    ("fault", "unowned", {}),
    ("suspicious", "wrong_datum", {"off_m": 530.5, "likely": "gcj02"}),
    ("suspicious", "wrong_datum", {"likely": "bd09"}),
    ("rejected", "malformed_licence", {}),
    ("suspicious", "outside_district", {"off_m": 900.0}),
    ("rejected", "outside_district", {"off_m": 300.0}),
    ("suspicious", "shared_point", {"n_shops": 9, "off_m": 3.0}),
    ("suspicious", "a_kind_of_old_days", {}),
]


def test_the_worst_comes_first_and_pages_neither_repeat_nor_skip(
    store: Store, clock: FixedClock, tmp_path: Path
) -> None:
    adcode = make_town(store, clock, "100033", tmp_path)
    with store.transaction(adcode) as tx:
        items = [ReviewItem(severity=s, code=c, words=f"{c} {n}", evidence=e) for n, (s, c, e) in enumerate(FOUND)]
        reviews.add(tx, clock, items)
    listed = list_reviews(store, adcode=adcode)
    assert [item.words for item in listed] == [
        "malformed_licence 5", "unowned 2", "outside_district 7", "outside_district 6", "wrong_datum 3",
        "wrong_datum 1", "wrong_datum 4", "shared_point 8", "shared_point 0", "a_kind_of_old_days 9",
    ]  # fmt: skip
    paged, after = [], None
    while True:
        page, after = page_reviews(store, adcode=adcode, limit=3, after=after)
        paged += page
        if after is None:
            break
        if len(paged) == 6:  # what is settled meanwhile does not move the place where one was
            with store.transaction(adcode) as tx:
                reviews.close(tx, clock, [after], state="mended", actor="test", outcome="a test")
    assert paged == listed
    assert [item.words for item in list_reviews(store, adcode=adcode, code="shared_point")] == [
        "shared_point 8", "shared_point 0",
    ]  # fmt: skip
    for nothing in ("x", "01a202d9-0000-7000-8000-000000000000"):
        with pytest.raises(BadInput, match="no review item"):
            page_reviews(store, adcode=adcode, after=nothing)

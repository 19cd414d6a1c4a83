"""Which visit tells what came of which stop, also where a shop is tried twice."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from gridsvc.domain.ids import RetailerId, StaffId
from gridsvc.domain.layers import TaskType
from gridsvc.domain.visits import Visit, VisitOutcome, visits_of_stops

NOON = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)


def told(*shops: str) -> list[tuple[str, Visit]]:
    """Give one done visit after the other."""
    return [
        (
            shop,
            Visit(
                visit_id=str(number), staff_id=StaffId("s"), retailer_id=RetailerId(shop), task_type=TaskType.VISIT,
                day=date(2026, 11, 23), outcome=VisitOutcome.DONE, reason=None, note=None, arrived_at=None,
                ended_at=NOON + timedelta(minutes=number), received_at=NOON, is_sealed=False,
            ),
        )
        for number, shop in enumerate(shops)
    ]  # fmt: skip


def numbers(stops: str, *shops: str) -> list[str | None]:
    return [visit.visit_id if visit else None for visit in visits_of_stops(list(stops), told(*shops))]


def test_a_stop_has_the_newest_of_its_visits() -> None:
    assert numbers("ab", "a", "a") == ["1", None]


def test_a_shop_that_is_tried_again_has_a_visit_for_each_try() -> None:
    assert numbers("aba", "a") == ["0", None, None]
    assert numbers("aba", "a", "b", "a") == ["0", "1", "2"]
    assert numbers("aba", "a", "a", "a") == ["0", None, "2"]


@given(st.text("abc", max_size=8), st.lists(st.sampled_from("abcd"), max_size=8))
def test_no_visit_counts_for_two_stops_and_none_for_another_shop(stops: str, shops: list[str]) -> None:
    found = visits_of_stops(list(stops), told(*shops))
    used = [visit.visit_id for visit in found if visit is not None]
    assert len(used) == len(set(used))
    assert all(visit is None or visit.retailer_id == shop for shop, visit in zip(stops, found, strict=True))
    for shop in set(stops):
        n_visited = sum(visit is not None for key, visit in zip(stops, found, strict=True) if key == shop)
        assert n_visited == min(stops.count(shop), shops.count(shop))

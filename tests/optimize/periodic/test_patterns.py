from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from optimize.periodic.patterns import days_of, mask_of, patterns_for, sealed_patterns_for
from tests.optimize.periodic.cases import WEEK, WEEKDAY


def test_a_weekly_visit_keeps_its_weekday_through_all_four_weeks() -> None:
    found = patterns_for(4, WEEKDAY, WEEK)
    assert [days_of(int(mask)) for mask in found.mask] == [(d, d + 5, d + 10, d + 15) for d in range(5)]


def test_two_visits_a_cycle_lie_two_weeks_apart() -> None:
    found = patterns_for(2, WEEKDAY, WEEK)
    assert sorted(days_of(int(mask)) for mask in found.mask) == [(d, d + 10) for d in range(10)]


def test_two_visits_a_week_never_fall_on_neighbouring_days() -> None:
    assert {days_of(int(mask))[:2] for mask in patterns_for(8, WEEKDAY, WEEK).mask} == {(0, 3), (0, 4), (1, 4)}


def test_another_weekday_is_allowed_for_its_price_and_ranked_behind() -> None:
    found = patterns_for(4, WEEKDAY, WEEK, other_weekday_cost=2.0)
    assert found.cost[:5].tolist() == [0.0] * 5
    assert set(found.cost[5:].tolist()) == {2.0}
    assert mask_of([0, 5, 11, 15]) in found.mask


def test_a_visit_on_a_holiday_moves_to_the_nearest_working_day() -> None:
    weekday, week = np.delete(WEEKDAY, 6), np.delete(WEEK, 6)  # Tuesday of the second week is a holiday
    found = patterns_for(4, weekday, week, holiday_cost=3.0)
    moved = [days_of(int(mask)) for mask, cost in zip(found.mask, found.cost, strict=True) if cost]
    assert moved == [(1, 5, 10, 15)]
    assert found.cost.tolist() == [0.0, 0.0, 0.0, 0.0, 3.0]


def test_a_frequency_that_no_calendar_holds_has_no_pattern() -> None:
    assert len(patterns_for(21, WEEKDAY, WEEK)) == 0
    assert len(patterns_for(4, WEEKDAY[:3], WEEK[:3], min_gap_days=7)) == 0


@given(
    frequency=st.integers(1, 20),
    gone=st.sets(st.integers(0, 19), max_size=12),
    other=st.sampled_from([None, 1.0]),
)
def test_every_pattern_has_as_many_different_working_days_as_visits(
    frequency: int, gone: set[int], other: float | None
) -> None:
    kept = [d for d in range(20) if d not in gone]
    found = patterns_for(frequency, WEEKDAY[kept], WEEK[kept], other_weekday_cost=other)
    assert len(set(found.mask.tolist())) == len(found)
    for mask in found.mask.tolist():
        assert mask.bit_count() == frequency
        assert mask < 1 << len(kept)


def test_sealed_patterns_are_all_sets_of_days_that_keep_the_gap() -> None:
    assert len(sealed_patterns_for(1, WEEKDAY, WEEK)) == 20
    assert len(sealed_patterns_for(2, WEEKDAY, WEEK)) == 190
    apart = [days_of(int(m)) for m in sealed_patterns_for(2, WEEKDAY, WEEK, min_gap_days=7).mask]
    assert (0, 5) in apart
    assert (0, 4) not in apart
    assert (0, 19) not in apart  # Friday of the last week and Monday of the next cycle


def test_a_frequency_below_one_is_the_callers_mistake() -> None:
    with pytest.raises(ValueError, match="frequency must be >= 1"):
        patterns_for(0, WEEKDAY, WEEK)
    with pytest.raises(ValueError, match="rise in time"):
        patterns_for(1, WEEKDAY[::-1], WEEK)
    with pytest.raises(ValueError, match=r"must be 1\.\.4"):
        sealed_patterns_for(5, WEEKDAY, WEEK)

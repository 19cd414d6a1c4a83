"""A forecast is the first day on which two lines part, and says how sure it is."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gridsvc.domain.drift import HORIZON_DAYS, forecast


def walked(load: float, rate: float, mean: float, mean_rate: float, tolerance_share: float) -> int | None:
    """Walk day by day until the load is out: the slow way to say the same."""
    for day in range(HORIZON_DAYS + 1):
        now, middle = load + rate * day, mean + mean_rate * day
        if abs(now - middle) > tolerance_share * middle + 1e-9 * mean:
            return day
    return None


def test_a_grid_that_is_out_leaves_today() -> None:
    assert forecast(120.0, 0.0, 0.0, 100.0, 0.0, 0.05).days == 0


def test_a_grid_that_stands_still_never_leaves() -> None:
    seen = forecast(101.0, 0.0, 0.0, 100.0, 0.0, 0.05)
    assert (seen.days, seen.earliest_days, seen.latest_days) == (None, None, None)


def test_a_growing_grid_leaves_above_and_a_shrinking_one_below() -> None:
    assert forecast(100.0, 0.1, 0.0, 100.0, 0.0, 0.05).days == 50
    assert forecast(100.0, -0.1, 0.0, 100.0, 0.0, 0.05).days == 50


def test_a_grid_that_grows_with_the_mean_stays() -> None:
    assert forecast(100.0, 0.1, 0.0, 100.0, 0.1, 0.05).days is None


def test_the_error_of_the_rate_makes_a_first_and_a_last_day() -> None:
    seen = forecast(100.0, 0.1, 0.05, 100.0, 0.0, 0.05)
    assert (seen.earliest_days, seen.days, seen.latest_days) == (34, 50, 100)


@given(
    load=st.floats(95.5, 104.5), rate=st.floats(-0.4, 0.4), mean_rate=st.floats(-0.05, 0.05),
    error=st.floats(0.0, 0.2),
)  # fmt: skip
def test_it_is_what_walking_day_by_day_finds(load: float, rate: float, mean_rate: float, error: float) -> None:
    seen = forecast(load, rate, error, 100.0, mean_rate, 0.05)
    slow = walked(load, rate, 100.0, mean_rate, 0.05)
    if slow is None or seen.days is None:
        assert (seen.days or HORIZON_DAYS) >= HORIZON_DAYS - 1
        assert (slow or HORIZON_DAYS) >= HORIZON_DAYS - 1
    else:
        assert abs(seen.days - slow) <= 1
    order = [HORIZON_DAYS + 1 if day is None else day for day in (seen.earliest_days, seen.days, seen.latest_days)]
    assert order == sorted(order)


def test_a_wider_tolerance_is_never_left_earlier() -> None:
    days = [forecast(100.0, 0.2, 0.0, 100.0, 0.01, share).days or 10**6 for share in (0.01, 0.05, 0.10)]
    assert days == sorted(days)
    assert days[0] == pytest.approx(6, abs=1)

"""Each criterion ends a search when it says it does, alone and together."""

from __future__ import annotations

import pytest

from optimize.stopping import AnyOf, MaxIterations, MaxSeconds, NoImprovement


class FakeClock:
    """A clock that stands still until it is set."""

    def __init__(self) -> None:
        self.now_s = 100.0

    def __call__(self) -> float:
        return self.now_s


def test_an_iteration_limit_is_kept_exactly() -> None:
    stop = MaxIterations(3)
    assert [stop(n, 1.0) for n in range(5)] == [False, False, False, True, True]


def test_no_iterations_means_none() -> None:
    assert MaxIterations(0)(0, 1.0)


def test_a_negative_limit_is_refused() -> None:
    with pytest.raises(ValueError, match=">= 0"):
        MaxIterations(-1)


def test_seconds_count_from_the_first_question() -> None:
    clock = FakeClock()
    stop = MaxSeconds(2.0, clock)
    clock.now_s = 500.0
    assert not stop(0, 1.0)
    clock.now_s = 501.9
    assert not stop(1, 1.0)
    clock.now_s = 502.0
    assert stop(2, 1.0)


def test_an_improvement_renews_the_patience() -> None:
    stop = NoImprovement(10)
    assert not stop(0, 9.0)
    assert not stop(9, 8.0)
    assert not stop(18, 8.0)
    assert stop(19, 8.0)


def test_any_of_asks_all_its_criteria_each_time() -> None:
    patience = NoImprovement(5)
    stop = AnyOf((MaxIterations(3), patience))
    assert not stop(0, 9.0)
    assert stop(4, 1.0)
    # had it not been asked at 4, the improvement there would be unknown
    assert not patience(8, 1.0)


def test_any_of_nothing_never_ends() -> None:
    assert not AnyOf(())(10**9, 0.0)

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from optimize.periodic.checks import broken_rules, start_of_visit, waiting
from optimize.periodic.problem import PeriodicProblem, PeriodicResult
from optimize.periodic.result import finish_result
from optimize.periodic.solve import solve
from optimize.stopping import MaxIterations
from tests.optimize.periodic.cases import month


def meeting(n_retailers: int = 30, window: float = 20.0, saving: float = 10.0, seed: int = 0) -> PeriodicProblem:
    """Two roles that may meet, and a credit for it."""
    apart = 1.0 - np.eye(2)
    return month(
        n_retailers,
        n_roles=2,
        seed=seed,
        shared_day_saving_min=saving * apart,
        meeting_window_min=np.where(apart > 0, window, np.inf),
    )


@pytest.fixture(scope="module")
def problem() -> PeriodicProblem:
    return meeting()


@pytest.fixture(scope="module")
def held(problem: PeriodicProblem) -> PeriodicResult:
    result = solve(problem, MaxIterations(2000), seed=1)
    assert broken_rules(problem, result) == []
    return result


def test_two_roles_meet_within_the_window(problem: PeriodicProblem, held: PeriodicResult) -> None:
    starts = start_of_visit(problem, held)
    begins = {
        (int(duty), int(held.tour_day[index])): starts[int(held.tour_start[index]) + at]
        for index in range(len(held.tour_day))
        for at, duty in enumerate(held.tour(index).tolist())
    }
    assert len(held.meetings) > 10
    for a, b, day in held.meetings.tolist():
        assert problem.retailer_of_duty[a] == problem.retailer_of_duty[b]
        assert abs(begins[a, day] - begins[b, day]) <= 20.0 + 1e-6


def test_waiting_is_work(problem: PeriodicProblem) -> None:
    strict = meeting(window=0.0, saving=30.0)
    result = solve(strict, MaxIterations(2000), seed=1)
    assert broken_rules(strict, result) == []
    waited = sum(minutes for _, _, minutes in waiting(strict, result))
    assert waited > 0
    own = result.travel_of_staff_day.sum() + problem.service_min[result.tour_duty].sum()
    assert result.work_of_staff_day.sum() == pytest.approx(own + waited)


def test_meetings_are_never_worse_than_none(problem: PeriodicProblem, held: PeriodicResult) -> None:
    none = finish_result(problem, replace(held, meetings=np.zeros((0, 3), np.int32)))
    assert held.cost <= none.cost


def test_the_days_keep_their_band() -> None:
    banded = replace(meeting(60, saving=20.0), band_ratio_of_staff=np.full(2, 1.25))
    result = solve(banded, MaxIterations(24_000), seed=2)
    assert broken_rules(banded, result) == []
    assert len(result.meetings) > 0


def test_sealed_duties_never_meet(problem: PeriodicProblem) -> None:
    sealed = replace(problem, sealed=problem.role_of_duty == 1)
    result = solve(sealed, MaxIterations(500), seed=1)
    assert len(result.meetings) == 0


def test_the_same_seed_and_steps_give_the_same_bytes(problem: PeriodicProblem, held: PeriodicResult) -> None:
    again = solve(problem, MaxIterations(2000), seed=1)
    assert again.meetings.tobytes() == held.meetings.tobytes()
    assert again.tour_duty.tobytes() == held.tour_duty.tobytes()


def test_a_meeting_that_the_orders_contradict_is_found(problem: PeriodicProblem, held: PeriodicResult) -> None:
    strict = replace(problem, meeting_window_min=np.where(np.eye(2) > 0, np.inf, 0.0))
    day = next(d for d in range(20) if np.count_nonzero(held.meetings[:, 2] == d) > 1)
    index = int(np.flatnonzero((held.tour_day == day) & (held.tour_staff == 0))[0])
    part = slice(int(held.tour_start[index]), int(held.tour_start[index + 1]))
    turned = held.tour_duty.copy()
    turned[part] = turned[part][::-1]
    assert any("contradict" in rule for rule in broken_rules(strict, replace(held, tour_duty=turned)))


def test_a_meeting_with_nobody_is_found(problem: PeriodicProblem, held: PeriodicResult) -> None:
    def rules(rows: list[list[int]]) -> str:
        return "; ".join(broken_rules(problem, replace(held, meetings=np.array(rows, np.int32))))

    a, b, day = held.meetings[0].tolist()
    absent = next(d for d in range(20) if not held.mask_of_duty[a] >> d & 1)
    assert "not both served" in rules([[a, b, absent]])
    other = next(
        duty for duty in held.tour_duty.tolist() if duty < 30 and duty != a and held.mask_of_duty[duty] >> day & 1
    )
    assert "not two people at one retailer" in rules([[other, b, day]])


def test_waiting_that_is_not_counted_is_found(problem: PeriodicProblem) -> None:
    strict = meeting(window=0.0, saving=30.0)
    result = solve(strict, MaxIterations(2000), seed=1)
    staff, day, minutes = next(item for item in waiting(strict, result) if item[2] > 1)
    work = result.work_of_staff_day.copy()
    work[staff, day] -= minutes
    assert any("add up" in rule for rule in broken_rules(strict, replace(result, work_of_staff_day=work)))


@settings(max_examples=10, deadline=None, derandomize=True)
@given(seed=st.integers(0, 10_000), window=st.sampled_from([0.0, 5.0, 45.0]), n_retailers=st.integers(2, 25))
def test_every_plan_with_meetings_keeps_every_rule(seed: int, window: float, n_retailers: int) -> None:
    problem = meeting(n_retailers, window, seed=seed)
    result = solve(problem, MaxIterations(300), seed=seed)
    assert broken_rules(problem, result) == []
    assert sorted(result.tour_duty.tolist()) == sorted(
        duty for duty, mask in enumerate(result.mask_of_duty.tolist()) for _ in range(mask.bit_count())
    )


def test_windows_that_make_no_sense_are_named() -> None:
    with pytest.raises(ValueError, match="meeting_window_min must be symmetric"):
        month(5, n_roles=2, meeting_window_min=np.array([[np.inf, 3.0], [4.0, np.inf]]))
    with pytest.raises(ValueError, match="one tour a day"):
        month(5, n_roles=2, meeting_window_min=np.full((2, 2), 5.0), trips_of_staff=np.array([1, 2]))

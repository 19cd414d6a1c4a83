from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from optimize.periodic.checks import broken_rules
from optimize.periodic.problem import NotPlanned, PeriodicProblem, PeriodicResult, Reason
from optimize.periodic.solve import solve
from optimize.stopping import MaxIterations
from tests.optimize.periodic.cases import month


@pytest.fixture(scope="module")
def problem() -> PeriodicProblem:
    return month(30, capacity_of_staff_day=np.full((1, 20), 8.0), demand=np.ones(30))


@pytest.fixture(scope="module")
def good(problem: PeriodicProblem) -> PeriodicResult:
    result = solve(problem, MaxIterations(3000), seed=1)
    assert broken_rules(problem, result) == []
    return result


def rules(problem: PeriodicProblem, result: PeriodicResult) -> str:
    return "; ".join(broken_rules(problem, result))


def test_a_lost_visit_is_found(problem: PeriodicProblem, good: PeriodicResult) -> None:
    longest = int(np.argmax(np.diff(good.tour_start)))
    cut = int(good.tour_start[longest])
    start = good.tour_start.copy()
    start[longest + 1 :] -= 1
    assert "its pattern says" in rules(
        problem, replace(good, tour_duty=np.delete(good.tour_duty, cut), tour_start=start)
    )


def test_a_visit_moved_to_another_day_is_found(problem: PeriodicProblem, good: PeriodicResult) -> None:
    day = good.tour_day.copy()
    day[0], day[1] = day[1], day[0]
    assert "its pattern says" in rules(problem, replace(good, tour_day=day))


def test_a_pattern_of_somebody_else_is_found(problem: PeriodicProblem, good: PeriodicResult) -> None:
    legal = problem.pattern_mask.copy()
    duty = int(np.flatnonzero(np.bitwise_count(good.mask_of_duty) == 1)[0])
    own = slice(int(problem.pattern_start[duty]), int(problem.pattern_start[duty + 1]))
    kept = np.ones(len(legal), np.bool_)
    kept[np.flatnonzero(legal[own] == good.mask_of_duty[duty])[0] + own.start] = False
    start = problem.pattern_start.copy()
    start[duty + 1 :] -= 1
    narrowed = replace(problem, pattern_mask=legal[kept], pattern_cost=problem.pattern_cost[kept], pattern_start=start)
    assert "none of its own" in rules(narrowed, good)


def test_too_long_a_day_is_found(problem: PeriodicProblem, good: PeriodicResult) -> None:
    short = replace(problem, minutes_of_staff_day=np.full((1, 20), float(good.work_of_staff_day.max()) - 1.0))
    assert "are available" in rules(short, good)


def test_an_overloaded_tour_is_found(problem: PeriodicProblem, good: PeriodicResult) -> None:
    assert "carries" in rules(replace(problem, demand=np.full(30, 3.0)), good)


def test_uneven_days_are_found(problem: PeriodicProblem, good: PeriodicResult) -> None:
    assert "times the shortest" in rules(replace(problem, band_ratio_of_staff=np.array([1.01])), good)


def test_the_wrong_person_is_found(problem: PeriodicProblem, good: PeriodicResult) -> None:
    two = month(30, n_roles=2)
    strangers = replace(
        good,
        tour_staff=np.ones_like(good.tour_staff),
        mask_of_duty=np.concatenate((good.mask_of_duty, good.mask_of_duty)),
    )
    assert "who may not" in rules(two, strangers)


def test_a_second_tour_of_the_same_person_is_found(problem: PeriodicProblem, good: PeriodicResult) -> None:
    day = good.tour_day.copy()
    day[1] = day[0]
    assert "has 2 tours" in rules(problem, replace(good, tour_day=day))


def test_a_duty_dropped_in_silence_is_found(problem: PeriodicProblem, good: PeriodicResult) -> None:
    masks = good.mask_of_duty.copy()
    masks[0] = 0
    assert "is listed 0 times" in rules(problem, replace(good, mask_of_duty=masks))


def test_a_planned_duty_listed_as_not_planned_is_found(problem: PeriodicProblem, good: PeriodicResult) -> None:
    entry = NotPlanned(duty=0, reason=Reason.NO_MINUTES_LEFT, sentence="No room.")
    assert "has days and is listed" in rules(problem, replace(good, not_planned=(entry,)))


def test_wrong_minutes_in_the_result_are_found(problem: PeriodicProblem, good: PeriodicResult) -> None:
    assert "not what the tours add up to" in rules(problem, replace(good, work_of_staff_day=good.work_of_staff_day + 1))


def test_tours_that_point_outside_are_found_before_anything_else(
    problem: PeriodicProblem, good: PeriodicResult
) -> None:
    assert rules(problem, replace(good, tour_day=good.tour_day + 20)) == "tour_day points outside the problem"

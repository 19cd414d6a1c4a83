from __future__ import annotations

from dataclasses import replace

import numpy as np

from optimize.periodic.patterns import days_of
from optimize.periodic.problem import PeriodicProblem, PeriodicResult
from optimize.periodic.relax import Relaxation, smallest_relaxations
from optimize.periodic.solve import solve
from optimize.stopping import MaxIterations
from tests.optimize.periodic.cases import month


def crowded(**changes: object) -> tuple[PeriodicProblem, PeriodicResult]:
    """Days that are too short for everybody: some duties are left over."""
    problem = month(40, minutes=50.0, **changes)
    result = solve(problem, MaxIterations(400), seed=1)
    assert result.not_planned
    return problem, result


def relaxed(problem: PeriodicProblem, result: PeriodicResult, **wanted: object) -> dict[int, Relaxation]:
    given: dict[str, object] = {
        "other_days": {},
        "other_staff": np.zeros((problem.n_duties, problem.n_staff), np.bool_),
    }
    chosen = [item.duty for item in result.not_planned][:2]
    return smallest_relaxations(problem, result, chosen, max_iterations=200, seed=1, **(given | wanted))  # type: ignore[arg-type]


def test_the_minutes_that_are_named_plan_the_duty_when_they_are_given() -> None:
    problem, result = crowded()
    found = relaxed(problem, result)
    assert found
    lacked = {item.duty: item.extra_minutes for item in result.not_planned}
    for duty, item in found.items():
        assert item.kind == "minutes"
        assert 0 < item.amount <= lacked[duty] + 0.1
        longer = problem.minutes_of_staff_day + item.amount
        again = solve(replace(problem, minutes_of_staff_day=longer), MaxIterations(400), 1, initial=result)
        assert duty not in {left.duty for left in again.not_planned}


def test_another_person_is_named_where_one_has_room() -> None:
    problem, result = crowded()
    two = replace(
        problem,
        role_of_staff=np.zeros(2, np.int32),
        office_of_staff=np.repeat(problem.office_of_staff, 2),
        minutes_of_staff_day=np.repeat(problem.minutes_of_staff_day, 2, axis=0),
        staff_of_duty=np.stack((np.ones(40, np.bool_), np.zeros(40, np.bool_)), axis=1),
        capacity_of_staff_day=np.full((2, 20), np.inf),
        trips_of_staff=np.ones(2, np.int32),
        partner_of_staff=np.full(2, -1, np.int32),
        reserved_min=np.zeros((2, 20)),
        band_ratio_of_staff=np.full(2, np.inf),
        band_share_of_staff_day=np.ones((2, 20)),
        people_of_staff=np.ones(2, np.int32),
    )
    found = relaxed(two, result, other_staff=~two.staff_of_duty)
    assert {item.kind for item in found.values()} == {"other_person"}
    assert {item.staff for item in found.values()} == {1}


def test_other_days_are_named_before_anything_that_costs_minutes() -> None:
    problem, result = crowded()
    duty = result.not_planned[0].duty
    minutes = problem.minutes_of_staff_day.copy()
    minutes[0, 3] = 480.0
    roomy = replace(problem, minutes_of_staff_day=minutes)
    only = replace(
        roomy,
        pattern_mask=np.where(
            np.repeat(np.arange(40), np.diff(problem.pattern_start)) == duty, problem.pattern_mask, problem.pattern_mask
        ),
    )
    found = relaxed(only, result, other_days={duty: np.array([1 << 3], np.int64)})
    if duty in found and found[duty].kind == "other_day":
        assert days_of(found[duty].mask)
    assert all(item.amount == 0.0 for item in found.values() if item.kind == "other_day")

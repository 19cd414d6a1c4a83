from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from optimize.periodic.alike import as_one_day, over_all_days
from optimize.periodic.checks import broken_rules
from optimize.periodic.problem import PeriodicProblem
from optimize.periodic.solve import solve
from optimize.stopping import MaxIterations
from tests.optimize.periodic.cases import tiny


def free_days(seed: int, n_duties: int = 9, n_days: int = 3, n_staff: int = 2) -> PeriodicProblem:
    """Everything is visited once, on whichever day."""
    base = tiny(seed, n_duties=n_duties, n_days=n_days, n_staff=n_staff)
    masks = np.tile(1 << np.arange(n_days, dtype=np.int64), n_duties)
    start = np.arange(n_duties + 1, dtype=np.int32) * n_days
    return replace(base, pattern_mask=masks, pattern_start=start, pattern_cost=np.zeros(len(masks)))


def test_alike_days_are_one_day_with_as_many_tours_and_come_back_as_days() -> None:
    problem = free_days(1)
    one_day = as_one_day(problem)
    assert one_day is not None
    assert (one_day.n_days, one_day.n_staff) == (1, 6)
    found = solve(one_day, MaxIterations(2000), seed=1)
    result = solve(problem, MaxIterations(2000), seed=1)
    assert broken_rules(problem, result) == []
    assert result.is_feasible
    assert result.cost == pytest.approx(found.cost)
    assert result.n_iterations == found.n_iterations
    assert len(np.unique(result.tour_day)) > 1  # two tours a day, so that not all of them fit on one


def test_a_plan_of_alike_days_has_each_person_once_a_day() -> None:
    problem = free_days(2)
    one_day = as_one_day(problem)
    assert one_day is not None
    spread = over_all_days(problem, solve(one_day, MaxIterations(500), seed=3))
    pairs = list(zip(spread.tour_staff.tolist(), spread.tour_day.tolist(), strict=True))
    assert len(pairs) == len(set(pairs))
    assert np.bitwise_count(spread.mask_of_duty).tolist() == [1] * problem.n_duties


def test_one_person_on_several_alike_days_counts_too() -> None:
    problem = free_days(4, n_duties=8, n_days=4, n_staff=1)
    one_day = as_one_day(problem)
    assert one_day is not None
    assert (one_day.n_days, one_day.n_staff) == (1, 4)
    assert solve(problem, MaxIterations(1000), seed=1).is_feasible


def test_what_fits_on_no_day_keeps_its_reason() -> None:
    problem = free_days(3)
    heavy = problem.demand.copy()
    heavy[4] = 99.0
    result = solve(replace(problem, demand=heavy), MaxIterations(500), seed=1)
    assert [item.duty for item in result.not_planned] == [4]
    assert not result.is_feasible


@pytest.mark.parametrize(
    "changed",
    ["one duty twice", "one duty tied to a day", "a day is shorter", "a day is dearer", "the plan in force counts"],
)
def test_days_that_differ_stay_days(changed: str) -> None:
    problem = free_days(1)
    masks, cost = problem.pattern_mask.copy(), problem.pattern_cost.copy()
    minutes = problem.minutes_of_staff_day.copy()
    if changed == "one duty twice":
        masks[0] = 3
    elif changed == "one duty tied to a day":
        start = problem.pattern_start.copy()
        start[1:] -= 2
        problem = replace(problem, pattern_mask=masks[2:], pattern_start=start, pattern_cost=cost[2:])
        masks, cost = masks[2:], cost[2:]
    elif changed == "a day is shorter":
        minutes[:, 1] = 40.0
    elif changed == "a day is dearer":
        cost[1] = 1.0
    else:
        problem = replace(problem, previous_mask=np.ones(problem.n_duties, np.int64), stability_min=5.0)
    assert as_one_day(replace(problem, pattern_mask=masks, pattern_cost=cost, minutes_of_staff_day=minutes)) is None

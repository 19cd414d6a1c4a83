from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from optimize.periodic.checks import broken_rules, overlaps
from optimize.periodic.problem import PeriodicProblem
from optimize.periodic.solve import solve
from optimize.stopping import MaxIterations
from tests.optimize.periodic.cases import month


def riding(n_retailers: int = 16, share: float = 1.0) -> PeriodicProblem:
    """Two roles whose people ride in one vehicle: the first row serves both, the second is absent."""
    base = month(n_retailers, n_roles=2)
    minutes = base.minutes_of_staff_day.copy()
    minutes[1] = 0.0
    return replace(
        base,
        minutes_of_staff_day=minutes,
        band_share_of_staff_day=np.ones((2, 20)),
        staff_of_duty=np.tile(np.array([True, False]), (2 * n_retailers, 1)),
        overlap_share=share * (1.0 - np.eye(2)),
        people_of_staff=np.array([2, 1], np.int32),
    )


def test_riders_who_meet_at_a_shop_work_side_by_side() -> None:
    together = solve(riding(), MaxIterations(600), seed=1)
    one_by_one = solve(riding(share=0.0), MaxIterations(600), seed=1)
    problem = riding()
    assert broken_rules(problem, together) == []
    saved = sum(minutes for _, _, minutes in overlaps(problem, together))
    assert saved > 0
    service = float(problem.service_min[together.tour_duty].sum())
    travel = float(together.travel_of_staff_day.sum())
    assert together.work_of_staff_day.sum() == pytest.approx(travel + service - saved)
    assert together.work_of_staff_day.sum() < one_by_one.work_of_staff_day.sum()


def test_the_judge_notices_minutes_that_were_saved_twice() -> None:
    problem = riding()
    result = solve(problem, MaxIterations(200), seed=1)
    forged = replace(result, work_of_staff_day=result.work_of_staff_day - 1.0)
    assert "work_of_staff_day is not what the tours add up to" in broken_rules(problem, forged)


def test_substitutes_serve_another_role_s_duty_and_nothing_is_lost() -> None:
    base = month(16, n_roles=2)
    free = replace(base, staff_of_duty=np.ones((32, 2), np.bool_))
    result = solve(free, MaxIterations(800), seed=1)
    assert broken_rules(free, result) == []
    apart = solve(base, MaxIterations(800), seed=1)
    assert result.cost < apart.cost


def test_overlaps_outside_0_to_1_are_refused() -> None:
    with pytest.raises(ValueError, match="overlap_share must be"):
        replace(month(4, n_roles=2), overlap_share=np.array([[0.0, 1.5], [1.5, 0.0]]))

from __future__ import annotations

import numpy as np
import pytest

from optimize.periodic.ledger import compare_plans, joint_stop_ledger
from optimize.periodic.metrics import METRICS, measure
from optimize.periodic.solve import solve
from optimize.stopping import MaxIterations
from tests.optimize.periodic.cases import month


def test_the_ledger_is_the_difference_of_two_solved_plans() -> None:
    problem = month(20, n_roles=2, shared_day_saving_min=np.array([[0.0, 6.0], [6.0, 0.0]]))
    ledger = joint_stop_ledger(problem, lambda: MaxIterations(1500), seed=1)
    difference = ledger.joint.work_of_staff_day.sum() - ledger.separate.work_of_staff_day.sum()
    assert ledger.person_minutes == pytest.approx(difference)
    assert sum(ledger.person_minutes_of_role) == pytest.approx(difference)
    assert ledger.disturbed_days_joint < ledger.disturbed_days_separate
    assert ledger.shared_days_joint > ledger.shared_days_separate
    assert ledger.n_not_planned_joint == ledger.n_not_planned_separate == 0


def test_a_plan_beside_itself_saves_nothing() -> None:
    problem = month(10, n_roles=2)
    result = solve(problem, MaxIterations(200), seed=1)
    assert compare_plans(problem, result, result).person_minutes == 0.0


def test_every_metric_has_a_key_of_its_own_and_a_number() -> None:
    problem = month(10, travel_km=np.ones((11, 11)))
    result = solve(problem, MaxIterations(200), seed=1)
    taken = measure(problem, result)
    assert len(taken) == len(METRICS)
    assert taken.pop("day_ratio") == np.inf  # ten retailers leave days of the month empty
    assert all(np.isfinite(value) for value in taken.values())
    assert taken["travel_km"] == len(result.tour_duty) + len(result.tour_day)
    assert taken["travel_min"] == pytest.approx(result.travel_of_staff_day.sum())
    assert taken["same_weekday_share"] == 1.0

from __future__ import annotations

import numpy as np
import pytest

from optimize.periodic.checks import broken_rules
from optimize.periodic.ledger import solve_each_role
from optimize.periodic.solve import solve
from optimize.periodic.subproblem import only_duties
from optimize.stopping import MaxIterations
from tests.optimize.periodic.cases import month

MEETING = np.array([[0.0, 4.0], [4.0, 0.0]])


def test_roles_solved_apart_and_put_side_by_side_are_one_legal_plan() -> None:
    problem = month(12, n_roles=2)
    found = solve_each_role(problem, lambda: MaxIterations(300), seed=1)
    alone = [solve(only_duties(problem, np.arange(12) + 12 * role), MaxIterations(300), seed=1) for role in range(2)]
    assert broken_rules(problem, found) == []
    assert found.cost == pytest.approx(sum(plan.cost for plan in alone))
    assert found.mask_of_duty.tolist() == [*alone[0].mask_of_duty.tolist(), *alone[1].mask_of_duty.tolist()]


def test_some_duties_alone_leave_the_others_people_idle() -> None:
    problem = month(8, n_roles=2, band=1.5)
    own = only_duties(problem, np.arange(8))
    assert own.n_duties == 8
    assert np.isinf(own.band_ratio_of_staff[1])
    assert np.isfinite(own.band_ratio_of_staff[0])


def test_a_joint_search_with_a_limit_in_iterations_repeats_itself() -> None:
    problem = month(16, n_roles=2, shared_day_saving_min=MEETING)
    first, second = (solve(problem, MaxIterations(600), seed=3) for _ in range(2))
    assert first.is_feasible
    assert first.tour_duty.tobytes() == second.tour_duty.tobytes()

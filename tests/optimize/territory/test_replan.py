"""Re-planning moves few retailers, and a painted unit is repaired around."""

from __future__ import annotations

import pytest

from optimize.stopping import MaxIterations
from optimize.territory import checks
from optimize.territory.flows import flow_bound
from optimize.territory.replan import handover, repair
from optimize.territory.solve import solve
from tests.optimize.territory.maps import TOWN, AsciiMap


def test_a_re_plan_moves_no_more_than_needed() -> None:
    loads = [1] * 36
    loads[0], loads[35] = 3, 0
    problem = TOWN.problem(4, loads, tolerance_share=0.12, previous=TOWN.plan, churn_weight_km2=20.0)
    result = solve(problem, MaxIterations(300), 1)
    assert checks.violations(problem, result.grid_of_unit) == ()
    moved = checks.moved_weight(problem, result.grid_of_unit)
    assert flow_bound(problem).load <= moved <= flow_bound(problem).load + 1


def test_a_churn_budget_is_a_hard_cap() -> None:
    ragged = AsciiMap("""
        AAAABB
        AABBBB
        AAABBB
        CCDDDD
        CCCCDD
        CCCDDD
    """)
    problem = ragged.problem(4, tolerance_share=0.12, previous=ragged.plan, churn_budget=2)
    result = solve(problem, MaxIterations(300), 1)
    assert result.feasible
    assert 0 < checks.moved_weight(problem, result.grid_of_unit) <= 2
    assert len(handover(problem, result.grid_of_unit)) == 2


@pytest.mark.parametrize("place", [(2, 3), (0, 3)])
def test_a_painted_unit_stays_painted_and_the_rest_hardly_changes(place: tuple[int, int]) -> None:
    problem = TOWN.problem(4)
    unit = TOWN.unit(*place)
    result = repair(problem, TOWN.plan, unit, 0)
    assert result.feasible
    assert result.grid_of_unit[unit] == 0
    assert (result.grid_of_unit != TOWN.plan).sum() == 2

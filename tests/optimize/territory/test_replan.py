"""Re-planning moves few retailers, and a painted unit is repaired around."""

from __future__ import annotations

import numpy as np
import pytest

from optimize.stopping import MaxIterations
from optimize.territory import checks
from optimize.territory.replan import flow_bound, handover, repair
from optimize.territory.solve import solve
from tests.optimize.territory.maps import AsciiMap

STREET = AsciiMap("AAAABBBBCCCC")
TOWN = AsciiMap("""
    AAABBB
    AAABBB
    AAABBB
    CCCDDD
    CCCDDD
    CCCDDD
""")


def test_load_passes_through_the_grid_between() -> None:
    loads = [2, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0]  # 5, 4, 3
    bound = flow_bound(STREET.problem(3, loads, previous=STREET.plan))
    assert bound.load == 2
    assert bound.flows.tolist() == [[0, 1, 1], [1, 2, 1]]


def test_nothing_has_to_move_when_everything_is_within_tolerance() -> None:
    assert flow_bound(STREET.problem(3, previous=STREET.plan)).load == 0


def test_a_barrier_that_no_load_can_pass_makes_the_bound_infinite() -> None:
    river = AsciiMap("AAAA#BB")
    assert np.isinf(flow_bound(river.problem(2, previous=river.plan)).load)


def test_an_owner_who_left_gives_everything_away() -> None:
    bound = flow_bound(STREET.problem(2, previous=STREET.plan))
    assert bound.load == 4 + 2
    assert sorted(map(tuple, bound.flows.tolist())) == [(1, 0, 2), (2, 1, 4)]


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

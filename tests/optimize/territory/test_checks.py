"""The judge, on plans broken by hand."""

from __future__ import annotations

import numpy as np
import pytest

from optimize.territory import checks
from optimize.territory.problem import TerritoryProblem
from tests.optimize.territory.maps import AsciiMap

HALVES = AsciiMap("""
    AABB
    AABB
""")


def rules_broken(problem: TerritoryProblem, plan: np.ndarray) -> list[str]:
    return [violation.rule for violation in checks.violations(problem, plan)]


def test_a_plan_that_keeps_every_rule_has_no_violations() -> None:
    assert rules_broken(HALVES.problem(2), HALVES.plan) == []


def test_a_unit_in_no_grid_is_named() -> None:
    plan = HALVES.plan.copy()
    plan[3] = -1
    found = checks.violations(HALVES.problem(2, tolerance_share=0.5), plan)
    assert [(v.rule, v.unit) for v in found] == [("unassigned", 3)]


def test_a_grid_without_units_is_named() -> None:
    assert "empty_grid" in rules_broken(HALVES.problem(3, tolerance_share=0.99), HALVES.plan)


def test_a_grid_in_two_pieces_is_named_even_when_the_second_piece_is_empty_of_retailers() -> None:
    island = AsciiMap("""
        AABA
        AABB
    """)
    problem = island.problem(2, [1, 1, 1, 0, 1, 1, 1, 2])
    assert rules_broken(problem, island.plan) == ["broken_grid"]


def test_a_barrier_breaks_a_grid_that_looks_whole() -> None:
    river = AsciiMap("""
        AA#AA
        BB#BB
    """)
    assert rules_broken(river.problem(2), river.plan) == ["broken_grid", "broken_grid"]


def test_diagonal_neighbours_do_not_touch() -> None:
    corner = AsciiMap("""
        AB
        BA
    """)
    assert rules_broken(corner.problem(2), corner.plan) == ["broken_grid", "broken_grid"]


def test_one_retailer_beyond_the_tolerance_is_a_violation_and_one_within_is_not() -> None:
    lopsided = AsciiMap("""
        AAAB
        AABB
    """)
    assert rules_broken(lopsided.problem(2, tolerance_share=0.25), lopsided.plan) == []
    found = checks.violations(lopsided.problem(2, tolerance_share=0.24), lopsided.plan)
    assert [(v.rule, v.grid) for v in found] == [("load", 0), ("load", 1)]
    assert found[0].amount == pytest.approx(1 - 0.24 * 4)


def test_every_measure_is_judged_by_its_own_tolerance() -> None:
    loads = [[1] * 8, [10, 10, 10, 30, 10, 10, 10, 10]]
    problem = HALVES.problem(2, loads, measures=("retailers", "minutes"), tolerance_share=[0.0, 0.1])
    found = checks.violations(problem, HALVES.plan)
    assert {(v.rule, v.measure) for v in found} == {("load", "minutes")}


def test_pins_and_staff_bases_are_judged() -> None:
    pinned = np.full(8, -1)
    pinned[0] = 1
    assert rules_broken(HALVES.problem(2, pinned=pinned), HALVES.plan) == ["pin"]
    assert rules_broken(HALVES.problem(2, centre_unit=[3, -1]), HALVES.plan) == ["pin"]


def test_a_locked_grid_must_keep_exactly_its_units() -> None:
    before = AsciiMap("""
        AAAB
        AABB
    """)
    problem = HALVES.problem(2, tolerance_share=0.5, previous=before.plan, locked=[0])
    assert rules_broken(problem, HALVES.plan) == ["lock"]
    assert rules_broken(problem, before.plan) == []


def test_groups_forbidden_pairs_and_jurisdictions_are_judged() -> None:
    together = np.array([0, -1, -1, 0, -1, -1, -1, -1])
    assert rules_broken(HALVES.problem(2, must_link=together), HALVES.plan) == ["must_link"]
    assert rules_broken(HALVES.problem(2, forbidden=[[0, 0]]), HALVES.plan) == ["forbidden"]
    bureaus = np.array([0, 0, 1, 1, 0, 2, 1, 1])
    assert rules_broken(HALVES.problem(2, jurisdiction=bureaus), HALVES.plan) == ["jurisdiction"]


def test_the_churn_budget_counts_retailers_that_leave_their_present_grid() -> None:
    before = AsciiMap("""
        AAAB
        AAAB
    """)
    assert rules_broken(HALVES.problem(2, previous=before.plan, churn_budget=2), HALVES.plan) == []
    assert rules_broken(HALVES.problem(2, previous=before.plan, churn_budget=1), HALVES.plan) == ["churn_budget"]


def test_a_plan_of_another_length_is_the_callers_mistake() -> None:
    with pytest.raises(ValueError, match="8 whole numbers"):
        checks.violations(HALVES.problem(2), np.zeros(7, dtype=int))

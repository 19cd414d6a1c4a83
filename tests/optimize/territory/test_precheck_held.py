"""What locks, pins, bans and the churn budget make impossible is named, and nothing that is possible."""

from __future__ import annotations

from itertools import product
from typing import Any

import numpy as np
import pytest

from optimize.territory import checks
from optimize.territory.precheck import Precheck, precheck
from optimize.territory.problem import TerritoryProblem
from tests.optimize.territory.maps import AsciiMap

ROW = AsciiMap("AAAAABBB")  # grids of 50 and 30 for 40 each
LOADS = [10] * 8


def checked(tolerance_share: float = 0.05, n_grids: int = 2, **rules: Any) -> Precheck:
    return precheck(ROW.problem(n_grids, LOADS, tolerance_share=tolerance_share, **rules))


def named(found: Precheck) -> list[tuple[str, int, float]]:
    return [(cause.rule, cause.grid, cause.amount) for cause in found.causes]


def test_a_locked_grid_out_of_range_is_named_with_the_tolerance_it_needs() -> None:
    found = checked(previous=ROW.plan, locked=[0])
    assert named(found) == [("locked_heavy", 0, 8.0), ("pinned_light", 1, 8.0)]
    assert found.smallest_tolerance_share[0] == pytest.approx(0.25)
    light = checked(previous=ROW.plan, locked=[1])
    assert ("locked_light", 1, 8.0) in named(light)
    assert light.smallest_tolerance_share[0] == pytest.approx(0.25)
    assert not checked(0.25, previous=ROW.plan, locked=[0]).causes


def test_a_lock_that_is_pins_and_bans_is_the_same() -> None:
    bans = [(unit, 0) for unit in range(5, 8)]
    assert named(checked(pinned=[0] * 5 + [-1] * 3, forbidden=bans))[0] == ("locked_heavy", 0, 8.0)


def test_pins_that_put_too_much_into_a_grid_are_named() -> None:
    found = checked(pinned=[0] * 5 + [-1] * 3)
    assert named(found) == [("pinned_heavy", 0, 8.0), ("pinned_light", 1, 8.0)]
    assert found.smallest_tolerance_share[0] == pytest.approx(0.25)


def test_bans_that_leave_a_grid_too_little_are_named() -> None:
    found = checked(pinned=[-1] * 7 + [0], forbidden=[(unit, 1) for unit in range(5)])
    assert ("pinned_light", 1, 18.0) in named(found)
    assert found.smallest_tolerance_share[0] >= 0.5
    nobody = checked(forbidden=[(unit, 1) for unit in range(8)])
    assert named(nobody)[0] == ("barred_grid", 1, 1.0)
    assert found.smallest_tolerance_share[0] <= nobody.smallest_tolerance_share[0] == np.inf


def test_pins_that_must_cross_those_of_another_grid_are_named_and_no_tolerance_can_hold() -> None:
    found = checked(pinned=[0, -1, -1, 1, -1, 0, -1, -1])
    assert found.causes[0].rule == "pins_crossing"
    assert (found.causes[0].grid, found.causes[0].unit) == (0, 5)
    assert found.smallest_tolerance_share[0] == np.inf
    around = AsciiMap("""
        .....
        .....
    """)
    pins = [-1] * 10
    pins[around.unit(0, 0)] = pins[around.unit(0, 4)] = 0
    pins[around.unit(0, 2)] = 1
    assert precheck(around.problem(2, tolerance_share=0.5, pinned=pins)).causes == ()


def test_pins_on_two_sides_of_a_barrier_or_of_a_bureau_border_are_named() -> None:
    river = AsciiMap("""
        ..#..
        ..#..
    """)
    pins = np.full(8, -1)
    pins[[river.unit(0, 0), river.unit(0, 3)]] = 0
    assert precheck(river.problem(2, tolerance_share=0.5, pinned=pins)).causes[0].rule == "pins_apart"
    found = checked(pinned=[0, -1, -1, -1, -1, -1, -1, 0], jurisdiction=[0, 0, 0, 0, 1, 1, 1, 1])
    assert found.causes[0].rule == "pins_apart"


def test_locked_grids_that_leave_the_others_too_little_are_named() -> None:
    row = AsciiMap("AAAABBBBCCCCDDEE")
    problem = row.problem(5, [11] * 12 + [17] * 4, tolerance_share=0.1, previous=row.plan, locked=[0, 1, 2])
    found = precheck(problem)
    assert ("left_too_little", -1, 4.0) in named(found)
    assert found.smallest_tolerance_share[0] >= 0.15 - 2e-4


def test_a_locked_grid_that_cuts_off_less_than_a_grid_is_named() -> None:
    row = AsciiMap("ABBBBCCC")
    found = precheck(row.problem(3, [1, 3, 2, 2, 2, 4, 2, 4], tolerance_share=0.5, previous=row.plan, locked=[1]))
    assert [cause.rule for cause in found.causes] == ["cut_off_part"]


def test_a_budget_that_cannot_bring_every_grid_into_range_is_named() -> None:
    found = checked(previous=ROW.plan, churn_budget=0.0)
    assert [cause.rule for cause in found.causes] == ["small_budget"]
    assert found.causes[0].amount == pytest.approx(8.0, abs=1e-3)
    assert found.smallest_tolerance_share[0] == pytest.approx(0.25, abs=1e-5)
    assert not checked(previous=ROW.plan, churn_budget=10.0).causes
    assert not checked(0.25, previous=ROW.plan, churn_budget=0.0).causes


def test_a_budget_below_what_moves_in_every_plan_is_named() -> None:
    found = checked(0.9, previous=ROW.plan, churn_budget=5.0, pinned=[1] + [-1] * 7)
    assert [cause.rule for cause in found.causes] == ["small_budget"]
    assert found.smallest_tolerance_share[0] == np.inf


def test_pins_against_locks_exclude_each_other() -> None:
    assert checked(previous=ROW.plan, locked=[0], pinned=[1] + [-1] * 7).causes[0].rule == "must_link"
    assert checked(previous=ROW.plan, locked=[1], pinned=[1] + [-1] * 7).causes[0].rule == "forbidden"


def drawn(seed: int) -> TerritoryProblem:
    """Draw a map of at most eight units with rules of every kind."""
    rng = np.random.default_rng(seed)
    p = int(rng.integers(2, 4))
    most = 8 if p == 2 else 6
    lines = ["".join(rng.choice([".", "#"], most // 2, p=[0.85, 0.15])) for _ in range(2)]
    lines[0] = "." + lines[0][1:]
    small = AsciiMap("\n".join(lines))
    n = len(small.places)
    previous = np.sort(rng.integers(0, p, n))

    def sometimes(share: float, rule: Any) -> Any:
        return rule if rng.random() < share else None

    k = int(rng.integers(1, n + 1))
    rules = {
        "pinned": sometimes(0.7, np.where(rng.random(n) < 0.3, rng.integers(0, p, n), -1)),
        "previous": previous,
        "churn_budget": sometimes(0.5, float(rng.integers(0, 9))),
        "locked": sometimes(0.3, [int(rng.integers(0, p))]),
        "forbidden": sometimes(0.4, np.column_stack([rng.integers(0, n, k), rng.integers(0, p, k)])),
        "must_link": sometimes(0.2, np.where(rng.random(n) < 0.4, rng.integers(0, 2, n), -1)),
        "jurisdiction": sometimes(0.2, rng.integers(-1, 2, n)),
        "target_share": sometimes(0.3, rng.random(p) + 0.5),
    }
    loads = np.vstack([rng.integers(0, 6, n), rng.integers(1, 4, n)])
    return small.problem(
        p, loads.tolist(), measures=("minutes", "retailers"), tolerance_share=rng.choice([0.05, 0.2, 0.4, 0.7], 2),
        **{name: rule for name, rule in rules.items() if rule is not None},
    )  # fmt: skip


@pytest.mark.parametrize("seed", range(16))
def test_no_cause_is_false_and_no_plan_is_within_less_than_the_smallest_tolerance(seed: int) -> None:
    """All divisions of a small map with rules are tried."""
    problem = drawn(seed)
    found = precheck(problem)
    best = np.full(2, np.inf)
    plans = np.array(list(product(range(problem.n_grids), repeat=problem.n_units)), dtype=np.int32)
    plans = plans[((plans == problem.pinned) | (problem.pinned < 0)).all(axis=1)]
    for unit, grid in problem.forbidden.tolist():
        plans = plans[plans[:, unit] != grid]
    for plan in plans:
        broken = {one.rule for one in checks.violations(problem, plan)}
        if broken <= {"load"}:
            off = np.abs(checks.load_of_grid(problem, plan) / np.maximum(problem.target, 1e-9) - 1).max(axis=1)
            best = np.minimum(best, off)
            assert broken or found.causes == ()
    assert (found.smallest_tolerance_share <= best + 1e-9).all()

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise, permutations

import numpy as np
import pytest

from optimize.periodic.layout import lay_out
from optimize.periodic.problem import PeriodicProblem, PeriodicResult
from optimize.periodic.renaming import renamed_like, renamings
from optimize.periodic.result import load_result, read_result
from optimize.periodic.solve import solve
from optimize.stopping import MaxIterations
from tests.optimize.periodic.cases import month, tiny

PAIRS = (0b00101, 0b01010, 0b10100)
SINGLES = (0b00001, 0b00010, 0b00100, 0b01000, 0b10000)


def week(*choices: tuple[int, ...], n_duties: int = 12) -> PeriodicProblem:
    """Five days, four vans; duty `k` has the `k`th choice of patterns in turn."""
    own = [choices[duty % len(choices)] for duty in range(n_duties)]
    return replace(
        tiny(1, n_duties=n_duties, n_days=5, n_staff=4),
        pattern_start=np.concatenate(([0], np.cumsum([len(one) for one in own]))).astype(np.int32),
        pattern_mask=np.array([mask for one in own for mask in one], np.int64),
        pattern_cost=np.zeros(sum(map(len, own))),
    )


def names_of(problem: PeriodicProblem) -> list[tuple[int, ...]]:
    return [tuple(names.tolist()) for names in renamings(problem)]


def in_every_order(problem: PeriodicProblem) -> set[tuple[int, ...]]:
    """All permutations of the days, each tried on every duty's patterns and every day's people."""
    found = set()
    for names in permutations(range(problem.n_days)):
        same = all(
            (values[:, names] == values).all()
            for values in (problem.minutes_of_staff_day, problem.capacity_of_staff_day)
        )
        for a, b in pairwise(problem.pattern_start.tolist()):
            masks, costs = problem.pattern_mask[a:b].tolist(), problem.pattern_cost[a:b].tolist()
            new = [sum(1 << names[day] for day in range(problem.n_days) if mask >> day & 1) for mask in masks]
            same = same and sorted(zip(masks, costs, strict=True)) == sorted(zip(new, costs, strict=True))
        if same:
            found.add(names)
    return found


def test_days_of_a_week_whose_patterns_keep_two_days_apart_have_four_sets_of_names() -> None:
    found = names_of(week(SINGLES, PAIRS, (0b11111,)))
    assert found[0] == (0, 1, 2, 3, 4)
    assert set(found) == {(0, 1, 2, 3, 4), (4, 1, 2, 3, 0), (0, 3, 2, 1, 4), (4, 3, 2, 1, 0)}


@pytest.mark.parametrize("choices", [(PAIRS,), (SINGLES,), (SINGLES, (0b00011, 0b11000)), ((0b10110, 0b01101),)])
def test_all_names_are_found_that_trying_every_order_finds(choices: tuple[tuple[int, ...], ...]) -> None:
    problem = week(*choices)
    shorter = np.array(problem.minutes_of_staff_day)
    shorter[:, 1] = 30.0
    dearer = np.array(problem.pattern_cost)
    dearer[0] = 1.0
    for changed in (
        problem,
        replace(problem, minutes_of_staff_day=shorter),
        replace(problem, pattern_cost=dearer),
    ):
        assert set(names_of(changed)) == in_every_order(changed)
        assert len(names_of(changed)) == len(set(names_of(changed)))


def test_a_cycle_of_twenty_days_gives_some_names_and_a_plan_in_force_keeps_them() -> None:
    problem = month(30)
    ways = renamings(problem)
    assert 1 < len(ways) <= 720
    assert all(sorted(names.tolist()) == list(range(20)) for names in ways)
    bound = replace(problem, previous_mask=np.ones(30, np.int64), stability_min=5.0)
    assert len(renamings(bound)) == 1


def judged(problem: PeriodicProblem, plan: PeriodicResult) -> PeriodicResult:
    """The plan as it comes out of the tables of a search again, with cost and verdict of its own."""
    w = lay_out(problem, 1)
    load_result(problem, w, plan)
    return read_result(problem, w, 0)


def test_a_renamed_plan_is_as_good_and_is_given_its_old_names_again() -> None:
    problem = week(SINGLES, PAIRS, (0b11111,))
    plan = solve(problem, MaxIterations(300), seed=1)
    assert plan.is_feasible
    ways = renamings(problem)
    for names in ways:
        other = renamed_like(plan, plan, [names])
        assert judged(problem, other).is_feasible
        assert judged(problem, other).cost == pytest.approx(plan.cost)
        assert np.array_equal(renamed_like(plan, other, ways).mask_of_duty, plan.mask_of_duty)

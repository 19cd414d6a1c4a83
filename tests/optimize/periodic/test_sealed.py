from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from optimize.periodic.metrics import shared_days
from optimize.periodic.patterns import sealed_patterns_for
from optimize.periodic.problem import PeriodicProblem
from optimize.periodic.sealed import commitment, draw_sealed_days, is_revealed_by
from optimize.periodic.solve import solve
from optimize.stopping import MaxIterations
from tests.optimize.periodic.cases import WEEK, WEEKDAY, month


def half_sealed(n_retailers: int = 20) -> PeriodicProblem:
    """Two roles; every duty of the second is sealed and due once, on any day."""
    base = month(n_retailers, n_roles=2, shared_day_saving_min=np.array([[0.0, 9.0], [9.0, 0.0]]))
    any_day = sealed_patterns_for(1, WEEKDAY, WEEK).mask
    open_patterns = base.pattern_mask[: base.pattern_start[n_retailers]]
    start = np.concatenate(
        (base.pattern_start[: n_retailers + 1], base.pattern_start[n_retailers] + 20 * np.arange(1, n_retailers + 1))
    )
    return replace(
        base,
        sealed=np.arange(2 * n_retailers) >= n_retailers,
        pattern_start=start,
        pattern_mask=np.concatenate((open_patterns, np.tile(any_day, n_retailers))),
        pattern_cost=np.zeros(len(open_patterns) + 20 * n_retailers),
    )


def test_each_sealed_duty_keeps_one_legal_pattern_and_open_ones_keep_all() -> None:
    problem = half_sealed()
    drawn = draw_sealed_days(problem, 7)
    counts = np.diff(drawn.pattern_start)
    assert (counts[20:] == 1).all()
    assert (counts[:20] == np.diff(problem.pattern_start)[:20]).all()


def test_the_draw_is_uniform_over_the_legal_days() -> None:
    problem = half_sealed()
    days = [draw_sealed_days(problem, seed).pattern_mask[-20:] for seed in range(200)]
    counts = np.bincount(np.log2(np.concatenate(days)).astype(int), minlength=20)
    expected = counts.sum() / 20
    assert ((counts - expected) ** 2 / expected).sum() < 43.8  # chi-square, 19 degrees of freedom, 0.1 %
    assert counts.max() / expected <= 1.2


def test_sealed_days_do_not_depend_on_the_other_duties_or_the_search() -> None:
    problem = half_sealed()
    moved = replace(problem, service_min=problem.service_min + 3.0)
    assert (draw_sealed_days(problem, 5).pattern_mask[-20:] == draw_sealed_days(moved, 5).pattern_mask[-20:]).all()
    a, b = (solve(draw_sealed_days(problem, 5), MaxIterations(500), seed=seed) for seed in (1, 2))
    assert (a.mask_of_duty[20:] == b.mask_of_duty[20:]).all()


def test_a_saving_on_shared_days_does_not_move_anything_towards_sealed_days() -> None:
    problem = draw_sealed_days(half_sealed(), 5)
    free = replace(problem, shared_day_saving_min=np.zeros((2, 2)))
    paid, unpaid = (solve(p, MaxIterations(500), seed=1) for p in (problem, free))
    assert shared_days(problem, paid) == 0.0  # sealed visits are not counted, and no other role is left
    assert (paid.mask_of_duty == unpaid.mask_of_duty).all()
    assert paid.cost == pytest.approx(unpaid.cost)


def test_absent_days_are_not_drawn() -> None:
    problem = half_sealed()
    minutes = problem.minutes_of_staff_day.copy()
    minutes[1, :10] = 0.0
    drawn = draw_sealed_days(replace(problem, minutes_of_staff_day=minutes), 3)
    assert (drawn.pattern_mask[-20:] >= 1 << 10).all()


def test_a_commitment_is_opened_by_its_secret_only() -> None:
    published = commitment(b"0123456789abcdef")
    assert is_revealed_by(published, b"0123456789abcdef")
    assert not is_revealed_by(published, b"0123456789abcdeg")
    with pytest.raises(ValueError, match="at least 16 bytes"):
        commitment(b"short")

"""Coarse rows join what is empty and nothing else."""

from __future__ import annotations

import numpy as np

from optimize.territory.layout import coarsen, contract, lay_out
from tests.optimize.territory.maps import AsciiMap


def test_an_empty_unit_joins_the_loaded_one_nearest_in_steps_and_never_across_a_barrier() -> None:
    board = AsciiMap("""
        .....
        #####
        .....
    """)
    loads = [1, 0, 0, 0, 1, 0, 0, 1, 0, 0]
    problem = board.problem(2, loads)
    row = coarsen(problem, contract(problem))
    assert row.max() + 1 == 3
    assert row[0] == row[1] != row[3] == row[4]
    assert len(set(row[5:].tolist())) == 1


def test_units_with_a_rule_and_units_of_another_bureau_stay_apart() -> None:
    problem = AsciiMap(".....").problem(
        2, [1, 0, 0, 0, 1], pinned=[-1, 1, -1, -1, -1], jurisdiction=[0, 0, 0, 1, 1], forbidden=[[2, 0]]
    )
    row = coarsen(problem, contract(problem))
    assert len(set(row[:3].tolist())) == 3
    assert row[3] == row[4]


def test_coarse_rows_carry_the_same_loads_and_the_same_inertia() -> None:
    rng = np.random.default_rng(0)
    board = AsciiMap("\n".join(["........"] * 8))
    problem = board.problem(3, rng.integers(0, 2, 64) * rng.integers(1, 9, 64), tolerance_share=0.2)
    fine, coarse = lay_out(problem), lay_out(problem, coarsen(problem, contract(problem)))
    assert coarse.n_rows == (problem.loads[0] > 0).sum() < fine.n_rows
    assert coarse.load.sum() == fine.load.sum()
    assert coarse.constant_km2 == fine.constant_km2
    assert coarse.unit_km2 == fine.unit_km2

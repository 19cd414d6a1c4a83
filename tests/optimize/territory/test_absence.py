"""The grid of somebody away goes to those who touch it, level and near; nobody else's units move."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest

from optimize.territory import checks, metrics
from optimize.territory.absence import split_grid, water_level
from tests.optimize.territory.maps import AsciiMap

CROSS = AsciiMap("""
    AABBBCC
    AABBBCC
    AABBBCC
""")


def test_the_neighbours_share_the_middle_and_their_own_units_stay() -> None:
    problem = CROSS.problem(3, previous=CROSS.plan)
    split = split_grid(problem, 1)
    assert split.receivers == (0, 2)
    outside = CROSS.plan != 1
    assert (split.grid_of_unit[outside] == CROSS.plan[outside]).all()
    assert sorted(np.bincount(split.grid_of_unit, minlength=3).tolist()) == [0, 10, 11]
    assert split.deviation_share <= 0.05 + 1e-9
    assert (checks.pieces_of_grid(problem, split.grid_of_unit)[[0, 2]] == 1).all()


def test_the_lighter_neighbour_takes_more() -> None:
    loads = [4 if letter == "A" else 1 for letter in "AABBBCC" * 3]
    split = split_grid(CROSS.problem(3, loads, previous=CROSS.plan), 1)
    assert (split.grid_of_unit != 0).sum() == 21 - 6
    assert split.level[0].tolist() == [24.0, 15.0]


def test_who_is_away_too_takes_nothing() -> None:
    split = split_grid(CROSS.problem(3, previous=CROSS.plan), 1, away=[0])
    assert split.receivers == (2,)
    assert (split.grid_of_unit[CROSS.plan == 1] == 2).all()


def test_units_that_nobody_present_touches_are_said_to_be_nobodys() -> None:
    river = AsciiMap("AA#BB")
    split = split_grid(river.problem(2, previous=river.plan), 0)
    assert split.receivers == ()
    assert split.grid_of_unit.tolist() == [-1, -1, 1, 1]


@pytest.mark.parametrize("seed", range(4))
def test_a_small_split_is_the_best_of_all(seed: int) -> None:
    town = AsciiMap("""
        AAABBB
        AXXXXB
        CCXXDD
        CCCDDD
    """)
    rng = np.random.default_rng(seed)
    absent = town.letters.index("X")
    problem = town.problem(5, rng.integers(1, 4, len(town.places)).tolist(), previous=town.plan, perimeter_weight=0.0)
    split = split_grid(problem, absent, iterations=200)
    best = np.inf
    for choice in product(split.receivers, repeat=int((town.plan == absent).sum())):
        trial = town.plan.copy()
        trial[town.plan == absent] = choice
        load = checks.load_of_grid(problem, trial)[0, list(split.receivers)]
        is_level = (np.abs(load - split.level[0]) <= split.deviation_share * split.level[0] + 1e-9).all()
        if is_level and (checks.pieces_of_grid(problem, trial)[list(split.receivers)] == 1).all():
            best = min(best, metrics.inertia_km2(problem, trial))
    assert metrics.inertia_km2(problem, split.grid_of_unit) == pytest.approx(best)


def test_water_fills_the_lowest_first() -> None:
    assert water_level(np.array([1.0, 5.0, 9.0]), 6.0).tolist() == [6.0, 6.0, 9.0]
    assert water_level(np.array([1.0, 5.0]), 0.0).tolist() == [1.0, 5.0]
    assert water_level(np.array([2.0, 2.0]), 3.0).tolist() == [3.5, 3.5]

"""Load out of range is handed on along touching grids, and nothing else gives way."""

from __future__ import annotations

import numpy as np
import pytest

from optimize.stopping import MaxIterations
from optimize.territory import checks
from optimize.territory.anneal import COST, EXCESS, State, recount
from optimize.territory.budget import Budget
from optimize.territory.ejection import bring_into_range, ways_to_room
from optimize.territory.layout import lay_out
from optimize.territory.problem import TerritoryProblem
from optimize.territory.search import Incumbent, Search
from tests.optimize.territory.maps import AsciiMap

ROW_OF_GRIDS = AsciiMap("""
    AAAAABBBCCCD
    AAAAABBBCCCD
    AAAAABBBCCCD
""")


def state_of(problem: TerritoryProblem, plan: np.ndarray) -> tuple[State, Search]:
    """Return the plan with its sums."""
    layout = lay_out(problem)
    fresh = Incumbent(np.zeros(layout.n_rows, dtype=np.int32))
    search = Search(layout, Budget(MaxIterations(0)), np.random.default_rng(0), fresh)
    return search.state_of(plan.astype(np.int32)), search


def test_what_is_too_much_at_one_end_arrives_at_the_other() -> None:
    problem = ROW_OF_GRIDS.problem(4)
    state, search = state_of(problem, ROW_OF_GRIDS.plan)
    bring_into_range(search.layout, state)
    assert checks.violations(problem, state.grid) == ()
    assert np.bincount(state.grid).tolist() == [9, 9, 9, 9]


def test_sums_agree_with_a_count_from_nothing() -> None:
    problem = ROW_OF_GRIDS.problem(4, previous=ROW_OF_GRIDS.plan, churn_weight_km2=3.0)
    state, search = state_of(problem, ROW_OF_GRIDS.plan)
    bring_into_range(search.layout, state)
    cost, excess = state.value[COST], state.value[EXCESS]
    recount(search.layout.board, state)
    assert state.value[COST] == pytest.approx(cost)
    assert state.value[EXCESS] == excess == 0


def test_a_chain_reaches_loaded_units_through_empty_ones() -> None:
    street = AsciiMap("AAAAAAABBBB")
    loads = [1, 1, 1, 1, 1, 0, 0, 0, 0, 1, 0]
    problem = street.problem(2, loads)
    state, search = state_of(problem, street.plan)
    bring_into_range(search.layout, state)
    assert checks.violations(problem, state.grid) == ()


@pytest.mark.parametrize("rules", [{"locked": [1]}, {"pinned": [1] * 36}])
def test_locks_and_pins_close_the_way_and_nothing_changes(rules: dict[str, list[int]]) -> None:
    pinned = np.full(36, -1)
    middle = np.flatnonzero(ROW_OF_GRIDS.plan == 1)
    if "pinned" in rules:
        pinned[middle] = 1
        rules = {}
    problem = ROW_OF_GRIDS.problem(4, previous=ROW_OF_GRIDS.plan, pinned=pinned, **rules)
    state, search = state_of(problem, ROW_OF_GRIDS.plan)
    before = state.value[EXCESS]
    bring_into_range(search.layout, state)
    assert (state.grid[middle] == 1).all()
    assert state.value[EXCESS] <= before
    assert (checks.pieces_of_grid(problem, state.grid) == 1).all()


def test_a_chain_that_does_not_help_is_taken_back() -> None:
    street = AsciiMap("AAB")
    problem = street.problem(2, [5, 5, 0])
    state, search = state_of(problem, street.plan)
    problem_in_pieces = street.problem(2, [4, 6, 0])
    assert state.value[EXCESS] == 10
    bring_into_range(search.layout, state)
    assert state.value[EXCESS] == 0
    stuck, other = state_of(problem_in_pieces, np.array([0, 1, 1]))
    before = stuck.grid.copy()
    bring_into_range(other.layout, stuck)
    assert stuck.grid.tolist() == before.tolist()


@pytest.mark.parametrize("seed", range(8))
def test_less_and_less_is_out_of_range_on_lumpy_maps(seed: int) -> None:
    loads = np.random.default_rng(seed).integers(0, 9, 36)
    problem = ROW_OF_GRIDS.problem(4, loads, tolerance_share=0.05)
    state, search = state_of(problem, ROW_OF_GRIDS.plan)
    before = state.value[EXCESS]
    while state.value[EXCESS] > 0:
        bring_into_range(search.layout, state, most_chains=1)
        assert (checks.pieces_of_grid(problem, state.grid) == 1).all()
        if state.value[EXCESS] == before:
            break
        assert state.value[EXCESS] < before
        before = state.value[EXCESS]
    kept = state.grid.copy()
    bring_into_range(search.layout, state)
    assert state.grid.tolist() == kept.tolist()


def test_ways_go_to_the_nearest_room_first() -> None:
    beside = [[1], [0, 2], [1, 3], [2]]
    has_room = np.array([True, False, True, True])
    assert list(ways_to_room(0, beside, has_room)) == [[0, 1, 2], [0, 1, 2, 3]]

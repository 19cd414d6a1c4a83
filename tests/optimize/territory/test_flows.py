"""The flow bound counts what must pass between grids that touch."""

from __future__ import annotations

import numpy as np

from optimize.territory.flows import flow_bound
from tests.optimize.territory.maps import AsciiMap

STREET = AsciiMap("AAAABBBBCCCC")


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

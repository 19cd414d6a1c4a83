"""Ways around barriers and holes, and the plane bent until straight lines are as long."""

from __future__ import annotations

import numpy as np
import pytest

from optimize.stopping import MaxIterations
from optimize.territory import checks
from optimize.territory.solve import solve
from optimize.territory.ways import Ways, barrier_ways, bend, far_apart, n_landmarks
from tests.optimize.territory.maps import AsciiMap

OPEN = AsciiMap("\n".join(["........"] * 6))
BAY = AsciiMap("""
    ........
    ........
    ........
    .#######
    ........
    ........
    ........
""")


def _river(with_bridge_at: int | None) -> tuple[AsciiMap, np.ndarray]:
    """Six rows of eight units; nobody passes between the third and the fourth but at the bridge."""
    edges = OPEN.edges
    rows = np.array(OPEN.places)[edges]
    crosses = (rows[:, 0, 0] == 2) & (rows[:, 1, 0] == 3)
    if with_bridge_at is not None:
        crosses &= rows[:, 0, 1] != with_bridge_at
    return OPEN, edges[~crosses]


def test_without_a_barrier_ways_are_straight_lines_and_places_stay() -> None:
    problem = OPEN.problem(2)
    ways = barrier_ways(problem.xy_km, problem.edges)
    straight = np.hypot(*(problem.xy_km[ways.landmark][:, None] - problem.xy_km[None]).transpose(2, 0, 1))
    np.testing.assert_array_less(straight - 1e-9, ways.way_km)
    # a chain of square units lacks the diagonals that the triangulation has, never more than by the root of two
    np.testing.assert_array_less(ways.way_km, straight * np.sqrt(2) + 1e-9)
    exact = bend(problem.xy_km, Ways(ways.landmark, straight), problem.edges)
    np.testing.assert_allclose(exact.xy_km, problem.xy_km, atol=1e-6)


def test_a_river_makes_ways_as_long_as_the_way_to_the_bridge() -> None:
    board, edges = _river(with_bridge_at=0)
    xy_km = board.problem(2).xy_km
    ways = barrier_ways(xy_km, edges)
    of = {int(unit): row for row, unit in enumerate(ways.landmark)}
    assert len(of) == n_landmarks(48) == 48
    near, far = board.unit(2, 7), board.unit(3, 7)
    assert ways.way_km[of[near], far] == pytest.approx(15.0)  # seven to the bridge, one across, seven back
    assert ways.way_km[of[board.unit(2, 0)], board.unit(3, 0)] == pytest.approx(1.0)


def test_a_hole_without_units_is_a_barrier() -> None:
    problem = BAY.problem(2)
    ways = barrier_ways(problem.xy_km, problem.edges)
    row = int(np.flatnonzero(ways.landmark == BAY.unit(2, 7))[0])
    assert ways.way_km[row, BAY.unit(4, 7)] > 12.0  # two as the crow flies


def test_two_banks_part_from_each_other_and_stay_together_at_their_bridge() -> None:
    board, edges = _river(with_bridge_at=0)
    xy_km = board.problem(2).xy_km
    bent = bend(xy_km, barrier_ways(xy_km, edges), edges)
    assert bent.stress < 0.5 * bent.stress_straight

    def apart(a: int, b: int) -> float:
        return float(np.hypot(*(bent.xy_km[a] - bent.xy_km[b])))

    assert apart(board.unit(2, 7), board.unit(3, 7)) > 4.0
    assert apart(board.unit(2, 0), board.unit(3, 0)) < 2.0


def test_a_part_that_no_way_leads_to_pulls_nothing_and_every_place_stays_finite() -> None:
    board, edges = _river(with_bridge_at=None)
    xy_km = board.problem(2).xy_km
    ways = barrier_ways(xy_km, edges)
    assert np.isinf(ways.way_km).any()
    bent = bend(xy_km, ways, edges)
    assert np.isfinite(bent.xy_km).all()
    only = bend(xy_km, Ways(np.array([0], dtype=np.int32), np.full((1, len(xy_km)), np.inf)), edges)
    np.testing.assert_array_equal(only.xy_km, xy_km)


def test_streets_a_third_longer_everywhere_move_nothing() -> None:
    xy_km = OPEN.problem(2).xy_km
    of = far_apart(xy_km, 12)
    assert len(set(of.tolist())) == 12
    straight = np.hypot(*(xy_km[of][:, None] - xy_km[None]).transpose(2, 0, 1))
    np.testing.assert_allclose(bend(xy_km, Ways(of, 1.3 * straight), OPEN.edges).xy_km, xy_km, atol=1e-6)


def test_places_in_one_line_and_a_single_unit_are_no_special_case() -> None:
    line = AsciiMap(".....").problem(2)
    np.testing.assert_allclose(
        bend(line.xy_km, barrier_ways(line.xy_km, line.edges), line.edges).xy_km, line.xy_km, atol=1e-6
    )
    one = AsciiMap(".").problem(1)
    np.testing.assert_array_equal(bend(one.xy_km, barrier_ways(one.xy_km, one.edges), one.edges).xy_km, one.xy_km)


def test_on_the_bent_plane_grids_lie_along_the_banks() -> None:
    """Two grids of a wide district with one bridge at its end: straight lines cut across the river, ways along it."""
    board, edges = _river(with_bridge_at=0)
    straight = board.problem(2, tolerance_share=0.1)
    bent = bend(straight.xy_km, barrier_ways(straight.xy_km, edges), edges)
    problem = board.problem(2, tolerance_share=0.1)
    along = type(problem)(
        n_grids=2, xy_km=bent.xy_km, loads=problem.loads, edges=edges, tolerance_share=np.array([0.1])
    )
    found = solve(along, MaxIterations(2000), seed=1)
    assert not checks.violations(along, found.grid_of_unit)
    north = np.array([row < 3 for row, _ in board.places])
    share = np.bincount(found.grid_of_unit[north], minlength=2).max() / north.sum()
    assert share > 0.9

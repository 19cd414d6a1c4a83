"""What a problem refuses, and that it cannot be changed afterwards."""

from __future__ import annotations

import numpy as np
import pytest

from optimize.territory.problem import MalformedProblemError, TerritoryProblem


def test_all_complaints_are_said_at_once() -> None:
    with pytest.raises(MalformedProblemError) as caught:
        TerritoryProblem(
            n_grids=-1,
            xy_km=np.array([[0, 0], [1, np.nan]]),
            loads=np.array([3, -4]),
            edges=np.zeros((0, 2)),
            weight=[1],
        )
    said = " ".join(caught.value.complaints)
    for word in ("n_grids", "NaN", "negative", "weight"):
        assert word in said


def test_rows_out_of_range_are_refused() -> None:
    xy_km = np.array([[0.0, 0], [1, 0]])
    with pytest.raises(MalformedProblemError, match="edges names units outside"):
        TerritoryProblem(n_grids=1, xy_km=xy_km, loads=[1, 1], edges=[[0, 2]])
    with pytest.raises(MalformedProblemError, match="pinned holds numbers outside"):
        TerritoryProblem(n_grids=1, xy_km=xy_km, loads=[1, 1], edges=[[0, 1]], pinned=[1, -1])
    with pytest.raises(MalformedProblemError, match="whole numbers"):
        TerritoryProblem(n_grids=1, xy_km=xy_km, loads=[1.5, 1], edges=[[0, 1]])


def test_arrays_are_copied_and_read_only() -> None:
    loads = np.array([1, 1])
    problem = TerritoryProblem(n_grids=1, xy_km=np.array([[0.0, 0], [1, 0]]), loads=loads, edges=np.array([[0, 1]]))
    loads[0] = 9
    assert problem.loads[0, 0] == 1
    with pytest.raises(ValueError, match="read-only"):
        problem.loads[0, 0] = 2


def test_no_staff_is_infeasible_and_not_malformed() -> None:
    assert TerritoryProblem(n_grids=0, xy_km=np.zeros((1, 2)), loads=[1], edges=np.zeros((0, 2))).n_grids == 0


@pytest.mark.parametrize(("tolerance", "least", "most"), [(0.0, 4, 3), (0.15, 3, 4), (0.5, 2, 5)])
def test_the_load_range_holds_whole_numbers_only(tolerance: float, least: int, most: int) -> None:
    problem = TerritoryProblem(
        n_grids=2, xy_km=np.zeros((2, 2)), loads=[3, 4], edges=[[0, 1]], tolerance_share=tolerance
    )
    assert problem.load_range[0].tolist() == [[least, least]]
    assert problem.load_range[1].tolist() == [[most, most]]

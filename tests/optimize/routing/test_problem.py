"""The problem of a day is validated once, and every complaint is listed."""

from __future__ import annotations

import numpy as np
import pytest

from optimize.routing import ProblemError, RoutingProblem, pack_intervals
from tests.optimize.routing.days import NOON_BREAK, line_day


def complaints_of(**changes: object) -> str:
    with pytest.raises(ProblemError) as caught:
        line_day([1, 2, 3], **changes)  # type: ignore[arg-type]
    return str(caught.value)


def test_absent_parts_take_their_defaults() -> None:
    problem = RoutingProblem(
        travel_s=np.zeros((2, 2)),
        distance_m=np.zeros((2, 2)),
        stop_place=[1],
        start_place=[0],
        end_place=[0],
        shift_s=[[0, 9]],
    )
    assert problem.is_required.tolist() == [True]
    assert problem.service_s.tolist() == problem.demand.tolist() == problem.prize.tolist() == [0]
    assert problem.windows_of(0) == problem.breaks_of(0) == []
    assert problem.may_serve(0, 0)


def test_arrays_are_copied_and_read_only() -> None:
    service_s = np.array([60, 60, 60])
    problem = line_day([1, 2, 3], service_s=service_s)
    service_s[0] = 1
    assert problem.service_s[0] == 60
    with pytest.raises(ValueError, match="read-only"):
        problem.service_s[0] = 1


def test_all_complaints_come_at_once() -> None:
    with pytest.raises(ProblemError) as caught:
        line_day([1, 2, 3], stop_place=[1, 2, 9], demand=[-1, 0, 0], shift_s=[[5, 1]])
    assert len(caught.value.complaints) == 3


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"travel_s": np.ones((4, 4))}, "diagonal"),
        ({"travel_s": np.zeros((4, 3))}, "shape"),
        ({"distance_m": -np.ones((4, 4)) + np.eye(4)}, "negative"),
        ({"service_s": [60, float("nan"), 60]}, "not finite"),
        ({"service_s": [60, 60]}, "service_s has shape"),
        ({"start_place": []}, "no staff member"),
        ({"break_ptr": [0, 2], "breaks_s": [NOON_BREAK, NOON_BREAK]}, "breaks are not sorted and disjoint"),
        ({"window_ptr": [0, 2, 2, 2], "windows_s": [(0, 9), (1, 2)]}, "windows are not sorted and disjoint"),
        ({"windows": [[(9, 5)], [], []]}, "end before they begin"),
        ({"allowed": np.ones((2, 1))}, "allowed has shape"),
        ({"same_time_groups": [(0,)]}, "two or more"),
        ({"same_time_groups": [(0, 1), (1, 2)]}, "shares stops"),
        ({"same_time_groups": [(0, 7)]}, "outside"),
        ({"window_ptr": [0, 0, 0, 2]}, "window_ptr"),
    ],
)
def test_a_fault_is_named(changes: dict[str, object], words: str) -> None:
    assert words in complaints_of(**changes)


def test_intervals_are_packed_row_by_row_sorted_and_merged() -> None:
    ptr, pairs = pack_intervals([[(5, 6), (1, 2)], [], [(3, 7), (4, 5)]])
    assert ptr.tolist() == [0, 2, 2, 3]
    assert pairs.tolist() == [[1, 2], [5, 6], [3, 7]]

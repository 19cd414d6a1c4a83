"""What stands in a plan's way is told by what units would save on the other side."""

from __future__ import annotations

import numpy as np

from optimize.territory.explain import closed_ends
from tests.optimize.territory.maps import AsciiMap

# the third column is nearer to A's centre than to that of B
ROW = AsciiMap("""
    AABBBBBB
    AABBBBBB
""")


def test_an_end_is_closed_where_units_would_come_and_none_fits() -> None:
    tight = ROW.problem(2, tolerance_share=0.5)  # 4 to 12 of a mean of 8: B has its most, A its least
    ends = closed_ends(tight, ROW.plan)
    assert ends == []  # B's nearest units would go to A, which has room for them, and B can spare them
    full = ROW.problem(2, [4, 4, 1, 1, 1, 1, 1, 1] * 2, tolerance_share=0.1)  # A 16, B 12 of a mean of 14
    found = closed_ends(full, ROW.plan)
    assert {(end.grid, end.is_upper) for end in found} == {(0, True), (1, False)}
    assert all(end.gain_km2 > 0 for end in found)
    assert {round(end.deviation_share, 4) for end in found} == {round(16 / 14 - 1, 4), round(12 / 14 - 1, 4)}


def test_an_end_is_open_as_long_as_the_lightest_unit_fits() -> None:
    loads = [4, 4, 1, 1, 1, 1, 1, 1] * 2
    for share, is_closed in ((0.2, True), (0.22, False)):  # one more in A: 17 of a mean of 14, 21.4 % above
        ends = closed_ends(ROW.problem(2, loads, tolerance_share=share), ROW.plan)
        assert any(end.grid == 0 and end.is_upper for end in ends) is is_closed


def test_each_measure_has_its_own_ends() -> None:
    loads = np.array([[1] * 16, [4, 4, 1, 1, 1, 1, 1, 1] * 2])
    problem = ROW.problem(2, loads.tolist(), measures=("retailers", "minutes"), tolerance_share=[0.9, 0.1])
    ends = closed_ends(problem, ROW.plan)
    assert {end.measure for end in ends} == {1}
    assert {end.is_upper for end in ends} == {True, False}

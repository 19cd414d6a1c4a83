from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tests.optimize.periodic.cases import month


def test_all_complaints_come_at_once() -> None:
    fine = month(6)
    with pytest.raises(ValueError, match="not a periodic problem") as complaint:
        replace(
            fine,
            service_min=np.full(6, -1.0),
            pattern_mask=np.full(len(fine.pattern_mask), 1 << 20),
            office_of_staff=np.array([99]),
        )
    for part in ("service_min", "at least one of the 20 days", "office_of_staff"):
        assert part in str(complaint.value)


def test_wrong_shapes_are_named_with_the_shape_expected() -> None:
    with pytest.raises(ValueError, match=r"service_min has shape \(3,\), expected \(6,\)"):
        month(6, service_min=np.ones(3))


def test_a_nan_in_the_travel_is_refused() -> None:
    fine = month(6)
    travel = fine.travel_min.copy()
    travel[0, 1] = np.nan
    with pytest.raises(ValueError, match="travel_min must be finite"):
        replace(fine, travel_min=travel)


def test_arrays_are_read_only_copies() -> None:
    mine = np.full(6, 5.0)
    fine = month(6, service_min=mine)
    mine[0] = 99.0
    assert fine.service_min[0] == 5.0
    with pytest.raises(ValueError, match="read-only"):
        fine.service_min[0] = 1.0


def test_a_pattern_given_twice_is_refused() -> None:
    fine = month(6)
    masks = fine.pattern_mask.copy()
    masks[1] = masks[0]
    with pytest.raises(ValueError, match="same pattern twice"):
        replace(fine, pattern_mask=masks)

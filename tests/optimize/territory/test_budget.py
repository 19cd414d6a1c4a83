"""What is left of a run, in seconds, for steps that cannot be interrupted."""

from __future__ import annotations

import math

import numpy as np
import pytest

from optimize.stopping import AnyOf, MaxIterations, MaxSeconds
from optimize.territory.budget import Budget
from optimize.territory.layout import lay_out
from optimize.territory.shifting import shift_borders, shift_near
from tests.optimize.territory.maps import AsciiMap

STREET = AsciiMap("AAAABBCCC")


def test_the_least_limit_in_seconds_says_what_is_left() -> None:
    now = [10.0]
    limits = [MaxSeconds(seconds, clock=lambda: now[0]) for seconds in (4.0, 3.0)]
    budget = Budget(AnyOf((MaxIterations(1000), *limits)))
    budget.spend(0, np.inf)
    assert budget.seconds_left() == pytest.approx(3.0)
    now[0] = 12.0
    assert budget.seconds_left() == pytest.approx(1.0)
    now[0] = 20.0
    assert budget.seconds_left() == 0.0


def test_iterations_leave_any_time() -> None:
    assert math.isinf(Budget(MaxIterations(5)).seconds_left())


def test_programmes_find_a_plan_and_none_where_no_time_is_left() -> None:
    layout = lay_out(STREET.problem(3, previous=STREET.plan, churn_weight_km2=1.0, tolerance_share=0.2))
    found = shift_borders(layout, STREET.plan)
    assert found is not None
    assert np.bincount(found).max() == 3
    assert np.bincount(shift_near(layout, STREET.plan)).max() == 3
    assert shift_borders(layout, STREET.plan, most_seconds=0.0) is None
    assert shift_near(layout, STREET.plan, 0.0).tolist() == STREET.plan.tolist()

"""Prices balance centres as a min-cost flow does, for any number of measures."""

from __future__ import annotations

import numpy as np
import pytest

from optimize.territory.prices import Supply, balance_prices
from optimize.territory.starts import send_load


def supply(seed: int, n: int, p: int, n_measures: int, slack: float) -> tuple[Supply, np.ndarray]:
    """Return scattered units of load 1 to 5 and p centres that take an equal share up to `slack`."""
    rng = np.random.default_rng(seed)
    loads = rng.integers(1, 6, (n, n_measures)).astype(np.float64)
    mean = np.tile(loads.sum(axis=0) / p, (p, 1))
    xy_km = rng.uniform(0, 4, (n, 2))
    nobody = np.full(n, -1, dtype=np.int32)
    return Supply(xy_km, loads[:, 0].copy(), loads, nobody, mean * (1 - slack), mean * (1 + slack)), rng.uniform(
        0, 4, (p, 2)
    )


@pytest.mark.parametrize("p", [3, 20])
def test_prices_reach_the_cost_of_the_flow_and_never_pass_it(p: int) -> None:
    given, centres = supply(p, 600, p, 1, 0.05)
    least, most = np.ceil(given.least[:, 0]).astype(np.int64), np.floor(given.most[:, 0]).astype(np.int64)
    whole = Supply(
        given.xy_km, given.weight, given.loads, given.only, least[:, None].astype(float), most[:, None].astype(float)
    )
    _, _, cost = send_load(given.xy_km, given.loads[:, 0].astype(np.int64), centres, least, most)
    found = balance_prices(whole, centres, 0.1)
    assert found.value_km2 <= cost * (1 + 1e-4)  # the flow counts squared tens of metres
    assert found.value_km2 >= cost * 0.995


def test_two_measures_are_balanced_at_once_up_to_split_units() -> None:
    given, centres = supply(4, 800, 6, 2, 0.02)
    found = balance_prices(given, centres, 0.1)
    load = np.stack([np.bincount(found.owner, given.loads[:, m], 6) for m in range(2)], axis=1)
    assert (np.abs(load / load.mean(axis=0) - 1) < 0.08).all()


def test_a_unit_bound_to_a_centre_goes_there() -> None:
    given, centres = supply(5, 100, 30, 1, 0.5)
    only = np.full(100, -1, dtype=np.int32)
    only[7] = 29
    found = balance_prices(Supply(given.xy_km, given.weight, given.loads, only, given.least, given.most), centres, 0.1)
    assert found.owner[7] == 29

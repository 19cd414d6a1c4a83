"""Sending load to few centres by shortest paths: as cheap as OR-Tools' flow, within the same ranges."""

from __future__ import annotations

import numpy as np
import pytest

from optimize.territory.starts import send_load, share_out
from optimize.territory.transport import balance_by_paths, send_by_paths


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("slack_share", [0.0, 0.05, 0.6])
def test_it_costs_what_the_flow_costs(seed: int, slack_share: float) -> None:
    rng = np.random.default_rng(seed)
    places, load = rng.normal(size=(120, 2)) * rng.choice([1.0, 6.0], (120, 1)), rng.integers(1, 30, 120)
    centres = places[rng.choice(120, 11, replace=False)]
    target = share_out(int(load.sum()), rng.uniform(0.5, 1.5, 11))
    slack = np.floor(target * slack_share).astype(np.int64)
    price = rng.normal(size=11)  # prices from elsewhere cost time and change nothing

    near, sent, _, cost = send_by_paths(places, load, centres, price, target - slack, target + slack)

    received = np.bincount(near.ravel(), sent.ravel(), 11)
    assert (sent.sum(axis=1) == load).all()
    assert (sent >= 0).all()
    assert ((received >= target - slack) & (received <= target + slack)).all()
    assert cost == pytest.approx(send_load(places, load, centres, target - slack, target + slack)[2], rel=1e-4)


def test_load_far_from_every_roomy_centre_still_finds_one() -> None:
    places, load = np.zeros((50, 2)), np.full(50, 2)
    centres = np.column_stack([np.arange(20.0), np.zeros(20)])
    near, sent, _, _ = send_by_paths(places, load, centres, np.zeros(20), np.full(20, 5), np.full(20, 5))
    assert np.bincount(near.ravel(), sent.ravel(), 20).tolist() == [5] * 20


def test_loads_that_cannot_fit_are_an_error() -> None:
    with pytest.raises(ValueError, match="do not fit"):
        send_by_paths(np.zeros((3, 2)), np.full(3, 5), np.zeros((2, 2)), np.zeros(2), np.full(2, 1), np.full(2, 7))


def test_good_prices_leave_the_result_as_it_was() -> None:
    rng = np.random.default_rng(3)
    places, load, centres = rng.uniform(size=(200, 2)), np.full(200, 3), rng.uniform(size=(6, 2))
    least, most = np.full(6, 95), np.full(6, 105)
    _, _, price, cost = send_by_paths(places, load, centres, np.zeros(6), least, most)
    assert send_by_paths(places, load, centres, price, least, most)[3] == pytest.approx(cost, rel=1e-12)


def test_rounds_never_make_balanced_centres_dearer() -> None:
    rng = np.random.default_rng(5)
    places, load, centres = rng.uniform(size=(300, 2)), rng.integers(1, 9, 300), rng.uniform(size=(7, 2))
    exact = share_out(int(load.sum()), np.ones(7))
    costs = [balance_by_paths(places, load, centres, np.zeros(7), exact, exact, rounds)[3] for rounds in (1, 2, 4, 16)]
    assert costs == sorted(costs, reverse=True)
    assert costs[-1] < costs[0]

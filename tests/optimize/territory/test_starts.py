"""First plans: shares that add up, loads that are sent where they fit."""

from __future__ import annotations

import numpy as np

from optimize.territory.starts import send_load, share_out


def test_shares_are_whole_and_add_up() -> None:
    assert share_out(10, np.array([1.0, 1.0, 1.0])).tolist() == [4, 3, 3]
    assert share_out(7, np.array([5.0, 2.0])).tolist() == [5, 2]


def test_every_centre_receives_what_it_may() -> None:
    places = np.random.default_rng(1).uniform(size=(40, 2))
    load, least = np.full(40, 3), np.full(4, 29)
    sent, nearest, cost = send_load(places, load, places[:4], least, least + 2)
    received = np.bincount(nearest.ravel(), sent.ravel(), 4)
    assert (sent.sum(axis=1) == load).all()
    assert ((received >= 29) & (received <= 31)).all()
    assert cost > 0

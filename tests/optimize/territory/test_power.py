"""Balanced power diagrams."""

from __future__ import annotations

import numpy as np
import pytest

from optimize.crew import Crew
from optimize.territory.power import bisect, nearest_by_price, settle_balanced


@pytest.mark.parametrize("p", [1, 3, 40, 150])
def test_first_centres_are_balanced_before_any_price(p: int) -> None:
    rng = np.random.default_rng(5)
    xy_km = rng.normal(size=(6000, 2)) * [3.0, 1.0]
    centres = bisect(xy_km, np.ones(6000), p, rng)
    assert np.isfinite(centres).all()
    assert len(np.unique(centres, axis=0)) == p


def test_centres_settle_with_every_load_near_its_range() -> None:
    rng = np.random.default_rng(3)
    xy_km = np.vstack([rng.normal(size=(3000, 2)) * 0.4, rng.uniform(-6, 6, (1000, 2))])
    load = np.ones(4000)
    ends = np.full(20, 190.0), np.full(20, 210.0)
    diagram = settle_balanced(xy_km, load, bisect(xy_km, load, 20, rng), *ends, 0.5, 30)
    got = np.bincount(diagram.owner, minlength=20)
    beyond = np.maximum(np.maximum(ends[0] - got, got - ends[1]), 0)
    assert beyond.sum() <= 0.02 * load.sum()
    cost = ((xy_km - diagram.centres[diagram.owner]) ** 2).sum()
    assert diagram.value_km2 == pytest.approx(cost, rel=0.05)


def test_centres_stop_moving_when_they_are_told_to() -> None:
    rng = np.random.default_rng(3)
    xy_km, load, ends = rng.normal(size=(2000, 2)), np.ones(2000), (np.full(20, 95.0), np.full(20, 105.0))
    centres = bisect(xy_km, load, 20, rng)
    asked: list[int] = []

    def goes_on() -> bool:
        asked.append(1)
        return len(asked) < 4

    stopped = settle_balanced(xy_km, load, centres, *ends, 0.5, 30, goes_on)
    assert len(asked) == 4
    assert np.array_equal(stopped.centres, settle_balanced(xy_km, load, centres, *ends, 0.5, 4).centres)
    longer = settle_balanced(xy_km, load, centres, *ends, 0.5, 30)
    assert longer.value_km2 < stopped.value_km2


def test_two_threads_find_what_one_finds() -> None:
    rng = np.random.default_rng(2)
    xy_km, load = rng.normal(size=(301, 2)), rng.integers(1, 9, 301).astype(np.float64)
    ends = np.full(6, 0.95 * load.sum() / 6), np.full(6, 1.05 * load.sum() / 6)
    alone = settle_balanced(xy_km, load, xy_km[:6], *ends, 0.5, 4)
    with Crew(2) as crew:
        beside = settle_balanced(xy_km, load, xy_km[:6], *ends, 0.5, 4, crew=crew)
    assert np.array_equal(alone.centres, beside.centres)
    assert np.array_equal(alone.owner, beside.owner)


def test_the_lifted_tree_finds_the_cheapest_centres() -> None:
    rng = np.random.default_rng(1)
    xy_km, centres, price = rng.normal(size=(50, 2)), rng.normal(size=(12, 2)), rng.normal(size=12)
    cost = ((xy_km[:, None] - centres[None]) ** 2).sum(axis=2) - price
    assert np.array_equal(nearest_by_price(xy_km, centres, price, Crew()), np.argsort(cost, axis=1)[:, :8])


def test_fewer_loaded_places_than_centres_still_give_every_centre_a_place() -> None:
    xy_km = np.array([[0.0, 0.0], [1.0, 0.0]])
    assert np.isfinite(bisect(xy_km, np.ones(2), 5, np.random.default_rng(0))).all()

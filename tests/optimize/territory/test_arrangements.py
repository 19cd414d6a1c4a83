"""Arrangements of centres: crosses that help, places that are held, threads that change nothing."""

from __future__ import annotations

import numpy as np

from optimize.crew import Crew
from optimize.territory.arrangements import N_DRAWS, Arrangement, Ground, arrange, seated


def two_towns(p: int = 20) -> Ground:
    rng = np.random.default_rng(2)
    towns = np.concatenate([rng.normal(size=(150, 2)), 8 + 2 * rng.normal(size=(150, 2))])
    return Ground(towns, np.full(300, 3), np.full(p, 42), np.full(p, 48))


def arranged(most_crosses: int, threads: int = 1) -> list[Arrangement]:
    with Crew(threads) as crew:
        return arrange(two_towns(), np.random.default_rng(7), crew, lambda n_made: True, most_crosses)


def test_the_cheapest_comes_first_and_crosses_find_cheaper_ones() -> None:
    draws, crosses = arranged(0), arranged(20)
    costs = [one.cost_km2 for one in crosses]
    assert costs == sorted(costs)
    assert costs[0] < draws[0].cost_km2


def test_threads_change_nothing() -> None:
    one, two = arranged(4), arranged(4, threads=2)
    assert [a.cost_km2 for a in one] == [b.cost_km2 for b in two]
    assert (one[0].owner == two[0].owner).all()


def test_a_search_that_ends_at_once_has_an_arrangement() -> None:
    told: list[int] = []
    with Crew() as crew:
        found = arrange(two_towns(), np.random.default_rng(1), crew, lambda n: bool(told.append(n)), N_DRAWS)
    assert found
    assert told == [2]
    assert np.bincount(found[0].owner, minlength=20).min() > 0


def test_held_centres_begin_at_their_places_and_prices_follow_their_centres() -> None:
    centres = np.array([[0.0, 0.0], [1.0, 0.0], [2.0, 0.0]])
    ground = Ground(
        centres,
        np.ones(3, dtype=np.int64),
        np.ones(3),
        np.ones(3),
        ((0, np.array([2.0, 0.1])), (1, np.array([2.0, 0.2]))),
    )
    at, price = seated(ground, centres, np.array([5.0, 6.0, 7.0]))
    assert at.tolist() == [[2.0, 0.1], [2.0, 0.2], [0.0, 0.0]]
    assert price.tolist() == [7.0, 6.0, 5.0]

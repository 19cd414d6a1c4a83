"""Parts of equal load by repeated halving."""

from __future__ import annotations

import numpy as np
import pytest

from optimize.territory.halving import bisect, halve


@pytest.mark.parametrize("p", [1, 3, 40, 150])
def test_every_part_has_a_centre_of_its_own(p: int) -> None:
    rng = np.random.default_rng(5)
    xy_km = rng.normal(size=(6000, 2)) * [3.0, 1.0]
    centres = bisect(xy_km, np.ones(6000), p, rng)
    assert np.isfinite(centres).all()
    assert len(np.unique(centres, axis=0)) == p


def test_parts_hold_every_row_once_and_as_much_load_as_their_count_is_worth() -> None:
    rng = np.random.default_rng(6)
    load = rng.integers(1, 5, 4000).astype(np.float64)
    parts = halve(rng.normal(size=(4000, 2)), load, 50, 12, rng)
    assert sorted(np.concatenate([rows for rows, _ in parts]).tolist()) == list(range(4000))
    assert sum(count for _, count in parts) == 50
    assert max(count for _, count in parts) <= 12
    for rows, count in parts:
        assert load[rows].sum() == pytest.approx(load.sum() * count / 50, abs=20)


def test_fewer_loaded_places_than_centres_still_give_every_centre_a_place() -> None:
    xy_km = np.array([[0.0, 0.0], [1.0, 0.0]])
    assert np.isfinite(bisect(xy_km, np.ones(2), 5, np.random.default_rng(0))).all()

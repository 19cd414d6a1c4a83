"""Minutes of a stop lie between what is assumed and what was measured, and lean to the measured as stops add up."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gridsvc.domain.service_minutes import LONGEST_SHARE, SHORTEST_SHARE, estimate_minutes

ASSUMED = {"old": 9.0, "new": 10.0, "hills": 12.0}
minutes = st.lists(st.floats(0.0, 600.0), max_size=30)


def test_nothing_measured_leaves_the_assumed_minutes() -> None:
    found = estimate_minutes(ASSUMED, {})
    assert {kind: e.estimate_min for kind, e in found.items()} == ASSUMED
    assert {(e.n_observed, e.observed_min, e.weight_share) for e in found.values()} == {(0, None, 0.0)}


@given(st.dictionaries(st.sampled_from(sorted(ASSUMED)), minutes))
def test_an_estimate_lies_between_the_assumed_and_the_observed_minutes(observed: dict[str, list[float]]) -> None:
    for kind, e in estimate_minutes(ASSUMED, observed).items():
        other = e.observed_min if e.observed_min is not None else e.assumed_min
        low, high = min(e.assumed_min, other), max(e.assumed_min, other)
        assert low - 1e-9 <= e.estimate_min <= high + 1e-9
        assert 0 <= e.weight_share <= 1
        assert e.n_observed == len(observed.get(kind, []))


def test_more_stops_weigh_more() -> None:
    rng = np.random.default_rng(1)
    weights = []
    for n in (3, 30, 300):
        e = estimate_minutes(ASSUMED, {kind: rng.normal(1.5 * a, 3.0, n).tolist() for kind, a in ASSUMED.items()})
        weights.append(e["old"].weight_share)
    assert weights == sorted(weights)
    assert weights[-1] > 0.9


def test_one_long_stop_hardly_moves_the_minutes() -> None:
    e = estimate_minutes(ASSUMED, {"old": [34.0]})["old"]
    assert e.estimate_min < 34.0
    assert e.weight_share < 1


def test_a_forgotten_check_out_counts_as_no_more_than_a_long_stop() -> None:
    e = estimate_minutes(ASSUMED, {"old": [300.0, 0.0]})["old"]
    assert e.observed_min == pytest.approx(9.0 * (LONGEST_SHARE + SHORTEST_SHARE) / 2)


def test_the_estimate_is_nearer_the_truth_than_the_raw_means() -> None:
    """The reason for shrinking: with few stops a kind, the squared error summed over kinds falls."""
    rng = np.random.default_rng(7)
    kinds = {str(k): 10.0 for k in range(12)}
    raw = shrunk = 0.0
    for _ in range(60):
        truth = {kind: 10.0 + rng.normal(0, 1.0) for kind in kinds}
        observed = {kind: np.clip(rng.normal(t, 4.0, 4), 2.0, 40.0).tolist() for kind, t in truth.items()}
        for kind, e in estimate_minutes(kinds, observed).items():
            assert e.observed_min is not None
            raw += (e.observed_min - truth[kind]) ** 2
            shrunk += (e.estimate_min - truth[kind]) ** 2
    assert shrunk < 0.5 * raw

"""The estimate of route minutes is close to solved days that it was not fitted on."""

from __future__ import annotations

import numpy as np
import pytest

from optimize.routing import RoutingProblem, solve
from optimize.routing.estimate import (
    SolvedSample,
    calibrate,
    calibrate_groups,
    estimate_route_min,
    estimate_travel_s,
    terms_of,
)
from optimize.routing.problem import IntArray
from optimize.stopping import MaxIterations


def territory(seed: int, n_shops: int = 200) -> np.ndarray:
    """Travel seconds between an office and shops in a dozen clusters of a 4 km town."""
    rng = np.random.default_rng(seed)
    centres = rng.random((12, 2)) * 4000
    shops = centres[rng.integers(0, 12, n_shops)] + rng.normal(0, 250, (n_shops, 2))
    xy = np.vstack([rng.random((1, 2)) * 4000, shops])
    return np.rint(np.hypot(*(xy[:, None] - xy[None]).transpose(2, 0, 1)) * 1.3 / 4).astype(np.int32)


def solved(travel_s: np.ndarray, stops: IntArray) -> float:
    problem = RoutingProblem(
        travel_s=travel_s,
        distance_m=travel_s,
        stop_place=stops,
        start_place=np.array([0]),
        end_place=np.array([0]),
        shift_s=np.array([[0, 10**6]]),
    )
    return float(solve(problem, MaxIterations(600), 1).cost)


def samples(travel_s: np.ndarray, seed: int, n: int) -> list[SolvedSample]:
    rng = np.random.default_rng(seed)
    found = []
    for _ in range(n):
        size = int(rng.integers(12, 36))
        centre = int(rng.integers(1, len(travel_s)))
        pool = np.argsort(travel_s[centre, 1:])[: int(rng.integers(size, len(travel_s)))] + 1
        stops = np.sort(rng.choice(pool, size, replace=False))
        found.append(SolvedSample(stops=stops, n_a_day=size, travel_s=solved(travel_s, stops)))
    return found


def test_the_mean_error_on_days_left_out_is_below_ten_per_cent_and_true_of_new_days() -> None:
    travel_s = territory(1)
    calibration = calibrate(travel_s, 0, samples(travel_s, 2, 30))
    assert calibration.mean_error_share <= 0.10
    fresh = samples(travel_s, 3, 12)
    errors = [
        abs(estimate_travel_s(travel_s, 0, day.stops, day.n_a_day, calibration) - day.travel_s) / day.travel_s
        for day in fresh
    ]
    assert np.mean(errors) <= 0.10
    assert "mean error" in calibration.words


def test_the_estimate_holds_for_random_days_of_a_changed_set() -> None:
    travel_s = territory(4)
    calibration = calibrate(travel_s, 0, samples(travel_s, 5, 30))
    rng = np.random.default_rng(6)
    errors = []
    for size in (80, 120, 160):
        pool = np.argsort(travel_s[int(rng.integers(1, 201)), 1:])[:size] + 1
        real = np.mean([solved(travel_s, np.sort(rng.choice(pool, 20, replace=False))) for _ in range(5)])
        errors.append(abs(estimate_travel_s(travel_s, 0, pool, 20, calibration) / real - 1))
    assert np.mean(errors) <= 0.10


def test_minutes_are_service_and_travel() -> None:
    travel_s = territory(1)
    calibration = calibrate(travel_s, 0, samples(travel_s, 2, 10))
    stops = np.arange(1, 101)
    visits, service_s = np.full(100, 0.2), np.full(100, 600.0)
    minutes = estimate_route_min(travel_s, 0, stops, visits, service_s, calibration)
    assert minutes == pytest.approx(200 + estimate_travel_s(travel_s, 0, stops, 20, calibration) / 60)
    assert estimate_route_min(travel_s, 0, stops[:0], visits[:0], service_s[:0], calibration) == 0
    assert estimate_route_min(travel_s, 0, stops, 0 * visits, service_s, calibration) == 0


def test_more_stops_a_day_take_more_travel() -> None:
    travel_s = territory(1)
    few, many = (terms_of(travel_s, 0, np.arange(1, 201), n)[1] for n in (10, 40))
    assert many == pytest.approx(2 * few)


def test_one_stop_is_the_way_there_and_back() -> None:
    travel_s = territory(1)
    there_and_back = travel_s[0, 7] + travel_s[7, 0]
    assert terms_of(travel_s, 0, np.array([7]), 1).tolist() == [0, 0, there_and_back]


def test_too_few_or_empty_samples_are_refused() -> None:
    travel_s = territory(1)
    with pytest.raises(ValueError, match="ten solved days"):
        calibrate(travel_s, 0, [SolvedSample(stops=np.array([1]), n_a_day=1, travel_s=5.0)] * 9)
    with pytest.raises(ValueError, match="without travel"):
        calibrate(travel_s, 0, [SolvedSample(stops=np.array([1]), n_a_day=1, travel_s=0.0)] * 10)


def test_a_level_per_group_is_near_samples_that_it_was_not_fitted_on() -> None:
    rng = np.random.default_rng(8)
    terms = rng.uniform(500, 2000, (40, 2))
    group = np.arange(40) % 4
    solved_s = (terms @ np.array([1.5, 1.2])) * np.array([0.8, 1.0, 1.1, 1.3])[group] * rng.uniform(0.95, 1.05, 40)
    found = calibrate_groups(terms, solved_s, group)
    assert sorted(found) == [0, 1, 2, 3]
    assert all(c.mean_error_share < 0.06 and c.n_samples == 10 for c in found.values())
    for name, calibration in found.items():
        fresh = rng.uniform(500, 2000, 2)
        truth = fresh @ np.array([1.5, 1.2]) * (0.8, 1.0, 1.1, 1.3)[name]
        assert abs(fresh @ np.array(calibration.weights) / truth - 1) < 0.06


def test_a_group_of_one_takes_the_level_of_all() -> None:
    terms = np.tile([[1000.0, 100.0], [1500.0, 400.0]], (6, 1))
    group = np.array([0] * 11 + [1])
    found = calibrate_groups(terms, terms @ np.array([2.0, 1.0]), group)
    assert found[1].mean_error_share < 1e-6
    with pytest.raises(ValueError, match="ten solved days"):
        calibrate_groups(terms[:9], np.ones(9), group[:9])

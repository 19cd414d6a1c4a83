"""The relay of engines keeps the criterion, the rules and the seed."""

from __future__ import annotations

import numpy as np
import pytest

from optimize.routing import Objective, RoutingProblem, relay, solve
from optimize.routing.checks import check
from optimize.stopping import MaxIterations


def long_routes(n_stops: int = 60) -> RoutingProblem:
    rng = np.random.default_rng(1)
    xy = rng.random((n_stops + 1, 2)) * 1000
    distance_m = np.rint(np.hypot(*(xy[:, None] - xy[None]).transpose(2, 0, 1))).astype(np.int32)
    return RoutingProblem(
        travel_s=distance_m,
        distance_m=distance_m,
        stop_place=np.arange(1, n_stops + 1),
        start_place=np.zeros(4, dtype=np.int64),
        end_place=np.zeros(4, dtype=np.int64),
        shift_s=np.tile([0, 10**6], (4, 1)),
        demand=np.ones(n_stops, dtype=np.int64),
        capacity=np.full(4, 20),
        objective=Objective.DISTANCE,
    )


def test_large_days_with_long_routes_are_relayed_and_keep_the_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(relay, "MANY", 50)
    problem = long_routes()
    first, second = (solve(problem, MaxIterations(1000), 3) for _ in range(2))
    assert check(problem, first) == []
    assert first.feasible
    assert first.iterations == 1000
    assert first.orders == second.orders


def test_the_relay_is_no_worse_than_its_first_runner(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(relay, "MANY", 50)
    problem = long_routes()
    alone = solve(problem, MaxIterations(700), 3, engine="pyvrp")
    assert solve(problem, MaxIterations(1000), 3).cost <= alone.cost

"""The relay of engines keeps the criterion, the rules and the seed."""

from __future__ import annotations

import numpy as np

from optimize.routing import Objective, RoutingProblem, relay, solve
from optimize.routing.checks import check
from optimize.stopping import MaxIterations


def days_in_windows(n_stops: int = 60) -> RoutingProblem:
    rng = np.random.default_rng(1)
    xy = rng.random((n_stops + 1, 2)) * 1000
    distance_m = np.rint(np.hypot(*(xy[:, None] - xy[None]).transpose(2, 0, 1))).astype(np.int32)
    open_s = rng.integers(0, 2000, n_stops)
    return RoutingProblem(
        travel_s=distance_m,
        distance_m=distance_m,
        stop_place=np.arange(1, n_stops + 1),
        start_place=np.zeros(6, dtype=np.int64),
        end_place=np.zeros(6, dtype=np.int64),
        shift_s=np.tile([0, 10**6], (6, 1)),
        demand=np.ones(n_stops, dtype=np.int64),
        capacity=np.full(6, 11),
        window_ptr=np.arange(n_stops + 1),
        windows_s=np.stack([open_s, open_s + 2000], axis=1),
        objective=Objective.DISTANCE,
    )


def test_days_in_windows_are_relayed_and_keep_the_limit() -> None:
    problem = days_in_windows()
    assert relay.is_relayed(problem)
    first, second = (solve(problem, MaxIterations(1000), 3) for _ in range(2))
    assert check(problem, first) == []
    assert first.feasible
    assert first.iterations == 1000
    assert first.orders == second.orders


def test_the_relay_is_no_worse_than_its_first_runner() -> None:
    problem = days_in_windows()
    alone = solve(problem, MaxIterations(500), 3, engine="pyvrp")
    assert solve(problem, MaxIterations(1000), 3).cost <= alone.cost

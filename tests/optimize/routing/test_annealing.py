"""What compiled ruin and recreate keeps at every moment, whether or not iterations end early."""

from __future__ import annotations

import numpy as np
import pytest

from optimize.routing import annealing
from optimize.routing.parts import classes_of
from optimize.routing.problem import RoutingProblem
from optimize.routing.search import empty_plan, fill, neighbours_of, restore
from optimize.routing.timing import day_of


def crowded_day(*, is_required: bool) -> RoutingProblem:
    """Forty stops for three people who have room for about thirty-three of them."""
    rng = np.random.default_rng(7)
    xy = rng.random((41, 2)) * 3000
    distance_m = np.rint(np.hypot(*(xy[:, None] - xy[None]).transpose(2, 0, 1))).astype(np.int32)
    return RoutingProblem(
        travel_s=distance_m,
        distance_m=distance_m,
        stop_place=np.arange(1, 41),
        start_place=np.zeros(3, dtype=np.int64),
        end_place=np.zeros(3, dtype=np.int64),
        shift_s=np.tile([0, 30_000], (3, 1)),
        demand=np.ones(40, dtype=np.int64),
        capacity=np.full(3, 20 if is_required else 11),
        prize=np.full(40, 0 if is_required else 1500, dtype=np.int64),
        is_required=np.full(40, is_required),
    )


@pytest.mark.parametrize("is_required", [True, False])
@pytest.mark.parametrize("temperature", [1e-9, 100.0, 3000.0])
def test_the_cost_kept_is_that_of_the_plan_after_accepted_and_given_up_iterations(
    is_required: bool, temperature: float
) -> None:
    problem = crowded_day(is_required=is_required)
    day, classes = day_of(problem), classes_of(problem)
    plan, best, saved = (empty_plan(problem) for _ in range(3))
    rng = np.array([3], dtype=np.uint64)
    restore(day, plan, [])
    fill(day, plan, classes, rng)
    annealing.copy_plan(plan, best)
    before = int(best.cost[0])
    neighbours, _ = neighbours_of(problem)
    for _ in range(20):
        annealing.anneal(day, plan, best, saved, neighbours, classes, rng, 100, temperature, 1.0)
        for kept in (plan, best):
            arcs = sum(annealing.route_cost(kept, v) for v in range(3))
            assert kept.cost[0] == arcs + int(day.price[kept.route_of < 0].sum())
            on_routes = sorted(int(s) for v in range(3) for s in kept.seq[v, : kept.length[v]])
            assert on_routes == np.flatnonzero(kept.route_of >= 0).tolist()
            assert all(kept.load[v] == kept.length[v] for v in range(3))
    assert best.cost[0] < before
    assert (best.route_of < 0).sum() == (0 if is_required else 7)

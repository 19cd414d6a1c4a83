"""A day under way is re-planned without giving up what was promised, and few stops move."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from optimize.routing import RoutingProblem, RoutingResult, solve
from optimize.routing.checks import check
from optimize.routing.parts import with_stops
from optimize.routing.replan import Level, Progress, replan
from optimize.stopping import MaxIterations
from tests.optimize.routing.days import HOUR_S, line_day, town_day


def planned(problem: RoutingProblem, n_known: int | None = None) -> RoutingResult:
    known = with_stops(problem, range(problem.n_stops if n_known is None else n_known))
    return solve(known, MaxIterations(2000), 1)


def after(problem: RoutingProblem, plan: RoutingResult, n_done: int, *, delay_s: int = 0) -> list[Progress]:
    """Everybody has done so many stops and is so late."""
    progress = []
    for route in plan.routes:
        n = min(n_done, len(route.stops))
        place = problem.stop_place[route.stops[n - 1]] if n else problem.start_place[route.staff]
        free_at_s = int(route.departure_s[n - 1]) if n else int(route.leave_s)
        progress.append(Progress(n_done=n, free_at_s=free_at_s + delay_s, free_place=int(place)))
    return progress


def served(orders: list[list[int]]) -> set[int]:
    return {stop for order in orders for stop in order}


def test_without_a_change_nothing_changes() -> None:
    problem = town_day(1, 24)
    plan = planned(problem)
    proposal = replan(problem, plan, after(problem, plan, 8))
    assert proposal.orders == plan.orders
    assert (proposal.level, proposal.moved, proposal.dropped) == (Level.TIMES, (), ())
    assert (proposal.extra_travel_s, proposal.latest_delay_s) == (0, 0)
    assert "drops nobody" in proposal.words


def test_the_done_part_is_locked() -> None:
    problem = town_day(2, 24)
    plan = planned(problem, 22)
    proposal = replan(problem, plan, after(problem, plan, 9), urgent=[22, 23])
    assert proposal.orders[0][:9] == plan.orders[0][:9]
    assert check(proposal.problem, proposal.result) == []


def test_a_closed_shop_leaves_the_order_of_the_others() -> None:
    problem = line_day([5, 10, 15, 20])
    plan = planned(problem)
    second = plan.orders[0][1]
    proposal = replan(problem, plan, after(problem, plan, 1), closed=[second])
    assert proposal.orders == [[s for s in plan.orders[0] if s != second]]
    assert proposal.dropped == ()
    assert proposal.extra_travel_s <= 0


@pytest.mark.parametrize("seed", range(6))
def test_what_was_promised_is_kept_and_few_stops_move(seed: int) -> None:
    problem = town_day(seed, 30)
    plan = planned(problem, 27)
    proposal = replan(problem, plan, after(problem, plan, 8, delay_s=900), closed=[plan.orders[0][10]], urgent=[27, 28])
    assert check(proposal.problem, proposal.result) == []
    assert len(proposal.moved) <= 3 or proposal.level is Level.FREE_ORDER
    frozen = replan(problem, plan, after(problem, plan, 8, delay_s=900), closed=[plan.orders[0][10]], max_moved=0)
    assert set(proposal.dropped) <= set(frozen.dropped)
    if proposal.level is Level.FREE_ORDER:
        assert len(proposal.dropped) < len(frozen.dropped)


def test_an_urgent_stop_never_displaces_a_promised_one() -> None:
    problem = line_day([5] * 42, service_s=[600] * 41 + [1800])
    plan = planned(problem, 41)
    assert len(plan.orders[0]) == 41
    proposal = replan(problem, plan, after(problem, plan, 5), urgent=[41])
    assert proposal.dropped == ()
    assert 41 not in served(proposal.orders)
    assert [int(proposal.rows[u.stop]) for u in proposal.result.unserved] == [41]


def test_an_urgent_stop_takes_the_cheapest_place() -> None:
    problem = line_day([5, 10, 20, 15])
    plan = planned(problem, 3)
    proposal = replan(problem, plan, after(problem, plan, 0), urgent=[3])
    assert served(proposal.orders) == {0, 1, 2, 3}
    assert proposal.extra_travel_s == 0


def test_a_delay_moves_the_shop_that_would_close() -> None:
    windows = [[], [], [], [(9 * HOUR_S, 9 * HOUR_S + 2700)]]
    problem = line_day([5, 10, 15, 20], windows=windows)
    plan = solve(with_stops(problem, range(4)), MaxIterations(200), 1, [[0, 1, 2, 3]])
    late = [Progress(n_done=1, free_at_s=9 * HOUR_S + 1500, free_place=1)]
    first = plan.orders[0].index(3)
    assert first > 0
    proposal = replan(problem, plan, late)
    assert proposal.dropped == ()
    assert proposal.level is Level.ORDER
    assert len(proposal.moved) <= 3
    assert check(proposal.problem, proposal.result) == []


def test_the_stops_of_an_ill_colleague_go_to_others() -> None:
    problem = town_day(4, 12, 2, has_windows=False)
    plan = planned(problem)
    ill = max(range(2), key=lambda v: len(plan.orders[v]))
    progress = [replace(at, is_absent=v == ill) for v, at in enumerate(after(problem, plan, 0))]
    proposal = replan(problem, plan, progress)
    assert proposal.orders[ill] == []
    assert served(proposal.orders) == set(range(12))
    assert check(proposal.problem, proposal.result) == []


def test_overtime_is_the_last_resort_and_only_where_allowed() -> None:
    problem = line_day([10] * 20, service_min=19)
    plan = planned(problem)
    late = after(problem, plan, 2, delay_s=HOUR_S)
    refused = replan(problem, plan, late)
    assert refused.dropped
    assert "drops" in refused.words
    allowed = replan(problem, plan, late, overtime_s=2 * HOUR_S)
    assert allowed.level is Level.OVERTIME
    assert allowed.dropped == ()


def test_the_load_already_delivered_is_gone_from_the_vehicle() -> None:
    problem = line_day([5, 10, 15], demand=[4, 4, 4], capacity=[8])
    plan = planned(problem, 2)
    proposal = replan(problem, plan, after(problem, plan, 1), urgent=[2])
    assert 2 not in served(proposal.orders)


@pytest.mark.parametrize("room", [0, 6, 9])
def test_a_smaller_van_drops_as_few_as_its_room_allows(room: int) -> None:
    problem = town_day(3, 12, has_windows=False, demand=[1, 2, 3] * 4, capacity=[24])
    plan = planned(problem)
    smaller = replace(problem, capacity=np.array([int(problem.demand[plan.orders[0][:4]].sum()) + room]))
    proposal = replan(smaller, plan, after(problem, plan, 4), overtime_s=HOUR_S)
    loads = np.cumsum(np.sort(problem.demand[plan.orders[0][4:]]))
    assert len(proposal.dropped) == np.count_nonzero(loads > room) > 0
    assert proposal.level is not Level.OVERTIME
    assert check(proposal.problem, proposal.result) == []


def test_a_joint_stop_keeps_its_appointment() -> None:
    problem = town_day(5, 20, 2, same_time_groups=((0, 1),), has_windows=False)
    plan = solve(problem, MaxIterations(400), 1)
    starts = {int(s): int(t) for r in plan.routes for s, t in zip(r.stops, r.start_s, strict=True)}
    proposal = replan(problem, plan, after(problem, plan, 0), closed=[7])
    times = {
        int(proposal.rows[s]): int(t) for r in proposal.result.routes for s, t in zip(r.stops, r.start_s, strict=True)
    }
    assert times[0] == times[1] == starts[0]


def test_the_same_change_gives_the_same_proposal() -> None:
    problem = town_day(6, 30)
    plan = planned(problem, 27)
    first, second = (replan(problem, plan, after(problem, plan, 5), urgent=[27, 28]) for _ in range(2))
    assert first.orders == second.orders
    assert np.array_equal(first.rows, second.rows)

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from optimize.periodic.checks import broken_rules
from optimize.periodic.joining import LastPrice, exchange_weekdays, join_roles
from optimize.periodic.layout import lay_out, ticks
from optimize.periodic.ledger import solve_each_role
from optimize.periodic.metrics import disturbed_days_per_retailer
from optimize.periodic.problem import PeriodicProblem, PeriodicResult
from optimize.periodic.result import load_result, plan_of_tours
from optimize.stopping import MaxIterations
from tests.optimize.periodic.cases import month

STEPS = 600


def two_roles(price_min: float = 1.0) -> PeriodicProblem:
    return month(24, n_roles=2, shared_day_saving_min=price_min * (1.0 - np.eye(2)))


@pytest.fixture(scope="module")
def apart() -> PeriodicResult:
    return solve_each_role(two_roles(0.0), lambda: MaxIterations(STEPS), seed=1)


def test_exchanged_weekdays_cost_nothing_and_disturb_fewer_days(apart: PeriodicResult) -> None:
    problem = two_roles()
    n_meeting = []
    for shift in range(5):  # a role's weekdays may begin anywhere
        shifted = [
            (int(staff), int(day - day % 5 + (day + shift * staff) % 5), apart.tour(row).tolist())
            for row, (staff, day) in enumerate(zip(apart.tour_staff, apart.tour_day, strict=True))
        ]
        given = plan_of_tours(problem, shifted)
        aligned = exchange_weekdays(problem, given)
        assert broken_rules(problem, aligned) == []
        assert aligned.travel_of_staff_day.sum() == pytest.approx(given.travel_of_staff_day.sum())
        assert aligned.metrics["shared_days"] >= given.metrics["shared_days"]
        n_meeting.append((given.metrics["shared_days"], aligned.metrics["shared_days"]))
    assert len({after for _, after in n_meeting}) == 1
    assert min(before for before, _ in n_meeting) < n_meeting[0][1]
    assert (exchange_weekdays(problem, aligned).mask_of_duty == aligned.mask_of_duty).all()


def test_weekdays_stay_where_the_days_are_not_alike(apart: PeriodicResult) -> None:
    minutes = two_roles().minutes_of_staff_day.copy()
    minutes[:, ::5] += np.arange(1, 5)  # every Monday differs from every other day, and from other Mondays
    minutes[:, 1::5] -= np.arange(1, 5)
    minutes[:, 2::5] += 10
    minutes[:, 3::5] -= 10
    problem = replace(two_roles(), minutes_of_staff_day=minutes)
    assert (exchange_weekdays(problem, apart).mask_of_duty == apart.mask_of_duty).all()


def test_weekdays_stay_where_a_duty_may_not_move(apart: PeriodicResult) -> None:
    problem = two_roles()
    fixed = replace(
        problem,
        pattern_start=np.arange(problem.n_duties + 1, dtype=np.int32),
        pattern_mask=apart.mask_of_duty,
        pattern_cost=np.zeros(problem.n_duties),
    )
    assert (exchange_weekdays(fixed, apart).mask_of_duty == apart.mask_of_duty).all()


def test_a_joined_plan_keeps_the_rules_and_costs_no_more_than_the_plans_apart(apart: PeriodicResult) -> None:
    for price_min in (0.0, 1.0, 30.0):
        problem = two_roles(price_min)
        joined = join_roles(problem, apart, MaxIterations(STEPS), seed=1)
        assert broken_rules(problem, joined) == []
        assert joined.not_planned == ()
        fewer = disturbed_days_per_retailer(problem, apart) - disturbed_days_per_retailer(problem, joined)
        extra_min = joined.work_of_staff_day.sum() - apart.work_of_staff_day.sum()
        assert extra_min <= price_min * fewer * problem.n_retailers + 1e-6
    assert fewer > 0


def test_the_last_price_falls_while_there_are_more_minutes_than_apart_and_rises_while_fewer(
    apart: PeriodicResult,
) -> None:
    problem = two_roles()
    w = lay_out(problem, 1)
    load_result(problem, w, apart)
    minutes = float(apart.work_of_staff_day.sum())
    full = int(ticks(1.0))
    ends = []
    for allowed in (minutes - 5.0, minutes + 5.0):
        steer = LastPrice(problem, allowed)
        prices = []
        for share in np.linspace(0.0, 0.89, 60).tolist():
            steer(w, share)
            prices.append(int(w.saving[0, 1]))
        steer(w, 0.95)  # near the end the price stays, so that the best plan is the best at one price
        assert int(w.saving[0, 1]) == prices[-1]
        assert int(w.saving[0, 0]) == 0
        assert prices == sorted(prices, reverse=allowed < minutes)
        ends.append(prices[-1] / full)
    assert ends == pytest.approx([0.02, 0.4], abs=1e-6)


def test_without_any_step_the_plans_apart_come_back_with_their_weekdays_exchanged(apart: PeriodicResult) -> None:
    problem = two_roles()
    joined = join_roles(problem, apart, MaxIterations(0), seed=1)
    assert (joined.mask_of_duty == exchange_weekdays(problem, apart).mask_of_duty).all()


def test_the_same_seed_and_steps_join_roles_to_the_same_bytes(apart: PeriodicResult) -> None:
    first, second = (join_roles(two_roles(), apart, MaxIterations(STEPS), seed=3) for _ in range(2))
    assert first.tour_duty.tobytes() == second.tour_duty.tobytes()
    assert first.mask_of_duty.tobytes() == second.mask_of_duty.tobytes()


def test_a_duty_without_days_in_the_plans_apart_gets_them(apart: PeriodicResult) -> None:
    problem = two_roles()
    lost = int(apart.tour_duty[0])
    tours = [
        (int(staff), int(day), [duty for duty in apart.tour(row).tolist() if duty != lost])
        for row, (staff, day) in enumerate(zip(apart.tour_staff, apart.tour_day, strict=True))
    ]
    short = plan_of_tours(problem, [tour for tour in tours if tour[2]])
    assert not short.is_feasible
    joined = join_roles(problem, short, MaxIterations(STEPS), seed=1)
    assert joined.not_planned == ()
    assert broken_rules(problem, joined) == []


def test_three_roles_of_a_retailer_meet_where_a_shared_day_is_worth_it() -> None:
    problem = month(12, n_roles=3, shared_day_saving_min=20.0 * (1.0 - np.eye(3)))
    alone = solve_each_role(problem, lambda: MaxIterations(STEPS), seed=1)
    joined = join_roles(problem, alone, MaxIterations(STEPS), seed=1)
    assert broken_rules(problem, joined) == []
    n_visits = np.bitwise_count(problem.pattern_mask[problem.pattern_start[:-1]]).reshape(3, -1)
    assert disturbed_days_per_retailer(problem, joined) == pytest.approx(n_visits.max(axis=0).mean(), rel=0.05)

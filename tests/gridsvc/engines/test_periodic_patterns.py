"""What the trade adds to a frequency: fixed weekdays, deadlines, absences, the last real visit, a plan in force."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from gridsvc.engines.periodic_patterns import Duty, legal_patterns
from optimize.periodic.patterns import days_of, mask_of

WEEKDAY = np.arange(20, dtype=np.int32) % 5
WEEK = np.arange(20, dtype=np.int32) // 5
WEEKLY = Duty(shop=0, person=0, role=0, frequency=4, service_min=3.0)
ONCE = replace(WEEKLY, frequency=1)


def days(duty: Duty, present: set[int] | None = None) -> set[tuple[int, ...]]:
    is_present = None if present is None else np.array([row in present for row in range(20)])
    return {days_of(mask) for mask in legal_patterns(duty, WEEKDAY, WEEK, is_present).mask.tolist()}


def cheapest(duty: Duty) -> tuple[int, ...]:
    found = legal_patterns(duty, WEEKDAY, WEEK)
    return days_of(int(found.mask[int(found.cost.argmin())]))


def test_a_fixed_delivery_weekday_leaves_one_pattern() -> None:
    assert days(replace(WEEKLY, fixed_weekday=2)) == {(2, 7, 12, 17)}


def test_a_fixed_weekday_that_is_a_holiday_may_be_any_day_of_its_week() -> None:
    worked = set(range(20)) - {7}
    assert days(replace(WEEKLY, fixed_weekday=2), worked) == {(2, row, 12, 17) for row in (5, 6, 8, 9)}


def test_an_absence_moves_visits_within_their_week() -> None:
    away = set(range(20)) - {0, 1, 2, 3}
    assert {found[0] for found in days(WEEKLY, away)} == {4}


def test_a_deadline_in_working_days_bounds_the_first_visit() -> None:
    assert {found[0] for found in days(replace(ONCE, due_row=4))} == {0, 1, 2, 3, 4}


def test_a_new_owner_is_introduced_by_a_visit_within_its_days() -> None:
    assert days(replace(ONCE, seen_within=(7, 9))) == {(7,), (8,), (9,)}


def test_where_no_pattern_visits_in_time_one_visit_more_introduces_the_owner() -> None:
    found = days(replace(WEEKLY, fixed_weekday=2, seen_within=(3, 4)))
    assert found == {(2, 3, 7, 12, 17), (2, 4, 7, 12, 17)}


def test_an_introduction_while_nobody_is_there_changes_nothing() -> None:
    assert days(replace(ONCE, seen_within=(0, 1)), set(range(5, 20))) == days(ONCE, set(range(5, 20)))


def test_an_introduction_relaxed_may_be_on_any_day() -> None:
    assert days(replace(ONCE, seen_within=(7, 9), is_strict=False)) == days(replace(ONCE, is_strict=False))


def test_the_first_visit_follows_the_last_real_one_by_its_cadence() -> None:
    assert cheapest(replace(ONCE, days_since_visit=26))[0] <= 7
    assert cheapest(replace(ONCE, days_since_visit=2))[0] >= 12


def test_meeting_people_of_another_territory_makes_a_day_cheaper() -> None:
    credit = tuple(3.0 if row == 11 else 0.0 for row in range(20))
    assert cheapest(replace(ONCE, credit_of_day=credit)) == (11,)


def test_a_weekday_that_the_shop_knows_is_preferred_and_others_have_a_price() -> None:
    found = legal_patterns(replace(WEEKLY, preferred_weekday=3), WEEKDAY, WEEK)
    cost = dict(zip(found.mask.tolist(), found.cost.tolist(), strict=True))
    assert cost[mask_of([3, 8, 13, 18])] == 0.0
    assert cost[mask_of([0, 5, 10, 15])] == 60.0


def test_days_that_are_over_stay_and_only_the_rest_moves() -> None:
    duty = replace(WEEKLY, previous_mask=mask_of([1, 6, 11, 16]), kept_days=mask_of(list(range(10))))
    for found in days(duty):
        assert found[:2] == (1, 6)
        assert all(row >= 10 for row in found[2:])


def test_a_new_shop_in_the_middle_of_a_cycle_is_owed_what_is_left_of_it() -> None:
    for found in days(replace(WEEKLY, kept_days=mask_of(list(range(10))))):
        assert len(found) == 2
        assert all(row >= 10 for row in found)


def test_a_plan_in_force_that_lost_a_day_is_mended_within_the_week() -> None:
    duty = replace(WEEKLY, previous_mask=mask_of([1, 6, 11, 16]))
    mended = {found for found in days(duty, set(range(20)) - {11}) if found[:2] == (1, 6) and found[3] == 16}
    assert {found[2] for found in mended} == {10, 12, 13, 14}


def test_a_frequency_that_no_calendar_holds_has_no_pattern() -> None:
    assert days(replace(WEEKLY, frequency=21)) == set()
    assert days(replace(ONCE, fixed_days=())) == set()

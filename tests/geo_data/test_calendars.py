"""Working days follow the announced calendar, and years without one say so."""

from __future__ import annotations

import datetime as dt
from itertools import islice

import pytest

from geo_data.calendars import CYCLE_DAYS, CalendarError, WorkingDays, cycle_from, cycle_of, cycles_from

CHINA, USA = WorkingDays(country="CN"), WorkingDays(country="US")


def day(text):
    return dt.date.fromisoformat(text)


@pytest.mark.parametrize(
    ("text", "is_working"),
    [
        ("2026-02-14", True),  # a Saturday made up for the Spring Festival
        ("2026-02-28", True),
        ("2026-02-17", False),
        ("2026-02-23", False),
        ("2026-02-24", True),
        ("2026-10-10", True),
        ("2026-10-11", False),
        ("2025-10-08", False),
    ],
)
def test_china_works_on_its_make_up_days_and_rests_on_its_long_holidays(text, is_working):
    assert CHINA.is_working(day(text)) is is_working


def test_the_united_states_rest_on_thanksgiving_and_weekends():
    assert not USA.is_working(day("2026-11-26"))
    assert not USA.is_working(day("2026-11-28"))
    assert USA.is_working(day("2026-11-27"))
    assert USA.name_of(day("2026-11-26")) == "Thanksgiving Day"
    assert not USA.is_provisional(2050)


def test_a_year_without_announced_make_up_days_is_provisional():
    assert not CHINA.is_provisional(2026)
    assert CHINA.is_provisional(2050)
    assert not CHINA.is_working(day("2050-10-01"))
    assert CHINA.is_working(day("2050-10-13"))
    assert cycle_of(day("2050-06-01"), CHINA).is_provisional
    assert not cycle_of(day("2026-06-01"), CHINA).is_provisional


def test_a_district_may_decide_a_day_otherwise():
    calendar = WorkingDays(
        country="CN", extra_free=frozenset({day("2026-02-14")}), extra_working=frozenset({day("2026-02-17")})
    )
    assert not calendar.is_working(day("2026-02-14"))
    assert calendar.is_working(day("2026-02-17"))


def test_today_moves_on_to_the_next_working_day():
    assert CHINA.next_working(day("2026-10-01")) == day("2026-10-08")
    assert CHINA.next_working(day("2026-10-08")) == day("2026-10-08")


def test_cycles_begin_on_mondays_follow_each_other_and_hold_every_day_once():
    first, second = islice(cycles_from(day("2026-03-11"), CHINA), 2)
    assert first.first_day.weekday() == 0
    assert first.first_day <= day("2026-03-11") <= first.last_day
    assert (second.first_day - first.first_day).days == CYCLE_DAYS
    for ahead in range(CYCLE_DAYS):
        assert cycle_of(first.first_day + dt.timedelta(days=ahead), CHINA) == first
    assert all(CHINA.is_working(worked) for worked in first.working)
    assert first.row_of(first.working[3]) == 3
    assert first.row_of(first.last_day) == -1


def test_a_plain_cycle_has_twenty_working_days():
    assert len(cycle_from(day("2026-07-06"), CHINA).working) == 20


def test_a_cycle_from_another_day_than_monday_and_an_unknown_country_are_refused():
    with pytest.raises(ValueError, match="Monday"):
        cycle_from(day("2026-07-07"), CHINA)
    with pytest.raises(CalendarError, match="'XX'"):
        WorkingDays(country="XX")

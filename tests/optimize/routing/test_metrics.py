"""The metrics of a day say what the routes say."""

from __future__ import annotations

from optimize.routing.metrics import METRICS, measure
from optimize.routing.timetable import timetable
from tests.optimize.routing.days import HOUR_S, line_day


def test_a_day_is_measured_in_travel_service_waiting_and_work() -> None:
    problem = line_day([10, 20], windows=[[], [(9 * HOUR_S + 1800, 10 * HOUR_S)]])
    measured = measure(problem, timetable(problem, [[0, 1]]))
    assert measured["travel_s"] == 2400
    assert measured["distance_m"] == 12000
    assert measured["service_s"] == 1200
    # 08:40 + 10 min service + 10 min travel = 09:00, half an hour too early
    assert measured["waiting_s"] == 1800
    assert measured["worked_s"] == 2400 + 1200 + 1800
    assert measured["overtime_s"] == measured["n_unserved"] == 0
    assert measured["n_routes"] == 1


def test_the_noon_break_is_neither_work_nor_waiting() -> None:
    problem = line_day([10], windows=[[(13 * HOUR_S, 14 * HOUR_S)]])
    measured = measure(problem, timetable(problem, [[0]]))
    assert measured["waiting_s"] == 0
    assert measured["worked_s"] == 2 * 600 + 600


def test_a_stop_left_out_is_counted() -> None:
    problem = line_day([10, 20])
    assert measure(problem, timetable(problem, [[1]]))["n_unserved"] == 1


def test_keys_are_unique_and_directions_known() -> None:
    assert len({metric.key for metric in METRICS}) == len(METRICS)
    assert {metric.better for metric in METRICS} == {"lower", "higher"}

"""The compiled clock agrees with a second-by-second walk through the day."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from optimize.routing import RoutingProblem, pack_intervals
from optimize.routing.timing import (
    NEVER,
    Day,
    day_of,
    earliest_start,
    latest_leave,
    latest_start,
    time_route,
    travel_end,
)

HORIZON = 40
intervals = st.lists(st.tuples(st.integers(0, HORIZON), st.integers(0, 6)), max_size=3).map(
    lambda pairs: [(a, a + length) for a, length in pairs]
)


def disjoint(pairs: list[tuple[int, int]]) -> list[tuple[int, int]]:
    kept: list[tuple[int, int]] = []
    for begin, end in sorted(pairs):
        if end > begin and (not kept or begin >= kept[-1][1]):
            kept.append((begin, end))
    return kept


def small_day(breaks: list[tuple[int, int]], windows: list[tuple[int, int]], service: int) -> Day:
    window_ptr, windows_s = pack_intervals([windows])
    break_ptr, breaks_s = pack_intervals([breaks])
    return day_of(
        RoutingProblem(
            travel_s=[[0, 1], [1, 0]],
            distance_m=[[0, 1], [1, 0]],
            stop_place=[1],
            start_place=[0],
            end_place=[0],
            shift_s=[[0, 100]],
            service_s=[service],
            window_ptr=window_ptr,
            windows_s=windows_s,
            break_ptr=break_ptr,
            breaks_s=breaks_s,
        )
    )


def walked(breaks: list[tuple[int, int]], leave: int, travel: int) -> int:
    at, left = leave, travel
    while left > 0:
        if not any(begin <= at < end for begin, end in breaks):
            left -= 1
        at += 1
    return at


def may_start(breaks: list[tuple[int, int]], windows: list[tuple[int, int]], service: int, start: int) -> bool:
    in_window = not windows or any(a <= start <= b for a, b in windows)
    return in_window and not any(start < end and start + service > begin for begin, end in breaks)


@given(intervals.map(disjoint), st.integers(0, HORIZON), st.integers(0, 15))
@settings(deadline=None)
def test_travel_is_suspended_in_breaks(breaks: list[tuple[int, int]], leave: int, travel: int) -> None:
    assert travel_end(small_day(breaks, [], 0), 0, leave, travel) == walked(breaks, leave, travel)


@given(intervals.map(disjoint), st.integers(0, HORIZON + 20), st.integers(0, 15))
@settings(deadline=None)
def test_the_latest_departure_is_the_last_that_arrives_in_time(
    breaks: list[tuple[int, int]], arrive: int, travel: int
) -> None:
    leave = latest_leave(small_day(breaks, [], 0), 0, arrive, travel)
    assert walked(breaks, leave, travel) <= arrive
    assert walked(breaks, leave + 1, travel) > arrive


@given(intervals.map(disjoint), intervals, st.integers(0, 5), st.integers(0, HORIZON))
@settings(deadline=None)
def test_the_earliest_start_is_the_first_allowed_second(
    breaks: list[tuple[int, int]], windows: list[tuple[int, int]], service: int, arrive: int
) -> None:
    found = earliest_start(small_day(breaks, windows, service), 0, 0, arrive)
    fine = [t for t in range(arrive, 3 * HORIZON) if may_start(breaks, windows, service, t)]
    assert found == (fine[0] if fine else NEVER)


@given(intervals.map(disjoint), intervals, st.integers(0, 5), st.integers(0, HORIZON + 20))
@settings(deadline=None)
def test_the_latest_start_is_the_last_allowed_second(
    breaks: list[tuple[int, int]], windows: list[tuple[int, int]], service: int, depart: int
) -> None:
    found = latest_start(small_day(breaks, windows, service), 0, 0, depart)
    fine = [t for t in range(-HORIZON, depart - service + 1) if may_start(breaks, windows, service, t)]
    assert found == (fine[-1] if fine else -NEVER)


@given(st.integers(0, 2**32 - 1))
@settings(deadline=None, max_examples=60)
def test_a_route_is_in_time_exactly_when_each_arrival_is_before_its_latest(seed: int) -> None:
    rng = np.random.default_rng(seed)
    n = 5
    xy = rng.integers(0, 8, (n + 1, 2))
    travel_s = np.abs(xy[:, None] - xy[None]).sum(axis=2)
    spans = [[(int(a), int(a + w))] if w < 30 else [] for a, w in rng.integers(0, 40, (n, 2))]
    window_ptr, windows_s = pack_intervals(spans)
    break_ptr, breaks_s = pack_intervals([[(20, 30)]])
    problem = RoutingProblem(
        travel_s=travel_s,
        distance_m=travel_s,
        stop_place=np.arange(1, n + 1),
        start_place=[0],
        end_place=[0],
        shift_s=[[0, 70]],
        service_s=rng.integers(0, 6, n),
        window_ptr=window_ptr,
        windows_s=windows_s,
        break_ptr=break_ptr,
        breaks_s=breaks_s,
    )
    day, depart_s, latest_s = day_of(problem), np.zeros(n + 1, np.int64), np.zeros(n + 1, np.int64)
    seq = rng.permutation(n)
    is_in_time = time_route(day, 0, seq, n, depart_s, latest_s) <= latest_s[n]
    here = [0, *(seq + 1)]
    arrivals = [travel_end(day, 0, int(depart_s[j]), int(travel_s[here[j], here[j + 1]])) for j in range(n)]
    assert all(a <= b for a, b in zip(arrivals, latest_s, strict=False)) == is_in_time

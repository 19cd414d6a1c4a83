"""Parts of a problem: who is alike, and the smaller problem of some of the stops."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from optimize.routing.problem import IntArray, RoutingProblem, pack_intervals


def classes_of(problem: RoutingProblem) -> IntArray:
    """Number the staff members so that those who are alike in every respect share a number."""
    keys = []
    for v in range(problem.n_staff):
        allowed = b"" if problem.allowed is None else problem.allowed[:, v].tobytes()
        place = (int(problem.start_place[v]), int(problem.end_place[v]), int(problem.capacity[v]))
        keys.append((place, tuple(problem.shift_s[v].tolist()), tuple(problem.breaks_of(v)), allowed))
    number = {key: i for i, key in enumerate(dict.fromkeys(keys))}
    return np.array([number[key] for key in keys], dtype=np.int64)


def with_stops(problem: RoutingProblem, stops: Sequence[int]) -> RoutingProblem:
    """Return the problem of some of the stops, in the given order; groups that lose a stop are dissolved."""
    rows = np.asarray(stops, dtype=np.int64)
    new_row = {int(old): new for new, old in enumerate(rows)}
    window_ptr, windows_s = pack_intervals([problem.windows_of(int(stop)) for stop in rows])
    groups = tuple(
        tuple(new_row[s] for s in group) for group in problem.same_time_groups if all(s in new_row for s in group)
    )
    return replace(
        problem,
        stop_place=problem.stop_place[rows],
        service_s=problem.service_s[rows],
        window_ptr=window_ptr,
        windows_s=windows_s,
        demand=problem.demand[rows],
        is_required=problem.is_required[rows],
        prize=problem.prize[rows],
        wish_s=problem.wish_s[rows],
        wish_price=problem.wish_price[rows],
        allowed=None if problem.allowed is None else problem.allowed[rows],
        same_time_groups=groups,
    )


def with_appointments(problem: RoutingProblem, start_s_of_stop: Mapping[int, int]) -> RoutingProblem:
    """Return the problem in which the given stops start exactly at the given times, and no groups are left."""
    windows = [
        [(start_s_of_stop[s], start_s_of_stop[s])] if s in start_s_of_stop else problem.windows_of(s)
        for s in range(problem.n_stops)
    ]
    window_ptr, windows_s = pack_intervals(windows)
    return replace(problem, window_ptr=window_ptr, windows_s=windows_s, same_time_groups=())

"""Small days for the routing tests: staff with a noon break, stops in a square town, windows of several kinds."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from optimize.routing import RoutingProblem, pack_intervals

HOUR_S = 3600
MORNING = (8 * HOUR_S + 1800, 12 * HOUR_S)
AFTERNOON = (13 * HOUR_S + 1800, 17 * HOUR_S + 1800)
SHIFT = (MORNING[0], AFTERNOON[1])
NOON_BREAK = (MORNING[1], AFTERNOON[0])


def line_day(
    minutes_from_office: Sequence[int],
    *,
    service_min: int = 10,
    n_staff: int = 1,
    windows: Sequence[Sequence[tuple[int, int]]] | None = None,
    breaks: Sequence[tuple[int, int]] = (NOON_BREAK,),
    shift: tuple[int, int] = SHIFT,
    **others: Any,
) -> RoutingProblem:
    """A day along one street: every place is so many minutes east of the office, which is place 0."""
    at_s = np.array([0, *minutes_from_office]) * 60
    travel_s = np.abs(at_s[:, None] - at_s[None, :])
    n = len(minutes_from_office)
    window_ptr, windows_s = pack_intervals(windows or [[] for _ in range(n)])
    break_ptr, breaks_s = pack_intervals([list(breaks)] * n_staff)
    given: dict[str, Any] = {
        "travel_s": travel_s,
        "distance_m": travel_s * 5,
        "stop_place": np.arange(1, n + 1),
        "start_place": np.zeros(n_staff),
        "end_place": np.zeros(n_staff),
        "shift_s": np.tile(shift, (n_staff, 1)),
        "service_s": np.full(n, service_min * 60),
        "window_ptr": window_ptr,
        "windows_s": windows_s,
        "break_ptr": break_ptr,
        "breaks_s": breaks_s,
    }
    return RoutingProblem(**(given | others))


def town_day(seed: int, n_stops: int, n_staff: int = 1, *, has_windows: bool = True, **others: Any) -> RoutingProblem:
    """A day in a town of 3 x 3 km at 18 km/h; a third of the stops has one window, a third two."""
    rng = np.random.default_rng(seed)
    xy_m = rng.random((n_stops + 1, 2)) * 3000
    distance_m = np.rint(np.hypot(*(xy_m[:, None] - xy_m[None]).transpose(2, 0, 1)) * 1.3).astype(np.int64)
    kinds = [[], [(8 * HOUR_S, 11 * HOUR_S)], [(9 * HOUR_S, 11 * HOUR_S), (15 * HOUR_S, 17 * HOUR_S)]]
    picked = rng.integers(0, 3, n_stops) if has_windows else np.zeros(n_stops, dtype=np.int64)
    window_ptr, windows_s = pack_intervals([kinds[k] for k in picked])
    break_ptr, breaks_s = pack_intervals([[NOON_BREAK]] * n_staff)
    given: dict[str, Any] = {
        "travel_s": np.rint(distance_m / 5),
        "distance_m": distance_m,
        "stop_place": np.arange(1, n_stops + 1),
        "start_place": np.zeros(n_staff),
        "end_place": np.zeros(n_staff),
        "shift_s": np.tile(SHIFT, (n_staff, 1)),
        "service_s": rng.integers(300, 840, n_stops),
        "window_ptr": window_ptr,
        "windows_s": windows_s,
        "break_ptr": break_ptr,
        "breaks_s": breaks_s,
        "demand": rng.integers(0, 9, n_stops),
        "capacity": np.full(n_staff, 1000),
    }
    return RoutingProblem(**(given | others))

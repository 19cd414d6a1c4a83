"""The inputs of the routing engine: one day of one or many staff, as arrays.

A problem is validated once, when it is made; everything behind it may rely on its shapes, ranges and units. Times are
seconds of the day (integers; any zero will do as long as all share it), lengths are metres.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Final, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

UNREACHABLE: Final = int(np.iinfo(np.int32).max)
"""Marks in `travel_s` and `distance_m` that no way leads from the row's place to the column's."""

END_OF_TIME_S: Final = 10**9
"""Stands for "no limit" where a time is asked; about 31 years."""

Engine = Literal["auto", "ortools", "pyvrp"]
OnProgress = Callable[[int, float], None]
IntArray = NDArray[np.int64]
_ABSENT: Final[IntArray] = np.empty(0, dtype=np.int64)


def _absent() -> IntArray:
    return _ABSENT


class Objective(Enum):
    """What the routes' cost adds up: metres or seconds of travel; the prizes of stops left out come on top."""

    DISTANCE = "distance"
    TRAVEL = "travel"


class ProblemError(ValueError):
    """The routing problem is not well formed; `complaints` holds every fault found, not the first."""

    def __init__(self, complaints: Sequence[str]) -> None:
        self.complaints = tuple(complaints)
        super().__init__("; ".join(self.complaints))


def pack_intervals(lists: Sequence[Sequence[tuple[int, int]]]) -> tuple[IntArray, IntArray]:
    """Turn one list of [open, close] pairs per row into the ragged pair of arrays a problem holds.

    Returns
    -------
    ptr : (n + 1,) row i owns `intervals[ptr[i]:ptr[i + 1]]`
    intervals : (m, 2) the pairs one after the other, each row's sorted by opening time; pairs that overlap are merged
    """
    merged = [_merged(row) for row in lists]
    ptr = np.zeros(len(merged) + 1, dtype=np.int64)
    ptr[1:] = np.cumsum([len(row) for row in merged])
    return ptr, np.array([pair for row in merged for pair in row], dtype=np.int64).reshape(-1, 2)


def _merged(pairs: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    found: list[tuple[int, int]] = []
    for begin, end in sorted(pairs):
        if found and begin < found[-1][1]:
            found[-1] = (found[-1][0], max(end, found[-1][1]))
        else:
            found.append((begin, end))
    return found


def _frozen(values: ArrayLike, dtype: type[np.generic]) -> NDArray[np.generic]:
    array = np.ascontiguousarray(values, dtype=dtype)
    if array is values or array.base is not None:
        array = array.copy()
    array.setflags(write=False)
    return array


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RoutingProblem:
    """One day: stops to serve, staff (or vehicles) to serve them, and the travel between places.

    Several stops may share a place (the inspection and the visit of one shop). Service may not be interrupted; travel
    is suspended during a break and goes on after it. All shapes, ranges and units are checked on construction.

    Parameters
    ----------
    travel_s : (n_places, n_places) seconds from row to column, >= 0, diagonal 0, `UNREACHABLE` = no way
    distance_m : (n_places, n_places) metres, likewise
    stop_place : (n_stops,) row of the matrices
    start_place, end_place : (n_staff,) rows of the matrices where each day begins and ends
    shift_s : (n_staff, 2) earliest departure from the start and latest arrival at the end
    service_s : (n_stops,) service duration without waiting, >= 0; default 0
    window_ptr, windows_s : ragged time windows in which service may START, as `pack_intervals` makes them, sorted and
        disjoint; a stop without any may start at any time. Default: none
    break_ptr, breaks_s : ragged breaks of each staff member in which neither service nor travel happens, half-open
        [from, to), sorted and disjoint. Two half-days are a shift with one noon break. Default: none
    demand : (n_stops,) units of load, >= 0; default 0
    capacity : (n_staff,) units of load, >= 0; default unlimited
    is_required : (n_stops,) a required stop left out makes the result infeasible; default all
    prize : (n_stops,) what leaving out an optional stop costs, in units of the objective, >= 0; a higher priority is
        a higher prize; default 0. Among required stops that cannot all be served the higher prize is served first
    allowed : (n_stops, n_staff) who may serve which stop, or None for anyone
    same_time_groups : disjoint tuples of two or more stops whose services start at the same moment on routes of
        different staff (joint stops, crews); all of a group's stops are served or none
    wish_s : (n_stops, 2) soft window [from, to] in which service had better start; default any time
    wish_price : (n_stops,) what each minute outside the soft window costs, in units of the objective; default 0
    objective : what the cost adds up

    Raises
    ------
    ProblemError
        With every fault found. A stop that nobody can serve is not a fault: it becomes an unserved stop with a reason.
    """

    travel_s: NDArray[np.int32]
    distance_m: NDArray[np.int32]
    stop_place: IntArray
    start_place: IntArray
    end_place: IntArray
    shift_s: IntArray
    service_s: IntArray = field(default_factory=_absent)
    window_ptr: IntArray = field(default_factory=_absent)
    windows_s: IntArray = field(default_factory=_absent)
    break_ptr: IntArray = field(default_factory=_absent)
    breaks_s: IntArray = field(default_factory=_absent)
    demand: IntArray = field(default_factory=_absent)
    capacity: IntArray = field(default_factory=_absent)
    is_required: NDArray[np.bool_] = field(default_factory=lambda: np.empty(0, dtype=np.bool_))
    prize: IntArray = field(default_factory=_absent)
    allowed: NDArray[np.bool_] | None = None
    same_time_groups: tuple[tuple[int, ...], ...] = ()
    wish_s: IntArray = field(default_factory=_absent)
    wish_price: IntArray = field(default_factory=_absent)
    objective: Objective = Objective.TRAVEL

    def __post_init__(self) -> None:
        n_stops, n_staff = np.size(self.stop_place), np.size(self.start_place)
        defaults: dict[str, ArrayLike] = {
            "service_s": np.zeros(n_stops),
            "window_ptr": np.zeros(n_stops + 1),
            "windows_s": np.zeros((0, 2)),
            "break_ptr": np.zeros(n_staff + 1),
            "breaks_s": np.zeros((0, 2)),
            "demand": np.zeros(n_stops),
            "capacity": np.full(n_staff, END_OF_TIME_S),
            "is_required": np.ones(n_stops),
            "prize": np.zeros(n_stops),
            "wish_s": np.tile([-END_OF_TIME_S, END_OF_TIME_S], (n_stops, 1)),
            "wish_price": np.zeros(n_stops),
        }
        kinds: dict[str, type[np.generic]] = {"travel_s": np.int32, "distance_m": np.int32, "is_required": np.bool_}
        complaints: list[str] = []
        for name in ("travel_s", "distance_m", "stop_place", "start_place", "end_place", "shift_s", *defaults):
            given = getattr(self, name)
            is_absent = given is None or (name in defaults and np.size(given) == 0)
            raw = np.asarray(defaults[name] if is_absent else given)
            if raw.dtype.kind not in "biuf" or (raw.dtype.kind == "f" and not bool(np.isfinite(raw).all())):
                complaints.append(f"{name} holds values that are not finite numbers")
                continue
            object.__setattr__(self, name, _frozen(raw, kinds.get(name, np.int64)))
        if self.allowed is not None:
            object.__setattr__(self, "allowed", _frozen(self.allowed, np.bool_))
        object.__setattr__(self, "same_time_groups", tuple(tuple(map(int, g)) for g in self.same_time_groups))
        complaints = complaints or _shape_faults(self) or _value_faults(self)
        if complaints:
            raise ProblemError(complaints)

    @property
    def n_stops(self) -> int:
        """Number of stops to serve."""
        return int(self.stop_place.shape[0])

    @property
    def n_staff(self) -> int:
        """Number of staff members (or vehicles)."""
        return int(self.start_place.shape[0])

    @property
    def arc_cost(self) -> NDArray[np.int32]:
        """The matrix that the objective adds up."""
        return self.distance_m if self.objective is Objective.DISTANCE else self.travel_s

    @property
    def has_wishes(self) -> bool:
        """Whether some stop's start outside its soft window costs anything."""
        return bool(self.wish_price.any())

    def windows_of(self, stop: int) -> list[tuple[int, int]]:
        """Return a stop's time windows, sorted; empty = any time."""
        rows = self.windows_s[self.window_ptr[stop] : self.window_ptr[stop + 1]]
        return [(int(a), int(b)) for a, b in rows]

    def breaks_of(self, staff: int) -> list[tuple[int, int]]:
        """Return a staff member's breaks, sorted and disjoint."""
        rows = self.breaks_s[self.break_ptr[staff] : self.break_ptr[staff + 1]]
        return [(int(a), int(b)) for a, b in rows]

    def may_serve(self, stop: int, staff: int) -> bool:
        """Say whether the staff member is allowed to serve the stop."""
        return self.allowed is None or bool(self.allowed[stop, staff])


def _shape_faults(p: RoutingProblem) -> list[str]:
    n_places = p.travel_s.shape[0] if p.travel_s.ndim else 0
    n_stops, n_staff = np.size(p.stop_place), np.size(p.start_place)
    expected: dict[str, tuple[int | None, ...]] = {
        "travel_s": (n_places, n_places),
        "distance_m": (n_places, n_places),
        "stop_place": (n_stops,),
        "start_place": (n_staff,),
        "end_place": (n_staff,),
        "shift_s": (n_staff, 2),
        "service_s": (n_stops,),
        "window_ptr": (n_stops + 1,),
        "windows_s": (None, 2),
        "break_ptr": (n_staff + 1,),
        "breaks_s": (None, 2),
        "demand": (n_stops,),
        "capacity": (n_staff,),
        "is_required": (n_stops,),
        "prize": (n_stops,),
        "wish_s": (n_stops, 2),
        "wish_price": (n_stops,),
        "allowed": (n_stops, n_staff),
    }
    faults = [] if n_staff else ["there is no staff member"]
    for name, shape in expected.items():
        array = getattr(p, name)
        if array is None:
            continue
        if array.ndim != len(shape) or any(w is not None and w != g for w, g in zip(shape, array.shape, strict=True)):
            faults.append(f"{name} has shape {array.shape}, expected {shape}".replace("None", "any"))
    return faults


def _value_faults(p: RoutingProblem) -> list[str]:
    faults: list[str] = []
    n_places = p.travel_s.shape[0]
    for name in ("travel_s", "distance_m"):
        matrix = getattr(p, name)
        if (matrix < 0).any():
            faults.append(f"{name} holds {int((matrix < 0).sum())} negative values")
        if np.diagonal(matrix).any():
            faults.append(f"{name} is not 0 on its diagonal")
    for name in ("stop_place", "start_place", "end_place"):
        rows = getattr(p, name)
        bad = np.flatnonzero((rows < 0) | (rows >= n_places))
        if bad.size:
            faults.append(f"{name} leaves the {n_places} places at rows {_some(bad)}")
    for name in ("service_s", "demand", "capacity", "prize", "wish_price"):
        bad = np.flatnonzero(getattr(p, name) < 0)
        if bad.size:
            faults.append(f"{name} is negative at rows {_some(bad)}")
    bad = np.flatnonzero(p.shift_s[:, 0] > p.shift_s[:, 1])
    if bad.size:
        faults.append(f"shift_s ends before it begins for staff {_some(bad)}")
    bad = np.flatnonzero(p.wish_s[:, 0] > p.wish_s[:, 1])
    if bad.size:
        faults.append(f"wish_s ends before it begins at rows {_some(bad)}")
    faults += _interval_faults("window", p.window_ptr, p.windows_s)
    faults += _interval_faults("break", p.break_ptr, p.breaks_s)
    return faults + _group_faults(p)


def _interval_faults(word: str, ptr: IntArray, pairs: IntArray) -> list[str]:
    if ptr[0] != 0 or ptr[-1] != len(pairs) or (np.diff(ptr) < 0).any():
        return [f"{word}_ptr does not run from 0 to the {len(pairs)} {word}s in steps >= 0"]
    faults = []
    if (pairs[:, 0] > pairs[:, 1]).any():
        rows = np.searchsorted(ptr, np.flatnonzero(pairs[:, 0] > pairs[:, 1]), side="right") - 1
        faults.append(f"{word}s end before they begin at rows {_some(rows)}")
    same_row = np.repeat(np.arange(len(ptr) - 1), np.diff(ptr))
    follows = same_row[1:] == same_row[:-1]
    bad = np.flatnonzero(follows & (pairs[1:, 0] < pairs[:-1, 1]))
    if bad.size:
        faults.append(f"{word}s are not sorted and disjoint at rows {_some(same_row[bad])}")
    return faults


def _group_faults(p: RoutingProblem) -> list[str]:
    faults: list[str] = []
    seen: set[int] = set()
    for i, group in enumerate(p.same_time_groups):
        if len(group) < 2 or len(set(group)) < len(group):
            faults.append(f"same-time group {i} needs two or more different stops, not {group}")
        if any(stop < 0 or stop >= p.n_stops for stop in group):
            faults.append(f"same-time group {i} names a stop outside 0..{p.n_stops - 1}")
        if seen & set(group):
            faults.append(f"same-time group {i} shares stops {sorted(seen & set(group))} with another group")
        seen |= set(group)
    return faults


def _some(rows: NDArray[np.integer]) -> str:
    shown = ", ".join(str(int(row)) for row in rows[:10])
    return shown if len(rows) <= 10 else f"{shown} and {len(rows) - 10} more"

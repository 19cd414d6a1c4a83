"""State one cycle of recurring visits as arrays: who has to be seen, by whom, on which days at most.

The same statement serves a territory's month (three roles, offices, balanced days) and the periodic vehicle routing
problem of Cordeau, Gendreau and Laporte (1997): vehicles are staff of one role, duties are customers.

Days are the *working days* of the cycle, row 0 the first. A *pattern* is a set of days as a bit mask: bit `d` set means
that the duty is served on day `d`.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import Enum
from typing import Any

import numpy as np
from numpy.typing import NDArray

MAX_DAYS = 62
"""Patterns are int64 bit masks; a cycle of 28 days has at most 28 working days."""
_MOST_IN_ALL = 2.5e11
"""Minutes, or units of demand, that a search can add up exactly: 2^62 ticks."""
NO_WAY_MIN = 24.0 * 60
"""Travel of just so many minutes stands for places that no way joins: no working day holds it."""

_FILLED_IN: Any = None  # left out by the caller: filled in by __post_init__


@dataclass(frozen=True, slots=True, kw_only=True)
class PeriodicProblem:
    """Everything one solve needs; frozen, its arrays read-only, checked once with all complaints in one ValueError.

    A **duty** is one (retailer, role) pair with its legal patterns; a **visit** is a duty on one day of its pattern.
    A staff member works at most one tour a day, or up to `trips_of_staff` tours that share the day's minutes; each
    tour starts and ends at `office_of_staff`. A duty with several allowed staff may be visited by different ones on
    different days.

    Attributes
    ----------
    n_days : working days of the cycle, 1..62
    travel_min : (n_locations, n_locations) minutes from row to column, >= 0, diagonal 0, float32 or float64; need not
        be symmetric. It is also the objective: for a published instance, the distance.
    location_of_retailer : (n_retailers,) row of `travel_min`
    role_of_staff : (n_staff,) role index, >= 0
    office_of_staff : (n_staff,) row of `travel_min` where every tour of the person starts and ends
    minutes_of_staff_day : (n_staff, n_days) minutes available, travel and service together; 0 = absent, inf = no limit
    capacity_of_staff_day : (n_staff, n_days) demand that one tour carries; inf = no limit
    trips_of_staff : (n_staff,) tours a day, >= 1
    retailer_of_duty, role_of_duty : (n_duties,)
    staff_of_duty : (n_duties, n_staff) True where the person may serve the duty; at least one a row. People of another
        role are allowed substitutes
    service_min : (n_duties,) minutes of one visit for the person who leads it, >= 0
    demand : (n_duties,) capacity used by one visit, >= 0
    pattern_start : (n_duties + 1,) duty `i` owns patterns `pattern_start[i]:pattern_start[i + 1]`. A duty without any
        pattern (a frequency that no calendar can hold) is legal input: it comes back not planned with that reason.
    pattern_mask : (n_patterns,) days as a bit mask, never 0
    pattern_cost : (n_patterns,) minutes added to the objective when the pattern is taken, >= 0 (a second-best weekday)
    crew_size : (n_duties,) 1, or 2 where a second officer stands beside the leader: the service minutes are then also
        counted on the day of the leader's `partner_of_staff`
    sealed : (n_duties,) True for duties whose days are drawn at random; excluded from shared days
    partner_of_staff : (n_staff,) the second officer of a crew of two, -1 = outside this problem (not counted here)
    reserved_min : (n_staff, n_days) minutes already spoken for (a partner's crews, meetings); counted in the band
    band_ratio_of_staff : (n_staff,) largest allowed ratio between the longest and the shortest of a person's days,
        each divided by that day's share of the usual minutes; inf = no band. 1.10 is the district's rule.
    band_share_of_staff_day : (n_staff, n_days) what each day ought to hold relative to the person's other days, > 0
        where present; default: the day's minutes over the longest day's. Weekly duties make a short week's days longer
    shared_day_saving_min : (n_roles, n_roles) symmetric minutes credited per day on which two roles meet at one
        retailer; 0 = no interest in joint stops. May be a price on disturbing the retailer.
    overlap_share : (n_roles, n_roles) symmetric, 0..1, diagonal 0: share of the shorter service of two roles that the
        day does not take twice where *the same* staff row serves both at one retailer on one day. 1 = one vehicle, both
        ride and work side by side; 0 = one after the other
    meeting_window_min : (n_roles, n_roles) symmetric, >= 0: visits of two roles to one retailer on one day are a
        **meeting** where they start within so many minutes of each other; inf = the two roles need not meet. Between
        roles that meet, `shared_day_saving_min` is credited for a meeting instead of for a shared day
    people_of_staff : (n_staff,) people whose time a staff row's minutes are, >= 1: 2 where both ride
    previous_mask : (n_duties,) the days of the plan in force, 0 = none
    stability_min : minutes charged per visit day that the plan in force does not have
    weekday_of_day, week_of_day : (n_days,) calendar facts for metrics; weekday 0 = Monday
    travel_km : (n_locations, n_locations) kilometres, or None
    """

    n_days: int
    travel_min: NDArray[np.float32] | NDArray[np.float64]
    location_of_retailer: NDArray[np.int32]
    role_of_staff: NDArray[np.int32]
    office_of_staff: NDArray[np.int32]
    minutes_of_staff_day: NDArray[np.float64]
    retailer_of_duty: NDArray[np.int32]
    role_of_duty: NDArray[np.int32]
    staff_of_duty: NDArray[np.bool_]
    service_min: NDArray[np.float64]
    pattern_start: NDArray[np.int32]
    pattern_mask: NDArray[np.int64]
    pattern_cost: NDArray[np.float64] = _FILLED_IN
    demand: NDArray[np.float64] = _FILLED_IN
    capacity_of_staff_day: NDArray[np.float64] = _FILLED_IN
    trips_of_staff: NDArray[np.int32] = _FILLED_IN
    crew_size: NDArray[np.int32] = _FILLED_IN
    sealed: NDArray[np.bool_] = _FILLED_IN
    partner_of_staff: NDArray[np.int32] = _FILLED_IN
    reserved_min: NDArray[np.float64] = _FILLED_IN
    band_ratio_of_staff: NDArray[np.float64] = _FILLED_IN
    band_share_of_staff_day: NDArray[np.float64] = _FILLED_IN
    shared_day_saving_min: NDArray[np.float64] = _FILLED_IN
    overlap_share: NDArray[np.float64] = _FILLED_IN
    meeting_window_min: NDArray[np.float64] = _FILLED_IN
    people_of_staff: NDArray[np.int32] = _FILLED_IN
    previous_mask: NDArray[np.int64] = _FILLED_IN
    stability_min: float = 0.0
    weekday_of_day: NDArray[np.int32] = _FILLED_IN
    week_of_day: NDArray[np.int32] = _FILLED_IN
    travel_km: NDArray[np.float32] | NDArray[np.float64] | None = None

    def __post_init__(self) -> None:
        """Fill the optional arrays, make all of them contiguous and read-only, and check everything once."""
        n_duties, n_staff = len(self.retailer_of_duty), len(self.role_of_staff)
        n_roles = self.n_roles
        staff_day = (n_staff, max(self.n_days, 0))
        defaults: dict[str, NDArray[np.generic]] = {
            "pattern_cost": np.zeros(len(self.pattern_mask)),
            "demand": np.zeros(n_duties),
            "capacity_of_staff_day": np.full(staff_day, np.inf),
            "trips_of_staff": np.ones(n_staff, np.int32),
            "crew_size": np.ones(n_duties, np.int32),
            "sealed": np.zeros(n_duties, np.bool_),
            "partner_of_staff": np.full(n_staff, -1, np.int32),
            "reserved_min": np.zeros(staff_day),
            "band_ratio_of_staff": np.full(n_staff, np.inf),
            "shared_day_saving_min": np.zeros((n_roles, n_roles)),
            "overlap_share": np.zeros((n_roles, n_roles)),
            "meeting_window_min": np.full((n_roles, n_roles), np.inf),
            "people_of_staff": np.ones(n_staff, np.int32),
            "previous_mask": np.zeros(n_duties, np.int64),
            "weekday_of_day": np.arange(self.n_days, dtype=np.int32) % 5,
            "week_of_day": np.arange(self.n_days, dtype=np.int32) // 5,
        }
        if np.ndim(self.minutes_of_staff_day) == 2:
            defaults["band_share_of_staff_day"] = _share_of_minutes(np.asarray(self.minutes_of_staff_day, np.float64))
        for name, dtype in _DTYPES.items():
            value = getattr(self, name)
            if value is None:
                value = defaults.get(name)
            if value is None:
                continue
            array = np.array(value, dtype=dtype or np.asarray(value).dtype, order="C")
            array.flags.writeable = False
            object.__setattr__(self, name, array)
        complaints = _complaints(self)
        if complaints:
            raise ValueError("not a periodic problem: " + "; ".join(complaints))

    @property
    def n_locations(self) -> int:
        """Rows of `travel_min`."""
        return int(self.travel_min.shape[0])

    @property
    def n_duties(self) -> int:
        """Recurring duties, planned or not."""
        return len(self.retailer_of_duty)

    @property
    def n_staff(self) -> int:
        """People or vehicles."""
        return len(self.role_of_staff)

    @property
    def n_retailers(self) -> int:
        """Places that may be visited."""
        return len(self.location_of_retailer)

    @property
    def n_roles(self) -> int:
        """One more than the largest role index in use."""
        return int(max(np.max(self.role_of_staff, initial=-1), np.max(self.role_of_duty, initial=-1))) + 1


# dtype of every array; None keeps float32 or float64 as given
_DTYPES: dict[str, type[np.generic] | None] = {
    "travel_min": None,
    "location_of_retailer": np.int32,
    "role_of_staff": np.int32,
    "office_of_staff": np.int32,
    "minutes_of_staff_day": np.float64,
    "retailer_of_duty": np.int32,
    "role_of_duty": np.int32,
    "staff_of_duty": np.bool_,
    "service_min": np.float64,
    "pattern_start": np.int32,
    "pattern_mask": np.int64,
    "pattern_cost": np.float64,
    "demand": np.float64,
    "capacity_of_staff_day": np.float64,
    "trips_of_staff": np.int32,
    "crew_size": np.int32,
    "sealed": np.bool_,
    "partner_of_staff": np.int32,
    "reserved_min": np.float64,
    "band_ratio_of_staff": np.float64,
    "shared_day_saving_min": np.float64,
    "overlap_share": np.float64,
    "meeting_window_min": np.float64,
    "people_of_staff": np.int32,
    "previous_mask": np.int64,
    "weekday_of_day": np.int32,
    "week_of_day": np.int32,
    "travel_km": None,
    "band_share_of_staff_day": np.float64,
}


def _complaints(p: PeriodicProblem) -> list[str]:
    """Everything wrong with the arrays; shapes first, because values cannot be read where shapes are wrong."""
    if not 1 <= p.n_days <= MAX_DAYS:
        return [f"n_days must be 1..{MAX_DAYS}, not {p.n_days}"]
    return _shape_complaints(p) or _value_complaints(p)


def _shape_complaints(p: PeriodicProblem) -> list[str]:
    n, k, t, r, m = p.n_duties, p.n_staff, p.n_days, p.n_roles, p.n_locations
    shapes: dict[str, tuple[int, ...]] = {
        "travel_min": (m, m),
        "location_of_retailer": (p.n_retailers,),
        "role_of_staff": (k,),
        "office_of_staff": (k,),
        "minutes_of_staff_day": (k, t),
        "retailer_of_duty": (n,),
        "role_of_duty": (n,),
        "staff_of_duty": (n, k),
        "service_min": (n,),
        "pattern_start": (n + 1,),
        "pattern_mask": (len(p.pattern_mask),),
        "pattern_cost": (len(p.pattern_mask),),
        "demand": (n,),
        "capacity_of_staff_day": (k, t),
        "trips_of_staff": (k,),
        "crew_size": (n,),
        "sealed": (n,),
        "partner_of_staff": (k,),
        "reserved_min": (k, t),
        "band_ratio_of_staff": (k,),
        "shared_day_saving_min": (r, r),
        "band_share_of_staff_day": (k, t),
        "overlap_share": (r, r),
        "meeting_window_min": (r, r),
        "people_of_staff": (k,),
        "previous_mask": (n,),
        "weekday_of_day": (t,),
        "week_of_day": (t,),
    }
    if p.travel_km is not None:
        shapes["travel_km"] = (m, m)
    found = {name: np.shape(getattr(p, name)) for name in shapes}
    return [f"{name} has shape {found[name]}, expected {want}" for name, want in shapes.items() if found[name] != want]


def _value_complaints(p: PeriodicProblem) -> list[str]:
    def outside(index: NDArray[np.int32], size: int) -> bool:
        return bool(((index < 0) | (index >= size)).any())

    def negative_or_nan(values: NDArray[np.generic]) -> bool:
        return not bool(np.all(np.asarray(values, np.float64) >= 0))

    every_day = (1 << p.n_days) - 1
    allowed = p.staff_of_duty
    lonely = np.flatnonzero(~allowed.any(axis=1)) if p.n_duties else np.zeros(0, np.int64)
    starts = p.pattern_start
    checks = [
        (not np.isfinite(p.travel_min).all() or negative_or_nan(p.travel_min), "travel_min must be finite and >= 0"),
        (bool(np.diagonal(p.travel_min).any()), "the diagonal of travel_min must be 0"),
        (p.travel_min.dtype not in (np.float32, np.float64), "travel_min must be float32 or float64"),
        (outside(p.location_of_retailer, p.n_locations), "location_of_retailer points outside travel_min"),
        (outside(p.office_of_staff, p.n_locations), "office_of_staff points outside travel_min"),
        (outside(p.retailer_of_duty, p.n_retailers), "retailer_of_duty points to no retailer"),
        (bool((p.role_of_staff < 0).any() or (p.role_of_duty < 0).any()), "roles must be >= 0"),
        (lonely.size > 0, f"no staff is allowed for {lonely.size} duties, the first is row {_first(lonely)}"),
        (negative_or_nan(p.service_min) or bool(np.isinf(p.service_min).any()), "service_min must be finite and >= 0"),
        (negative_or_nan(p.minutes_of_staff_day), "minutes_of_staff_day must be >= 0"),
        (negative_or_nan(p.demand), "demand must be >= 0"),
        (negative_or_nan(p.capacity_of_staff_day), "capacity_of_staff_day must be >= 0"),
        (negative_or_nan(p.pattern_cost), "pattern_cost must be >= 0"),
        (negative_or_nan(p.reserved_min), "reserved_min must be >= 0"),
        (bool((p.trips_of_staff < 1).any()), "trips_of_staff must be >= 1"),
        (bool(((p.crew_size < 1) | (p.crew_size > 2)).any()), "crew_size must be 1 or 2"),
        (bool((p.partner_of_staff >= p.n_staff).any()), "partner_of_staff points to no staff"),
        (not bool((p.band_ratio_of_staff >= 1.0).all()), "band_ratio_of_staff must be >= 1"),
        (bool((p.shared_day_saving_min != p.shared_day_saving_min.T).any()), "shared_day_saving_min must be symmetric"),
        (negative_or_nan(p.shared_day_saving_min), "shared_day_saving_min must be >= 0"),
        (
            negative_or_nan(p.overlap_share) or bool((p.overlap_share > 1).any() or np.diagonal(p.overlap_share).any()),
            "overlap_share must be 0..1 with a diagonal of 0",
        ),
        (bool((p.overlap_share != p.overlap_share.T).any()), "overlap_share must be symmetric"),
        (
            negative_or_nan(p.meeting_window_min) or bool((p.meeting_window_min != p.meeting_window_min.T).any()),
            "meeting_window_min must be symmetric and >= 0",
        ),
        (
            any(np.isfinite(p.meeting_window_min[role]).any() for role in set(p.role_of_staff[p.trips_of_staff > 1])),
            "staff whose role meets another have one tour a day",
        ),
        (bool((p.people_of_staff < 1).any()), "people_of_staff must be >= 1"),
        (
            not bool(np.all(p.band_share_of_staff_day[p.minutes_of_staff_day > 0] > 0)),
            "band_share_of_staff_day must be > 0 where somebody is present",
        ),
        (
            starts[0] != 0 or starts[-1] != len(p.pattern_mask) or bool((np.diff(starts) < 0).any()),
            "pattern_start must rise from 0 to the number of patterns",
        ),
        (
            bool(((p.pattern_mask <= 0) | (p.pattern_mask > every_day)).any()),
            f"a pattern must name at least one of the {p.n_days} days and no other",
        ),
        (_has_pattern_twice(p), "a duty has the same pattern twice"),
        (bool(((p.previous_mask < 0) | (p.previous_mask > every_day)).any()), "previous_mask names days that are none"),
        (not p.stability_min >= 0, "stability_min must be >= 0"),
        (
            _is_too_large(p),
            f"travel, service, pattern costs or demands are too large: their sums pass {_MOST_IN_ALL:g}",
        ),
    ]
    return [sentence for wrong, sentence in checks if wrong]


def _share_of_minutes(minutes: NDArray[np.float64]) -> NDArray[np.float64]:
    """Each day's minutes as a share of the person's longest day; 1 where a day has no limit, 0 = absent."""
    longest = minutes.max(axis=1, keepdims=True, initial=0.0)
    is_whole = (minutes >= longest) | np.isinf(longest)
    share: NDArray[np.float64] = np.ones_like(minutes)
    np.divide(minutes, longest, out=share, where=~is_whole)
    return np.where(minutes > 0, share, 0.0)


def _is_too_large(p: PeriodicProblem) -> bool:
    """Whether a plan's price could be too large to add up: twenty of the longest ways for every visit left out."""
    starts, n_patterns = p.pattern_start.astype(np.int64), len(p.pattern_mask)
    if n_patterns == 0 or starts[0] != 0 or starts[-1] != n_patterns or (np.diff(starts) < 0).any():
        return False
    has_days = np.diff(starts) > 0
    n_visits = np.maximum.reduceat(np.bitwise_count(p.pattern_mask), starts[:-1][has_days]).astype(np.float64)
    dearest = 1000.0 + 20.0 * float(np.max(p.travel_min, initial=0.0)) + p.service_min[has_days]
    price = float((n_visits * dearest).sum()) + float(p.pattern_cost.sum())
    return price > _MOST_IN_ALL or float((n_visits * p.demand[has_days]).sum()) > _MOST_IN_ALL


def _has_pattern_twice(p: PeriodicProblem) -> bool:
    if p.pattern_start[-1] != len(p.pattern_mask) or (np.diff(p.pattern_start) < 0).any():
        return False
    owner = np.repeat(np.arange(p.n_duties), np.diff(p.pattern_start))
    return len(set(zip(owner.tolist(), p.pattern_mask.tolist(), strict=True))) < len(owner)


def _first(rows: NDArray[np.int64]) -> int:
    return int(rows[0]) if rows.size else -1


class Reason(Enum):
    """Why a duty is not planned."""

    NO_PATTERN = "no_pattern"
    NO_WAY = "no_way"
    NOBODY_PRESENT = "nobody_present"
    VISIT_TOO_LONG = "visit_too_long"
    DEMAND_TOO_LARGE = "demand_too_large"
    NO_MINUTES_LEFT = "no_minutes_left"
    NO_CAPACITY_LEFT = "no_capacity_left"


@dataclass(frozen=True, slots=True, kw_only=True)
class NotPlanned:
    """A duty that got no days, why, and the least that would change that.

    Attributes
    ----------
    duty : row of the problem's duties
    reason : the first rule that stands in the way, however the other duties are placed; else what ran out
    sentence : the reason in words, with its numbers
    extra_minutes : fewest minutes that the tightest day of the best pattern lacks; 0 where minutes do not help
    extra_capacity : demand units that the tightest tour of the best pattern lacks; 0 where capacity does not help
    best_mask : the pattern that lacks least, 0 where the duty has none
    """

    duty: int
    reason: Reason
    sentence: str
    extra_minutes: float = 0.0
    extra_capacity: float = 0.0
    best_mask: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class PeriodicResult:
    """The days and tours found. Arrays are read-only.

    Attributes
    ----------
    mask_of_duty : (n_duties,) the chosen pattern as a bit mask, 0 = not planned
    tour_staff, tour_day : (n_tours,) one row per tour that has a visit, sorted by day, then staff
    tour_start : (n_tours + 1,) tour `i` visits `tour_duty[tour_start[i]:tour_start[i + 1]]` in that order
    tour_duty : (n_visits,)
    travel_of_staff_day : (n_staff, n_days) minutes on the road
    work_of_staff_day : (n_staff, n_days) travel, service, waiting for a meeting, second officer's service and reserved
        minutes together
    not_planned : every duty without days, with its reason
    cost : travel + waiting + pattern costs + stability charges - shared-day savings - service done side by side, in
        minutes, without search penalties
    is_feasible : every duty planned and every rule kept, the day band included
    n_iterations : iterations done by the search
    metrics : see `metrics`
    meetings : (n_meetings, 3) first duty, second duty, day: visits that start within their roles' window
    """

    mask_of_duty: NDArray[np.int64]
    tour_staff: NDArray[np.int32]
    tour_day: NDArray[np.int32]
    tour_start: NDArray[np.int32]
    tour_duty: NDArray[np.int32]
    travel_of_staff_day: NDArray[np.float64]
    work_of_staff_day: NDArray[np.float64]
    not_planned: tuple[NotPlanned, ...]
    cost: float
    is_feasible: bool
    n_iterations: int
    metrics: dict[str, float] = field(default_factory=dict)
    meetings: NDArray[np.int32] = field(default_factory=lambda: np.zeros((0, 3), np.int32))

    def tour(self, index: int) -> NDArray[np.int32]:
        """Duties of one tour in order of visit."""
        return self.tour_duty[self.tour_start[index] : self.tour_start[index + 1]]

    def with_numbers(self, *, travel: NDArray[np.float64], work: NDArray[np.float64], cost: float) -> PeriodicResult:
        """The same tours with minutes per staff-day and cost filled in."""
        for array in (travel, work):
            array.flags.writeable = False
        return replace(self, travel_of_staff_day=travel, work_of_staff_day=work, cost=cost)

    def with_verdict(self, *, is_feasible: bool, metrics: dict[str, float]) -> PeriodicResult:
        """The same tours with the judge's verdict and the metrics filled in."""
        return replace(self, is_feasible=is_feasible, metrics=metrics)

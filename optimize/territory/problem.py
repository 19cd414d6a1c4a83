"""What a division into grids is given, what it returns, and the proof that the input makes sense.

Everything is a row index: unit `u` is row u of every `(n,)` array, grid `g` is a number in [0, n_grids). The service
translates identities to rows before and back afterwards. A problem is validated once, completely, when it is built; the
search then trusts it. An impossible demand (no staff, a unit heavier than a grid may be) is not an error here:
`precheck` names it and `solve` returns the least infeasible plan.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

IntArray = NDArray[np.int32]
LoadArray = NDArray[np.int64]
FloatArray = NDArray[np.float64]

_LEFT_OUT: Any = None  # replaced by its documented default when the problem is built
_EVERYWHERE_FIVE_PERCENT: Any = 0.05
NOBODY = -1  # the grid of a unit that has none; also "not pinned", "in no group", "in no jurisdiction"


class MalformedProblemError(ValueError):
    """The arrays do not describe a territory problem; `complaints` lists every reason."""

    def __init__(self, complaints: Sequence[str]) -> None:
        self.complaints = tuple(complaints)
        super().__init__("; ".join(self.complaints))


@dataclass(frozen=True, kw_only=True, eq=False)
class TerritoryProblem:
    """Basic units with loads, places and neighbours, to be divided among `n_grids` members of staff.

    Arrays are copied, converted, made contiguous and read-only. Arguments left out mean "no such rule".

    Parameters
    ----------
    n_grids : number of grids, >= 0; 0 or more than units is infeasible, not malformed
    xy_km : (n, 2) load-weighted centroid of each unit in a local plane, km; of an empty unit its own centre
    loads : (n_measures, n) whole numbers >= 0, for example retailers, minutes per 28-day cycle, cartons
    measures : (n_measures,) names of the rows of `loads`, as used in violations
    tolerance_share : (n_measures,) greatest |load - target| / target of a grid, in [0, 1); all hold at once
    edges : (m, 2) pairs of units between which staff may pass; a barrier is a missing edge; judges contiguity
    weight : (n,) >= 0, weight of a unit in the inertia and in churn, usually retailers; default `loads[0]`
    within_km2 : (n,) >= 0, sum of squared km of the unit's retailers to `xy_km`, so that inertia is exact; default 0
    border_edges : (k, 2) pairs of units that share a border, barriers or not; default `edges`
    border_km : (k,) >= 0, length of each shared border; default 1
    perimeter_km : (n,) >= 0, perimeter of each unit; default the sum of its shared borders
    area_km2 : (n,) > 0; needed for the Polsby-Popper metric only
    perimeter_weight : price of ragged borders, >= 0, without unit: a border between grids as long as the mean shared
        border costs this many times the mean squared distance of a retailer to its grid's centre; 0 = inertia alone
    previous : (n,) present grid of each unit or -1; from it churn is measured and a re-plan starts
    churn_weight_km2 : km2 that one unit of `weight` costs when it leaves its present grid, >= 0
    churn_budget : most `weight` that may leave its present grid, a hard cap; None = no cap
    pinned : (n,) grid in which a unit must lie, or -1
    centre_unit : (n_grids,) unit of a grid's staff base that must lie in the grid, or -1
    locked : grids whose units stay exactly those of `previous`
    must_link : (n,) group number of units that must share one grid, or -1
    forbidden : (f, 2) pairs (unit, grid) that must not occur
    jurisdiction : (n,) number of the bureau a unit belongs to, or -1 for any; a grid lies in one jurisdiction
    priced_edges : (q, 2) neighbouring units on two sides of a border that a grid crosses only at a price
    price_km2 : (q,) objective paid where both ends of a priced edge lie in the same grid, >= 0
    target_share : (n_grids,) share of the total load each grid should carry, > 0; scaled to sum to 1; default equal

    Raises
    ------
    MalformedProblemError
        with all complaints at once: wrong shapes, NaN, negative loads, rows out of range.
    """

    n_grids: int
    xy_km: FloatArray
    loads: LoadArray
    edges: IntArray
    measures: tuple[str, ...] = ("retailers",)
    tolerance_share: FloatArray = _EVERYWHERE_FIVE_PERCENT
    weight: FloatArray = _LEFT_OUT
    within_km2: FloatArray = _LEFT_OUT
    border_edges: IntArray = _LEFT_OUT
    border_km: FloatArray = _LEFT_OUT
    perimeter_km: FloatArray = _LEFT_OUT
    area_km2: FloatArray | None = None
    perimeter_weight: float = 0.5
    previous: IntArray = _LEFT_OUT
    churn_weight_km2: float = 0.0
    churn_budget: float | None = None
    pinned: IntArray = _LEFT_OUT
    centre_unit: IntArray = _LEFT_OUT
    locked: IntArray = _LEFT_OUT
    must_link: IntArray = _LEFT_OUT
    forbidden: IntArray = _LEFT_OUT
    jurisdiction: IntArray = _LEFT_OUT
    priced_edges: IntArray = _LEFT_OUT
    price_km2: FloatArray = _LEFT_OUT
    target_share: FloatArray = _LEFT_OUT

    def __post_init__(self) -> None:
        complaints = _Complaints()
        _convert_units(self, complaints)
        if not complaints.said:
            _convert_borders(self, complaints)
            _convert_rules(self, complaints)
        if complaints.said:
            raise MalformedProblemError(complaints.said)

    @property
    def n_units(self) -> int:
        """Number of basic units, rows of every `(n,)` array."""
        return len(self.xy_km)

    @property
    def target(self) -> FloatArray:
        """(n_measures, n_grids) load each grid should carry: its share of the total."""
        return np.asarray(np.outer(self.loads.sum(axis=1), self.target_share), dtype=np.float64)

    @property
    def load_range(self) -> tuple[LoadArray, LoadArray]:
        """(n_measures, n_grids) smallest and greatest whole load within tolerance; the first may exceed the second."""
        target, share = self.target, self.tolerance_share[:, None]
        slack = 1e-9 * np.maximum(target, 1.0)
        least = np.ceil(target * (1 - share) - slack).astype(np.int64)
        most = np.floor(target * (1 + share) + slack).astype(np.int64)
        return least, most

    @property
    def fixed_grid(self) -> IntArray:
        """(n,) grid that pins, staff centres and locks force on a unit, or -1. Pins win where they contradict."""
        fixed = np.full(self.n_units, NOBODY, dtype=np.int32)
        locked = np.isin(self.previous, self.locked) & (self.previous >= 0)
        fixed[locked] = self.previous[locked]
        has_centre = np.flatnonzero(self.centre_unit >= 0)
        fixed[self.centre_unit[has_centre]] = has_centre
        fixed[self.pinned >= 0] = self.pinned[self.pinned >= 0]
        return fixed


@dataclass(frozen=True, slots=True, kw_only=True)
class Violation:
    """One broken rule, or one reason why a rule cannot hold.

    Parameters
    ----------
    rule : key of the rule: unassigned, empty_grid, broken_grid, load, pin, lock, must_link, forbidden, jurisdiction,
        churn_budget; from `precheck` also no_staff, too_few_units, heavy_unit, cut_off_part, bridge,
        no_whole_load, locked_heavy, locked_light, pinned_heavy, pinned_light, barred_grid, left_too_little,
        left_too_much, pins_apart, pins_crossing, small_budget
    words : one sentence for a planner, with numbers of units and grids as rows
    grid : grid concerned, or -1
    unit : unit concerned, or -1
    measure : name of the load measure, or ""
    amount : by how much, in the rule's own unit: load beyond the range, pieces too many, retailers beyond the budget
    """

    rule: str
    words: str
    grid: int = NOBODY
    unit: int = NOBODY
    measure: str = ""
    amount: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class TerritoryResult:
    """The best plan found, feasible or the least infeasible, with its judge's findings.

    Parameters
    ----------
    grid_of_unit : (n,) grid of each unit; -1 only where there is no grid at all
    feasible : True when `checks.violations` found nothing
    violations : every broken rule of this plan, then what `precheck` says about the problem itself
    metrics : values by key of `metrics.REGISTRY`; None where a metric is not defined
    iterations : steps that the search counted, comparable between runs of the same problem
    seed : the seed the search was given
    """

    grid_of_unit: IntArray
    feasible: bool
    violations: tuple[Violation, ...]
    metrics: dict[str, float | int | None]
    iterations: int
    seed: int


class _Complaints:
    """Collects every complaint instead of stopping at the first."""

    def __init__(self) -> None:
        self.said: list[str] = []

    def unless(self, condition: object, words: str) -> bool:
        if not condition:
            self.said.append(words)
        return bool(condition)


def _freeze(problem: TerritoryProblem, name: str, value: Any) -> None:
    if isinstance(value, np.ndarray):
        value.flags.writeable = False
    object.__setattr__(problem, name, value)


def _array(value: ArrayLike, dtype: type[np.generic], name: str, complaints: _Complaints) -> NDArray[Any]:
    """Copy `value` as `dtype`, complaining when a number is not finite or not whole where it has to be."""
    try:
        raw = np.asarray(value)
        if raw.size and not complaints.unless(raw.dtype.kind in "iufb", f"{name} must hold numbers, not {raw.dtype}"):
            return np.zeros(raw.shape, dtype=dtype)
        if raw.dtype.kind == "f" and not complaints.unless(np.isfinite(raw).all(), f"{name} holds NaN or infinity"):
            return np.zeros(raw.shape, dtype=dtype)
        if raw.dtype.kind == "f" and np.dtype(dtype).kind == "i":
            complaints.unless((raw == np.round(raw)).all(), f"{name} must hold whole numbers")
        limit = np.iinfo(np.dtype(dtype)).max if np.dtype(dtype).kind == "i" else np.inf
        complaints.unless(not raw.size or np.abs(raw).max() <= limit, f"{name} holds numbers beyond {limit}")
        return np.array(raw, dtype=dtype, order="C")
    except (TypeError, ValueError) as reason:
        complaints.unless(False, f"{name} is not an array: {reason}")
        return np.zeros(0, dtype=dtype)


def _shaped(
    problem: TerritoryProblem,
    name: str,
    dtype: type[np.generic],
    shape: tuple[int | None, ...],
    default: ArrayLike,
    complaints: _Complaints,
) -> NDArray[Any]:
    """Convert the field `name`, complain about another shape (None = any length) and freeze it."""
    given = getattr(problem, name)
    value = _array(default if given is None else given, dtype, name, complaints)
    if value.size == 0 and len(shape) == 2 and shape[0] is None:
        value = value.reshape(0, shape[1] or 0)
    fits = value.ndim == len(shape) and all(s is None or s == v for s, v in zip(shape, value.shape, strict=True))
    wanted = tuple("any" if s is None else s for s in shape)
    if not complaints.unless(fits, f"{name} has shape {value.shape}, expected {wanted}"):
        value = np.zeros(tuple(s or 0 for s in shape), dtype=dtype)
    _freeze(problem, name, value)
    return value


def _convert_units(problem: TerritoryProblem, complaints: _Complaints) -> None:
    """Take in what every unit has: place, loads, weight."""
    is_count = isinstance(problem.n_grids, (int, np.integer)) and problem.n_grids >= 0
    complaints.unless(is_count, f"n_grids must be a whole number >= 0, not {problem.n_grids!r}")
    xy_km = _shaped(problem, "xy_km", np.float64, (None, 2), np.zeros((0, 2)), complaints)
    n = len(xy_km)
    complaints.unless(n > 0, "there are no units")
    measures = tuple(problem.measures)
    _freeze(problem, "measures", measures)
    complaints.unless(measures and len(set(measures)) == len(measures), "measures must be distinct names, at least one")
    given = np.asarray(problem.loads)
    if given.ndim == 1:
        _freeze(problem, "loads", given[None, :])
    loads = _shaped(problem, "loads", np.int64, (len(measures), n), given, complaints)
    complaints.unless(not loads.size or loads.min() >= 0, "loads holds negative numbers")
    complaints.unless(loads.sum() < 2**52, "loads sum to more than 2**52")
    tolerance = np.asarray(problem.tolerance_share)
    if tolerance.ndim == 0:
        _freeze(problem, "tolerance_share", np.full(len(measures), tolerance))
    share = _shaped(problem, "tolerance_share", np.float64, (len(measures),), tolerance, complaints)
    complaints.unless(((share >= 0) & (share < 1)).all(), "tolerance_share must lie in [0, 1)")
    weight = _shaped(problem, "weight", np.float64, (n,), loads[0] if len(loads) else np.zeros(n), complaints)
    within = _shaped(problem, "within_km2", np.float64, (n,), np.zeros(n), complaints)
    complaints.unless(not n or min(weight.min(), within.min()) >= 0, "weight and within_km2 must not be negative")


def _convert_borders(problem: TerritoryProblem, complaints: _Complaints) -> None:
    """Take in who touches whom, over which length, and what crossing costs."""
    n = problem.n_units
    edges = _shaped(problem, "edges", np.int32, (None, 2), np.zeros((0, 2)), complaints)
    borders = _shaped(problem, "border_edges", np.int32, (None, 2), edges, complaints)
    priced = _shaped(problem, "priced_edges", np.int32, (None, 2), np.zeros((0, 2)), complaints)
    for name, pairs in (("edges", edges), ("border_edges", borders), ("priced_edges", priced)):
        within_rows = not pairs.size or (pairs.min() >= 0 and pairs.max() < n)
        if complaints.unless(within_rows, f"{name} names units outside [0, {n})"):
            complaints.unless(not pairs.size or (pairs[:, 0] != pairs[:, 1]).all(), f"{name} joins a unit with itself")
    border_km = _shaped(problem, "border_km", np.float64, (len(borders),), np.ones(len(borders)), complaints)
    price = _shaped(problem, "price_km2", np.float64, (len(priced),), np.zeros(len(priced)), complaints)
    complaints.unless((border_km >= 0).all() and (price >= 0).all(), "border_km and price_km2 must not be negative")
    if complaints.said:
        return
    shared_km = np.bincount(borders.ravel(), np.repeat(border_km, 2), minlength=n)
    perimeter_km = _shaped(problem, "perimeter_km", np.float64, (n,), shared_km, complaints)
    complaints.unless((perimeter_km >= 0).all(), "perimeter_km must not be negative")
    if problem.area_km2 is not None:
        area_km2 = _shaped(problem, "area_km2", np.float64, (n,), np.zeros(n), complaints)
        complaints.unless((area_km2 > 0).all(), "area_km2 must be positive")
    for name in ("perimeter_weight", "churn_weight_km2"):
        value = getattr(problem, name)
        complaints.unless(np.isfinite(value) and value >= 0, f"{name} must be a number >= 0, not {value!r}")


def _convert_rules(problem: TerritoryProblem, complaints: _Complaints) -> None:
    """Take in pins, locks, groups, forbidden pairs, jurisdictions, present owners and targets."""
    n, p = problem.n_units, int(problem.n_grids)
    for name, length, top in (
        ("previous", n, None),
        ("pinned", n, p),
        ("must_link", n, None),
        ("jurisdiction", n, None),
        ("centre_unit", p, n),
        ("locked", None, p),
    ):
        default = np.full(0 if length is None else length, NOBODY)
        value = _shaped(problem, name, np.int32, (length,), default, complaints)
        least = 0 if name == "locked" else NOBODY
        fits = not value.size or (value.min() >= least and (top is None or value.max() < top))
        complaints.unless(fits, f"{name} holds numbers outside [{least}, {top})")
    forbidden = _shaped(problem, "forbidden", np.int32, (None, 2), np.zeros((0, 2)), complaints)
    fits = not forbidden.size or (forbidden.min() >= 0 and forbidden[:, 0].max() < n and forbidden[:, 1].max() < p)
    complaints.unless(fits, "forbidden names units or grids that do not exist")
    share = _shaped(problem, "target_share", np.float64, (p,), np.ones(p), complaints)
    if complaints.unless((share > 0).all(), "target_share must be positive") and p:
        _freeze(problem, "target_share", share / share.sum())
    budget = problem.churn_budget
    complaints.unless(budget is None or (np.isfinite(budget) and budget >= 0), "churn_budget must be >= 0 or None")

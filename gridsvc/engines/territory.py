"""The territory engine as the service calls it: a design is sent to a child process and comes back judged."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from gridsvc.engines.certificates import input_of, versions
from gridsvc.engines.pool import EnginePool, Report, Task, is_asked_to_end
from optimize.stopping import AnyOf, MaxIterations, MaxSeconds, StoppingCriterion
from optimize.territory import checks, explain, metrics
from optimize.territory.bounds import fixed_centre_bound
from optimize.territory.moves import fill_empty
from optimize.territory.precheck import precheck
from optimize.territory.problem import TerritoryProblem, TerritoryResult, Violation
from optimize.territory.solve import solve
from optimize.territory.spending import within_budget

# rules that the precheck names: causes in the problem itself
PRECHECK_RULES = frozenset(
    {
        "no_staff", "too_few_units", "heavy_unit", "cut_off_part", "bridge", "no_whole_load", "locked_heavy",
        "locked_light", "pinned_heavy", "pinned_light", "barred_grid", "left_too_little", "left_too_much", "pins_apart",
        "pins_crossing", "small_budget",
    }
)  # fmt: skip
LayerProblem = TerritoryProblem  # its name above this floor
Engine = Literal["auto", "ortools"]
PER_MINUTE = 10  # the engine counts whole tenths of minutes, so that rounding a unit's load costs nobody his tolerance


@dataclass(frozen=True, slots=True, kw_only=True)
class BrokenRule:
    """One rule that a division breaks, in the engine's rows: `words` speak of "Grid 3" and "Unit 17".

    `amount` is in minutes for the measure minutes, else in the rule's own unit; grid and unit are -1 for none.
    """

    rule: str
    words: str
    grid: int
    unit: int
    measure: str
    amount: float


@dataclass(frozen=True, slots=True, kw_only=True)
class DesignRequest:
    """One layer to divide.

    Parameters
    ----------
    problem : units, loads and rules; row `u` is unit_row u of the plan's unit set
    seed : of every random choice
    max_iterations : with it alone the same request gives the same grids; None = no such limit
    max_seconds : CPU seconds of search; None = no such limit; one of the two has to be given
    engine : "ortools" runs on OR-Tools alone
    initial : (n_units,) division to begin with, None = as the engine sees fit
    """

    problem: TerritoryProblem
    seed: int
    max_iterations: int | None = None
    max_seconds: float | None = None
    engine: Engine = "auto"
    initial: NDArray[np.int32] | None = None

    @property
    def stop(self) -> StoppingCriterion:
        """The limits as the engine asks them."""
        criteria: list[StoppingCriterion] = []
        if self.max_iterations is not None:
            criteria.append(MaxIterations(self.max_iterations))
        if self.max_seconds is not None:
            criteria.append(MaxSeconds(self.max_seconds))
        if not criteria:
            raise ValueError("a design needs max_iterations or max_seconds")
        return AnyOf(tuple(criteria))


@dataclass(frozen=True, slots=True, kw_only=True)
class DesignOutcome:
    """A layer divided: the judge's words and what is needed to do it again.

    Parameters
    ----------
    grid_of_unit : (n_units,) grid number from 0, -1 where there is none
    violations : broken rules; empty when the plan keeps every rule
    metrics : by key of the engine's registry
    certificate : seed, limits, hashes of the input, versions; what is proven is added once the design is chosen
    """

    grid_of_unit: NDArray[np.int32]
    is_feasible: bool
    violations: tuple[BrokenRule, ...]
    metrics: dict[str, float | int | None]
    certificate: dict[str, Any]

    @property
    def n_grids(self) -> int:
        """Number of grids that were asked for."""
        return int(self.certificate["n_grids"])


@dataclass(frozen=True, slots=True, kw_only=True)
class LayerInput:
    """One layer as arrays by unit_row, measured on a local plane.

    Parameters
    ----------
    n_grids : members of staff to divide among
    retailer_unit : (r,) unit_row of each active shop
    retailer_xy_km : (r, 2) place of each shop
    retailer_minutes : (r,) minutes per 28-day cycle that each shop asks of this layer, travel allowance included
    other_loads : what is balanced at the same time, by name: (r,) of each shop (1, or cartons per cycle), and tolerance
    unit_xy_km : (n, 2) centre of each unit
    area_km2, perimeter_km : (n,)
    passable : (m, 2) pairs of units between which staff may pass
    borders : (k, 2) pairs of units that touch; `border_km` (k,) length of each
    previous : (n,) present grid of each unit or -1; empty units of nobody are given to the nearest grid
    churn_weight_km2 : km2 of squared distance that one shop's change of owner costs
    minutes_tolerance_share : greatest deviation from the mean
    jurisdiction : (n,) number of the bureau that a grid must not leave, -1 for any
    priced, price_km2 : (q, 2) neighbouring units and (q,) what a grid pays that holds both
    """

    n_grids: int
    retailer_unit: NDArray[np.int32]
    retailer_xy_km: NDArray[np.float64]
    retailer_minutes: NDArray[np.float64]
    other_loads: Mapping[str, tuple[NDArray[np.float64], float]]
    unit_xy_km: NDArray[np.float64]
    area_km2: NDArray[np.float64]
    perimeter_km: NDArray[np.float64]
    passable: NDArray[np.int32]
    borders: NDArray[np.int32]
    border_km: NDArray[np.float64]
    previous: NDArray[np.int32]
    churn_weight_km2: float
    minutes_tolerance_share: float
    jurisdiction: NDArray[np.int32]
    priced: NDArray[np.int32]
    price_km2: NDArray[np.float64]


def disc_km2(area_km2: float, n_grids: int) -> float:
    """Give the mean squared distance to the middle of discs that together have an area: the scale of prices."""
    return area_km2 / max(n_grids, 1) / (2 * float(np.pi))


def layer_problem(given: LayerInput) -> TerritoryProblem:
    """State a layer as the engine's problem: loads as whole minutes, inertia exact over shops.

    Each unit's minutes are the rounded sum over its shops, in tenths, so that rounding does not grow with their number.
    """
    n_units = len(given.unit_xy_km)
    unit = given.retailer_unit
    n_shops = np.bincount(unit, minlength=n_units).astype(np.float64)
    xy_km = given.unit_xy_km.copy()
    has_shops = n_shops > 0
    for axis in (0, 1):
        sums = np.bincount(unit, given.retailer_xy_km[:, axis], n_units)
        xy_km[has_shops, axis] = sums[has_shops] / n_shops[has_shops]
    off_km = given.retailer_xy_km - xy_km[unit]
    minutes = np.rint(PER_MINUTE * np.bincount(unit, given.retailer_minutes, n_units))
    others = [np.rint(np.bincount(unit, of_shop, n_units)) for of_shop, _ in given.other_loads.values()]
    problem = TerritoryProblem(
        n_grids=given.n_grids,
        xy_km=xy_km,
        loads=np.vstack([minutes, *others]).astype(np.int64),
        edges=given.passable,
        measures=("minutes", *given.other_loads),
        tolerance_share=np.array([given.minutes_tolerance_share, *(share for _, share in given.other_loads.values())]),
        weight=n_shops,
        within_km2=np.asarray(np.bincount(unit, (off_km**2).sum(axis=1), n_units), dtype=np.float64),
        border_edges=given.borders,
        border_km=given.border_km,
        perimeter_km=given.perimeter_km,
        area_km2=given.area_km2,
        previous=given.previous,
        churn_weight_km2=given.churn_weight_km2,
        jurisdiction=given.jurisdiction,
        priced_edges=given.priced,
        price_km2=given.price_km2,
    )
    return replace(problem, previous=fill_empty(problem))


def with_rules(
    problem: LayerProblem,
    *,
    pins: Sequence[tuple[int, int]] = (),
    forbidden: Sequence[tuple[int, int]] = (),
    closed: Sequence[tuple[int, int]] = (),
    linked: Sequence[Sequence[int]] = (),
    bases: Sequence[tuple[int, int]] = (),
) -> LayerProblem:
    """Give the problem with a planner's rules: (unit, grid) that must or must not be, and closed pairs of units.

    `linked` are groups of units that share one grid, `bases` the (unit, grid) of staff bases; further bases of a grid
    count as pins.
    """
    pinned = np.full(problem.n_units, -1, dtype=np.int32)
    centre = np.full(problem.n_grids, -1, dtype=np.int32)
    group = np.full(problem.n_units, -1, dtype=np.int32)
    for unit, grid in bases:
        if centre[grid] < 0:
            centre[grid] = unit
        else:
            pinned[unit] = grid
    for unit, grid in pins:
        pinned[unit] = grid
    for number, units in enumerate(linked):
        group[list(units)] = number
    edges = problem.edges
    if closed:
        barred = {(min(pair), max(pair)) for pair in closed}
        is_open = [(min(a, b), max(a, b)) not in barred for a, b in edges.tolist()]
        edges = edges[np.array(is_open, dtype=bool)]
    bans = np.array(forbidden, dtype=np.int32).reshape(-1, 2)
    return replace(
        problem, pinned=pinned, forbidden=bans, edges=edges, border_edges=problem.border_edges, centre_unit=centre,
        must_link=group,
    )  # fmt: skip


def with_open_borders(problem: LayerProblem, pairs: NDArray[np.int32]) -> LayerProblem:
    """Give the problem in which staff may pass between these pairs of neighbouring units, too."""
    return replace(problem, edges=np.concatenate([problem.edges, pairs]).astype(np.int32))


def crossing_gains(
    problem: LayerProblem, grid_of_unit: NDArray[np.int32], pairs: NDArray[np.int32]
) -> NDArray[np.float64]:
    """Give (k, 2) squared km that the units of each pair would save in the other's grid, the centres staying."""
    return explain.crossing_gains(problem, grid_of_unit, pairs)


def closed_ends(problem: LayerProblem, grid_of_unit: NDArray[np.int32]) -> list[explain.ClosedEnd]:
    """Give the loads at an end of their range past which units would be nearer on the other side."""
    return explain.closed_ends(problem, grid_of_unit)


def kept_whole(problem: LayerProblem, grid_of_unit: NDArray[np.int32], grids: Sequence[int]) -> LayerProblem:
    """Give the problem in which these grids of a division stay exactly as they are: nothing leaves, nothing joins."""
    if not len(grids):
        return problem
    pinned = problem.pinned.copy()
    inside = np.isin(grid_of_unit, list(grids))
    pinned[inside] = grid_of_unit[inside]
    outside = np.flatnonzero(~inside)
    bans = np.column_stack([np.tile(outside, len(grids)), np.repeat(list(grids), len(outside))])
    return replace(problem, pinned=pinned, forbidden=np.vstack([problem.forbidden, bans]).astype(np.int32))


def measure(problem: LayerProblem, grid_of_unit: NDArray[np.int32]) -> dict[str, float | int | None]:
    """Give every metric of the engine's registry."""
    return metrics.measure(problem, grid_of_unit)


def compactness_gap(problem: LayerProblem, grid_of_unit: NDArray[np.int32]) -> tuple[float, str]:
    """Give the share by which a plan from the same centres could have less inertia at most, and what that says.

    A proof by the transport of shops to the centres of the division; it takes seconds on a district.
    """
    bound = fixed_centre_bound(problem, grid_of_unit)
    return bound.gap_share(metrics.inertia_km2(problem, grid_of_unit)), bound.certifies


def metric_definitions() -> list[tuple[str, str, str, int]]:
    """List the engine's metrics: key, unit, which way is better, version of the definition."""
    return [(m.key, m.unit, m.better, m.version) for m in metrics.REGISTRY.values()]


def _solve_in_child(request: DesignRequest, report: Report) -> TerritoryResult:
    limit = request.max_iterations or 0

    def on_progress(iterations: int, objective: float, grid_of_unit: NDArray[np.int32]) -> None:
        report(min(1.0, iterations / limit) if limit else 0.0, f"{iterations:,} iterations")

    found = solve(
        request.problem, request.stop, request.seed, request.initial, engine=request.engine, on_progress=on_progress,
        is_cancelled=is_asked_to_end,
    )  # fmt: skip
    if not any(violation.rule == "churn_budget" for violation in found.violations):
        return found
    # the budget is a cap, the tolerance gives way
    capped = within_budget(request.problem, seed=request.seed, engine=request.engine)
    if capped is None:
        return found
    return replace(
        found,
        grid_of_unit=capped,
        violations=checks.violations(request.problem, capped)
        + tuple(violation for violation in found.violations if violation.rule in PRECHECK_RULES),
        feasible=False,
        metrics=metrics.measure(request.problem, capped),
    )


def design(
    pool: EnginePool,
    requests: list[DesignRequest],
    *,
    on_progress: Report | None = None,
    is_cancelled: Callable[[], bool] | None = None,
) -> list[DesignOutcome]:
    """Divide each request's units into grids, side by side, and judge the outcome afresh.

    Infeasible is an outcome: the least infeasible plan with its violations in words. Cancelled, every search gives the
    best plan that it has.
    """
    tasks = [
        Task(
            f"{__name__}._solve_in_child",
            request,
            limit_s=60 + 20 * (request.max_seconds or 60.0),
            ends_softly=True,
        )
        for request in requests
    ]
    results = pool.run_all(tasks, on_progress=on_progress, is_cancelled=is_cancelled)
    return [outcome_of(request, result) for request, result in zip(requests, results, strict=True)]


def design_as_one(
    pool: EnginePool,
    requests: list[DesignRequest],
    *,
    on_progress: Report | None = None,
    is_cancelled: Callable[[], bool] | None = None,
) -> list[DesignOutcome]:
    """Divide the units once for all requests: every load of every request is balanced at the same time.

    Each request's outcome has the same grids, judged by its own rules. Rules other than loads are those of the first.
    """
    loads, measures, tolerance = [], [], []
    known: set[bytes] = set()
    for number, request in enumerate(requests):
        problem = request.problem
        for load, name, share in zip(problem.loads, problem.measures, problem.tolerance_share.tolist(), strict=True):
            if load.tobytes() not in known:
                known.add(load.tobytes())
                loads.append(load)
                measures.append(f"{name} {number}")
                tolerance.append(share)
    first = requests[0]
    as_one = replace(
        first,
        problem=replace(
            first.problem, loads=np.vstack(loads), measures=tuple(measures), tolerance_share=np.array(tolerance)
        ),
    )
    (found,) = design(pool, [as_one], on_progress=on_progress, is_cancelled=is_cancelled)
    return [rejudged(request, found, found.grid_of_unit) for request in requests]


def outcome_of(request: DesignRequest, result: TerritoryResult) -> DesignOutcome:
    """Give a result with the judge's words and its certificate."""
    certificate = {
        "engine": request.engine,
        "n_grids": request.problem.n_grids,
        "seed": request.seed,
        "max_iterations": request.max_iterations,
        "max_seconds": request.max_seconds,
        "iterations": result.iterations,
        "versions": versions(),
        **input_of(request.problem),
    }
    return DesignOutcome(
        grid_of_unit=result.grid_of_unit,
        is_feasible=result.feasible,
        violations=tuple(_broken(violation) for violation in result.violations),
        metrics=result.metrics,
        certificate=certificate,
    )


def rejudged(request: DesignRequest, outcome: DesignOutcome, grid_of_unit: NDArray[np.int32]) -> DesignOutcome:
    """Judge a division again by another statement of its layer: other minutes or numbers of grids, the same units."""
    broken = broken_rules(request.problem, grid_of_unit)
    certificate = outcome.certificate | input_of(request.problem)
    return DesignOutcome(
        grid_of_unit=grid_of_unit,
        is_feasible=not broken,
        violations=tuple(broken) + tuple(v for v in outcome.violations if v.rule in PRECHECK_RULES),
        metrics=metrics.measure(request.problem, grid_of_unit),
        certificate=certificate,
    )


def _broken(violation: Violation) -> BrokenRule:
    scale = PER_MINUTE if violation.measure == "minutes" else 1
    return BrokenRule(
        rule=violation.rule,
        words=violation.words,
        grid=violation.grid,
        unit=violation.unit,
        measure=violation.measure,
        amount=violation.amount / scale,
    )


def broken_rules(problem: TerritoryProblem, grid_of_unit: NDArray[np.int32]) -> list[BrokenRule]:
    """Ask the independent judge about a division, in-process."""
    return [_broken(violation) for violation in checks.violations(problem, grid_of_unit)]


def precheck_of(problem: TerritoryProblem) -> tuple[list[BrokenRule], dict[str, float | None]]:
    """Give what makes a problem impossible, and by measure the smallest tolerance that can hold; None = none can."""
    found = precheck(problem)
    smallest = {
        measure: None if share == float("inf") else round(share, 5)
        for measure, share in zip(problem.measures, found.smallest_tolerance_share.tolist(), strict=True)
    }
    return [_broken(cause) for cause in found.causes], smallest

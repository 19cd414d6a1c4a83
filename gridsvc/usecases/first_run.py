"""The first run: from the files of a district to grids, owners, a cycle and today's routes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gridsvc.clock import Clock
from gridsvc.domain.errors import BadInput
from gridsvc.domain.ids import Adcode
from gridsvc.domain.imports import ImportReport
from gridsvc.domain.plans import PlanState
from gridsvc.engines.pool import EnginePool, Report, SolveStopped
from gridsvc.storage import Store, cycles, districts, generations
from gridsvc.storage import units as unit_rows
from gridsvc.usecases.assign_demand import assign_demand
from gridsvc.usecases.design_plan import DesignedPlan, design_plan
from gridsvc.usecases.find_working_day import find_working_day
from gridsvc.usecases.import_absences import import_absences
from gridsvc.usecases.import_areas import import_areas
from gridsvc.usecases.import_assignments import import_assignments
from gridsvc.usecases.import_barriers import import_barriers
from gridsvc.usecases.import_orders import import_orders
from gridsvc.usecases.import_retailers import import_retailers
from gridsvc.usecases.import_staff import import_staff
from gridsvc.usecases.import_streets import import_streets
from gridsvc.usecases.make_units import make_units
from gridsvc.usecases.move_plan import move_plan
from gridsvc.usecases.plan_cycle import plan_cycle
from gridsvc.usecases.plan_day import plan_day
from gridsvc.usecases.publish_plan import publish_plan
from gridsvc.usecases.read_source import SourceOptions
from gridsvc.usecases.survey_district import DesignRules

_WGS84 = SourceOptions(crs="wgs84")
# the first design: enough iterations for a good plan in seconds; `plan design` searches longer
DESIGN_ITERATIONS = 500
CYCLE_ITERATIONS = 12_000
DAY_ITERATIONS = 2_000
KEEP_OWNER_KM2 = 0.4


@dataclass(frozen=True, slots=True)
class _Step:
    """One step of the first run: its words and its usual share of the time."""

    words: str
    weight: float
    run: Callable[[Report], list[str]]


def first_run(
    store: Store,
    clock: Clock,
    pool: EnginePool,
    *,
    adcode: Adcode,
    actor: str,
    folder: Path,
    seed: int = 1,
    cache_folder: Path | None = None,
    on_progress: Report | None = None,
    is_cancelled: Callable[[], bool] | None = None,
) -> list[str]:
    """Carry a district from its files to today's routes and give one sentence per step.

    Each step looks at what is there first: a run that was broken off goes on where it stopped.

    Raises
    ------
    BadInput
        a file of the district cannot be used, or a design breaks its rules: with the reasons.
    """
    report = on_progress or (lambda share, words: None)
    steps = _steps(store, clock, pool, adcode, actor, folder, seed, cache_folder, is_cancelled)
    whole = sum(step.weight for step in steps)
    done = 0.0
    summary: list[str] = []
    for step in steps:
        before = done

        def within(share: float, words: str, *, step: _Step = step, before: float = before) -> None:
            report((before + share * step.weight) / whole, f"{step.words} {words}".strip())

        within(0.0, "")
        summary.extend(step.run(within))
        done += step.weight
    report(1.0, "done")
    return summary


def _steps(
    store: Store,
    clock: Clock,
    pool: EnginePool,
    adcode: Adcode,
    actor: str,
    folder: Path,
    seed: int,
    cache_folder: Path | None,
    is_cancelled: Callable[[], bool] | None,
) -> list[_Step]:
    who: dict[str, Any] = {"adcode": adcode, "actor": actor}

    def take_in(what: str, use_case: Callable[..., ImportReport], **more: Any) -> Callable[[Report], list[str]]:
        def run(report: Report) -> list[str]:
            found = use_case(store, clock, **who, options=_WGS84, **more, on_progress=report)
            return [f"{what}: {found.n_new:,} new, {found.n_changed} changed, {found.n_rejected} rejected"]

        return run

    def demand(report: Report) -> list[str]:
        assigned = assign_demand(store, clock, **who, seed=seed)
        return (
            [f"enforcement inspections drawn for {assigned.n_changed:,} shops (SYNTHETIC)"]
            if assigned.n_changed
            else []
        )

    def units(report: Report) -> list[str]:
        with store.transaction(adcode) as tx:
            known = unit_rows.newest(tx, kind="h3")
        if known is None:
            made = make_units(store, clock, **who, kind="h3", on_progress=report)
            return [f"units: {made.n_units:,} H3 cells"]
        return []

    def owners(report: Report) -> list[str]:
        if _generation(store, clock, adcode) is not None:
            return []
        return take_in("present owners", import_assignments, path=folder / "assignments.csv")(report)

    def grids(report: Report) -> list[str]:
        if (_generation(store, clock, adcode) or 0) > 0:
            return []
        rules = DesignRules(seed=seed, max_iterations=DESIGN_ITERATIONS, keep_owner_km2=KEEP_OWNER_KM2)
        designed = design_plan(
            store,
            clock,
            pool,
            **who,
            title="首次方案 First design",
            rules=rules,
            on_progress=report,
            is_cancelled=is_cancelled,
        )
        if is_cancelled is not None and is_cancelled():
            raise SolveStopped("the first planning was cancelled; its grids are kept as a draft")
        return _publish(store, clock, who, designed)

    def cycle(report: Report) -> list[str]:
        day = find_working_day(store, clock, adcode=adcode)
        with store.transaction(adcode) as tx:
            if cycles.holding(tx, day) is not None:
                return []
        planned = plan_cycle(
            store, clock, pool, **who, seed=seed, max_iterations=CYCLE_ITERATIONS, cache_folder=cache_folder,
            on_progress=report, is_cancelled=is_cancelled,
        )  # fmt: skip
        left = sum(planned.n_unplanned.values())
        stops = f"{sum(planned.n_stops.values()):,} stops on {planned.n_lines} lines"
        return [f"cycle from {planned.first_day}: {stops}, {left} duties not planned"]

    def day(report: Report) -> list[str]:
        planned = plan_day(
            store, clock, pool, **who, seed=seed, max_iterations=DAY_ITERATIONS, cache_folder=cache_folder,
            on_progress=report, is_cancelled=is_cancelled,
        )  # fmt: skip
        left = sum(planned.n_unplanned.values())
        return [
            f"routes of {planned.day}: {planned.n_routes}, {sum(planned.n_stops.values()):,} stops, {left} left out"
        ]

    files: list[tuple[str, float, Callable[..., ImportReport], dict[str, Any]]] = [
        ("Street offices", 2, import_areas, {"path": folder / "areas.geojson", "level": "street_office"}),
        ("Barriers", 1, import_barriers, {"path": folder / "barriers.geojson"}),
        ("Streets", 6, import_streets, {"path": folder / "street_edges.csv", "nodes": folder / "street_nodes.csv"}),
        ("Staff", 1, import_staff, {"path": folder / "staff.csv"}),
        ("Retailers", 5, import_retailers, {"path": folder / "retailers.csv"}),
        ("Absences", 1, import_absences, {"path": folder / "absences.csv"}),
        ("Orders", 2, import_orders, {"path": folder / "orders.csv"}),
    ]
    return [
        *(_Step(words, weight, take_in(words.lower(), use_case, **named)) for words, weight, use_case, named in files),
        _Step("Demand", 1, demand),
        _Step("Units", 4, units),
        _Step("Present owners", 3, owners),
        _Step("Better grids", 25, grids),
        _Step("Cycle", 60, cycle),
        _Step("Routes of the day", 15, day),
    ]


def _generation(store: Store, clock: Clock, adcode: Adcode) -> int | None:
    with store.transaction(adcode) as tx:
        districts.find(tx)
        current = generations.current(tx, clock.now())
    return current.number if current else None


def _publish(store: Store, clock: Clock, who: dict[str, Any], designed: DesignedPlan) -> list[str]:
    broken = [f"{layer.layer}: {words}" for layer in designed.layers for words in layer.violations]
    if any(not layer.is_feasible for layer in designed.layers):
        raise BadInput("the first design keeps not every rule; `plan design` tries again", violations=tuple(broken))
    for state in (PlanState.SUBMITTED, PlanState.APPROVED):
        move_plan(store, clock, **who, plan_id=designed.plan.plan_id, state=state, words="first run")
    published = publish_plan(store, clock, **who, plan_id=designed.plan.plan_id, reason="first run")
    words = []
    for layer in designed.layers:
        worst = 100 * float(layer.metrics["minutes_deviation_share"] or 0)
        changed = published.n_changed[layer.layer]
        words.append(f"{layer.layer}: minutes within {worst:.1f} % of the mean, {changed:,} retailers change hands")
    return words

"""Measure how the grids in force drift: what opened and closed, when each leaves its tolerance, what mends it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gridsvc.clock import Clock, day_of, today
from gridsvc.domain.drift import (
    LEAST_DAYS,
    GridDrift,
    LayerDrift,
    LoadDrift,
    SmallestRepair,
    first_to_leave,
    forecast,
    word_grid_drift,
    word_layer_drift,
    word_repair,
)
from gridsvc.domain.errors import Conflict, NotFound
from gridsvc.domain.ids import Adcode, GridId, PlanId, RetailerId, StaffId
from gridsvc.domain.layers import Layer
from gridsvc.domain.workload import WORKING_DAYS_PER_CYCLE
from gridsvc.engines import regrid
from gridsvc.storage import Store, Transaction, districts, events, generations, ownership, plans
from gridsvc.storage import retailers as retailer_rows
from gridsvc.storage.generations import LayerSpan
from gridsvc.storage.retailers import RetailerColumns
from gridsvc.usecases.balanced_loads import of_measure
from gridsvc.usecases.draft_bench import DraftBench, DraftBoard, DraftLayer, read_draft_layer
from gridsvc.usecases.measure_load import measure_load
from gridsvc.usecases.search_draft import owned_of, problem_of

# that loads depend on
_FACTS = ("tier", "integrity_star", "urban_form", "needs_enforcement", "order_cartons", "risk")
Floats = NDArray[np.float64]
Holdings = Mapping[tuple[RetailerId, Layer], tuple[StaffId, GridId | None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Shops:
    """Every shop that counts now or counted then; `unit` is its row in the plan's units, -1 for none."""

    now: RetailerColumns
    then: RetailerColumns
    unit: NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class _Load:
    """One load of every shop, as it is and as it was."""

    measure: str
    tolerance_share: float
    now: Floats
    then: Floats


def measure_drift(
    store: Store,
    clock: Clock,
    board: DraftBoard,
    *,
    adcode: Adcode,
    plan_id: str | None = None,
    with_repair: bool = True,
) -> list[LayerDrift]:
    """Give, for the grids in force, the day on which each leaves its tolerance, and the smallest repair of each layer.

    A grid's rate is what it gained and lost since its plan came into force, by the day: shops that opened and closed,
    and shops whose tier, star, surroundings or orders changed by an event; a value that an import changed counts as it
    is today. Its error is that of as many independent jumps. The mean drifts as well. Minutes, shops and cartons are
    forecast as far as the layer balances them, each against its own tolerance. Nothing is written.

    Parameters
    ----------
    plan_id : layers of this plan only; default all that is in force

    Raises
    ------
    NotFound
        unknown plan, or no plan is in force.
    Conflict
        the plan is not in force.
    """
    with store.transaction(adcode) as tx:
        wanted = plans.find(tx, plan_id) if plan_id is not None else None
        day = today(clock, districts.find(tx).time_zone)
        spans = generations.layer_spans(tx, clock.now())
        owner_of_version = {layer: plans.plan_of(tx, span.version.plan_version_id) for layer, span in spans.items()}
        layers = [layer for layer in spans if wanted is None or owner_of_version[layer] == wanted.plan_id]
        if not layers and wanted is not None:
            raise Conflict(f"plan {wanted.title} is {wanted.state} and not in force; only what is in force drifts")
        if not layers:
            raise NotFound(f"no plan is in force in district {adcode}; publish one first")
        holdings_now = ownership.owner_ids_at(tx, clock.now())
        return [
            _layer(tx, clock, board, owner_of_version[layer], layer, spans[layer], holdings_now, day, with_repair)
            for layer in layers
        ]


def _layer(
    tx: Transaction,
    clock: Clock,
    board: DraftBoard,
    plan_id: PlanId,
    layer: Layer,
    span: LayerSpan,
    holdings_now: Holdings,
    day: date,
    with_repair: bool,
) -> LayerDrift:
    plan = replace(plans.find(tx, plan_id), plan_version_id=span.version.plan_version_id)
    bench = board.bench(tx, clock, span.version.unit_set_id)
    draft = read_draft_layer(tx, plan, layer, bench.n_units)
    shops = _shops(tx, bench, span.valid_from)
    days = (clock.now() - span.valid_from) / timedelta(days=1)
    holdings_then = ownership.owner_ids_at(tx, span.valid_from)
    grids = _grids(bench, layer, draft, shops, holdings_now, holdings_then, days, day)
    leaving = [grid for grid in grids if grid.leaves_on is not None]
    first = min(leaving, key=lambda grid: (grid.leaves_on or day, grid.number), default=None)
    since = day_of(span.valid_from, districts.find(tx).time_zone)
    return LayerDrift(
        layer=layer,
        plan_id=plan_id,
        since=since,
        days=(day - since).days,
        tolerance_share=draft.rules.tolerance,
        grids=grids,
        first_leaves_on=first.leaves_on if first else None,
        repair=smallest_repair(bench, layer, draft) if with_repair else None,
        headline=word_layer_drift(grids, first),
    )


def smallest_repair(bench: DraftBench, layer: Layer, draft: DraftLayer) -> SmallestRepair:
    """Prove how few shops must change hands for a layer to keep its tolerances, pins and locks again."""
    problem = replace(problem_of(bench, layer, draft), churn_budget=None)
    bound = regrid.move_bound(problem, owned_of(bench, layer, draft))

    def whole(value: float) -> int | None:
        return None if value == float("inf") else int(np.ceil(value - 1e-6))

    n_least, n_flow = whole(bound.n_least), whole(bound.n_flow)
    return SmallestRepair(n_least=n_least, n_flow=n_flow, words=word_repair(n_least, n_flow))


def _shops(tx: Transaction, bench: DraftBench, since: datetime) -> _Shops:
    """Give all shops of the district as they are, and as they were when the plan came into force."""
    now = retailer_rows.columns(tx, statuses=retailer_rows.STATUSES)
    row_of = {shop: row for row, shop in enumerate(now.retailer_id)}
    then = {name: getattr(now, name).copy() for name in _FACTS}
    for event in reversed(events.of_kind_since(tx, "retailer_changed", since)):  # the earliest word is the oldest value
        row = row_of.get(event.content.get("retailer_id"))
        before: Mapping[str, Any] = event.content.get("before") or {}
        for name in _FACTS:
            if row is not None and before.get(name) is not None:
                then[name][row] = before[name]
    return _Shops(now=now, then=replace(now, **then), unit=bench.survey.units.rows_of_points(now.lon, now.lat))


def _grids(
    bench: DraftBench,
    layer: Layer,
    draft: DraftLayer,
    shops: _Shops,
    holdings_now: Holdings,
    holdings_then: Holdings,
    days: float,
    day: date,
) -> tuple[GridDrift, ...]:
    n_grids = len(draft.grids.grid_ids)
    grid_now = _held(shops.now, layer, holdings_now, draft)
    grid_then = _held(shops.now, layer, holdings_then, draft)
    joined, left = (grid_now != grid_then) & (grid_now >= 0), (grid_now != grid_then) & (grid_then >= 0)
    changed = np.zeros(len(grid_now), dtype=bool)
    loads: list[tuple[LoadDrift, ...]] = []
    for measured in _loads(bench, layer, draft, shops):
        loads.append(_drifts(measured, grid_now, grid_then, n_grids, days, day))
        changed |= np.abs(measured.now - measured.then) > 1e-9
    changed &= (grid_now == grid_then) & (grid_now >= 0)
    listed = []
    for at in range(n_grids):
        person = bench.people.get(draft.grids.staff_ids[at] or StaffId(""))
        own = tuple(of_grid[at] for of_grid in loads)
        minutes, first = own[0], first_to_leave(own)
        listed.append(
            GridDrift(
                grid_id=draft.grids.grid_ids[at],
                name=draft.grids.names[at],
                number=draft.grids.numbers[at],
                staff_id=draft.grids.staff_ids[at],
                staff_code=person.staff_code if person else None,
                n_opened=int((joined & (grid_now == at)).sum()),
                n_closed=int((left & (grid_then == at)).sum()),
                n_changed=int((changed & (grid_now == at)).sum()),
                min_per_day_then=minutes.then,
                min_per_day_now=minutes.now,
                deviation_share_then=minutes.deviation_share_then,
                deviation_share_now=minutes.deviation_share_now,
                per_30_days=minutes.per_30_days,
                loads=own,
                leaves_by=first.measure if first else None,
                is_out=first is not None and first.is_out,
                leaves_on=first.leaves_on if first else None,
                earliest_on=min((one.earliest_on for one in own if one.earliest_on), default=None),
                latest_on=first.latest_on if first else None,
                owner_leaves_on=person.last_day + timedelta(days=1) if person and person.last_day else None,
                words=word_grid_drift(draft.grids.names[at], own),
            )
        )
    return tuple(listed)


def _loads(bench: DraftBench, layer: Layer, draft: DraftLayer, shops: _Shops) -> list[_Load]:
    """Give every load that the layer balances, minutes first."""
    factor = np.append(draft.factor(bench.n_units), 1.0)[shops.unit] / WORKING_DAYS_PER_CYCLE
    minutes = _Load(
        "minutes",
        draft.rules.tolerance,
        measure_load(shops.now, layer, bench.survey.workload) * factor,
        measure_load(shops.then, layer, bench.survey.workload) * factor,
    )
    return [
        minutes,
        *(
            _Load(
                load.measure, load.tolerance_share, *(of_measure(one, load.measure) for one in (shops.now, shops.then))
            )
            for load in bench.loads(layer, draft.rules)
        ),
    ]


def _drifts(
    load: _Load, grid_now: NDArray[np.int32], grid_then: NDArray[np.int32], n_grids: int, days: float, day: date
) -> tuple[LoadDrift, ...]:
    """Give by grid how a load drifts: each shop that came, went or changed is one independent jump of it."""
    now, then = _summed(grid_now, load.now, n_grids), _summed(grid_then, load.then, n_grids)
    jumps = np.zeros(n_grids)
    joined, left = (grid_now != grid_then) & (grid_now >= 0), (grid_now != grid_then) & (grid_then >= 0)
    stayed = (grid_now == grid_then) & (grid_now >= 0)
    np.add.at(jumps, grid_now[joined], load.now[joined] ** 2)
    np.add.at(jumps, grid_then[left], load.then[left] ** 2)
    np.add.at(jumps, grid_now[stayed], (load.now - load.then)[stayed] ** 2)
    mean_now, mean_then = float(now.mean()), float(then.mean())
    a_day = 1 / days if days >= LEAST_DAYS else 0.0  # before, there is no rate
    found = []
    for at in range(n_grids):
        off = _off(now[at], mean_now)
        is_out = abs(off) > load.tolerance_share + 1e-9
        rate = float(now[at] - then[at]) * a_day
        seen = forecast(
            float(now[at]), rate, float(np.sqrt(jumps[at])) * a_day, mean_now, (mean_now - mean_then) * a_day,
            load.tolerance_share,
        )  # fmt: skip
        is_said = bool(a_day) or is_out
        first, usual, last = (
            day + timedelta(days=ahead) if ahead is not None and is_said else None
            for ahead in (seen.earliest_days, seen.days, seen.latest_days)
        )
        found.append(
            LoadDrift(
                measure=load.measure,
                tolerance_share=load.tolerance_share,
                then=round(float(then[at]), 1),
                now=round(float(now[at]), 1),
                deviation_share_then=round(_off(then[at], mean_then), 5),
                deviation_share_now=round(off, 5),
                per_30_days=round(30 * rate, 2) if a_day else None,
                is_out=is_out,
                leaves_on=usual,
                earliest_on=first,
                latest_on=last,
            )
        )
    return tuple(found)


def _held(shops: RetailerColumns, layer: Layer, holdings: Holdings, draft: DraftLayer) -> NDArray[np.int32]:
    """Give the position of the grid that holds each shop: by its grid, else by its owner; -1 for none of these."""
    of_grid = {grid_id: at for at, grid_id in enumerate(draft.grids.grid_ids)}
    of_staff = {staff_id: at for at, staff_id in enumerate(draft.grids.staff_ids) if staff_id}
    held = np.full(len(shops), -1, dtype=np.int32)
    for row, shop in enumerate(shops.retailer_id):
        found = holdings.get((RetailerId(shop), layer))
        if found is not None:
            staff_id, grid_id = found
            held[row] = of_grid[grid_id] if grid_id in of_grid else of_staff.get(staff_id, -1)
    return held


def _summed(grid: NDArray[np.int32], minutes: Floats, n_grids: int) -> Floats:
    inside = grid >= 0
    return np.bincount(grid[inside], minutes[inside], n_grids).astype(np.float64)


def _off(load: float, mean: float) -> float:
    return float(load / mean - 1) if mean > 0 else 0.0

"""The shops that a plan gives to somebody else: what its diff and its handover lists are made of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from scipy.spatial import cKDTree

from geo_data.projection import LocalProjection
from gridsvc.clock import Clock, today
from gridsvc.domain.ids import RetailerId, StaffId
from gridsvc.domain.layers import Layer
from gridsvc.domain.plans import Plan
from gridsvc.storage import Transaction, collaborations, cycles, districts, lines
from gridsvc.storage import ownership as ownership_rows
from gridsvc.storage import retailers as retailer_rows
from gridsvc.storage.retailers import RetailerColumns
from gridsvc.usecases.bench_before import was_published
from gridsvc.usecases.draft_bench import DraftBench, DraftBoard, read_draft_layer


@dataclass(frozen=True, slots=True, kw_only=True)
class InFlight:
    """What is under way at a shop that changes hands.

    Parameters
    ----------
    collaboration_ids : open requests; they go to the new owner when the plan takes effect
    n_planned_stops : of the previous owner in the cycle that holds today, sealed ones never counted; they stay with him
        or her until the cycle is planned anew
    """

    collaboration_ids: tuple[str, ...] = ()
    n_planned_stops: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class MovedShop:
    """One shop that gets another owner in one layer; None = nobody.

    `order_day` and `order_day_after` are weekdays (1 = Monday) of its delivery line now and of the nearest shop that
    the new driver serves now; None outside the delivery layer and where there are no lines. Where both are known and
    differ, `changes_order_day` says that the order day is likely to change.
    """

    layer: Layer
    retailer_id: RetailerId
    retailer_code: str
    name: str
    from_staff_id: StaffId | None
    to_staff_id: StaffId | None
    in_flight: InFlight
    order_day: int | None = None
    order_day_after: int | None = None
    changes_order_day: bool = False


_Pair = tuple[StaffId | None, StaffId | None]


def moved_shops(tx: Transaction, clock: Clock, board: DraftBoard, plan: Plan) -> list[MovedShop]:
    """List the shops that a plan gives, or gave, to somebody else, by layer and retailer_code.

    A plan in force is compared with what was before it, any other one with today's owners.
    """
    bench = board.bench(tx, clock, plan.unit_set_id)
    pairs = _pairs_then(tx, plan.effective_from, plan) if was_published(plan) else _pairs_now(tx, bench, plan)
    shops = retailer_rows.columns(tx, statuses=retailer_rows.STATUSES)
    row_of = {RetailerId(shop): row for row, shop in enumerate(shops.retailer_id)}
    under_way = _in_flight(tx, clock, {shop for _, shop in pairs})
    days = _order_days(tx, clock, shops, row_of, pairs)
    listed = []
    for (layer, shop), (before, after) in pairs.items():
        now, then = days.get(shop, (None, None)) if layer is Layer.DELIVERY else (None, None)
        listed.append(
            MovedShop(
                layer=layer,
                retailer_id=shop,
                retailer_code=str(shops.retailer_code[row_of[shop]]),
                name=str(shops.name[row_of[shop]]),
                from_staff_id=before,
                to_staff_id=after,
                in_flight=under_way.get((shop, before)) or under_way.get((shop, None)) or InFlight(),
                order_day=now,
                order_day_after=then,
                changes_order_day=now is not None and then is not None and now != then,
            )
        )
    return sorted(listed, key=lambda moved: (list(Layer).index(moved.layer), moved.retailer_code))


def _pairs_then(tx: Transaction, instant: datetime | None, plan: Plan) -> dict[tuple[Layer, RetailerId], _Pair]:
    assert instant is not None
    changed = ownership_rows.changed_at(tx, instant, plan.layers)
    return {(row.layer, row.retailer_id): (row.before, row.after) for row in changed}


def _pairs_now(tx: Transaction, bench: DraftBench, plan: Plan) -> dict[tuple[Layer, RetailerId], _Pair]:
    pairs: dict[tuple[Layer, RetailerId], _Pair] = {}
    staff_ids: tuple[StaffId | None, ...] = (*bench.staff_ids, None)
    for layer in plan.layers:
        draft = read_draft_layer(tx, plan, layer, bench.n_units)
        after = bench.owner_of_shop(draft, bench.grid_of_shop(draft))
        before = bench.layers[layer].owner
        for row in np.flatnonzero(before != after).tolist():
            shop = RetailerId(bench.survey.retailers.retailer_id[row])
            pairs[layer, shop] = (staff_ids[before[row]], staff_ids[after[row]])
    return pairs


def _in_flight(
    tx: Transaction, clock: Clock, shops: set[RetailerId]
) -> dict[tuple[RetailerId, StaffId | None], InFlight]:
    """Give what is under way by (shop, previous owner); open requests of a shop stand under None too."""
    open_of: dict[RetailerId, list[str]] = {}
    for request in collaborations.open_of_retailers(tx, shops) if shops else []:
        if request.retailer_id is not None:
            open_of.setdefault(request.retailer_id, []).append(request.collaboration_id)
    found: dict[tuple[RetailerId, StaffId | None], InFlight] = {
        (shop, None): InFlight(collaboration_ids=tuple(ids)) for shop, ids in open_of.items()
    }
    day = today(clock, districts.find(tx).time_zone)
    cycle = cycles.holding(tx, day)
    if cycle is not None:
        for (shop, staff_id), n_stops in cycles.open_stops_after(tx, cycle.cycle_id, day).items():
            if shop in shops:
                ids = tuple(open_of.get(shop, ()))
                found[shop, staff_id] = InFlight(collaboration_ids=ids, n_planned_stops=n_stops)
    return found


def _order_days(
    tx: Transaction,
    clock: Clock,
    shops: RetailerColumns,
    row_of: Mapping[RetailerId, int],
    pairs: Mapping[tuple[Layer, RetailerId], _Pair],
) -> dict[RetailerId, tuple[int | None, int | None]]:
    """Give the weekday now and the likely one after, by shop: that of the new driver's nearest shop."""
    moved = {shop: after for (layer, shop), (_, after) in pairs.items() if layer is Layer.DELIVERY}
    if not moved:
        return {}
    day_of: dict[RetailerId, int] = {}
    served: dict[StaffId, list[int]] = {}
    for line in lines.lines_at(tx, clock.now(), layer=Layer.DELIVERY):
        if line.weekday is None or line.staff_id is None:
            continue
        day_of |= dict.fromkeys(line.retailers, line.weekday)
        rows = [row_of[shop] for shop in line.retailers if shop in row_of and shops.is_located[row_of[shop]]]
        served.setdefault(line.staff_id, []).extend(rows)
    if not served:
        return {}
    located = shops.is_located
    plane = LocalProjection.around(shops.lon[located], shops.lat[located])
    xy_m = np.zeros((len(shops), 2))
    xy_m[located] = plane.xy_m(shops.lon[located], shops.lat[located])
    trees = {staff_id: cKDTree(xy_m[rows]) for staff_id, rows in served.items() if rows}
    days: dict[RetailerId, tuple[int | None, int | None]] = {}
    for shop, after in moved.items():
        likely = None
        if after in trees and located[row_of[shop]]:
            nearest = served[after][int(trees[after].query(xy_m[row_of[shop]])[1])]
            likely = day_of.get(RetailerId(shops.retailer_id[nearest]))
        days[shop] = (day_of.get(shop), likely)
    return days

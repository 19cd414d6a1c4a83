"""Say what a plan changes: per grid, per person, shop by shop, and what is under way there."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from gridsvc.clock import Clock
from gridsvc.domain.ids import Adcode, GridId, PlanId, RetailerId, StaffId
from gridsvc.domain.layers import Layer
from gridsvc.storage import Store, plans
from gridsvc.usecases.draft_bench import DraftBoard, read_draft_layer
from gridsvc.usecases.moved_shops import MovedShop, moved_shops


@dataclass(frozen=True, slots=True, kw_only=True)
class GridChange:
    """What a grid gains and loses: shops that its owner gets from, or gives to, somebody else."""

    layer: Layer
    grid_id: GridId
    name: str
    staff_id: StaffId | None
    n_gained: int
    n_lost: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonChange:
    """What one member of staff gains and loses, and what is under way at these shops."""

    layer: Layer
    staff_id: StaffId
    staff_code: str
    name: str
    gained: tuple[RetailerId, ...]
    lost: tuple[RetailerId, ...]
    n_open_collaborations: int
    n_planned_stops: int
    n_order_days_changed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanDiff:
    """What a plan changes against today, or changed when it came into force.

    `lose_all_three` are shops whose three owners all change at once; `n_moved` counts shops by layer.
    """

    plan_id: PlanId
    revision: int
    n_moved: dict[Layer, int]
    n_order_days_changed: int
    n_open_collaborations: int
    lose_all_three: tuple[RetailerId, ...]
    grids: tuple[GridChange, ...]
    staff: tuple[PersonChange, ...]
    moves: tuple[MovedShop, ...]


def diff_plan(store: Store, clock: Clock, board: DraftBoard, *, adcode: Adcode, plan_id: str) -> PlanDiff:
    """Give the difference of a plan in any state; raises `NotFound`."""
    with store.transaction(adcode) as tx:
        plan = plans.find(tx, plan_id)
        bench = board.bench(tx, clock, plan.unit_set_id)
        moves = moved_shops(tx, clock, board, plan)
        grids = {layer: read_draft_layer(tx, plan, layer, bench.n_units).grids for layer in plan.layers}
    gained = Counter((moved.layer, moved.to_staff_id) for moved in moves)
    lost = Counter((moved.layer, moved.from_staff_id) for moved in moves)
    staff = [
        _person(layer, staff_id, bench.people[staff_id].staff_code, bench.people[staff_id].name, moves)
        for layer, staff_id in sorted(
            {(m.layer, s) for m in moves for s in (m.from_staff_id, m.to_staff_id) if s is not None}
        )
    ]
    return PlanDiff(
        plan_id=plan.plan_id,
        revision=plan.revision,
        n_moved={layer: sum(moved.layer is layer for moved in moves) for layer in plan.layers},
        n_order_days_changed=sum(moved.changes_order_day for moved in moves),
        n_open_collaborations=len({c for moved in moves for c in moved.in_flight.collaboration_ids}),
        lose_all_three=lose_all_three(moves),
        grids=tuple(
            GridChange(
                layer=layer,
                grid_id=grid_id,
                name=name,
                staff_id=staff_id,
                n_gained=gained[layer, staff_id] if staff_id else 0,
                n_lost=lost[layer, staff_id] if staff_id else 0,
            )
            for layer, of_layer in grids.items()
            for grid_id, name, staff_id in zip(of_layer.grid_ids, of_layer.names, of_layer.staff_ids, strict=True)
        ),
        staff=tuple(sorted(staff, key=lambda person: (list(Layer).index(person.layer), person.staff_code))),
        moves=tuple(moves),
    )


def _person(layer: Layer, staff_id: StaffId, code: str, name: str, moves: Iterable[MovedShop]) -> PersonChange:
    mine = [m for m in moves if m.layer is layer and staff_id in (m.from_staff_id, m.to_staff_id)]
    return PersonChange(
        layer=layer,
        staff_id=staff_id,
        staff_code=code,
        name=name,
        gained=tuple(m.retailer_id for m in mine if m.to_staff_id == staff_id),
        lost=tuple(m.retailer_id for m in mine if m.from_staff_id == staff_id),
        n_open_collaborations=len({c for m in mine for c in m.in_flight.collaboration_ids}),
        n_planned_stops=sum(m.in_flight.n_planned_stops for m in mine if m.from_staff_id == staff_id),
        n_order_days_changed=sum(m.changes_order_day for m in mine),
    )


def lose_all_three(moves: Iterable[MovedShop]) -> tuple[RetailerId, ...]:
    """Give the shops that lose every one of their three owners."""
    layers: defaultdict[RetailerId, set[Layer]] = defaultdict(set)
    for moved in moves:
        if moved.from_staff_id is not None:
            layers[moved.retailer_id].add(moved.layer)
    return tuple(sorted(shop for shop, changed in layers.items() if changed == set(Layer)))

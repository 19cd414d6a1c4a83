"""Read what a planner's browser counts with: every shop of a draft's unit set with its work, owners and place."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from geo_data.geocoding.results import Precision
from gridsvc.clock import Clock
from gridsvc.domain.drafts import LayerRules
from gridsvc.domain.errors import BadInput
from gridsvc.domain.ids import Adcode, StaffId, UnitSetId
from gridsvc.domain.layers import Layer, Role
from gridsvc.domain.plans import Plan
from gridsvc.storage import Store, Transaction, areas, plans
from gridsvc.usecases.balanced_loads import cartons_of
from gridsvc.usecases.draft_bench import DraftBench, DraftBoard, read_draft_layer

# preferred first: the level that people of the district speak of
_LEVELS = ("street_office", "community_district", "community")
_CERTAIN = frozenset(precision.value for precision in Precision if precision.is_certain)


@dataclass(frozen=True, slots=True, kw_only=True)
class BenchPerson:
    """One member of staff who owns shops, or could."""

    staff_id: StaffId
    staff_code: str
    name: str
    role: Role


@dataclass(frozen=True, slots=True, kw_only=True)
class OtherLayer:
    """Another layer's grids on the same units: the plan's own where it has the layer, else those in force."""

    layer: Layer
    grid_of_unit: tuple[int, ...]
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Bench:
    """What one layer of a plan is counted with, as lists of equal length by shop.

    Parameters
    ----------
    unit : row of the shop's unit in `unit_set_id`
    minutes : person-minutes of an average working day, travel included as the draft's design learnt it
    second : shops (1 each) or cartons a cycle, as `second_measure` says, where no rule makes both count
    cartons : a cycle, None where no orders are known
    owner : position in `staff` of today's owner in this layer, -1 for none
    elsewhere : the shop's owners in the two other layers, as the plan or the present has them
    is_uncertain : whether the point is too coarse to name an owner by it
    office_of_unit : position in `offices` by unit row, -1 for none; `others` are drawn as outlines
    """

    unit_set_id: UnitSetId
    layer: Layer
    district_revision: int
    retailer_id: tuple[str, ...]
    retailer_code: tuple[str, ...]
    name: tuple[str, ...]
    tier: tuple[str, ...]
    star: tuple[int, ...]
    lon: tuple[float, ...]
    lat: tuple[float, ...]
    is_uncertain: tuple[bool, ...]
    unit: tuple[int, ...]
    minutes: tuple[float, ...]
    second: tuple[float, ...]
    second_measure: str
    cartons: tuple[float, ...] | None
    owner: tuple[int, ...]
    elsewhere: tuple[tuple[int, ...], ...]
    staff: tuple[BenchPerson, ...]
    offices: tuple[str, ...]
    office_of_unit: tuple[int, ...]
    others: tuple[OtherLayer, ...]


def read_bench(store: Store, clock: Clock, board: DraftBoard, *, adcode: Adcode, plan_id: str, layer: Layer) -> Bench:
    """Give the columns that the sums, churn and trios of a draft are counted from.

    Raises `NotFound`, and `BadInput` when the plan has no such layer.
    """
    with store.transaction(adcode) as tx:
        plan = plans.find(tx, plan_id)
        if layer not in plan.layers:
            raise BadInput(f"the plan has no {layer} layer; it has {', '.join(plan.layers)}")
        bench = board.bench(tx, clock, plan.unit_set_id)
        draft = read_draft_layer(tx, plan, layer, bench.n_units)
        others = [_other(tx, bench, plan, other) for other in Layer if other is not layer]
        offices, office_of_unit = _offices(tx, bench)
    shops, of_layer = bench.survey.retailers, bench.layers[layer]
    factor = draft.factor(bench.n_units)[bench.survey.retailer_unit]
    second, cartons = bench.loads(layer, LayerRules())[0], cartons_of(shops)
    return Bench(
        unit_set_id=plan.unit_set_id,
        layer=layer,
        district_revision=bench.revision,
        retailer_id=tuple(shops.retailer_id),
        retailer_code=tuple(shops.retailer_code),
        name=tuple(shops.name),
        tier=tuple(shops.tier),
        star=tuple(shops.integrity_star.tolist()),
        lon=tuple(np.round(shops.lon, 6).tolist()),
        lat=tuple(np.round(shops.lat, 6).tolist()),
        is_uncertain=tuple(precision not in _CERTAIN for precision in shops.precision_class),
        unit=tuple(bench.survey.retailer_unit.tolist()),
        minutes=tuple(np.round(of_layer.minutes_per_day * factor, 6).tolist()),
        second=tuple(second.of_shop.tolist()),
        second_measure=second.measure,
        cartons=None if cartons is None else tuple(cartons.tolist()),
        owner=tuple(of_layer.owner.tolist()),
        elsewhere=tuple(tuple(owners.tolist()) for _, owners in others),
        staff=tuple(
            BenchPerson(staff_id=p.staff_id, staff_code=p.staff_code, name=p.name, role=p.role)
            for p in (bench.people[staff_id] for staff_id in bench.staff_ids)
        ),
        offices=offices,
        office_of_unit=tuple(office_of_unit.tolist()),
        others=tuple(drawn for drawn, _ in others if drawn is not None),
    )


def _other(tx: Transaction, bench: DraftBench, plan: Plan, layer: Layer) -> tuple[OtherLayer | None, NDArray[np.int32]]:
    """Give another layer's grids on these units, and the owner of every shop in it."""
    if layer in plan.layers:
        draft = read_draft_layer(tx, plan, layer, bench.n_units)
        owners = bench.owner_of_shop(draft, bench.grid_of_shop(draft))
        grids = draft.grids
    else:
        owners = bench.layers[layer].owner
        grids_now = bench.survey.grids_now.get(layer)
        if grids_now is None or layer not in bench.survey.drawn_on_units:
            return None, owners
        grids = grids_now
    drawn = OtherLayer(layer=layer, grid_of_unit=tuple(grids.grid_of_unit.tolist()), names=tuple(grids.names))
    return drawn, owners


def _offices(tx: Transaction, bench: DraftBench) -> tuple[tuple[str, ...], NDArray[np.int32]]:
    """Give the street offices and the one that holds each unit's centre; the first where two do."""
    office_of_unit = np.full(bench.n_units, -1, dtype=np.int32)
    known = areas.levels(tx)
    level = next((name for name in _LEVELS if name in known), None)
    if level is None:
        return (), office_of_unit
    named = areas.columns(tx, level)
    centre, office = shapely.STRtree(named.outline).query(bench.centres, predicate="intersects")
    office_of_unit[centre[::-1]] = office[::-1]
    return tuple(named.name), office_of_unit

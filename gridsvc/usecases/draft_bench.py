"""What every edit of a draft is measured against, kept in memory: units, shops, minutes and today's owners.

Reading a district takes far longer than judging an edit of it. The bench of a unit set is read once per revision of the
district and thrown away when the revision rises or an owner changes by the clock.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import dataclass, field, replace
from datetime import datetime

import numpy as np
import shapely
from numpy.typing import NDArray

from gridsvc.clock import Clock
from gridsvc.domain.drafts import LayerRules
from gridsvc.domain.ids import Adcode, GridId, RetailerId, StaffId, UnitSetId
from gridsvc.domain.layers import Layer
from gridsvc.domain.plans import Plan
from gridsvc.domain.workload import WORKING_DAYS_PER_CYCLE
from gridsvc.engines import territory
from gridsvc.engines.territory import LayerProblem
from gridsvc.storage import Transaction, districts, drafts, plans
from gridsvc.storage import ownership as ownership_rows
from gridsvc.storage import staff as staff_rows
from gridsvc.storage.drafts import OwnerException
from gridsvc.storage.plans import Grids
from gridsvc.storage.staff import StaffMember
from gridsvc.usecases.balanced_loads import ShopLoad, balanced_loads
from gridsvc.usecases.measure_load import measure_load
from gridsvc.usecases.minutes_factor import factor_of, minutes_factor
from gridsvc.usecases.survey_district import DesignRules, Survey, layer_request, survey_district

_N_KEPT = 8
_N_PROBLEMS = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftLayer:
    """One layer of a working copy: its grids, the shops kept elsewhere, and what it has to keep.

    `minutes_factor` is what the last design multiplies each unit's tabled minutes with, empty = nothing.
    """

    grids: Grids
    exceptions: dict[RetailerId, OwnerException]
    rules: LayerRules
    minutes_factor: tuple[float, ...] = ()

    def factor(self, n_units: int) -> NDArray[np.float64]:
        """Give (n_units,) the factors; 1 where none are known for these units."""
        known = np.array(self.minutes_factor, dtype=np.float64)
        return known if len(known) == n_units else np.ones(n_units)


@dataclass(frozen=True, slots=True, kw_only=True)
class LayerBench:
    """What one layer's shops ask.

    Parameters
    ----------
    minutes_per_day : (r,) person-minutes of an average working day by shop, travel included
    owner : (r,) position in the bench's `staff_ids` of today's owner, -1 for none
    """

    minutes_per_day: NDArray[np.float64]
    owner: NDArray[np.int32]


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftBench:
    """A district as its drafts see it. `revision` is the district's, `expires_at` when an owner changes by itself."""

    revision: int
    expires_at: datetime | None
    survey: Survey
    people: dict[StaffId, StaffMember]
    staff_ids: tuple[StaffId, ...]
    staff_position: dict[StaffId, int]
    shop_row: dict[RetailerId, int]
    unit_row: dict[str, int]
    centres: NDArray[np.object_]
    layers: dict[Layer, LayerBench]
    _problems: OrderedDict[tuple[object, ...], LayerProblem] = field(default_factory=OrderedDict)

    @property
    def n_units(self) -> int:
        """Number of units of the set."""
        return len(self.survey.units)

    def grid_of_shop(self, draft: DraftLayer) -> NDArray[np.int32]:
        """Give each shop's grid position: its unit's, but for the shops that are kept elsewhere; -1 for none."""
        placed = draft.grids.grid_of_unit[self.survey.retailer_unit].astype(np.int32)
        grid_of_staff = {staff_id: position for position, staff_id in enumerate(draft.grids.staff_ids) if staff_id}
        for kept in draft.exceptions.values():
            row = self.shop_row.get(kept.retailer_id)
            if row is not None:
                placed[row] = grid_of_staff.get(kept.staff_id, -1)
        return placed

    def loads(self, layer: Layer, rules: LayerRules) -> tuple[ShopLoad, ...]:
        """Give what the layer balances beside minutes."""
        return balanced_loads(
            self.survey.retailers, layer, count_tolerance=rules.count_tolerance, carton_tolerance=rules.carton_tolerance
        )

    def owner_of_shop(self, draft: DraftLayer, grid_of_shop: NDArray[np.int32]) -> NDArray[np.int32]:
        """Give each shop's owner in the draft as a position in `staff_ids`, -1 for nobody."""
        of_grid = [self.staff_position.get(staff_id, -1) if staff_id else -1 for staff_id in draft.grids.staff_ids]
        owner = np.array([*of_grid, -1], dtype=np.int32)[grid_of_shop]
        for kept in draft.exceptions.values():
            row = self.shop_row.get(kept.retailer_id)
            if row is not None:
                owner[row] = self.staff_position.get(kept.staff_id, -1)
        return owner

    def problem(self, layer: Layer, draft: DraftLayer) -> LayerProblem:
        """State a layer of a draft for the judge and the engine: grid `g` is position `g` of the draft's grids."""
        key = (layer, draft.grids.grid_ids, draft.grids.staff_ids, draft.rules, draft.minutes_factor)
        known = self._problems.get(key)
        if known is None:
            known = _problem(self, layer, draft)
            self._problems[key] = known
            while len(self._problems) > _N_PROBLEMS:
                self._problems.popitem(last=False)
        return known


def _problem(bench: DraftBench, layer: Layer, draft: DraftLayer) -> LayerProblem:
    rules, position = draft.rules, {grid_id: p for p, grid_id in enumerate(draft.grids.grid_ids)}
    design = DesignRules(
        minutes_tolerance_share=rules.tolerance,
        second_tolerance_share=rules.count_tolerance,
        carton_tolerance_share=rules.carton_tolerance,
        max_iterations=0,
        borders=rules.borders,
        distance=rules.distance,
        minutes_factor={str(layer): {"values": draft.minutes_factor, "of_unit": range(len(draft.minutes_factor))}},
    )
    survey = bench.survey
    owned = replace(survey, staff={**survey.staff, layer: _in_grid_order(bench, draft)})
    stated = layer_request(owned, layer, len(draft.grids.grid_ids), design).problem
    return territory.with_rules(
        stated,
        pins=[(pin.unit, position[pin.grid_id]) for pin in rules.pins if pin.grid_id in position],
        forbidden=[(ban.unit, position[ban.grid_id]) for ban in rules.forbidden if ban.grid_id in position],
        closed=rules.barriers,
        linked=rules.links,
        bases=[(base.unit, position[base.grid_id]) for base in rules.bases if base.grid_id in position],
    )


def _in_grid_order(bench: DraftBench, draft: DraftLayer) -> list[StaffMember]:
    """Give the grids' owners by position, so that "the present grid" of a unit is that of its present owner."""
    nobody = next(iter(bench.people.values()), None)
    if nobody is None:
        return []
    vacant = replace(nobody, staff_id=StaffId(""))
    return [bench.people.get(staff_id, vacant) if staff_id else vacant for staff_id in draft.grids.staff_ids]


class DraftBoard:
    """Keeps the benches that are in use; one board per process."""

    def __init__(self) -> None:
        self._benches: OrderedDict[tuple[Adcode, UnitSetId], DraftBench] = OrderedDict()
        self._lock = threading.Lock()

    def bench(self, tx: Transaction, clock: Clock, unit_set_id: UnitSetId) -> DraftBench:
        """Give the bench of a unit set at the district's present revision."""
        _, revision = districts.version(tx)
        key, now = (tx.adcode, unit_set_id), clock.now()
        with self._lock:
            known = self._benches.get(key)
        if known is not None and known.revision == revision and (known.expires_at is None or now < known.expires_at):
            return known
        with tx.beyond_reach():  # it is kept for everybody
            fresh = read_bench(tx, clock, unit_set_id, revision)
        with self._lock:
            self._benches[key] = fresh
            self._benches.move_to_end(key)
            while len(self._benches) > _N_KEPT:
                self._benches.popitem(last=False)
        return fresh


def read_bench(tx: Transaction, clock: Clock, unit_set_id: UnitSetId, revision: int) -> DraftBench:
    """Read a district for its drafts on one unit set."""
    survey = survey_district(tx, clock, layers=tuple(Layer), unit_set_id=unit_set_id)
    people = {member.staff_id: member for member in staff_rows.all_staff(tx)}
    position = {staff_id: number for number, staff_id in enumerate(people)}
    shops = survey.retailers
    return DraftBench(
        revision=revision,
        expires_at=ownership_rows.next_change_after(tx, clock.now()),
        survey=survey,
        people=people,
        staff_ids=tuple(people),
        staff_position=position,
        shop_row={RetailerId(shop): row for row, shop in enumerate(shops.retailer_id)},
        unit_row={unit_id: row for row, unit_id in enumerate(survey.units.ids)},
        centres=np.asarray(shapely.centroid(survey.units.outlines)),
        layers={layer: _layer_bench(survey, layer, position) for layer in Layer},
    )


def _layer_bench(survey: Survey, layer: Layer, position: dict[StaffId, int]) -> LayerBench:
    shops = survey.retailers
    owners = (survey.owner_of.get((RetailerId(shop), layer)) for shop in shops.retailer_id)
    return LayerBench(
        minutes_per_day=measure_load(shops, layer, survey.workload) / WORKING_DAYS_PER_CYCLE,
        owner=np.array([position.get(owner, -1) if owner else -1 for owner in owners], dtype=np.int32),
    )


def read_draft_layer(tx: Transaction, plan: Plan, layer: Layer, n_units: int) -> DraftLayer:
    """Read one layer of a plan's version as it stands."""
    learnt = factor_of(plans.findings_of(tx, plan.plan_version_id).certificate)
    factor = minutes_factor(learnt, layer, n_units) if layer in learnt else ()
    return DraftLayer(
        minutes_factor=tuple(float(value) for value in factor),
        grids=plans.grids_of(tx, plan.plan_version_id, layer, n_units),
        exceptions={kept.retailer_id: kept for kept in drafts.exceptions_of(tx, plan.plan_version_id, layer)},
        rules=drafts.rules_of(tx, plan.plan_id).get(layer, LayerRules()),
    )


def position_of(draft: DraftLayer, grid_id: GridId) -> int | None:
    """Give a grid's position in the draft, None when it has no such grid."""
    return draft.grids.grid_ids.index(grid_id) if grid_id in draft.grids.grid_ids else None

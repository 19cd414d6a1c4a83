"""Compare two to four scenarios side by side."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from gridsvc.clock import Clock
from gridsvc.domain.errors import BadInput
from gridsvc.domain.ids import Adcode, PlanId, UnitSetId
from gridsvc.domain.layers import Layer
from gridsvc.storage import Store, plans
from gridsvc.storage.units import StoredUnits
from gridsvc.usecases.draft_bench import DraftBoard, read_draft_layer
from gridsvc.usecases.measure_plan import PlanMetrics, measured

Drawn = tuple[StoredUnits, list[str | None]]  # units, and whose each is


@dataclass(frozen=True, slots=True, kw_only=True)
class PairDifference:
    """How far two scenarios are apart in one layer.

    `units` are the rows of units whose owner differs, in `unit_set_id`: the finer set where one plan split cells of the
    other's. Both are None where the two stand on units that do not divide each other; `n_retailers` counts the shops
    whose owner differs.
    """

    first: PlanId
    second: PlanId
    layer: Layer
    unit_set_id: UnitSetId | None
    units: tuple[int, ...] | None
    n_retailers: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """The scenarios in the order asked, and the difference of every two in the layers that both have."""

    plans: tuple[PlanMetrics, ...]
    differences: tuple[PairDifference, ...]


def compare_plans(
    store: Store, clock: Clock, board: DraftBoard, *, adcode: Adcode, plan_ids: Sequence[str]
) -> Comparison:
    """Give the metrics of two to four different plans and where they differ.

    Raises `BadInput` for another number of plans, `NotFound` for one that is not there.
    """
    wanted = tuple(dict.fromkeys(plan_ids))
    if not 2 <= len(wanted) <= 4:
        raise BadInput(f"two to four different plans are compared, not {len(wanted)}")
    with store.transaction(adcode) as tx:
        found = [plans.find(tx, plan_id) for plan_id in wanted]
        measures = tuple(measured(tx, clock, board, plan) for plan in found)
        owner_of: dict[tuple[PlanId, Layer], dict[str, int]] = {}
        staff_of_unit: dict[tuple[PlanId, Layer], list[str | None]] = {}
        units_of: dict[PlanId, StoredUnits] = {}
        for plan in found:
            bench = board.bench(tx, clock, plan.unit_set_id)
            units_of[plan.plan_id] = bench.survey.units
            for layer in plan.layers:
                draft = read_draft_layer(tx, plan, layer, bench.n_units)
                owner = bench.owner_of_shop(draft, bench.grid_of_shop(draft))
                owner_of[plan.plan_id, layer] = dict(zip(bench.shop_row, owner.tolist(), strict=True))
                staff: list[str | None] = [*draft.grids.staff_ids, None]
                staff_of_unit[plan.plan_id, layer] = [staff[at] for at in draft.grids.grid_of_unit.tolist()]
    differences = []
    for one, other in combinations(found, 2):
        for layer in (layer for layer in one.layers if layer in other.layers):
            a, b = owner_of[one.plan_id, layer], owner_of[other.plan_id, layer]
            unit_set_id, units = _apart(
                (units_of[one.plan_id], staff_of_unit[one.plan_id, layer]),
                (units_of[other.plan_id], staff_of_unit[other.plan_id, layer]),
            )
            differences.append(
                PairDifference(
                    first=one.plan_id,
                    second=other.plan_id,
                    layer=layer,
                    unit_set_id=unit_set_id,
                    units=units,
                    n_retailers=sum(a[shop] != b.get(shop, -1) for shop in a) + sum(shop not in a for shop in b),
                )
            )
    return Comparison(plans=measures, differences=tuple(differences))


def _apart(one: Drawn, other: Drawn) -> tuple[UnitSetId | None, tuple[int, ...] | None]:
    """Give the units whose owner differs, on the finer of two unit sets where one divides the other."""
    for (units, owners), (coarser, owners_there) in ((one, other), (other, one)):
        rows = units.rows_within(coarser)
        if rows is not None:
            differ = [owner != owners_there[row] for owner, row in zip(owners, rows.tolist(), strict=True)]
            return units.unit_set_id, tuple(np.flatnonzero(differ).tolist())
    return None, None

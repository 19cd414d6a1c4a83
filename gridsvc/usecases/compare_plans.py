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
from gridsvc.usecases.draft_bench import DraftBoard, read_draft_layer
from gridsvc.usecases.measure_plan import PlanMetrics, measured


@dataclass(frozen=True, slots=True, kw_only=True)
class PairDifference:
    """How far two scenarios are apart in one layer.

    `units` are the rows of units whose owner differs, None where the two stand on different units; `n_retailers` counts
    the shops whose owner differs.
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
        for plan in found:
            bench = board.bench(tx, clock, plan.unit_set_id)
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
            same_units = one.unit_set_id == other.unit_set_id
            units = None
            if same_units:
                pair = zip(staff_of_unit[one.plan_id, layer], staff_of_unit[other.plan_id, layer], strict=True)
                units = tuple(np.flatnonzero([x != y for x, y in pair]).tolist())
            differences.append(
                PairDifference(
                    first=one.plan_id,
                    second=other.plan_id,
                    layer=layer,
                    unit_set_id=one.unit_set_id if same_units else None,
                    units=units,
                    n_retailers=sum(a[shop] != b.get(shop, -1) for shop in a) + sum(shop not in a for shop in b),
                )
            )
    return Comparison(plans=measures, differences=tuple(differences))

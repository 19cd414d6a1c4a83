"""Read what the first pages of a district ask for, before anybody asks."""

from __future__ import annotations

from itertools import islice

from gridsvc.domain.ids import Adcode, UnitSetId
from gridsvc.domain.layers import Layer
from gridsvc.domain.plans import EDITABLE
from gridsvc.storage import plans
from gridsvc.usecases.draft_bench import DraftBoard
from gridsvc.usecases.estimate_route_minutes import RouteEstimates, ShopSet
from gridsvc.usecases.ownership_snapshot import OwnershipBoard

_N_UNIT_SETS = 2  # those in force, and those of the newest draft where it stands on others


def prepare_district(
    board: OwnershipBoard, drafts: DraftBoard, estimates: RouteEstimates, *, adcode: Adcode
) -> list[UnitSetId]:
    """Read owners, benches and route times into the process's memory; give the unit sets that pages will draw.

    Costs nothing where all of it is known already. A district without a plan has nothing to prepare. Raises `NotFound`
    for an unknown district.
    """
    snapshot = board.now(adcode)
    snapshot.warm()
    wanted = dict.fromkeys(ground.index.units.unit_set_id for ground in snapshot.ground.values())
    with board.store.transaction(adcode) as tx:
        wanted |= dict.fromkeys(plan.unit_set_id for plan in plans.all_plans(tx) if plan.state in EDITABLE)
        unit_sets = list(islice(wanted, _N_UNIT_SETS))
        for unit_set_id in unit_sets:
            drafts.bench(tx, board.clock, unit_set_id)
    for unit_set_id in unit_sets:
        nothing = ShopSet(key="prepared", units=())
        estimates.estimate(adcode=adcode, layer=Layer.INSPECTION, sets=[nothing], unit_set_id=unit_set_id)
    return unit_sets

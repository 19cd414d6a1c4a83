"""Repair a draft: bring what was drawn back within its rules, and change as little of it as possible."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from gridsvc.clock import Clock
from gridsvc.domain.ids import Adcode
from gridsvc.domain.layers import Layer
from gridsvc.engines import regrid
from gridsvc.engines.pool import EnginePool, Report
from gridsvc.engines.regrid import RepairRequest
from gridsvc.engines.territory import DesignOutcome, DesignRequest
from gridsvc.storage import Store
from gridsvc.usecases.search_draft import SearchedDraft, search_drawn
from gridsvc.usecases.survey_district import DesignRules


def repair_draft(
    store: Store,
    clock: Clock,
    pool: EnginePool,
    *,
    adcode: Adcode,
    actor: str,
    plan_id: str,
    layers: Sequence[Layer] | None = None,
    rules: DesignRules,
    on_progress: Report | None = None,
    is_cancelled: Callable[[], bool] | None = None,
) -> SearchedDraft:
    """Bring the layers of a draft back within its tolerances and in one piece each, and write its next revision.

    A unit that leaves the grid in which it is drawn costs far more than any gain in compactness. Locks, pins, bans and
    barriers hold; of `rules` the seed and the limits count. What goes over the draft's churn budget is refused, not
    searched around: use `design_draft` where it is in the way.

    Raises as `design_draft` does.
    """

    def search(requests: Mapping[Layer, DesignRequest], report: Report, number: int) -> dict[Layer, DesignOutcome]:
        asked = [
            RepairRequest(design=request, owned=regrid.drawn_shops(request.problem)) for request in requests.values()
        ]
        found = regrid.repair(pool, asked, on_progress=report, is_cancelled=is_cancelled)
        return {layer: repaired.outcome for layer, repaired in zip(requests, found, strict=True)}

    return search_drawn(
        store,
        clock,
        adcode=adcode,
        actor=actor,
        plan_id=plan_id,
        layers=layers,
        kind="repair",
        rules=rules,
        search=search,
        on_progress=on_progress,
        is_cancelled=is_cancelled,
    )

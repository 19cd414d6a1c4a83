"""Repair a draft: bring what was drawn back within its rules, and change as little of it as possible."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from gridsvc.clock import Clock
from gridsvc.domain.ids import Adcode
from gridsvc.domain.layers import Layer
from gridsvc.engines import regrid
from gridsvc.engines.pool import EnginePool, Report
from gridsvc.engines.regrid import RepairRequest
from gridsvc.engines.territory import DesignOutcome, DesignRequest, LayerProblem
from gridsvc.storage import Store
from gridsvc.usecases.draft_bench import DraftLayer
from gridsvc.usecases.search_draft import SearchedDraft, open_draft, problem_of, search_draft
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
    barriers hold; of `rules` the seed and the limits count. The draft's churn budget is judged, not searched for: use
    `design_draft` where it is in the way.

    Raises as `design_draft` does.
    """
    opened = open_draft(store, clock, adcode=adcode, plan_id=plan_id, layers=layers)

    def search(requests: Mapping[Layer, DesignRequest], report: Report, number: int) -> dict[Layer, DesignOutcome]:
        asked = [
            RepairRequest(design=request, owned=regrid.drawn_shops(request.problem)) for request in requests.values()
        ]
        found = regrid.repair(pool, asked, on_progress=report, is_cancelled=is_cancelled)
        return {layer: repaired.outcome for layer, repaired in zip(requests, found, strict=True)}

    def state(layer: Layer, draft: DraftLayer) -> LayerProblem:
        drawn = opened.layers[layer].grids.grid_of_unit
        return replace(problem_of(opened.bench, layer, draft), previous=drawn, churn_budget=None)

    return search_draft(
        store,
        clock,
        adcode=adcode,
        actor=actor,
        kind="repair",
        opened=opened,
        rules=rules,
        search=search,
        state=state,
        is_fresh=False,
        on_progress=on_progress,
    )

"""Design a draft anew: its layers are divided from scratch among the grids that it has."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from gridsvc.clock import Clock
from gridsvc.domain.ids import Adcode
from gridsvc.domain.layers import Layer
from gridsvc.engines import territory
from gridsvc.engines.pool import EnginePool, Report
from gridsvc.engines.territory import DesignOutcome, DesignRequest, LayerProblem
from gridsvc.storage import Store
from gridsvc.usecases.draft_bench import DraftLayer
from gridsvc.usecases.search_draft import SearchedDraft, open_draft, problem_of, search_draft
from gridsvc.usecases.survey_district import DesignRules


def design_draft(
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
    """Divide the layers of a draft (all of them without a choice) among its grids, and write the draft's next revision.

    The draft's own tolerances, locks, pins, bans, barriers and churn budget hold; of `rules` the seed, the limits and
    the price of a change of owner count. With a price or a budget the search begins with the present owners.

    Raises
    ------
    NotFound, Conflict, BadInput
        no such plan; it cannot be edited, or was changed while the search ran; a layer that it lacks.
    """
    opened = open_draft(store, clock, adcode=adcode, plan_id=plan_id, layers=layers)

    def search(requests: Mapping[Layer, DesignRequest], report: Report, number: int) -> dict[Layer, DesignOutcome]:
        found = territory.design(pool, list(requests.values()), on_progress=report, is_cancelled=is_cancelled)
        return dict(zip(requests, found, strict=True))

    def state(layer: Layer, draft: DraftLayer) -> LayerProblem:
        return replace(problem_of(opened.bench, layer, draft), churn_weight_km2=rules.keep_owner_km2)

    return search_draft(
        store,
        clock,
        adcode=adcode,
        actor=actor,
        kind="design",
        opened=opened,
        rules=rules,
        search=search,
        state=state,
        is_fresh=rules.keep_owner_km2 <= 0 and all(d.rules.churn_budget is None for d in opened.layers.values()),
        on_progress=on_progress,
    )

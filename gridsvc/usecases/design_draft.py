"""Design a draft anew: its layers are divided from scratch among the grids that it has."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from gridsvc.clock import Clock
from gridsvc.domain.ids import Adcode
from gridsvc.domain.layers import Layer
from gridsvc.engines.pool import EnginePool, Report
from gridsvc.engines.territory import LayerProblem
from gridsvc.storage import Store
from gridsvc.usecases.couple_layers import Coupling, coupled_search
from gridsvc.usecases.draft_bench import DraftLayer
from gridsvc.usecases.search_draft import SearchedDraft, open_draft, place_parts, problem_of, search_draft
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
    coupling: Coupling = Coupling.APART,
    on_progress: Report | None = None,
    is_cancelled: Callable[[], bool] | None = None,
) -> SearchedDraft:
    """Divide the layers of a draft (all of them without a choice) among its grids, and write the draft's next revision.

    Layers are divided apart, coupled to the first of them, or identical (same number of grids).

    The draft's own tolerances, locks, pins, bans, barriers and churn budget hold; of `rules` the seed, the limits and
    the price of a change of owner count. With a price or a budget the search begins with the present owners.

    Raises
    ------
    NotFound, Conflict, BadInput
        no such plan; it cannot be edited, or was changed while the search ran; a layer that it lacks.
    """
    opened = open_draft(store, clock, adcode=adcode, plan_id=plan_id, layers=layers)

    bench, drawn = opened.bench, opened.layers
    n_grids = {layer: len(draft.grids.grid_ids) for layer, draft in drawn.items()}

    def place(layer: Layer, parts: NDArray[np.int32]) -> NDArray[np.int32]:
        return place_parts(bench, layer, drawn[layer], parts).grid_of_unit

    search = coupled_search(pool, coupling, n_grids, is_cancelled, place)

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
        at_once=coupling is not Coupling.APART,
        is_fresh=rules.keep_owner_km2 <= 0 and all(d.rules.churn_budget is None for d in opened.layers.values()),
        on_progress=on_progress,
        is_cancelled=is_cancelled,
    )

"""Spend some more changes of owner on a draft, where they buy most evenness; and tell what they would buy."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from gridsvc.clock import Clock
from gridsvc.domain.errors import BadInput
from gridsvc.domain.ids import Adcode
from gridsvc.domain.layers import Layer
from gridsvc.engines import regrid
from gridsvc.engines.pool import EnginePool, Report
from gridsvc.engines.territory import DesignOutcome, DesignRequest
from gridsvc.storage import Store
from gridsvc.usecases.search_draft import SearchedDraft, search_drawn
from gridsvc.usecases.survey_district import DesignRules


def spend_moves(
    store: Store,
    clock: Clock,
    pool: EnginePool,
    *,
    adcode: Adcode,
    actor: str,
    plan_id: str,
    n_moves: int,
    layers: Sequence[Layer] | None = None,
    rules: DesignRules,
    on_progress: Report | None = None,
    is_cancelled: Callable[[], bool] | None = None,
) -> SearchedDraft:
    """Move at most `n_moves` shops of each layer to another grid than they are drawn in, for the most even minutes.

    A cap, never exceeded. Locks, pins, bans and barriers hold; of `rules` the seed counts. Writes the draft's next
    revision.

    Raises as `design_draft` does, and `BadInput` for fewer than one move.
    """
    if n_moves < 1:
        raise BadInput(f"spend one move or more, not {n_moves}")
    spent: dict[Layer, DesignOutcome] = {}

    def search(requests: Mapping[Layer, DesignRequest], report: Report, number: int) -> dict[Layer, DesignOutcome]:
        if number == 0:  # once: a second round would move further shops
            asked = list(requests.values())
            found = regrid.spend(pool, asked, n_moves, on_progress=report, is_cancelled=is_cancelled)
            spent.update(zip(requests, found, strict=True))
        return {layer: spent[layer] for layer in requests}

    return search_drawn(
        store,
        clock,
        adcode=adcode,
        actor=actor,
        plan_id=plan_id,
        layers=layers,
        kind="spend",
        rules=rules,
        search=search,
        on_progress=on_progress,
        is_cancelled=is_cancelled,
    )

"""Price the next moves: how even a draft could be if so many more shops changed grids. Nothing is written."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from gridsvc.clock import Clock
from gridsvc.domain.errors import BadInput
from gridsvc.domain.ids import Adcode
from gridsvc.domain.layers import Layer
from gridsvc.engines import regrid
from gridsvc.engines.pool import EnginePool, Report
from gridsvc.engines.regrid import BoughtSpread
from gridsvc.engines.territory import Engine
from gridsvc.storage import Store
from gridsvc.usecases.search_draft import open_draft, problem_of

DEFAULT_BUDGETS = (0, 10, 20, 40, 80, 160)
MOST_BUDGETS = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class MovesCurve:
    """What moves buy in one layer, from the draft as it is drawn; the spread never rises along it."""

    layer: Layer
    points: tuple[BoughtSpread, ...]
    words: str


def price_moves(
    store: Store,
    clock: Clock,
    pool: EnginePool,
    *,
    adcode: Adcode,
    plan_id: str,
    layers: Sequence[Layer] | None = None,
    budgets: Sequence[int] = DEFAULT_BUDGETS,
    seed: int = 1,
    engine: Engine = "auto",
    on_progress: Report | None = None,
    is_cancelled: Callable[[], bool] | None = None,
) -> list[MovesCurve]:
    """Give the curve of each layer: for every budget the least spread found, and what is proven impossible.

    Every point is a division that exists: `spend_moves` with the same number is at least about as even. The minutes are
    those of the draft; travel is not estimated anew for each point.

    Raises as `design_draft` does, and `BadInput` for budgets below zero or more than 20 of them.
    """
    if not budgets or len(budgets) > MOST_BUDGETS or min(budgets) < 0:
        raise BadInput(f"name 1 to {MOST_BUDGETS} budgets of zero moves or more")
    opened = open_draft(store, clock, adcode=adcode, plan_id=plan_id, layers=layers)
    problems = [
        replace(problem_of(opened.bench, layer, draft), previous=draft.grids.grid_of_unit, churn_budget=None)
        for layer, draft in opened.layers.items()
    ]
    found = regrid.price(
        pool,
        problems,
        sorted(set(budgets)),
        seed,
        engine=engine,
        on_progress=on_progress,
        is_cancelled=is_cancelled,
    )
    return [
        MovesCurve(layer=layer, points=tuple(points), words=_words(points))
        for layer, points in zip(opened.layers, found, strict=True)
    ]


def _words(points: Sequence[BoughtSpread]) -> str:
    """Say what the first moves that buy anything buy."""
    first = points[0]
    for point in points[1:]:
        gain = 100 * (first.spread_share - point.spread_share)
        if gain >= 0.05:
            return f"the next {point.n_moved} moves buy {gain:.1f} points of spread"
    return "no number of moves that was tried buys anything"

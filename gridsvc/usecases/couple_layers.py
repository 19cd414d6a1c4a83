"""Design layers apart, coupled or identical: how many different trios serve the shops, and at what cost in balance."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from gridsvc.domain.errors import BadInput
from gridsvc.domain.layers import Layer
from gridsvc.engines import regrid, territory
from gridsvc.engines.pool import EnginePool, Report
from gridsvc.engines.regrid import RepairRequest, drawn_shops
from gridsvc.engines.territory import DesignOutcome, DesignRequest
from gridsvc.storage.plans import Grids
from gridsvc.usecases.survey_district import Survey

Search = Callable[[Mapping[Layer, DesignRequest], Report, int], dict[Layer, DesignOutcome]]
Place = Callable[[Layer, NDArray[np.int32]], NDArray[np.int32]]


class Coupling(StrEnum):
    """How the layers of one design look at each other.

    Apart, each is as good as it can be. Coupled, layers with as many grids as the first have its borders if that keeps
    every rule of each, and the others leave them only where their own balance needs it. Identical, all have the same
    borders and every load of every layer is balanced at once.
    """

    APART = "apart"
    COUPLED = "coupled"
    IDENTICAL = "identical"


def coupled_search(
    pool: EnginePool,
    coupling: Coupling,
    n_grids: Mapping[Layer, int],
    is_cancelled: Callable[[], bool] | None,
    place: Place | None = None,
) -> Search:
    """Give the search of a design; later rounds get half of the limits.

    Parameters
    ----------
    n_grids : of every layer, the one that leads first
    place : gives the lead's parts the numbers that another layer's grids have, where these are fixed; default: as they
        are

    Raises `BadInput` for identical layers with different numbers of grids.
    """
    if coupling is Coupling.IDENTICAL and len(set(n_grids.values())) > 1:
        counts = ", ".join(f"{layer} {count}" for layer, count in n_grids.items())
        raise BadInput(f"identical layers need the same number of grids ({counts}); set them with --grids LAYER=NUMBER")
    lead: dict[Layer, DesignOutcome] = {}
    shared: set[Layer] = set()  # that have the borders of the first; one of them that needs a little else follows them

    def apart(requests: Mapping[Layer, DesignRequest], report: Report) -> dict[Layer, DesignOutcome]:
        found = territory.design(pool, list(requests.values()), on_progress=report, is_cancelled=is_cancelled)
        return dict(zip(requests, found, strict=True))

    def coupled(requests: Mapping[Layer, DesignRequest], report: Report) -> dict[Layer, DesignOutcome]:
        first = next(iter(n_grids))
        alike = {layer for layer, count in n_grids.items() if count == n_grids[first]}
        led: dict[Layer, DesignOutcome] = {}
        if first in requests and (first not in shared or alike <= set(requests)):

            def half(share: float, words: str) -> None:
                report(share / 2, words)

            if len(alike & set(requests)) > 1:
                led = identical({layer: each for layer, each in requests.items() if layer in alike}, half)
            if led and all(outcome.is_feasible for outcome in led.values()):
                shared.update(led)
            else:
                led = apart({first: requests[first]}, half)
                shared.clear()
            lead[first] = led[first]
        followers = {layer: request for layer, request in requests.items() if layer not in led}
        if not followers:
            return led
        asked = []
        for layer, request in followers.items():
            plan = lead[first].grid_of_unit
            previous = plan if place is None else place(layer, plan)
            problem = replace(request.problem, previous=previous, churn_budget=None)
            asked.append(RepairRequest(design=replace(request, problem=problem), owned=drawn_shops(problem)))
        found = regrid.repair(
            pool, asked, on_progress=lambda share, words: report((1 + share) / 2, words), is_cancelled=is_cancelled
        )
        own = {
            layer: territory.rejudged(followers[layer], repaired.outcome, repaired.outcome.grid_of_unit)
            for layer, repaired in zip(followers, found, strict=True)
        }
        return led | own

    def identical(requests: Mapping[Layer, DesignRequest], report: Report) -> dict[Layer, DesignOutcome]:
        found = territory.design_as_one(pool, list(requests.values()), on_progress=report, is_cancelled=is_cancelled)
        return dict(zip(requests, found, strict=True))

    ways = {Coupling.APART: apart, Coupling.COUPLED: coupled, Coupling.IDENTICAL: identical}

    def search(requests: Mapping[Layer, DesignRequest], report: Report, number: int) -> dict[Layer, DesignOutcome]:
        asked = dict(requests) if number == 0 else {layer: _shorter(request) for layer, request in requests.items()}
        return ways[coupling](asked, report)

    return search


def _shorter(request: DesignRequest) -> DesignRequest:
    """Give half the search to a round that only re-balances."""
    return replace(
        request,
        max_iterations=None if request.max_iterations is None else max(1, request.max_iterations // 2),
        max_seconds=None if request.max_seconds is None else request.max_seconds / 2,
    )


def count_trios(survey: Survey, drawn: Mapping[Layer, Grids]) -> int | None:
    """Count the different combinations of grids that serve a shop; None unless all three layers are there."""
    if set(drawn) != set(Layer):
        return None
    grids = np.column_stack([drawn[layer].grid_of_unit[survey.retailer_unit] for layer in Layer])
    return len(np.unique(grids[(grids >= 0).all(axis=1)], axis=0))

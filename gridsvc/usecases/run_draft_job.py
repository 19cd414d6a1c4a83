"""Run one search over a draft as a job: the request and the result are JSON."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from gridsvc.clock import Clock
from gridsvc.domain.ids import Adcode
from gridsvc.domain.layers import Layer
from gridsvc.engines.pool import EnginePool, Report
from gridsvc.engines.territory import Engine
from gridsvc.storage import Store
from gridsvc.usecases.couple_layers import Coupling
from gridsvc.usecases.design_draft import design_draft
from gridsvc.usecases.price_moves import DEFAULT_BUDGETS, price_moves
from gridsvc.usecases.price_rules import price_rules
from gridsvc.usecases.repair_draft import repair_draft
from gridsvc.usecases.spend_moves import spend_moves
from gridsvc.usecases.survey_district import DesignRules

DRAFT_JOBS = ("design_draft", "repair_draft", "spend_moves", "price_moves", "price_rules")


def run_draft_job(
    store: Store,
    clock: Clock,
    pool: EnginePool,
    *,
    kind: str,
    adcode: Adcode,
    request: dict[str, Any],
    on_progress: Report | None = None,
    is_cancelled: Callable[[], bool] | None = None,
) -> dict[str, Any]:
    """Do what a job of one of the kinds in `DRAFT_JOBS` asks, and give its result as a document.

    Parameters
    ----------
    request : `plan_id` and `actor`; if wanted `layers`, `seed`, `engine`, `max_iterations`, `keep_owner_km2`,
        `coupling` and `bound_steps` (design), `n_moves` (spend), `budgets` (price), `bound_steps` and
        `most_rules` (explain)

    Raises what the search raises. A search that is cancelled or fails leaves the draft as it is.
    """
    layers = [Layer(name) for name in request.get("layers") or ()] or None
    who: dict[str, Any] = {"adcode": adcode, "plan_id": str(request["plan_id"]), "layers": layers}
    watch: dict[str, Any] = {"on_progress": on_progress, "is_cancelled": is_cancelled}
    seed = int(request.get("seed", 1))
    engine: Engine = "ortools" if request.get("engine") == "ortools" else "auto"
    if kind == "price_moves":
        budgets = [int(number) for number in request.get("budgets") or DEFAULT_BUDGETS]
        curves = price_moves(store, clock, pool, **who, **watch, budgets=budgets, seed=seed, engine=engine)
        return {"curves": [asdict(curve) for curve in curves]}
    if kind == "price_rules":
        limits: dict[str, Any] = {
            name: int(request[name]) for name in ("max_iterations", "bound_steps", "most_rules") if name in request
        }
        priced = price_rules(store, clock, pool, **who, **watch, seed=seed, **limits)
        return {"layers": [asdict(layer) for layer in priced]}
    who["actor"] = str(request["actor"])
    rules = DesignRules(
        seed=seed,
        max_iterations=int(request.get("max_iterations", 500)),
        keep_owner_km2=float(request.get("keep_owner_km2", 0.0)),
        bound_steps=int(request.get("bound_steps", 0)),
        engine=engine,
    )
    if kind == "design_draft":
        coupling = Coupling(request.get("coupling", Coupling.APART))
        return asdict(design_draft(store, clock, pool, **who, **watch, rules=rules, coupling=coupling))
    if kind == "repair_draft":
        return asdict(repair_draft(store, clock, pool, **who, **watch, rules=rules))
    if kind == "spend_moves":
        return asdict(spend_moves(store, clock, pool, **who, **watch, rules=rules, n_moves=int(request["n_moves"])))
    raise ValueError(f"{kind} is no search over a draft")

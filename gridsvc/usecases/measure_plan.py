"""Measure a plan against what it replaces: every metric of the registry before and after, and one sentence."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from gridsvc.clock import Clock
from gridsvc.domain.drafts import LayerRules
from gridsvc.domain.ids import Adcode, PlanId
from gridsvc.domain.layers import Layer
from gridsvc.domain.plan_metrics import SERVICE_METRICS, MetricDefinition, MetricValues
from gridsvc.domain.plans import Plan, PlanState
from gridsvc.engines import territory
from gridsvc.storage import Store, Transaction, plans
from gridsvc.usecases.bench_before import bench_before
from gridsvc.usecases.draft_bench import DraftBench, DraftBoard, DraftLayer, read_draft_layer
from gridsvc.usecases.measure_draft import measure_draft


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """One layer before and after; before is None where no plan on the same units was in force."""

    before: MetricValues | None
    after: MetricValues


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanMetrics:
    """What is measured of a plan.

    Parameters
    ----------
    definitions : unit, better-is and version of every key
    n_trios_before, n_trios : distinct triples of owners over all shops; layers outside the plan keep their owners
    n_lose_all_three : shops whose three owners all change
    headline : the plan in one sentence, by language
    """

    plan_id: PlanId
    title: str
    state: PlanState
    revision: int
    definitions: tuple[MetricDefinition, ...]
    layers: dict[Layer, Compared]
    n_hard_findings: int
    n_warnings: int
    n_trios_before: int
    n_trios: int
    n_lose_all_three: int
    headline: dict[str, str]


def measure_plan(store: Store, clock: Clock, board: DraftBoard, *, adcode: Adcode, plan_id: str) -> PlanMetrics:
    """Give the metrics of a plan in any state on today's shops; raises `NotFound`."""
    with store.transaction(adcode) as tx:
        plan = plans.find(tx, plan_id)
        return measured(tx, clock, board, plan)


def measured(tx: Transaction, clock: Clock, board: DraftBoard, plan: Plan) -> PlanMetrics:
    """Give the metrics of a plan within a transaction: against today, or what was in force just before it."""
    bench = bench_before(tx, board.bench(tx, clock, plan.unit_set_id), plan)
    drafts = {layer: read_draft_layer(tx, plan, layer, bench.n_units) for layer in plan.layers}
    found = {layer: measure_draft(bench, layer, draft) for layer, draft in drafts.items()}
    before = {layer: _in_force(bench, layer, drafts[layer].rules) for layer in plan.layers}
    layers = {
        layer: Compared(
            before=None if old is None else measure_draft(bench, layer, old).metrics, after=found[layer].metrics
        )
        for layer, old in before.items()
    }
    findings = [finding for of_layer in found.values() for finding in of_layer.findings]
    now = np.column_stack([bench.layers[layer].owner for layer in Layer])
    then = now.copy()
    for layer, draft in drafts.items():
        then[:, list(Layer).index(layer)] = bench.owner_of_shop(draft, bench.grid_of_shop(draft))
    n_lose_all = int(((now >= 0) & (now != then)).all(axis=1).sum()) if len(now) else 0
    n_hard = sum(finding.is_hard for finding in findings)
    return PlanMetrics(
        plan_id=plan.plan_id,
        title=plan.title,
        state=plan.state,
        revision=plan.revision,
        definitions=definitions(),
        layers=layers,
        n_hard_findings=n_hard,
        n_warnings=len(findings) - n_hard,
        n_trios_before=_trios(now),
        n_trios=_trios(then),
        n_lose_all_three=n_lose_all,
        headline=_headline(
            layers, n_hard, n_lose_all, any(draft.rules.carton_tolerance is not None for draft in drafts.values())
        ),
    )


def definitions() -> tuple[MetricDefinition, ...]:
    """Give the registry: the engine's metrics over units and the service's over shops; the service's win."""
    mine = {definition.key for definition in SERVICE_METRICS}
    of_engine = tuple(
        MetricDefinition(key=key, unit=unit, better=better, version=version)
        for key, unit, better, version in territory.metric_definitions()
        if key not in mine
    )
    return of_engine + SERVICE_METRICS


def _in_force(bench: DraftBench, layer: Layer, rules: LayerRules) -> DraftLayer | None:
    """Give the layer as it is in force, by the loads that `rules` balance; None: no plan on these units."""
    now = bench.survey.grids_now.get(layer)
    if now is None or len(now.grid_of_unit) != bench.n_units:
        return None
    return DraftLayer(grids=replace(now), exceptions={}, rules=LayerRules(carton_tolerance=rules.carton_tolerance))


def _trios(owners: np.ndarray[tuple[int, int], np.dtype[np.int32]]) -> int:
    whole = owners[(owners >= 0).all(axis=1)]
    return len(np.unique(whole, axis=0))


def _headline(layers: dict[Layer, Compared], n_hard: int, n_lose_all: int, has_third: bool) -> dict[str, str]:
    def greatest(key: str) -> float:
        return max((float(found.after.get(key) or 0.0) for found in layers.values()), default=0.0)

    n_moved = sum(int(found.after["n_moved"] or 0) for found in layers.values())
    n_owned = sum(int(found.after["n_owned"] or 0) for found in layers.values())
    share = n_moved / n_owned if n_owned else 0.0
    minutes, counts = greatest("minutes_deviation_share"), greatest("count_deviation_share")
    cartons = greatest("cartons_deviation_share")
    third_en, third_zh = (
        (f", cartons within {cartons:.1%}", f"，条数偏差不超过 {cartons:.1%}") if has_third else ("", "")
    )
    state_en = "keeps every hard rule" if n_hard == 0 else f"breaks {n_hard:,} hard rules"
    state_zh = "符合全部硬性规则" if n_hard == 0 else f"违反 {n_hard:,} 条硬性规则"
    return {
        "en": f"Minutes within {minutes:.1%} and shops within {counts:.1%}{third_en} of the mean; "
        f"{n_moved:,} of {n_owned:,} owners change ({share:.1%}), {n_lose_all:,} shops lose all three; {state_en}.",
        "zh": f"工时偏差不超过 {minutes:.1%}，户数偏差不超过 {counts:.1%}{third_zh}；"
        f"{n_owned:,} 项归属中有 {n_moved:,} 项变动（{share:.1%}），{n_lose_all:,} 户三员全换；{state_zh}。",
    }

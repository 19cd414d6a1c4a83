"""Price the rules of a plan: each is lifted, the layer is solved again, and what that gives is its price."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from gridsvc.clock import Clock
from gridsvc.domain.explanations import LayerExplained, RuleKind, word_headline, word_rule
from gridsvc.domain.ids import Adcode
from gridsvc.domain.layers import Layer
from gridsvc.engines import explaining
from gridsvc.engines.explaining import ProvenGap, Solved
from gridsvc.engines.pool import EnginePool, Report
from gridsvc.storage import Store, plans
from gridsvc.usecases.draft_bench import DraftBoard, DraftLayer, read_draft_layer
from gridsvc.usecases.estimate_route_minutes import RouteEstimates
from gridsvc.usecases.explain_plan import explain_plan, worst_limit
from gridsvc.usecases.list_plan_rules import PlanRule, list_plan_rules
from gridsvc.usecases.name_barriers import name_barriers
from gridsvc.usecases.search_draft import problem_of

MOST_RULES = 12  # of a layer that are lifted unless more are asked for, those whose borders cost most first
BOUND_STEPS = 200
PRICE_ITERATIONS = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class RulePrice:
    """What lifting one rule gives.

    Parameters
    ----------
    saved_share : of the squared km that the same search reaches with the rule, >= 0
    kept, lifted : both searches; a tolerance is lifted by one point
    words : one sentence by language
    """

    key: str
    kind: RuleKind
    name: str
    saved_share: float
    kept: Solved
    lifted: Solved
    words: dict[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class PricedLayer:
    """One layer with its prices, the dearest rule first.

    Parameters
    ----------
    explained : its grids; the headline carries the bound for any centres or, without it, that for these, and says which
    gap : proven for plans from the same centres; `free_gap` for every plan, None where there are too many units for it
    n_not_priced : rules that were not lifted: their borders cost least
    """

    explained: LayerExplained
    gap: ProvenGap
    free_gap: ProvenGap | None
    drawn: Solved
    prices: tuple[RulePrice, ...]
    n_not_priced: int


def price_rules(
    store: Store,
    clock: Clock,
    pool: EnginePool,
    *,
    adcode: Adcode,
    plan_id: str,
    layers: Sequence[Layer] | None = None,
    seed: int = 1,
    max_iterations: int = PRICE_ITERATIONS,
    bound_steps: int = BOUND_STEPS,
    most_rules: int = MOST_RULES,
    estimates: RouteEstimates | None = None,
    on_progress: Report | None = None,
    is_cancelled: Callable[[], bool] | None = None,
) -> list[PricedLayer]:
    """Give what the barriers, locks, pins, budget and tolerances of a plan cost, and how much better any plan could be.

    Each rule is lifted alone, and the layer solved from the same plan with the same limits as with all rules; the
    difference is its price. A search is no proof: lifting a rule gives at least that. Nothing is written. One rule is
    each named barrier, each lock and tolerance, the borders of a level, and the budget; together go all pins of a grid,
    all its bans, all its bases, all linked groups, all unnamed barriers, and all that were drawn in the plan.

    Parameters
    ----------
    max_iterations : of every search
    bound_steps : of the bound that holds for any centres; 0 = none
    most_rules : of a layer that are lifted: first those without borders, then those whose borders cost most

    Raises as `explain_plan` does.
    """
    board = DraftBoard()
    explained = explain_plan(store, clock, board, adcode=adcode, plan_id=plan_id, layers=layers, estimates=estimates)
    with store.transaction(adcode) as tx:
        plan = plans.find(tx, plan_id)
        bench = board.bench(tx, clock, plan.unit_set_id)
        drafts = {one.layer: read_draft_layer(tx, plan, one.layer, bench.n_units) for one in explained}
        barriers = name_barriers(tx, bench.survey.units)
    report = on_progress or (lambda share, words: None)
    stated = {layer: problem_of(bench, layer, draft) for layer, draft in drafts.items()}
    gaps = explaining.prove_gaps(
        pool,
        {layer: (stated[layer], draft.grids.grid_of_unit) for layer, draft in drafts.items()},
        seed=seed,
        steps=bound_steps,
        on_progress=lambda share, words: report(share / 2, words),
        is_cancelled=is_cancelled,
    )
    priced = []
    for number, one in enumerate(explained):
        draft = drafts[one.layer]
        rules = _dearest_first(one, list_plan_rules(bench, one.layer, draft, barriers))

        def within(share: float, words: str, *, number: int = number) -> None:
            report(0.5 + (number + share) / len(explained) / 2, words)

        found = explaining.resolve_without(
            pool,
            stated[one.layer],
            draft.grids.grid_of_unit,
            [rule.lifted() for rule in rules[:most_rules]],
            seed=seed,
            iterations=max_iterations,
            on_progress=within,
            is_cancelled=is_cancelled,
        )
        prices = [
            _price(rule, found.kept, lifted) for rule, lifted in zip(rules[:most_rules], found.lifted, strict=True)
        ]
        prices.sort(key=_gain, reverse=True)
        gap, free_gap = gaps[one.layer]
        priced.append(
            PricedLayer(
                explained=_with_headline(one, draft, prices, free_gap or gap),
                gap=gap,
                free_gap=free_gap,
                drawn=found.drawn,
                prices=tuple(prices),
                n_not_priced=max(0, len(rules) - most_rules),
            )
        )
    return priced


def _dearest_first(explained: LayerExplained, rules: Sequence[PlanRule]) -> list[PlanRule]:
    """Order rules by what shops along their borders would save; those without borders come first."""
    gain = dict.fromkeys((rule.key for rule in rules), 0.0)
    for grid in explained.grids:
        for limit in grid.limits:
            if limit.key in gain:  # else the rule was taken away since the grids were explained
                gain[limit.key] += limit.gain_km2
    return sorted(rules, key=lambda rule: (len(rule.pairs) > 0, -gain[rule.key], rule.key))


def _gain(price: RulePrice) -> tuple[bool, float, float]:
    """Rank what lifting gives: a plan that holds, then evenness where none does, then compactness."""
    becomes_feasible = price.lifted.is_feasible and not price.kept.is_feasible
    evened = 0.0 if price.kept.is_feasible else price.kept.deviation_share - price.lifted.deviation_share
    return becomes_feasible, round(evened, 4), price.saved_share


def _price(rule: PlanRule, kept: Solved, lifted: Solved) -> RulePrice:
    saved = max(0.0, 1 - lifted.inertia_km2 / kept.inertia_km2) if kept.inertia_km2 > 0 else 0.0
    named = word_rule(rule.kind, rule.name)
    is_tolerance = rule.kind in (RuleKind.TOLERANCE, RuleKind.COUNT_TOLERANCE, RuleKind.CARTON_TOLERANCE)
    lift = ("One point more of", "放宽一个百分点：") if is_tolerance else ("Without", "取消")
    if not kept.is_feasible and lifted.deviation_share < kept.deviation_share - 5e-4:
        gives_en = f"deviation of minutes {kept.deviation_share:.1%} -> {lifted.deviation_share:.1%}"
        gives_zh = f"工时偏差 {kept.deviation_share:.1%} → {lifted.deviation_share:.1%}"
    elif saved >= 5e-4:
        gives_en, gives_zh = f"{saved:.1%} more compact", f"紧凑度提高 {saved:.1%}"
    else:
        gives_en, gives_zh = "nothing better was found", "未找到更好的方案"
    words = {"en": f"{lift[0]} {named['en']}: {gives_en}.", "zh": f"{lift[1]}{named['zh']}：{gives_zh}。"}
    return RulePrice(
        key=rule.key, kind=rule.kind, name=rule.name, saved_share=round(saved, 5), kept=kept, lifted=lifted,
        words=words,
    )  # fmt: skip


def _with_headline(
    explained: LayerExplained, draft: DraftLayer, prices: Sequence[RulePrice], gap: ProvenGap
) -> LayerExplained:
    """Put the bound into the headline, with the grid that the dearest rule limits most."""
    bordering = [price for price in prices if worst_limit(explained.grids, price.key) is not None]
    dearest = next((price.key for price in bordering if price.saved_share > 0 or _gain(price)[0]), None)
    limit = worst_limit(explained.grids, dearest) if dearest else worst_limit(explained.grids)
    words = word_headline(explained.grids, draft.rules.tolerance, gap.share, limit, centres=gap.centres)
    return replace(explained, headline=words)

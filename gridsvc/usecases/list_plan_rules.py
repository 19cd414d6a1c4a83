"""List the rules of a plan's layer that can stand in the way, and state the layer without one of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from gridsvc.domain.borders import BorderMode, KeptBorder
from gridsvc.domain.drafts import LayerRules
from gridsvc.domain.explanations import RuleKind
from gridsvc.domain.ids import GridId
from gridsvc.domain.layers import Layer
from gridsvc.engines import territory
from gridsvc.engines.territory import LayerProblem
from gridsvc.usecases.balanced_loads import CARTONS
from gridsvc.usecases.draft_bench import DraftBench, DraftLayer
from gridsvc.usecases.keep_borders import crossing
from gridsvc.usecases.search_draft import problem_of
from gridsvc.usecases.survey_district import kept_borders

_NOTHING = np.zeros((0, 2), dtype=np.int32)
MORE_TOLERANCE_SHARE = 0.01  # what lifting a tolerance means: one point more of it


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanRule:
    """One rule that could be lifted.

    Parameters
    ----------
    key : names it for machines
    pairs : (k, 2) neighbouring units of different grids that it keeps apart; none for a budget or a tolerance
    lifted : states the layer without it
    """

    key: str
    kind: RuleKind
    name: str
    pairs: NDArray[np.int32]
    lifted: Callable[[], LayerProblem]


def list_plan_rules(
    bench: DraftBench, layer: Layer, draft: DraftLayer, barriers: Mapping[str, NDArray[np.int32]]
) -> list[PlanRule]:
    """Give every rule of the layer; `barriers` are the closed borders of the unit set by name."""
    grids, rules = draft.grids, draft.rules
    plan, borders = grids.grid_of_unit, bench.survey.units.border_a_b
    apart = borders[(plan[borders[:, 0]] != plan[borders[:, 1]]) & (plan[borders] >= 0).all(axis=1)]
    name_of = dict(zip(grids.grid_ids, grids.names, strict=True))

    def without(**changed: object) -> Callable[[], LayerProblem]:
        return lambda: problem_of(bench, layer, replace(draft, rules=replace(rules, **changed)))  # type: ignore[arg-type]

    def opened(pairs: NDArray[np.int32]) -> Callable[[], LayerProblem]:
        return lambda: territory.with_open_borders(problem_of(bench, layer, draft), pairs)

    found = [
        PlanRule(key=f"barrier:{name}", kind=RuleKind.BARRIER, name=name, pairs=pairs, lifted=opened(pairs))
        for name, pairs in barriers.items()
    ]
    if rules.barriers:
        pairs = np.array(rules.barriers, dtype=np.int32).reshape(-1, 2)
        found.append(
            PlanRule(
                key="drawn_barrier", kind=RuleKind.DRAWN_BARRIER, name="", pairs=pairs, lifted=without(barriers=())
            )
        )
    for grid_id in (one for one in rules.locks if one in name_of):
        kept = tuple(lock for lock in rules.locks if lock != grid_id)
        touches = apart[(plan[apart] == grids.grid_ids.index(grid_id)).any(axis=1)]
        found.append(
            PlanRule(
                key=f"lock:{grid_id}", kind=RuleKind.LOCK, name=name_of[grid_id], pairs=touches,
                lifted=without(locks=kept),
            )
        )  # fmt: skip
    for field, kind in (("pins", RuleKind.PINS), ("forbidden", RuleKind.BANS), ("bases", RuleKind.BASES)):
        for grid_id, units in _by_grid(rules, field).items():
            if grid_id not in name_of:
                continue
            position = grids.grid_ids.index(grid_id)
            touches = apart[np.isin(apart, units).any(axis=1) & (plan[apart] == position).any(axis=1)]
            kept_rules = tuple(rule for rule in getattr(rules, field) if rule.grid_id != grid_id)
            found.append(
                PlanRule(
                    key=f"{kind}:{grid_id}", kind=kind, name=name_of[grid_id], pairs=touches,
                    lifted=without(**{field: kept_rules}),
                )
            )  # fmt: skip
    if rules.links:
        linked = [unit for group in rules.links for unit in group]
        found.append(
            PlanRule(
                key="links", kind=RuleKind.LINKS, name="", pairs=apart[np.isin(apart, linked).any(axis=1)],
                lifted=without(links=()),
            )
        )  # fmt: skip
    for border in kept_borders(bench.survey, layer, rules.borders):
        is_hard = border.mode is BorderMode.HARD
        free = KeptBorder(level=border.level, mode=BorderMode.FREE)
        others = tuple(one for one in rules.borders if one.level != border.level)
        across = apart[crossing(bench.survey.unit_areas[border.level], apart)]
        found.append(
            PlanRule(
                key=f"borders:{border.level}", kind=RuleKind.BORDERS if is_hard else RuleKind.BORDER_PRICE,
                name=border.level, pairs=across, lifted=without(borders=(*others, free)),
            )
        )  # fmt: skip
    if rules.churn_budget is not None:
        found.append(
            PlanRule(
                key="churn_budget", kind=RuleKind.CHURN_BUDGET, name="", pairs=_NOTHING,
                lifted=without(churn_budget=None),
            )
        )  # fmt: skip
    for kind, name in tolerance_rules(bench, layer, rules):
        wider = min(0.999, getattr(rules, kind) + MORE_TOLERANCE_SHARE)
        found.append(PlanRule(key=str(kind), kind=kind, name=name, pairs=_NOTHING, lifted=without(**{kind: wider})))
    return found


def tolerance_rules(bench: DraftBench, layer: Layer, rules: LayerRules) -> list[tuple[RuleKind, str]]:
    """Give the tolerances of the loads that the layer balances, in their order; cartons in place of shops are named."""
    second, *third = (load.measure for load in bench.loads(layer, rules))
    counted = (RuleKind.COUNT_TOLERANCE, CARTONS if second == CARTONS else "")
    return [(RuleKind.TOLERANCE, ""), counted, *((RuleKind.CARTON_TOLERANCE, "") for _ in third)]


def _by_grid(rules: LayerRules, field: str) -> dict[GridId, list[int]]:
    units: dict[GridId, list[int]] = {}
    for rule in getattr(rules, field):
        units.setdefault(rule.grid_id, []).append(rule.unit)
    return units

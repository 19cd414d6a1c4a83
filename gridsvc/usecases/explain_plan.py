"""Explain a plan: where each grid's minutes come from, and which rule limits it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from gridsvc.clock import Clock
from gridsvc.domain.errors import BadInput
from gridsvc.domain.explanations import (
    GridExplained,
    LayerExplained,
    Limit,
    LoadParts,
    word_end,
    word_grid,
    word_headline,
    word_limit,
)
from gridsvc.domain.ids import Adcode
from gridsvc.domain.layers import Layer
from gridsvc.domain.workload import WORKING_DAYS_PER_CYCLE
from gridsvc.engines import territory
from gridsvc.storage import Store, plans
from gridsvc.usecases.draft_bench import DraftBench, DraftBoard, DraftLayer, read_draft_layer
from gridsvc.usecases.estimate_route_minutes import RouteEstimates
from gridsvc.usecases.expect_minutes import ExpectedMinutes, expect_minutes, travel_basis
from gridsvc.usecases.list_plan_rules import PlanRule, list_plan_rules, tolerance_rules
from gridsvc.usecases.measure_draft import measure_draft
from gridsvc.usecases.name_barriers import name_barriers

_MOST_LIMITS = 5  # of a grid


def explain_plan(
    store: Store,
    clock: Clock,
    board: DraftBoard,
    *,
    adcode: Adcode,
    plan_id: str,
    layers: Sequence[Layer] | None = None,
    estimates: RouteEstimates | None = None,
) -> list[LayerExplained]:
    """Give for every grid of a plan its minutes by component and the rules that limit it, the costliest first.

    What a rule costs is a first estimate here: what shops on the other side of the borders that it closes would save;
    for a load at an end of its range, what the units that cannot pass therefore would.
    `price_rules` lifts each rule and solves again. Nothing is written.

    Parameters
    ----------
    layers : default all of the plan
    estimates : those that the process keeps; None = read what is needed

    Raises `NotFound`, and `BadInput` for a layer that the plan lacks.
    """
    with store.transaction(adcode) as tx:
        plan = plans.find(tx, plan_id)
        lacking = [f"the plan has no {layer} layer" for layer in layers or () if layer not in plan.layers]
        if lacking:
            raise BadInput("the plan cannot be explained", violations=tuple(lacking))
        bench = board.bench(tx, clock, plan.unit_set_id)
        drafts = {layer: read_draft_layer(tx, plan, layer, bench.n_units) for layer in layers or plan.layers}
        barriers = name_barriers(tx, bench.survey.units)
    basis = travel_basis(store, adcode, estimates)
    explained = []
    for layer, draft in drafts.items():
        placed = bench.grid_of_shop(draft) if draft.exceptions else None
        expected = expect_minutes(
            bench.survey, layer, basis, draft.grids.grid_of_unit, draft.grids.staff_ids, placed, draft.rules.crews
        )
        explained.append(explain_layer(bench, layer, draft, barriers, expected, plan.revision))
    return explained


def explain_layer(
    bench: DraftBench,
    layer: Layer,
    draft: DraftLayer,
    barriers: Mapping[str, NDArray[np.int32]],
    expected: ExpectedMinutes,
    revision: int,
) -> LayerExplained:
    """Explain one layer of a plan that is read already."""
    limits = _limits(bench, layer, draft, list_plan_rules(bench, layer, draft, barriers))
    listed = []
    for at, grid in enumerate(measure_draft(bench, layer, draft).grids):
        parts = LoadParts(
            stops=_a_day(expected.service[at] - expected.enforcement[at]),
            enforcement=_a_day(expected.enforcement[at]),
            assisted=_a_day(expected.assisted[at]),
            travel=_a_day(expected.travel[at]),
        )
        listed.append(
            GridExplained(
                grid_id=grid.grid_id, name=grid.name, number=grid.number, staff_id=grid.staff_id,
                n_retailers=grid.n_retailers, load_min_per_day=grid.load_min_per_day,
                deviation_share=grid.deviation_share, parts=parts, expected_min_per_day=round(parts.expected, 1),
                limits=limits[at], words=word_grid(grid.name, grid.deviation_share, draft.rules.tolerance, limits[at]),
            )
        )  # fmt: skip
    grids = tuple(listed)
    return LayerExplained(
        layer=layer,
        revision=revision,
        tolerance_share=draft.rules.tolerance,
        mean_min_per_day=round(float(np.mean([grid.load_min_per_day for grid in grids])), 1) if grids else 0.0,
        travel_words=expected.words,
        grids=grids,
        headline=word_headline(grids, draft.rules.tolerance, None, worst_limit(grids)),
    )


def worst_limit(grids: Sequence[GridExplained], key: str | None = None) -> Limit | None:
    """Give the limit that costs most of all grids, of one rule or of any."""
    found = [limit for grid in grids for limit in grid.limits if key in (None, limit.key)]
    return max(found, key=lambda limit: (limit.gain_km2, limit.border_km), default=None)


def _a_day(minutes: float) -> float:
    return round(float(minutes) / WORKING_DAYS_PER_CYCLE, 1)


def _limits(bench: DraftBench, layer: Layer, draft: DraftLayer, rules: Sequence[PlanRule]) -> list[tuple[Limit, ...]]:
    """Give each grid's limits, those along which shops would save most first."""
    plan, names = draft.grids.grid_of_unit, draft.grids.names
    found: list[list[Limit]] = [[] for _ in names]
    if not names:
        return []
    problem = bench.problem(layer, draft)
    length_km = _lengths_km(bench)
    for rule in rules:
        apart = rule.pairs[(plan[rule.pairs] >= 0).all(axis=1) & (plan[rule.pairs[:, 0]] != plan[rule.pairs[:, 1]])]
        gains = territory.crossing_gains(problem, plan, apart).sum(axis=1)
        km = np.array([length_km.get((min(pair), max(pair)), 0.0) for pair in apart.tolist()])
        for grid in np.unique(plan[apart]).tolist():
            touches = (plan[apart] == grid).any(axis=1)
            border_km, gain_km2 = float(km[touches].sum()), float(gains[touches].sum())
            found[grid].append(
                Limit(
                    key=rule.key, kind=rule.kind, name=rule.name, border_km=round(border_km, 3),
                    gain_km2=round(gain_km2, 3), words=word_limit(names[grid], rule.kind, rule.name, border_km),
                )
            )  # fmt: skip
    for grid, limit in _ends(bench, layer, draft):
        found[grid].append(limit)
    return [
        tuple(sorted(own, key=lambda one: (-one.gain_km2, -one.border_km, one.key))[:_MOST_LIMITS]) for own in found
    ]


def _ends(bench: DraftBench, layer: Layer, draft: DraftLayer) -> list[tuple[int, Limit]]:
    """Give the loads that sit at an end of their range by grid position."""
    problem, rules = bench.problem(layer, draft), tolerance_rules(bench, layer, draft.rules)
    found = []
    for end in territory.closed_ends(problem, draft.grids.grid_of_unit):
        kind, name = rules[end.measure]
        share = float(problem.tolerance_share[end.measure])
        words = word_end(draft.grids.names[end.grid], kind, name, end.deviation_share, share, end.is_upper)
        found.append(
            (
                end.grid,
                Limit(
                    key=str(kind), kind=kind, name=name, measure=problem.measures[end.measure], border_km=0.0,
                    gain_km2=round(end.gain_km2, 3), words=words,
                ),
            )
        )  # fmt: skip
    return found


def _lengths_km(bench: DraftBench) -> dict[tuple[int, int], float]:
    units = bench.survey.units
    return {
        (a, b): metres / 1000 for (a, b), metres in zip(units.border_a_b.tolist(), units.border_m.tolist(), strict=True)
    }

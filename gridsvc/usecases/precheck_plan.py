"""Check before any search what makes a draft's tolerances impossible, and the smallest that can hold."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import shapely

from gridsvc.clock import Clock
from gridsvc.domain.errors import BadInput
from gridsvc.domain.ids import Adcode
from gridsvc.domain.layers import Layer
from gridsvc.domain.prechecks import Cause, LayerPrecheck, word_cause, word_precheck
from gridsvc.domain.workload import WORKING_DAYS_PER_CYCLE
from gridsvc.engines import territory
from gridsvc.engines.territory import BrokenRule, LayerProblem
from gridsvc.storage import Store, barriers, plans
from gridsvc.storage.barriers import Barrier
from gridsvc.usecases.draft_bench import DraftBoard, read_draft_layer
from gridsvc.usecases.search_draft import problem_of
from gridsvc.usecases.survey_district import Survey

_NEAR_DEG = 0.005  # about half a kilometre
_LEVELS = ("street_office", "community_district", "community", "county_bureau")


def precheck_plan(
    store: Store,
    clock: Clock,
    board: DraftBoard,
    *,
    adcode: Adcode,
    plan_id: str,
    layers: Sequence[Layer] | None = None,
) -> list[LayerPrecheck]:
    """Give for each layer of a plan the causes that make its rules impossible and the smallest tolerance that can hold.

    Every cause is a proof; an empty list promises nothing. Nothing is searched or written.

    Raises `NotFound`, and `BadInput` for a layer that the plan lacks.
    """
    with store.transaction(adcode) as tx:
        plan = plans.find(tx, plan_id)
        lacking = [f"the plan has no {layer} layer" for layer in layers or () if layer not in plan.layers]
        if lacking:
            raise BadInput("the plan cannot be checked", violations=tuple(lacking))
        bench = board.bench(tx, clock, plan.unit_set_id)
        drafts = {layer: read_draft_layer(tx, plan, layer, bench.n_units) for layer in layers or plan.layers}
        listed = barriers.all_barriers(tx)
    return [
        check_layer(bench.survey, layer, problem_of(bench, layer, draft), listed, draft.grids.names)
        for layer, draft in drafts.items()
    ]


def check_layer(
    survey: Survey, layer: Layer, problem: LayerProblem, listed: Sequence[Barrier], names: Sequence[str]
) -> LayerPrecheck:
    """Check one layer as the engine would be given it; `names` are those of its grids."""
    causes, smallest = territory.precheck_of(problem)
    worded = tuple(_worded(survey, cause, listed, names) for cause in causes)
    tolerance = dict(zip(problem.measures, problem.tolerance_share.tolist(), strict=True))
    return LayerPrecheck(
        layer=layer,
        n_grids=problem.n_grids,
        tolerance_share=tolerance,
        smallest_share=smallest,
        causes=worded,
        headline=word_precheck(tolerance["minutes"], smallest["minutes"], worded),
    )


def _worded(survey: Survey, cause: BrokenRule, listed: Sequence[Barrier], names: Sequence[str]) -> Cause:
    amount = cause.amount / WORKING_DAYS_PER_CYCLE if cause.measure == "minutes" else cause.amount
    unit = survey.units.ids[cause.unit] if cause.unit >= 0 else ""
    place = _place(survey, cause.unit, listed) if cause.unit >= 0 else ""
    grid = names[cause.grid] if 0 <= cause.grid < len(names) else ""
    return Cause(
        rule=cause.rule, measure=cause.measure, unit=unit, place=place, grid=grid, amount=round(amount, 2),
        words=word_cause(cause.rule, cause.measure, unit, place, amount, grid),
    )  # fmt: skip


def _place(survey: Survey, unit: int, listed: Sequence[Barrier]) -> str:
    """Name the office that a unit lies in and the barrier or bridge nearest to it."""
    named = []
    level = next((level for level in _LEVELS if level in survey.unit_areas), None)
    if level is not None:
        area = int(survey.unit_areas[level].area_of_unit[unit])
        named += [survey.unit_areas[level].names[area]] if area >= 0 else []
    outline = survey.units.outlines[unit]
    apart = np.array([shapely.distance(outline, barrier.course) for barrier in listed])
    if len(apart) and apart.min() <= _NEAR_DEG:
        named.append(listed[int(apart.argmin())].name)
    return ", ".join(named)

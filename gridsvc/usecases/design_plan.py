"""Design better grids: a draft plan for one or more layers, divided by the engine and judged."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass

from gridsvc.clock import Clock
from gridsvc.domain.drafts import LayerRules
from gridsvc.domain.ids import Adcode
from gridsvc.domain.layers import Layer
from gridsvc.domain.plans import Plan
from gridsvc.engines import territory
from gridsvc.engines.pool import EnginePool, Report
from gridsvc.storage import Store
from gridsvc.usecases.draw_grids import LayerReport, certify, name_grids, report_layer, write_draft
from gridsvc.usecases.require_design import require_design
from gridsvc.usecases.survey_district import DesignRules, layer_request, survey_district


@dataclass(frozen=True, slots=True, kw_only=True)
class DesignedPlan:
    """The draft that was made."""

    plan: Plan
    layers: tuple[LayerReport, ...]
    n_left_out: int  # active shops without a point or outside every unit: they keep their present owners


def design_plan(
    store: Store,
    clock: Clock,
    pool: EnginePool,
    *,
    adcode: Adcode,
    actor: str,
    title: str,
    layers: Sequence[Layer] = tuple(Layer),
    unit_set_id: str | None = None,
    n_grids: Mapping[Layer, int] | None = None,
    rules: DesignRules,
    on_progress: Report | None = None,
    is_cancelled: Callable[[], bool] | None = None,
) -> DesignedPlan:
    """Make a draft plan whose layers the engine divided into one grid per member of staff.

    Reads in one transaction, solves outside of any, writes the draft in another; a publication in between is noticed
    when the plan is published, not here. An infeasible layer is stored with its violations: it can be seen and mended,
    not published.

    Raises
    ------
    BadInput
        no unit set, no active shop inside it, no staff for a layer, more staff than units: all reasons at once.
    """
    with store.transaction(adcode) as tx:
        survey = survey_district(tx, clock, layers=layers, unit_set_id=unit_set_id)
    require_design(survey, layers, n_grids)
    requests = [
        layer_request(survey, layer, (n_grids or {}).get(layer, len(survey.staff[layer])), rules) for layer in layers
    ]
    outcomes = territory.design(pool, requests, on_progress=on_progress, is_cancelled=is_cancelled)
    drawn = {
        layer: name_grids(survey, layer, outcome.grid_of_unit, request.problem.n_grids)
        for layer, outcome, request in zip(layers, outcomes, requests, strict=True)
    }
    reports = tuple(
        report_layer(survey, layer, outcome, drawn[layer]) for layer, outcome in zip(layers, outcomes, strict=True)
    )
    with store.transaction(adcode) as tx:
        plan = write_draft(
            tx,
            clock,
            survey,
            adcode=adcode,
            actor=actor,
            title=title,
            kind="design",
            drawn=drawn,
            reports=reports,
            certificate=certify(dict(zip(layers, outcomes, strict=True)), drawn, asdict(rules)),
            edit={"seed": rules.seed, "layers": list(layers)},
            kept=LayerRules(tolerance=rules.minutes_tolerance_share, count_tolerance=rules.second_tolerance_share),
        )
    return DesignedPlan(plan=plan, layers=reports, n_left_out=survey.n_left_out)

"""Design better grids: a draft plan for one or more layers, divided by the engine and judged."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass

import numpy as np

from gridsvc.clock import Clock
from gridsvc.domain.borders import BorderMode, KeptBorder
from gridsvc.domain.drafts import LayerRules
from gridsvc.domain.ids import Adcode
from gridsvc.domain.layers import Layer
from gridsvc.domain.plans import Plan
from gridsvc.engines.pool import EnginePool, Report
from gridsvc.storage import Store, barriers
from gridsvc.storage.barriers import Barrier
from gridsvc.storage.plans import Grids
from gridsvc.usecases.couple_layers import Coupling, count_trios, coupled_search
from gridsvc.usecases.design_rounds import LayerDesign, design_rounds, words_of
from gridsvc.usecases.draw_grids import LayerReport, certify, report_layer, write_draft
from gridsvc.usecases.expect_minutes import travel_basis
from gridsvc.usecases.keep_borders import count_whole
from gridsvc.usecases.measure_ways import ensure_ways
from gridsvc.usecases.precheck_plan import check_layer
from gridsvc.usecases.require_design import require_design
from gridsvc.usecases.survey_district import DesignRules, Survey, kept_borders, layer_request, survey_district


@dataclass(frozen=True, slots=True, kw_only=True)
class DesignedPlan:
    """The draft that was made."""

    plan: Plan
    layers: tuple[LayerReport, ...]
    n_left_out: int  # active shops without a point or outside every unit: they keep their present owners
    words: tuple[str, ...] = ()  # per layer: how even the expected minutes are, and how sure that is


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
    coupling: Coupling = Coupling.APART,
    on_progress: Report | None = None,
    is_cancelled: Callable[[], bool] | None = None,
) -> DesignedPlan:
    """Make a draft plan whose layers the engine divided into one grid per member of staff.

    Reads in one transaction, solves outside of any, writes the draft in another; a publication in between is noticed
    when the plan is published, not here. An infeasible layer is stored with its violations: it can be seen and mended,
    not published. Cancelled, it stores the best that was found so far.

    Raises
    ------
    BadInput
        no unit set, no active shop inside it, no staff for a layer, more staff than units: all reasons at once.
    """
    ensure_ways(store, clock, adcode=adcode, actor=actor, unit_set_id=unit_set_id, distance=rules.distance)
    with store.transaction(adcode) as tx:
        survey = survey_district(tx, clock, layers=layers, unit_set_id=unit_set_id)
        places = barriers.all_barriers(tx)
    require_design(survey, layers, n_grids, rules.borders, rules.carton_tolerance_share)
    wanted = {layer: (n_grids or {}).get(layer, len(survey.staff[layer])) for layer in layers}

    search = coupled_search(pool, coupling, wanted, is_cancelled)
    basis = travel_basis(store, adcode)
    designs, learnt = design_rounds(
        survey, basis, wanted, rules, search, on_progress=on_progress, is_cancelled=is_cancelled
    )
    drawn = {layer: design.grids for layer, design in designs.items()}
    reports = tuple(
        report_layer(survey, layer, design.outcome, design.grids, design.expected) for layer, design in designs.items()
    )
    outcomes = {layer: design.outcome for layer, design in designs.items()}
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
            certificate=certify(outcomes, drawn, asdict(learnt)),
            edit={"seed": rules.seed, "layers": list(layers), "coupling": str(coupling)},
            kept=LayerRules(
                tolerance=rules.minutes_tolerance_share,
                count_tolerance=rules.second_tolerance_share,
                carton_tolerance=rules.carton_tolerance_share,
                borders=rules.borders,
                distance=rules.distance,
                crews=rules.crews,
            ),
        )
    return DesignedPlan(
        plan=plan,
        layers=reports,
        n_left_out=survey.n_left_out,
        words=(
            *words_of(designs),
            *_trio_words(survey, drawn, coupling),
            *whole_areas(survey, drawn, rules.borders),
            *_impossible(survey, designs, learnt, places),
        ),
    )


def _impossible(
    survey: Survey, designs: Mapping[Layer, LayerDesign], learnt: DesignRules, places: Sequence[Barrier]
) -> list[str]:
    """Say of layers that do not keep every rule what is proven against them, the smallest tolerance first."""
    said = []
    for layer, design in designs.items():
        if not design.outcome.is_feasible:
            problem = layer_request(survey, layer, design.outcome.n_grids, learnt).problem
            found = check_layer(survey, layer, problem, places, design.grids.names)
            said.append(f"{layer}: {found.headline['en']}")
    return said


def whole_areas(survey: Survey, drawn: Mapping[Layer, Grids], borders: Sequence[KeptBorder]) -> list[str]:
    """Say for each layer how many of the areas whose borders count lie whole in one grid."""
    n_shops = np.bincount(survey.retailer_unit, minlength=len(survey.units)).astype(np.float64)
    said = []
    for layer, grids in drawn.items():
        for border in kept_borders(survey, layer, borders):
            n_whole, n_areas, together = count_whole(survey.unit_areas[border.level], grids.grid_of_unit, n_shops)
            how = "hard" if border.mode is BorderMode.HARD else f"at a price of {border.price:g}"
            said.append(
                f"{layer}: {n_whole} of {n_areas} areas of {border.level} lie whole in one grid, {together:.0%} of the "
                f"shops with most of their area's ({how})"
            )
    return said


def _trio_words(survey: Survey, drawn: Mapping[Layer, Grids], coupling: Coupling) -> tuple[str, ...]:
    n_trios = count_trios(survey, drawn)
    if n_trios is None:
        return ()
    fewest = max(len(grids.grid_ids) for grids in drawn.values())
    return (f"{n_trios} different trios serve the shops; fewer than {fewest} cannot be. Layers designed {coupling}",)

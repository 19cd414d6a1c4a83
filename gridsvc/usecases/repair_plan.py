"""Repair the grids after a change: a draft in which as few shops as possible change hands, and the list of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace

from gridsvc.clock import Clock
from gridsvc.domain.drafts import LayerRules
from gridsvc.domain.ids import Adcode, RetailerId, StaffId
from gridsvc.domain.layers import Layer
from gridsvc.domain.plans import Plan
from gridsvc.engines import regrid
from gridsvc.engines.pool import EnginePool, Report
from gridsvc.engines.regrid import MoveBound, RepairRequest
from gridsvc.engines.territory import DesignOutcome, DesignRequest
from gridsvc.storage import Store
from gridsvc.storage.plans import Grids
from gridsvc.usecases.design_rounds import design_rounds, words_of
from gridsvc.usecases.draw_grids import LayerReport, certify, report_layer, write_draft
from gridsvc.usecases.expect_minutes import travel_basis
from gridsvc.usecases.measure_ways import ensure_ways
from gridsvc.usecases.require_design import require_design
from gridsvc.usecases.survey_district import DesignRules, Survey, owned_shops, survey_district


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """One shop that changes hands; from nobody = it has no owner now, to nobody = a vacant grid."""

    layer: Layer
    retailer_id: RetailerId
    retailer_code: str
    from_staff: StaffId | None
    to_staff: StaffId | None
    from_staff_code: str | None
    to_staff_code: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RepairedPlan:
    """The draft that was made, how few moves were possible, and every move.

    `moves` holds the shops that leave an owner and those that had none.
    """

    plan: Plan
    layers: tuple[LayerReport, ...]
    bounds: Mapping[Layer, MoveBound]
    moves: tuple[Move, ...]
    n_left_out: int
    words: tuple[str, ...] = ()


def repair_plan(
    store: Store,
    clock: Clock,
    pool: EnginePool,
    *,
    adcode: Adcode,
    actor: str,
    title: str = "Repair",
    layers: Sequence[Layer] = tuple(Layer),
    unit_set_id: str | None = None,
    rules: DesignRules,
    on_progress: Report | None = None,
    is_cancelled: Callable[[], bool] | None = None,
) -> RepairedPlan:
    """Make a draft that brings today's shops back within the tolerances with few changes of owner.

    Shops that opened or closed and staff who came or left since the plan in force are what it answers. The least number
    of moves is computed beside it. An infeasible layer is stored with its violations.

    Parameters
    ----------
    rules : `keep_owner_km2` is not used, keeping owners comes before compactness here; without `max_iterations` the
        search takes 1,000 a layer

    Raises
    ------
    BadInput
        no unit set, no active shop inside it, no staff for a layer: all reasons at once.
    """
    ensure_ways(store, clock, adcode=adcode, actor=actor, unit_set_id=unit_set_id, distance=rules.distance)
    with store.transaction(adcode) as tx:
        survey = survey_district(tx, clock, layers=layers, unit_set_id=unit_set_id)
    require_design(survey, layers, None, rules.borders, rules.carton_tolerance_share)
    wanted = {layer: len(survey.staff[layer]) for layer in layers}
    owned = {layer: owned_shops(survey, layer, n_grids) for layer, n_grids in wanted.items()}
    bounds: dict[Layer, MoveBound] = {}
    orphans = {layer: count_orphans(survey, layer) for layer in layers}

    def search(requests: Mapping[Layer, DesignRequest], report: Report, number: int) -> dict[Layer, DesignOutcome]:
        asked = [RepairRequest(design=request, owned=owned[layer]) for layer, request in requests.items()]
        found = regrid.repair(pool, asked, on_progress=report, is_cancelled=is_cancelled)
        for layer, repaired in zip(requests, found, strict=True):
            bounds[layer] = with_leavers(repaired.bound, orphans[layer])
        return {layer: repaired.outcome for layer, repaired in zip(requests, found, strict=True)}

    basis = travel_basis(store, adcode)
    designs, learnt = design_rounds(
        survey, basis, wanted, rules, search, on_progress=on_progress, is_cancelled=is_cancelled
    )
    outcomes = {layer: design.outcome for layer, design in designs.items()}
    drawn = {layer: design.grids for layer, design in designs.items()}
    reports = tuple(
        report_layer(survey, layer, design.outcome, design.grids, design.expected) for layer, design in designs.items()
    )
    with store.transaction(adcode) as tx:
        plan = write_draft(
            tx,
            clock,
            survey,
            adcode=adcode,
            actor=actor,
            title=title,
            kind="repair",
            drawn=drawn,
            reports=reports,
            certificate=certify(outcomes, drawn, asdict(learnt)) | {"moves": _stated(bounds, reports)},
            edit={"seed": rules.seed, "layers": list(layers)},
            kept=LayerRules(
                tolerance=rules.minutes_tolerance_share,
                count_tolerance=rules.second_tolerance_share,
                carton_tolerance=rules.carton_tolerance_share,
                borders=rules.borders,
                distance=rules.distance,
                crews=rules.crews,
            ),
        )
    moves = tuple(move for layer in layers for move in moves_of(survey, layer, drawn[layer]))
    return RepairedPlan(
        plan=plan,
        layers=reports,
        bounds=bounds,
        moves=moves,
        n_left_out=survey.n_left_out,
        words=tuple(words_of(designs)),
    )


def count_orphans(survey: Survey, layer: Layer) -> int:
    """Count the shops whose owner is in service no more: they change hands whatever is done."""
    there = {member.staff_id for member in survey.staff[layer]}
    owners = (survey.owner_of.get((RetailerId(shop), layer)) for shop in survey.retailers.retailer_id)
    return sum(owner is not None and owner not in there for owner in owners)


def with_leavers(bound: MoveBound, n_orphans: int) -> MoveBound:
    """Give the bound with the shops of those who left: the engine knows only whom it divides among."""
    return replace(
        bound,
        n_least=bound.n_least + n_orphans,
        n_flow=bound.n_flow + n_orphans,
        n_apart=bound.n_apart + n_orphans,
    )


def moves_of(survey: Survey, layer: Layer, grids: Grids) -> list[Move]:
    """List the shops whose owner a division changes, in the order of their codes."""
    moves = []
    code_of = {member.staff_id: member.staff_code for member in survey.staff[layer]}
    shops = survey.retailers
    for retailer, code, row in zip(shops.retailer_id, shops.retailer_code, survey.retailer_unit.tolist(), strict=True):
        position = int(grids.grid_of_unit[row])
        before = survey.owner_of.get((RetailerId(retailer), layer))
        after = grids.staff_ids[position] if position >= 0 else None
        if before != after:
            moves.append(
                Move(
                    layer=layer,
                    retailer_id=RetailerId(retailer),
                    retailer_code=code,
                    from_staff=before,
                    to_staff=after,
                    from_staff_code=code_of.get(before) if before else None,
                    to_staff_code=code_of.get(after) if after else None,
                )
            )
    return moves


def _stated(bounds: Mapping[Layer, MoveBound], reports: Sequence[LayerReport]) -> dict[str, dict[str, float | None]]:
    """Give the bounds as a document holds them: infinite becomes nothing."""

    def finite(value: float) -> float | None:
        return round(value, 1) if value < float("inf") else None

    return {
        report.layer: {
            "n_moved": report.n_moved,
            "n_least": finite(bounds[report.layer].n_least),
            "n_flow": finite(bounds[report.layer].n_flow),
            "flow_minutes": finite(bounds[report.layer].flow_minutes),
            "n_apart": bounds[report.layer].n_apart,
        }
        for report in reports
    }

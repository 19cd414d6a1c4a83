"""What every search over a draft shares: its layers as the engine's problems, and writing what was found."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from gridsvc.clock import Clock
from gridsvc.domain.errors import BadInput, Conflict, RuleBroken
from gridsvc.domain.ids import Adcode, PlanId, StaffId
from gridsvc.domain.layers import Layer
from gridsvc.domain.plan_metrics import MetricValues
from gridsvc.domain.plans import Plan
from gridsvc.engines.pool import Report, SolveStopped
from gridsvc.engines.territory import DesignOutcome, DesignRequest, LayerProblem, kept_whole
from gridsvc.storage import Store, audit, districts, drafts, plans
from gridsvc.storage.plans import Grids
from gridsvc.usecases.design_rounds import LayerDesign, design_rounds
from gridsvc.usecases.draft_bench import DraftBench, DraftLayer, read_bench, read_draft_layer
from gridsvc.usecases.draw_grids import certify
from gridsvc.usecases.edit_draft import require_editable
from gridsvc.usecases.expect_minutes import travel_basis
from gridsvc.usecases.measure_draft import MeasuredLayer, measure_draft, shorten
from gridsvc.usecases.minutes_factor import factor_of
from gridsvc.usecases.survey_district import DesignRules, owned_shops

Search = Callable[[Mapping[Layer, DesignRequest], Report, int], dict[Layer, DesignOutcome]]


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchedLayer:
    """One layer after a search: metrics before and after, units that went to another grid, what is broken still."""

    layer: Layer
    is_feasible: bool
    n_units_changed: int
    before: MetricValues
    after: MetricValues
    warnings: tuple[str, ...]
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchedDraft:
    """What a search made of a draft; `revision` is the draft's now."""

    plan_id: PlanId
    revision: int
    layers: tuple[SearchedLayer, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenDraft:
    """A draft as a search reads it, in one snapshot."""

    plan: Plan
    bench: DraftBench
    layers: dict[Layer, DraftLayer]


def open_draft(
    store: Store, clock: Clock, *, adcode: Adcode, plan_id: str, layers: Sequence[Layer] | None
) -> OpenDraft:
    """Read the layers of a draft (all of it without a choice).

    Raises `NotFound`, `Conflict` where the plan cannot be edited any more, `BadInput` for layers that it lacks or that
    have no grids.
    """
    with store.transaction(adcode) as tx:
        plan = plans.find(tx, plan_id)
        require_editable(plan)
        chosen = tuple(layers) if layers else plan.layers
        lacking = [f"the plan has no {layer} layer" for layer in chosen if layer not in plan.layers]
        if lacking:
            raise BadInput("the draft cannot be searched", violations=tuple(lacking))
        bench = read_bench(tx, clock, plan.unit_set_id, districts.find(tx).revision)
        found = {layer: read_draft_layer(tx, plan, layer, bench.n_units) for layer in chosen}
    empty = [
        f"{layer}: the draft has no grids yet; add some" for layer, draft in found.items() if not draft.grids.names
    ]
    if empty:
        raise BadInput("the draft cannot be searched", violations=tuple(empty))
    return OpenDraft(plan=plan, bench=bench, layers=found)


def problem_of(bench: DraftBench, layer: Layer, draft: DraftLayer) -> LayerProblem:
    """State a layer of a draft for a search: locked grids stay as they are drawn, the budget counts what has moved.

    The engine counts whole units, the budget counts shops: shops that change hands wherever their unit goes (in a unit
    of somebody else, of an owner without a grid, kept with another owner) are taken off it beforehand, so that a plan
    within the engine's budget is within the draft's.
    """
    stated = bench.problem(layer, draft)
    locked = [draft.grids.grid_ids.index(grid_id) for grid_id in draft.rules.locks if grid_id in draft.grids.grid_ids]
    stated = kept_whole(stated, draft.grids.grid_of_unit, locked)
    if draft.rules.churn_budget is None:
        return stated
    return replace(
        stated, churn_budget=max(0.0, draft.rules.churn_budget - _n_moving_anyway(bench, layer, draft, stated))
    )


def _n_moving_anyway(bench: DraftBench, layer: Layer, draft: DraftLayer, stated: LayerProblem) -> float:
    """Count the shops that get another owner than today even where every unit stays with its present grid."""
    stays = replace(draft, grids=replace(draft.grids, grid_of_unit=stated.previous))
    then = bench.owner_of_shop(stays, bench.grid_of_shop(stays))
    now = bench.layers[layer].owner
    return float(((now >= 0) & (now != then)).sum())


def owned_of(bench: DraftBench, layer: Layer, draft: DraftLayer) -> NDArray[np.float64]:
    """Give (n_units, n_grids) the shops of each unit that each grid's owner has today; exceptions are left out."""
    survey = bench.survey
    people = {member.staff_id: member for member in bench.people.values()}
    known = [people.get(staff_id) if staff_id else None for staff_id in draft.grids.staff_ids]
    nobody = next(iter(people.values()))
    staff = [member or replace(nobody, staff_id=StaffId("")) for member in known]
    owner_of = {
        key: owner for key, owner in survey.owner_of.items() if not (key[1] is layer and key[0] in draft.exceptions)
    }
    return owned_shops(replace(survey, staff={**survey.staff, layer: staff}, owner_of=owner_of), layer, len(staff))


def search_draft(
    store: Store,
    clock: Clock,
    *,
    adcode: Adcode,
    actor: str,
    kind: str,
    opened: OpenDraft,
    rules: DesignRules,
    search: Search,
    state: Callable[[Layer, DraftLayer], LayerProblem],
    is_fresh: bool,
    at_once: bool = False,
    on_progress: Report | None = None,
    is_cancelled: Callable[[], bool] | None = None,
) -> SearchedDraft:
    """Search the layers of an open draft, travel included, and write what was found as one revision of it.

    Parameters
    ----------
    kind : what the log calls it
    rules : seed and limits; tolerances are the draft's own
    state : a layer's problem; its minutes are those of the draft that is given
    is_fresh : grids may change places: then each person gets the grid with most of his or her shops
    at_once : all layers are one search, as identical ones are; default: one after the other
    is_cancelled : then the best so far is written, of layers in which it keeps every rule

    Raises
    ------
    Conflict
        somebody changed the draft while the search ran; nothing is written.
    RuleBroken
        what was found spends more than the draft's churn budget; nothing is written.
    SolveStopped
        cancelled before anything that keeps the rules was found; nothing is written.
    """
    bench, survey = opened.bench, opened.bench.survey
    basis = travel_basis(store, adcode)
    designs: dict[Layer, LayerDesign] = {}
    learnt: dict[str, Mapping[str, Any]] = {}
    n_units = bench.n_units
    together = [opened.layers] if at_once else [{layer: draft} for layer, draft in opened.layers.items()]
    for number, drafts_of in enumerate(together):

        def within(share: float, words: str, *, number: int = number) -> None:
            if on_progress is not None:
                on_progress((number + share) / len(together), words)

        def stated(of: Layer, asked: DesignRules) -> DesignRequest:
            draft = opened.layers[of]
            factor = tuple(float(value) for value in asked.factor(of, n_units))
            # a share of the draft's own: later rounds aim at a part of it
            tighter = replace(draft.rules, tolerance=asked.minutes_tolerance_share * draft.rules.tolerance)
            problem = state(of, replace(draft, minutes_factor=factor, rules=tighter))
            return DesignRequest(
                problem=problem,
                seed=rules.seed,
                max_iterations=rules.max_iterations,
                max_seconds=rules.max_seconds,
                engine=rules.engine,
            )

        def named(of: Layer, grid_of_unit: NDArray[np.int32]) -> Grids:
            draft = opened.layers[of]
            return place_parts(bench, of, draft, grid_of_unit) if is_fresh else _same(draft, grid_of_unit)

        factors = {
            str(layer): {"values": draft.factor(n_units).tolist(), "of_unit": list(range(n_units))}
            for layer, draft in drafts_of.items()
        }
        inspected = drafts_of.get(Layer.INSPECTION)
        crews = inspected.rules.crews if inspected else None
        own = replace(rules, minutes_tolerance_share=1.0, minutes_factor=factors, crews=crews)
        n_grids = {layer: len(draft.grids.grid_ids) for layer, draft in drafts_of.items()}
        found, asked = design_rounds(
            survey, basis, n_grids, own, search, state=stated, name=named, on_progress=within, is_cancelled=is_cancelled
        )
        is_ended = is_cancelled is not None and is_cancelled()
        kept = {layer: one for layer, one in found.items() if not is_ended or one.outcome.is_feasible}
        designs |= kept
        learnt |= {str(layer): (asked.minutes_factor or {})[str(layer)] for layer in kept}
        if is_ended:
            break
    if not designs:
        raise SolveStopped("cancelled before a plan that keeps every rule was found; the draft stays as it is")
    opened = replace(opened, layers={layer: opened.layers[layer] for layer in designs})
    return _write(store, clock, adcode, actor, kind, opened, designs, learnt, rules)


def search_drawn(
    store: Store,
    clock: Clock,
    *,
    adcode: Adcode,
    actor: str,
    plan_id: str,
    layers: Sequence[Layer] | None,
    kind: str,
    rules: DesignRules,
    search: Search,
    on_progress: Report | None = None,
    is_cancelled: Callable[[], bool] | None = None,
) -> SearchedDraft:
    """Search the layers of a draft from where they are drawn: a move is a unit that leaves the grid it is drawn in.

    The churn budget, which counts changes against today's owners, is judged afterwards. Raises as `open_draft` and
    `search_draft` do.
    """
    opened = open_draft(store, clock, adcode=adcode, plan_id=plan_id, layers=layers)

    def state(layer: Layer, draft: DraftLayer) -> LayerProblem:
        drawn = opened.layers[layer].grids.grid_of_unit
        return replace(problem_of(opened.bench, layer, draft), previous=drawn, churn_budget=None)

    return search_draft(
        store,
        clock,
        adcode=adcode,
        actor=actor,
        kind=kind,
        opened=opened,
        rules=rules,
        search=search,
        state=state,
        is_fresh=False,
        on_progress=on_progress,
        is_cancelled=is_cancelled,
    )


def _require_budget(layer: Layer, draft: DraftLayer, before: MeasuredLayer, after: MeasuredLayer) -> None:
    """Refuse what spends more than the churn budget, and more than what is drawn: the budget is a cap."""
    moved, drawn = int(after.metrics["n_moved"] or 0), int(before.metrics["n_moved"] or 0)
    budget = draft.rules.churn_budget
    if budget is not None and moved > max(budget, drawn):
        raise RuleBroken(
            f"{layer}: what was found moves {moved:,} shops, {moved - budget:,} over the budget of {budget:,}; "
            "the draft stays as it is. Raise the budget, or let `plan redesign` search within it"
        )


def _same(draft: DraftLayer, grid_of_unit: NDArray[np.int32]) -> Grids:
    return replace(draft.grids, grid_of_unit=grid_of_unit)


def place_parts(bench: DraftBench, layer: Layer, draft: DraftLayer, grid_of_unit: NDArray[np.int32]) -> Grids:
    """Give each grid of the draft the part with most shops of its owner; pinned and locked ones stay where they are."""
    n_grids = len(draft.grids.grid_ids)
    owned = owned_of(bench, layer, draft)
    n_parts = max(n_grids, int(grid_of_unit.max(initial=-1)) + 1)
    kept = np.zeros((n_parts, n_grids))
    inside = grid_of_unit >= 0
    np.add.at(kept, grid_of_unit[inside], owned[inside])
    drawn = draft.grids.grid_of_unit
    both = inside & (drawn >= 0)
    np.add.at(kept, (grid_of_unit[both], drawn[both]), 1e-3)
    fixed = problem_of(bench, layer, draft).fixed_grid
    held = np.flatnonzero((fixed >= 0) & inside)
    np.add.at(kept, (grid_of_unit[held], fixed[held]), 1e9)
    parts, grids = linear_sum_assignment(kept, maximize=True)
    grid_of_part = np.full(n_parts + 1, -1, dtype=np.int32)
    grid_of_part[parts] = grids
    return replace(draft.grids, grid_of_unit=grid_of_part[grid_of_unit])


def _write(
    store: Store,
    clock: Clock,
    adcode: Adcode,
    actor: str,
    kind: str,
    opened: OpenDraft,
    designs: Mapping[Layer, LayerDesign],
    learnt: Mapping[str, Mapping[str, Any]],
    rules: DesignRules,
) -> SearchedDraft:
    drawn = {layer: design.grids for layer, design in designs.items()}
    outcomes = {layer: design.outcome for layer, design in designs.items()}
    with store.transaction(adcode) as tx:
        plan = plans.find(tx, opened.plan.plan_id, for_update=True)
        require_editable(plan)
        if plan.revision != opened.plan.revision:
            raise Conflict(f"plan {plan.title} was changed while the search ran; start it again from what is there now")
        version = plan.plan_version_id
        if drafts.is_frozen(tx, version):
            version = drafts.succeed_version(tx, plan)
        known = plans.findings_of(tx, version)
        factor = {**factor_of(known.certificate), **learnt}
        stated = certify(outcomes, drawn, asdict(replace(rules, minutes_factor=factor)))
        stated["layers"] = {**known.certificate.get("layers", {}), **stated["layers"]}
        before, after = {}, {}
        for layer, draft in opened.layers.items():
            values = tuple(
                float(value)
                for value in DesignRules(minutes_factor=factor).factor(layer, len(opened.bench.survey.units))
            )
            before[layer] = measure_draft(opened.bench, layer, draft)
            after[layer] = measure_draft(opened.bench, layer, replace(draft, grids=drawn[layer], minutes_factor=values))
            _require_budget(layer, draft, before[layer], after[layer])
            plans.write_layer(tx, clock, version, layer, drawn[layer])
        plans.write_findings(
            tx,
            version,
            metrics=known.metrics | {layer: measured.metrics for layer, measured in after.items()},
            violations=known.violations
            | {layer: list(shorten(measured.findings)) for layer, measured in after.items()},
            certificate={**known.certificate, **stated},
        )
        logged = {"layers": [str(layer) for layer in designs], "seed": rules.seed}
        revision = plans.add_edit(tx, clock, plan, actor=actor, kind=kind, edit=logged)
        audit.add(tx, clock, actor=actor, action=f"plan.{kind}", subject=plan.plan_id, content=logged)
    listed = tuple(
        SearchedLayer(
            layer=layer,
            is_feasible=designs[layer].outcome.is_feasible,
            n_units_changed=int((drawn[layer].grid_of_unit != draft.grids.grid_of_unit).sum()),
            before=before[layer].metrics,
            after=after[layer].metrics,
            warnings=shorten(after[layer].findings),
            words=designs[layer].expected.words,
        )
        for layer, draft in opened.layers.items()
    )
    return SearchedDraft(plan_id=plan.plan_id, revision=revision, layers=listed)

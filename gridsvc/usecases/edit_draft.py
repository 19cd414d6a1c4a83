"""Edit a draft: on the version that the planner saw, over what others did meanwhile, or not at all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from gridsvc.clock import Clock
from gridsvc.domain.distances import Distance
from gridsvc.domain.drafts import AddGrid, Clash, DraftConflict, Edit, SetRules, VersionMissing, VersionUnknown
from gridsvc.domain.errors import BadInput, Conflict
from gridsvc.domain.ids import Adcode, GridId, PlanId, PlanVersionId, RetailerId
from gridsvc.domain.layers import Layer
from gridsvc.domain.plan_metrics import MetricValues
from gridsvc.domain.plans import EDITABLE, Plan
from gridsvc.storage import Store, Transaction, audit, drafts, plans
from gridsvc.storage.drafts import LoggedEdit
from gridsvc.usecases.apply_edits import NEW_GRID, Applied, Touched, apply_edits
from gridsvc.usecases.draft_bench import DraftBench, DraftBoard, DraftLayer, read_draft_layer
from gridsvc.usecases.measure_draft import DraftGrid, measure_draft, shorten
from gridsvc.usecases.measure_ways import ensure_ways

_NAMED_UNITS = 20  # so many units are named in a sentence; the machine-readable list has all of them


@dataclass(frozen=True, slots=True, kw_only=True)
class RebasedOver:
    """An edit of somebody else over which this one was laid: it touched nothing of the same."""

    revision: int
    by: str
    kind: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BeforeAndAfter:
    """The layer's metrics before and after an edit."""

    before: MetricValues
    after: MetricValues


@dataclass(frozen=True, slots=True, kw_only=True)
class EditedDraft:
    """What an edit did.

    Parameters
    ----------
    revision : of the draft now: send it as `If-Match` with the next edit
    rebased_over : edits of others since the version that this one was made on
    touched : unit rows that the edits named; `n_moved_units` of them changed hands
    added_grid_id : of the grid that was added, if one was
    warnings : rules that the layer breaks now; a draft may, a publication may not break the hard ones
    """

    plan_id: PlanId
    revision: int
    layer: Layer
    rebased_over: tuple[RebasedOver, ...]
    touched: tuple[int, ...]
    n_moved_units: int
    added_grid_id: GridId | None
    warnings: tuple[str, ...]
    metrics: BeforeAndAfter
    grids: tuple[DraftGrid, ...]


def edit_draft(
    store: Store,
    clock: Clock,
    board: DraftBoard,
    *,
    adcode: Adcode,
    actor: str,
    plan_id: str,
    base_revision: int | None,
    layer: Layer,
    edits: Sequence[Edit],
    step: str = "",
) -> EditedDraft:
    """Lay edits over a draft and give what they did; only changed units are written.

    Edits are applied in order, all of them or none. Writers of one draft wait for each other; a writer who saw an older
    version is let through when nobody touched the same units, shops, grids or rules since.

    Raises
    ------
    VersionMissing, VersionUnknown
        no version was named, or one that the draft never had.
    DraftConflict
        somebody touched the same since; what, who and when are named.
    Conflict
        the plan is not in a state that can be edited.
    BadInput, RuleBroken
        see `apply_edits`.
    """
    if base_revision is None:
        raise VersionMissing
    _ensure_ways(store, clock, adcode, actor, plan_id, edits)
    with store.transaction(adcode) as tx:
        plan = plans.find(tx, plan_id, for_update=True)
        _require(plan, layer, base_revision)
        bench = board.bench(tx, clock, plan.unit_set_id)
        draft = read_draft_layer(tx, plan, layer, bench.n_units)
        next_number = 1 + plans.greatest_number(tx, layer) if any(isinstance(e, AddGrid) for e in edits) else 0
        since = drafts.edits_after(tx, plan.plan_id, base_revision) if base_revision < plan.revision else []
        _require_nothing_rewritten(plan, layer, since)
        applied = apply_edits(bench, layer, draft, edits, next_number=next_number)
        _require_no_clash(plan, layer, bench, applied.touched, since)
        version = plan.plan_version_id
        if drafts.is_frozen(tx, version):  # it was returned: the version that was looked at stays as it is
            version = drafts.succeed_version(tx, plan)
        applied, moved = _write(tx, clock, plan, version, layer, draft, applied)
        logged = {
            "layer": str(layer),
            "step": step,
            "kinds": [type(edit).__name__ for edit in edits],
            "touched": applied.touched.document(),
            "moved": moved,
        }
        revision = plans.add_edit(tx, clock, plan, actor=actor, kind="edit", edit=logged)
        content: dict[str, Any] = {"layer": str(layer), "revision": revision, "n_moved_units": len(moved)}
        audit.add(tx, clock, actor=actor, action="plan.edit", subject=plan.plan_id, content=content)
    before, after = measure_draft(bench, layer, draft), measure_draft(bench, layer, applied.draft)
    return EditedDraft(
        plan_id=plan.plan_id,
        revision=revision,
        layer=layer,
        rebased_over=tuple(RebasedOver(revision=edit.revision, by=edit.actor, kind=edit.kind) for edit in since),
        touched=tuple(sorted(applied.touched.units)),
        n_moved_units=len(moved),
        added_grid_id=applied.draft.grids.grid_ids[applied.added[0]] if applied.added else None,
        warnings=shorten(after.findings),
        metrics=BeforeAndAfter(before=before.metrics, after=after.metrics),
        grids=after.grids,
    )


def _ensure_ways(store: Store, clock: Clock, adcode: Adcode, actor: str, plan_id: str, edits: Sequence[Edit]) -> None:
    """Measure what a distance that is asked for needs: it takes seconds once and cannot wait within the edit."""
    for edit in edits:
        if isinstance(edit, SetRules) and edit.distance not in {None, Distance.STRAIGHT}:
            with store.transaction(adcode) as tx:
                plan = plans.find(tx, plan_id)
            require_editable(plan)
            ensure_ways(store, clock, adcode=adcode, actor=actor, unit_set_id=plan.unit_set_id, distance=edit.distance)


def _require(plan: Plan, layer: Layer, base_revision: int) -> None:
    require_editable(plan)
    if layer not in plan.layers:
        raise BadInput(f"the plan has no {layer} layer; it has {', '.join(plan.layers)}")
    if not 0 <= base_revision <= plan.revision:
        raise VersionUnknown(f"the draft is at revision {plan.revision}; it never had {base_revision}")


def require_editable(plan: Plan) -> None:
    """Raise `Conflict` unless the plan is a draft or was returned."""
    if plan.state not in EDITABLE:
        raise Conflict(
            f"plan {plan.title} is {plan.state} and can no longer be edited; duplicate it, or have it returned"
        )


def _require_nothing_rewritten(plan: Plan, layer: Layer, since: Sequence[LoggedEdit]) -> None:
    """Refuse before the edits are looked at: after a split, rows name other units."""
    for edit in since:
        layers = edit.edit.get("layers")
        if "touched" in edit.edit or (layers is not None and str(layer) not in layers):
            continue
        clash = Clash(kind="everything", by=edit.actor, at=edit.at, revision=edit.revision)
        words = f"{edit.actor} made the whole layer anew ({edit.kind}) at {edit.at:%Y-%m-%d %H:%M:%S} UTC"
        raise DraftConflict(
            f"plan {plan.title} was changed by {edit.actor} since revision {edit.revision - 1}",
            violations=(words,),
            clashes=(clash,),
        )


def _require_no_clash(
    plan: Plan, layer: Layer, bench: DraftBench, touched: Touched, since: Sequence[LoggedEdit]
) -> None:
    clashes = [
        clash
        for edit in since
        if edit.edit.get("layer") == str(layer) and "touched" in edit.edit
        for clash in _clashes(bench, touched, edit)
    ]
    if clashes:
        raise DraftConflict(
            f"others changed the same parts of plan {plan.title} since the version that you saw; read it again",
            violations=tuple(_words(clash) for clash in clashes),
            clashes=tuple(clashes),
        )


def _clashes(bench: DraftBench, touched: Touched, edit: LoggedEdit) -> list[Clash]:
    theirs = edit.edit["touched"]
    who: dict[str, Any] = {"by": edit.actor, "at": edit.at, "revision": edit.revision}
    units = sorted(touched.units & set(theirs["units"]))
    shops = sorted(touched.retailers & {RetailerId(shop) for shop in theirs["retailers"]})
    grids = sorted(touched.grids & {GridId(grid_id) for grid_id in theirs["grids"]})
    found = []
    if units:
        cells = tuple(bench.survey.units.ids[unit] for unit in units)
        found.append(Clash(kind="units", units=tuple(units), cells=cells, **who))
    if shops:
        found.append(Clash(kind="retailers", retailer_ids=tuple(shops), **who))
    if grids:
        found.append(Clash(kind="grids", grid_ids=tuple(grids), **who))
    if touched.rules and theirs["rules"]:
        found.append(Clash(kind="rules", **who))
    return found


def _words(clash: Clash) -> str:
    named = [*clash.cells, *clash.retailer_ids, *clash.grid_ids]
    more = f" and {len(named) - _NAMED_UNITS} more" if len(named) > _NAMED_UNITS else ""
    which = f" {', '.join(named[:_NAMED_UNITS])}{more}" if named else ""
    return f"{clash.kind}{which}: changed by {clash.by} at {clash.at:%Y-%m-%d %H:%M:%S} UTC (revision {clash.revision})"


def _write(
    tx: Transaction,
    clock: Clock,
    plan: Plan,
    version: PlanVersionId,
    layer: Layer,
    before: DraftLayer,
    applied: Applied,
) -> tuple[Applied, list[list[Any]]]:
    """Write what changed; give the copy with the identifiers of new grids, and [unit, from, to] of moved units."""
    for position in applied.added:
        applied = _write_new_grid(tx, clock, version, layer, applied, position)
    after = applied.draft
    moved = _moved(before, after)
    drafts.move_units(tx, version, layer, {unit: to for unit, _, to in moved})
    for grid_id in applied.removed:
        drafts.remove_grid(tx, version, grid_id)
    owner_before = dict(zip(before.grids.grid_ids, before.grids.staff_ids, strict=True))
    for grid_id, staff_id in zip(after.grids.grid_ids, after.grids.staff_ids, strict=True):
        if grid_id in owner_before and owner_before[grid_id] != staff_id:
            drafts.set_owner(tx, version, grid_id, staff_id)
    ended = before.exceptions.keys() - after.exceptions.keys()
    changed = [kept for shop, kept in after.exceptions.items() if before.exceptions.get(shop) != kept]
    drafts.end_exceptions(tx, version, layer, ended)
    if changed:
        drafts.write_exceptions(tx, version, layer, changed)
    if after.rules != before.rules:
        drafts.write_rules(tx, plan.plan_id, {layer: after.rules})
    return applied, moved


def _write_new_grid(
    tx: Transaction, clock: Clock, version: PlanVersionId, layer: Layer, applied: Applied, position: int
) -> Applied:
    grids = applied.draft.grids
    grid_id = drafts.add_grid(
        tx,
        clock,
        version,
        layer,
        name=grids.names[position],
        number=grids.numbers[position],
        staff_id=grids.staff_ids[position],
    )
    grid_ids = tuple(grid_id if known == NEW_GRID else known for known in grids.grid_ids)
    applied.touched.grids.discard(NEW_GRID)
    applied.touched.grids.add(grid_id)
    return replace(applied, draft=replace(applied.draft, grids=replace(grids, grid_ids=grid_ids)))


def _moved(before: DraftLayer, after: DraftLayer) -> list[list[Any]]:
    was = [*before.grids.grid_ids, None]
    now = [*after.grids.grid_ids, None]
    pairs = zip(before.grids.grid_of_unit.tolist(), after.grids.grid_of_unit.tolist(), strict=True)
    return [[unit, was[old], now[new]] for unit, (old, new) in enumerate(pairs) if was[old] != now[new]]

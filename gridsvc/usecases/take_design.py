"""Take over what the engine's proposal knows: whoever accepts it has its grids, and gets its travel and certificate."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from gridsvc.clock import Clock
from gridsvc.domain.errors import BadInput, Conflict
from gridsvc.domain.ids import Adcode, PlanId
from gridsvc.domain.layers import Layer
from gridsvc.domain.plan_metrics import MetricValues
from gridsvc.domain.plans import Plan
from gridsvc.storage import Store, Transaction, audit, drafts, plans
from gridsvc.usecases.draft_bench import DraftBoard, read_draft_layer
from gridsvc.usecases.edit_draft import require_editable
from gridsvc.usecases.measure_draft import measure_draft, shorten
from gridsvc.usecases.minutes_factor import KEY, factor_of

_TOUCHES_NOTHING: dict[str, Any] = {"units": [], "retailers": [], "grids": [], "rules": False}


@dataclass(frozen=True, slots=True, kw_only=True)
class TakenDesign:
    """A layer of a draft with the travel and the certificate of a design; `revision` is the draft's now."""

    plan_id: PlanId
    revision: int
    layer: Layer
    metrics: MetricValues
    warnings: tuple[str, ...]


def take_design(
    store: Store,
    clock: Clock,
    board: DraftBoard,
    *,
    adcode: Adcode,
    actor: str,
    plan_id: str,
    layer: Layer,
    design_of: str,
) -> TakenDesign:
    """Give a layer of a draft what the design of another plan learnt of travel, and its certificate.

    Only where every unit lies in the other plan's grid and every grid has its owner: the certificate is of the whole.
    Nothing moves. Edits taken back later leave the travel, as edits after any design do; the certificate then says so.

    Parameters
    ----------
    design_of : the plan that was designed, the copy that a proposal was made on; withdrawn ones count

    Raises
    ------
    NotFound
        there is no such plan.
    Conflict
        the plan cannot be edited, or differs from the design: nothing is taken.
    BadInput
        one of the plans lacks the layer, or the other was not designed.
    """
    with store.transaction(adcode) as tx:
        plan = plans.find(tx, plan_id, for_update=True)
        require_editable(plan)
        other = plans.find(tx, design_of)
        lacking = [one.title for one in (plan, other) if layer not in one.layers]
        if lacking:
            raise BadInput(f"plan {lacking[0]} has no {layer} layer")
        stated = plans.findings_of(tx, other.plan_version_id).certificate
        if layer not in (stated.get("layers") or {}):
            raise BadInput(f"plan {other.title} has no certificate of its {layer} layer: no engine designed it")
        bench = board.bench(tx, clock, plan.unit_set_id)
        _require_same(tx, plan, other, layer, bench.n_units, stated["layers"][layer])
        version = plan.plan_version_id
        if drafts.is_frozen(tx, version):
            version = drafts.succeed_version(tx, plan)
        known = plans.findings_of(tx, version)
        plans.write_certificate(tx, version, _joined(known.certificate, stated, layer))
        plan = plans.find(tx, plan_id)
        measured = measure_draft(bench, layer, read_draft_layer(tx, plan, layer, bench.n_units))
        warnings = shorten(measured.findings)
        plans.write_findings(
            tx,
            version,
            metrics={**known.metrics, layer: measured.metrics},
            violations={**known.violations, layer: list(warnings)},
            certificate=plans.findings_of(tx, version).certificate,
        )
        logged = {"layer": str(layer), "design_of": other.plan_id, "touched": _TOUCHES_NOTHING}
        revision = plans.add_edit(tx, clock, plan, actor=actor, kind="take_design", edit=logged)
        content = {"layer": str(layer), "design_of": other.plan_id}
        audit.add(tx, clock, actor=actor, action="plan.take_design", subject=plan.plan_id, content=content)
    return TakenDesign(
        plan_id=plan.plan_id, revision=revision, layer=layer, metrics=measured.metrics, warnings=warnings
    )


def _require_same(
    tx: Transaction, plan: Plan, other: Plan, layer: Layer, n_units: int, certified: dict[str, Any]
) -> None:
    if plan.unit_set_id != other.unit_set_id:
        raise Conflict(f"plan {other.title} is drawn on other units than {plan.title}; its design cannot be taken over")
    here, there = (plans.grids_of(tx, one.plan_version_id, layer, n_units) for one in (plan, other))
    if plans.fingerprint(there) != certified["grids_sha256"]:
        raise Conflict(f"plan {other.title} was changed after its design; its certificate cannot be taken over")
    if plans.fingerprint(here) != plans.fingerprint(there):
        raise Conflict(
            f"plan {plan.title} has other grids or owners in its {layer} layer than {other.title}: "
            "a design is taken over whole, or not at all"
        )


def _joined(known: dict[str, Any], stated: dict[str, Any], layer: Layer) -> dict[str, Any]:
    """Give the certificate with one layer of another, its travel included; other layers keep theirs."""
    learnt = {**factor_of(known)}
    learnt.pop(str(layer), None)
    if layer in factor_of(stated):
        learnt[str(layer)] = factor_of(stated)[layer]
    return {
        **known,
        "rules": {**stated["rules"], KEY: learnt},
        "layers": {**(known.get("layers") or {}), layer: stated["layers"][layer]},
    }

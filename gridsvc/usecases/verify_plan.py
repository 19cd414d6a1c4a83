"""Verify a stored plan: its certificate holds, or the sentence says what does not."""

from __future__ import annotations

from dataclasses import dataclass

from gridsvc.clock import Clock
from gridsvc.domain.ids import Adcode
from gridsvc.domain.plans import PlanState
from gridsvc.engines import territory
from gridsvc.storage import Store, plans
from gridsvc.usecases.bench_before import IN_FORCE
from gridsvc.usecases.draft_bench import DraftBoard, read_draft_layer
from gridsvc.usecases.find_plan import find_plan
from gridsvc.usecases.measure_draft import Finding, measure_draft
from gridsvc.usecases.survey_district import DesignRules, layer_request


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """Whether the certificate holds, and a line per thing that was checked."""

    holds: bool
    words: tuple[str, ...]


def verify_plan(store: Store, clock: Clock, *, adcode: Adcode, wanted: str, with_bounds: bool = False) -> Verdict:
    """Compare the stored grids with the certificate and ask the judge about every rule of the plan on today's shops.

    The certificate holds when the grids are those that the engine gave, in their rows and as look-ups read them, and no
    rule is broken. A change of the shops since then is said, because the judge sees today's loads, but it does not
    break the certificate by itself. The churn budget of a plan that was published is spent: owners are compared with
    those before it.

    Parameters
    ----------
    with_bounds : prove, in seconds a layer, how much more compact a plan from the same centres could be at most
    """
    plan = find_plan(store, adcode=adcode, wanted=wanted, any_state=True).plan
    with store.transaction(adcode) as tx:
        bench = DraftBoard().bench(tx, clock, plan.unit_set_id)
        findings = plans.findings_of(tx, plan.plan_version_id)
        drafts = {layer: read_draft_layer(tx, plan, layer, bench.n_units) for layer in plan.layers}
        # rows are what is true; the pack is what look-ups read of a frozen version
        by_row = plans.layers_by_row(tx, plan.plan_version_id, bench.n_units, plan.layers)
    words = [f"plan {plan.plan_id} ({plan.title}), {plan.state}"]
    if "rules" not in findings.certificate:
        return Verdict(holds=False, words=(*words, "it was drawn by hand and has no certificate"))
    factors = DesignRules(max_iterations=0, minutes_factor=findings.certificate["rules"].get("minutes_factor"))
    holds = True
    for layer, draft in drafts.items():
        stated = findings.certificate["layers"].get(layer)
        if stated is None:
            words.append(f"{layer}: it was drawn by hand and has no certificate")
            holds = False
            continue
        facts = layer_request(bench.survey, layer, len(draft.grids.grid_ids), factors).problem
        read_as = {plans.fingerprint(draft.grids), plans.fingerprint(by_row[layer])}
        same_grids = read_as == {stated["grids_sha256"]}
        same_facts = territory.facts_hash(facts) == stated.get("facts_sha256")
        broken = [one for one in measure_draft(bench, layer, draft).findings if _is_broken(one, plan.state)]
        holds = holds and same_grids and not broken
        words.append(f"{layer}: grids {'as certified' if same_grids else 'CHANGED since the certificate'}")
        words.append(f"{layer}: shops and units {'as certified' if same_facts else 'have changed since the design'}")
        words.extend(f"{layer}: BROKEN: {one.words}" for one in broken)
        if not broken:
            words.append(f"{layer}: every rule holds")
        if with_bounds:
            gap, certifies = territory.compactness_gap(bench.problem(layer, draft), draft.grids.grid_of_unit)
            words.append(f"{layer}: no such plan can be more than {100 * gap:.1f} % more compact. {certifies}")
    words.append("the certificate holds" if holds else "the certificate does NOT hold")
    return Verdict(holds=holds, words=tuple(words))


def _is_broken(finding: Finding, state: PlanState) -> bool:
    if finding.rule == "churn_budget" and state in IN_FORCE:
        return False
    return finding.is_hard or finding.rule == "load"

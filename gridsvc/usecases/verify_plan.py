"""Verify a stored plan: its certificate holds, or the sentence says what does not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from gridsvc.clock import Clock
from gridsvc.domain.ids import Adcode
from gridsvc.domain.layers import Layer
from gridsvc.domain.plans import PlanState
from gridsvc.engines import certificates, territory
from gridsvc.storage import Store, plans
from gridsvc.usecases.bench_before import IN_FORCE
from gridsvc.usecases.draft_bench import DraftBench, DraftBoard, DraftLayer, read_draft_layer
from gridsvc.usecases.find_plan import find_plan
from gridsvc.usecases.measure_draft import Finding, measure_draft
from gridsvc.usecases.search_draft import problem_of
from gridsvc.usecases.survey_district import DesignRules, layer_request


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """Whether the certificate holds, and a line per thing that was checked."""

    holds: bool
    words: tuple[str, ...]


def verify_plan(store: Store, clock: Clock, *, adcode: Adcode, wanted: str, with_bounds: bool = False) -> Verdict:
    """Compare the stored grids with the certificate and ask the judge about every rule of the plan on today's shops.

    The certificate holds when the grids are those that the engine gave, in their rows and as look-ups read them, no
    rule is broken, and every stored bound follows from its multipliers. The input of each layer is stated and hashed
    again. What has changed of it since (shops, units, barriers, rules), and other versions of the software, are said,
    but they do not break the certificate by themselves: the judge sees today's loads, and bounds are computed for them.
    The churn budget of a plan that was published is spent: owners are compared with those before it.

    Parameters
    ----------
    with_bounds : where no bound is stored, prove one in seconds a layer
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
        same_facts = certificates.facts_hash(facts) == stated.get("facts_sha256")
        broken = [one for one in measure_draft(bench, layer, draft).findings if _is_broken(one, plan.state)]
        words.append(f"{layer}: grids {'as certified' if same_grids else 'CHANGED since the certificate'}")
        words.append(f"{layer}: shops and units {'as certified' if same_facts else 'have changed since the design'}")
        proven = _check_proof(bench, layer, draft, stated, with_bounds=with_bounds, same_grids=same_grids)
        words.extend(f"{layer}: {said}" for said in proven.words)
        words.extend(f"{layer}: BROKEN: {one.words}" for one in broken)
        if not broken:
            words.append(f"{layer}: every rule holds")
        holds = holds and same_grids and not broken and proven.holds
    words.append("the certificate holds" if holds else "the certificate does NOT hold")
    return Verdict(holds=holds, words=tuple(words))


def _check_proof(
    bench: DraftBench,
    layer: Layer,
    draft: DraftLayer,
    stated: Mapping[str, Any],
    *,
    with_bounds: bool,
    same_grids: bool,
) -> Verdict:
    """State and hash the layer's input again, compute its bounds again, and say how it was made."""
    problem, plan = problem_of(bench, layer, draft), draft.grids.grid_of_unit
    words, holds = [_made(stated)], True
    parts: Mapping[str, str] = stated.get("inputs") or {}
    now = certificates.input_parts(problem)
    changed = [part for part in parts if now.get(part) != parts[part]]
    if not parts:
        words.append("input hashed as an earlier version did: its parts cannot be compared")
    elif certificates.hash_of_parts(parts) != stated.get("input_sha256"):
        words.append("the hash of the input is NOT that of its parts")
        holds = False
    elif changed:
        named = ", ".join(certificates.PARTS_IN_WORDS.get(part, part) for part in changed)
        words.append(f"input differs from the certificate's: {named}")
    else:
        words.append(f"input as certified (SHA-256 {stated['input_sha256'][:16]}...)")
    others = certificates.other_versions(stated.get("versions", {}))
    words.extend(f"another version: {other}" for other in others)
    is_same = bool(parts) and not changed and same_grids
    for bound in stated.get("bounds", ()):
        found = certificates.check_bound(problem, plan, bound, is_same_input=is_same)
        holds = holds and not found.fault
        if found.fault:
            words.append(f"a stored bound does NOT follow: {found.fault}")
        elif found.gap_share is not None:
            words.append(
                _gap_words(found.gap_share, found.certifies, "as certified" if is_same else "on today's input")
            )
        else:
            words.append("a stored bound is of other units and cannot be computed again")
    if with_bounds and not stated.get("bounds"):
        words.append(_gap_words(*territory.compactness_gap(problem, plan), "computed now"))
    return Verdict(holds=holds, words=tuple(words))


def _made(stated: Mapping[str, Any]) -> str:
    limits = [
        f"{stated[key]:g} {unit}"
        for key, unit in (("max_iterations", "iterations"), ("max_seconds", "CPU seconds"))
        if stated.get(key) is not None
    ]
    return f"made by engine {stated.get('engine')} with seed {stated.get('seed')}, at most {' and '.join(limits)}"


def _gap_words(gap_share: float, certifies: str, when: str) -> str:
    return f"no such plan can be more than {100 * gap_share:.1f} % more compact ({when}). {certifies}"


def _is_broken(finding: Finding, state: PlanState) -> bool:
    if finding.rule == "churn_budget" and state in IN_FORCE:
        return False
    return finding.is_hard or finding.rule == "load"

"""Judge a stored plan again: its certificate holds, or the sentence says what does not."""

from __future__ import annotations

from dataclasses import dataclass

from gridsvc.clock import Clock
from gridsvc.domain.ids import Adcode
from gridsvc.engines import territory
from gridsvc.storage import Store, plans
from gridsvc.usecases.find_plan import find_plan
from gridsvc.usecases.survey_district import DesignRules, layer_request, survey_district
from gridsvc.usecases.word_violations import word_violation


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """Whether the certificate holds, and a line per thing that was checked."""

    holds: bool
    words: tuple[str, ...]


def verify_plan(store: Store, clock: Clock, *, adcode: Adcode, wanted: str, with_bounds: bool = False) -> Verdict:
    """Compare the stored grids with the certificate and ask the judge about every rule on today's shops.

    The certificate holds when the grids are those that the engine gave and no rule is broken. A change of the shops
    since then is said, because the judge sees today's loads, but it does not break the certificate by itself.

    Parameters
    ----------
    with_bounds : prove, in seconds a layer, how much more compact a plan from the same centres could be at most
    """
    plan = find_plan(store, adcode=adcode, wanted=wanted, any_state=True).plan
    with store.transaction(adcode) as tx:
        survey = survey_district(tx, clock, layers=plan.layers, unit_set_id=plan.unit_set_id)
        findings = plans.findings_of(tx, plan.plan_version_id)
        drawn = {layer: plans.grids_of(tx, plan.plan_version_id, layer, len(survey.units)) for layer in plan.layers}
    words = [f"plan {plan.plan_id} ({plan.title}), {plan.state}"]
    if "rules" not in findings.certificate:
        return Verdict(holds=False, words=(*words, "it was drawn by hand and has no certificate"))
    rules = DesignRules(**findings.certificate["rules"])
    holds = True
    for layer, grids in drawn.items():
        stated = findings.certificate["layers"][layer]
        problem = layer_request(survey, layer, len(grids.grid_ids), rules).problem
        same_grids = plans.fingerprint(grids) == stated["grids_sha256"]
        same_input = territory.input_hash(problem) == stated["input_sha256"]
        broken = territory.broken_rules(problem, grids.grid_of_unit)
        holds = holds and same_grids and not broken
        words.append(f"{layer}: grids {'as certified' if same_grids else 'CHANGED since the certificate'}")
        words.append(f"{layer}: shops and units {'as certified' if same_input else 'have changed since the design'}")
        words.extend(f"{layer}: BROKEN: {word_violation(rule, grids.names, survey.units.ids)}" for rule in broken)
        if not broken:
            words.append(f"{layer}: every rule holds")
        if with_bounds:
            gap, certifies = territory.compactness_gap(problem, grids.grid_of_unit)
            words.append(f"{layer}: no such plan can be more than {100 * gap:.1f} % more compact. {certifies}")
    words.append("the certificate holds" if holds else "the certificate does NOT hold")
    return Verdict(holds=holds, words=tuple(words))

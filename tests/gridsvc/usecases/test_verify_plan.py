"""A certificate holds for the plan as it was designed, proves how good it is, and fails on a one-unit edit."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np

from gridsvc.domain.drafts import MoveUnits, PinUnits, SetRules
from gridsvc.domain.layers import Layer
from gridsvc.engines.pool import EnginePool
from gridsvc.storage import Store, plans
from gridsvc.usecases.design_draft import design_draft
from gridsvc.usecases.draft_bench import DraftBoard
from gridsvc.usecases.edit_draft import edit_draft
from gridsvc.usecases.put_retailer import put_retailer
from gridsvc.usecases.survey_district import DesignRules
from gridsvc.usecases.verify_plan import verify_plan
from tests.fakes.small_district import build
from tests.gridsvc.usecases.small_town import shops


def test_a_certificate_proves_its_plan_and_fails_on_an_edit_of_one_unit(store: Store, tmp_path: Path) -> None:
    town = build(store, tmp_path, adcode="520801", shop_rows=shops(96), owners=None, coarsest=9)
    with EnginePool(1) as pool:
        plan = town.design(pool, layers=[Layer.MARKETING]).plan
    verdict = verify_plan(store, town.clock, adcode=town.adcode, wanted=plan.plan_id, with_bounds=True)
    assert verdict.holds, verdict.words
    assert "marketing: shops and units as certified" in verdict.words
    (said,) = [words for words in verdict.words if "more compact" in words]
    found = re.search(r"more than ([\d.]+) % more compact", said)
    assert found is not None
    assert 0 <= float(found.group(1)) < 60
    assert any(words.startswith("marketing: input as certified (SHA-256 ") for words in verdict.words), verdict.words
    assert "marketing: made by engine auto with seed 1, at most 20 iterations" in verdict.words
    assert not [words for words in verdict.words if "another version" in words]
    with store.transaction(town.adcode) as tx:
        grids = plans.grids_of(tx, plan.plan_version_id, Layer.MARKETING, len(town.survey().units))
    unit = int(np.flatnonzero(grids.grid_of_unit == 0)[0])
    edit_draft(
        store, town.clock, DraftBoard(), **town.who, plan_id=plan.plan_id, base_revision=plan.revision,
        layer=Layer.MARKETING, edits=[MoveUnits(units=(unit,), to=grids.grid_ids[1])],
    )  # fmt: skip
    assert not verify_plan(store, town.clock, adcode=town.adcode, wanted=plan.plan_id).holds


def test_a_search_over_a_draft_with_rules_of_its_own_is_certified_as_well(store: Store, tmp_path: Path) -> None:
    town = build(store, tmp_path, adcode="520802", shop_rows=shops(96), owners=None, coarsest=9)
    with EnginePool(1) as pool:
        plan = town.design(pool, layers=[Layer.MARKETING]).plan
        with store.transaction(town.adcode) as tx:
            grids = plans.grids_of(tx, plan.plan_version_id, Layer.MARKETING, len(town.survey().units))
        pinned = int(np.flatnonzero(grids.grid_of_unit == 0)[0])
        edit_draft(
            store, town.clock, DraftBoard(), **town.who, plan_id=plan.plan_id, base_revision=plan.revision,
            layer=Layer.MARKETING,
            edits=[PinUnits(units=(pinned,), to=grids.grid_ids[0]), SetRules(tolerance=0.2, churn_budget=90)],
        )  # fmt: skip
        design_draft(
            store, town.clock, pool, **town.who, plan_id=plan.plan_id, rules=DesignRules(max_iterations=40, seed=3)
        )
    verdict = verify_plan(store, town.clock, adcode=town.adcode, wanted=plan.plan_id)
    assert "marketing: shops and units as certified" in verdict.words, verdict.words
    assert "marketing: grids as certified" in verdict.words
    assert verdict.holds, verdict.words
    assert any(words.startswith("marketing: input as certified (SHA-256 ") for words in verdict.words), verdict.words
    put_retailer(store, town.clock, **town.who, retailer_code="R0001", stated={"tier": "A"})
    changed = verify_plan(store, town.clock, adcode=town.adcode, wanted=plan.plan_id)
    assert "marketing: shops and units have changed since the design" in changed.words
    assert "marketing: input differs from the certificate's: shops (where they are, what they ask)" in changed.words, (
        changed.words
    )
    assert [words for words in changed.words if "more compact (on today's input)" in words]


def test_a_certificate_that_was_changed_in_store_does_not_hold(store: Store, tmp_path: Path) -> None:
    town = build(store, tmp_path, adcode="520803", shop_rows=shops(96), owners=None, coarsest=9)
    with EnginePool(1) as pool:
        rules = DesignRules(max_iterations=40, minutes_tolerance_share=0.2, bound_steps=20)
        plan = town.design(pool, layers=[Layer.MARKETING], rules=rules).plan
    with store.transaction(town.adcode) as tx:
        written = plans.findings_of(tx, plan.plan_version_id).certificate
    layer = written["layers"][Layer.MARKETING]
    assert [bound["centres"] for bound in layer["bounds"]] == ["these", "any"]
    assert set(layer["versions"]) >= {"gridsvc", "python", "ortools", "h3", "scipy", "numpy", "numba"}
    assert (layer["seed"], layer["max_iterations"]) == (1, 40)
    fixed, free = layer["bounds"]
    assert 0 <= fixed["gap_share"] <= free["gap_share"] <= 1

    def verdict(**changed: Any) -> tuple[bool, str]:
        stated = {**written, "layers": {Layer.MARKETING: {**layer, **changed}}}
        with store.transaction(town.adcode) as tx:
            plans.write_certificate(tx, plan.plan_version_id, stated)
        found = verify_plan(store, town.clock, adcode=town.adcode, wanted=plan.plan_id)
        return found.holds, "\n".join(found.words)

    holds, words = verdict()
    assert holds, words
    assert words.count("more compact (as certified)") == 2
    wrongly = [
        fixed | {"gap_share": fixed["gap_share"] + 0.01},
        fixed | {"value_km2": fixed["value_km2"] * 1.01},
        fixed | {"certifies": "best"},
        fixed | {"multipliers": [[1.0, 0.0]] * layer["n_grids"]},
        fixed | {"centres_km": fixed["centres_km"][:1]},
        free | {"multipliers": [0.0] * len(free["multipliers"])},
        free | {"inertia_km2": 1.0},
        {"centres": "any"},
    ]
    for wrong in wrongly:
        holds, words = verdict(bounds=[wrong])
        assert not holds, wrong
        assert "a stored bound does NOT follow" in words
    holds, words = verdict(input_sha256="0" * 64)
    assert not holds
    assert "the hash of the input is NOT that of its parts" in words
    holds, words = verdict(versions={**layer["versions"], "ortools": "8.0"})
    assert holds, words
    assert "marketing: another version: ortools 8.0 then, " in words
    assert not verdict(grids_sha256="0" * 64)[0]
    early = {key: value for key, value in layer.items() if key not in {"inputs", "bounds"}}
    with store.transaction(town.adcode) as tx:
        plans.write_certificate(tx, plan.plan_version_id, {**written, "layers": {Layer.MARKETING: early}})
    found = verify_plan(store, town.clock, adcode=town.adcode, wanted=plan.plan_id, with_bounds=True)
    assert found.holds, found.words
    assert "marketing: input hashed as an earlier version did: its parts cannot be compared" in found.words
    assert [words for words in found.words if "more compact (computed now)" in words]

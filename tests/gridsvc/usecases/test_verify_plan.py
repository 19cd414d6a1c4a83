"""A certificate holds for the plan as it was designed, proves how good it is, and fails on a one-unit edit."""

from __future__ import annotations

import re
from pathlib import Path

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
    put_retailer(store, town.clock, **town.who, retailer_code="R0001", stated={"tier": "A"})
    changed = verify_plan(store, town.clock, adcode=town.adcode, wanted=plan.plan_id)
    assert "marketing: shops and units have changed since the design" in changed.words

"""A layer balances minutes, shops and cartons at once where its planner says so, and as before where not."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from gridsvc.domain.drafts import SetRules
from gridsvc.domain.errors import BadInput
from gridsvc.domain.layers import Layer
from gridsvc.engines.pool import EnginePool
from gridsvc.storage import Store, plans
from gridsvc.usecases.draft_bench import DraftBoard, read_draft_layer
from gridsvc.usecases.edit_draft import edit_draft
from gridsvc.usecases.list_plan_rules import list_plan_rules
from gridsvc.usecases.measure_draft import measure_draft
from gridsvc.usecases.measure_plan import measure_plan
from gridsvc.usecases.read_plan import read_plan
from gridsvc.usecases.repair_plan import repair_plan
from gridsvc.usecases.survey_district import DesignRules
from tests.fakes.small_district import SmallDistrict, build
from tests.gridsvc.usecases.small_town import shop, six_staff

RULES = DesignRules(minutes_tolerance_share=0.15, second_tolerance_share=0.2, max_iterations=100)
ALL_THREE = replace(RULES, carton_tolerance_share=0.3)


@pytest.fixture(scope="module")
def pool() -> Iterator[EnginePool]:
    with EnginePool(1) as opened:
        yield opened


@pytest.fixture(scope="module")
def town(store: Store, tmp_path_factory: pytest.TempPathFactory) -> SmallDistrict:
    listed = [shop(number, order_cartons=80 if number % 16 < 5 else 20) for number in range(96)]  # the west sells most
    return build(
        store, tmp_path_factory.mktemp("town"), adcode="520641", shop_rows=listed, staff_rows=six_staff(), coarsest=9
    )


@pytest.fixture(scope="module")
def designed(town: SmallDistrict, pool: EnginePool) -> Any:
    return town.design(pool, rules=ALL_THREE)


def edit(town: SmallDistrict, plan_id: str, layer: Layer, change: SetRules) -> Any:
    with town.store.transaction(town.adcode) as tx:
        revision = plans.find(tx, plan_id).revision
    return edit_draft(
        town.store, town.clock, DraftBoard(), **town.who, plan_id=plan_id, base_revision=revision, layer=layer,
        edits=[change],
    )  # fmt: skip


def test_a_design_keeps_all_three_tolerances_in_every_layer(town: SmallDistrict, designed: Any) -> None:
    for layer in designed.layers:
        assert layer.is_feasible, layer.violations
        assert layer.metrics["cartons_deviation_share"] <= 0.3
        assert layer.metrics["retailers_deviation_share"] <= 0.2
    kept = read_plan(town.store, adcode=town.adcode, plan_id=designed.plan.plan_id)
    assert {rules.carton_tolerance for rules in kept.rules.values()} == {0.3}
    with town.store.transaction(town.adcode) as tx:
        stated = plans.findings_of(tx, kept.plan.plan_version_id).certificate["layers"]["delivery"]
    assert stated["tolerance_share"] == {"minutes": 0.15, "retailers": 0.2, "cartons": 0.3}


def test_the_judge_names_the_load_that_leaves_its_range(town: SmallDistrict, pool: EnginePool) -> None:
    plan_id = town.design(pool, rules=ALL_THREE).plan.plan_id
    answer = edit(town, plan_id, Layer.MARKETING, SetRules(carton_tolerance=0.0))
    with town.store.transaction(town.adcode) as tx:
        plan = plans.find(tx, plan_id)
        bench = DraftBoard().bench(tx, town.clock, plan.unit_set_id)
        draft = read_draft_layer(tx, plan, Layer.MARKETING, bench.n_units)
    measured = measure_draft(bench, Layer.MARKETING, draft)
    cartons = town.survey().retailers.order_cartons * 4
    by_hand = np.bincount(bench.grid_of_shop(draft), cartons, 2)
    assert [grid.carton_load for grid in measured.grids] == by_hand.tolist()
    assert measured.metrics["cartons_deviation_share"] == pytest.approx(by_hand.max() / by_hand.mean() - 1, abs=1e-6)
    assert {finding.measure for finding in measured.findings} == {"cartons"}
    assert any("cartons outside its tolerance" in words for words in answer.warnings)


def test_every_tolerance_is_a_rule_that_can_be_lifted(town: SmallDistrict, designed: Any) -> None:
    with town.store.transaction(town.adcode) as tx:
        plan = plans.find(tx, designed.plan.plan_id)
        bench = DraftBoard().bench(tx, town.clock, plan.unit_set_id)
        draft = read_draft_layer(tx, plan, Layer.DELIVERY, bench.n_units)
    rules = {rule.key: rule for rule in list_plan_rules(bench, Layer.DELIVERY, draft, {})}
    assert set(rules) == {"tolerance", "count_tolerance", "carton_tolerance"}
    wider = rules["carton_tolerance"].lifted()
    assert dict(zip(wider.measures, wider.tolerance_share.tolist(), strict=True)) == pytest.approx(
        {"minutes": 0.15, "retailers": 0.2, "cartons": 0.31}
    )


def test_without_a_tolerance_for_cartons_they_take_the_place_of_shops_for_vans_alone(
    town: SmallDistrict, designed: Any
) -> None:
    plan_id = designed.plan.plan_id
    for layer in (Layer.DELIVERY, Layer.MARKETING):
        edit(town, plan_id, layer, SetRules(carton_tolerance=-1))
    with town.store.transaction(town.adcode) as tx:
        plan = plans.find(tx, plan_id)
        bench = DraftBoard().bench(tx, town.clock, plan.unit_set_id)
        measures = {
            layer: bench.problem(layer, read_draft_layer(tx, plan, layer, bench.n_units)).measures for layer in Layer
        }
    assert measures == {
        Layer.INSPECTION: ("minutes", "retailers", "cartons"),
        Layer.MARKETING: ("minutes", "retailers"),
        Layer.DELIVERY: ("minutes", "cartons"),
    }
    found = measure_plan(town.store, town.clock, DraftBoard(), adcode=town.adcode, plan_id=plan_id)
    assert found.layers[Layer.MARKETING].after["cartons_deviation_share"] is None
    assert "cartons within" in found.headline["en"]


def test_a_repair_keeps_all_three(town: SmallDistrict, pool: EnginePool) -> None:
    found = repair_plan(town.store, town.clock, pool, **town.who, layers=[Layer.DELIVERY], rules=ALL_THREE)
    assert found.layers[0].is_feasible, found.layers[0].violations
    assert float(found.layers[0].metrics["cartons_deviation_share"] or 0) <= 0.3
    kept = read_plan(town.store, adcode=town.adcode, plan_id=found.plan.plan_id)
    assert kept.rules[Layer.DELIVERY].carton_tolerance == 0.3


def test_cartons_that_nobody_knows_cannot_be_balanced(
    store: Store, pool: EnginePool, tmp_path_factory: pytest.TempPathFactory
) -> None:
    listed = [shop(number, order_cartons=0) for number in range(32)]
    bare = build(
        store, tmp_path_factory.mktemp("bare"), adcode="520642", shop_rows=listed, staff_rows=six_staff(), coarsest=9
    )
    with pytest.raises(BadInput) as refused:
        bare.design(pool, rules=ALL_THREE)
    assert "no shop has cartons" in refused.value.violations[0]
    plan_id = bare.draw([Layer.MARKETING])
    with pytest.raises(BadInput) as refused:
        edit(bare, plan_id, Layer.MARKETING, SetRules(carton_tolerance=0.1))
    assert refused.value.violations[0].startswith("edits.0.carton_tolerance: no shop has cartons")

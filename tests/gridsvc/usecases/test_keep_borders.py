"""Grids keep to the borders of bureaus where jurisdiction demands it, and to those of offices at a price."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely

from gridsvc.domain.borders import BorderMode, KeptBorder, borders_of
from gridsvc.domain.drafts import LayerRules, MoveUnits, SetRules, rules_document, rules_from
from gridsvc.domain.errors import BadInput
from gridsvc.domain.explanations import RuleKind
from gridsvc.domain.layers import Layer
from gridsvc.engines.pool import EnginePool
from gridsvc.storage import Store, plans
from gridsvc.usecases.draft_bench import DraftBoard
from gridsvc.usecases.edit_draft import edit_draft
from gridsvc.usecases.explain_plan import explain_plan
from gridsvc.usecases.import_areas import import_areas
from gridsvc.usecases.keep_borders import count_whole, crossing
from gridsvc.usecases.survey_district import DesignRules
from gridsvc.usecases.validate_plan import validate_plan
from tests.fakes.small_district import SmallDistrict, build
from tests.gridsvc.usecases.small_town import EAST, NORTH, SOUTH, WEST, WGS84, member, shops, write_geojson

BUREAU, OFFICE = "county_bureau", "street_office"
RULES: dict[str, Any] = {"minutes_tolerance_share": 0.25, "second_tolerance_share": 0.6, "max_iterations": 80}


@pytest.fixture(scope="module")
def pool() -> Iterator[EnginePool]:
    with EnginePool(1) as opened:
        yield opened


@pytest.fixture(scope="module")
def town(store: Store, tmp_path_factory: pytest.TempPathFactory) -> SmallDistrict:
    """256 shops, four people a role; two bureaus, north and south; four offices, columns from west to east."""
    folder: Path = tmp_path_factory.mktemp("bureaus")
    people = [
        member(f"{letter}{number}", role)
        for letter, role in (("M", "customer_manager"), ("I", "market_inspector"))
        for number in range(1, 5)
    ]
    town = build(store, folder, adcode="520606", shop_rows=shops(256), staff_rows=people, owners=None, coarsest=9)
    middle = SOUTH + 0.003 + 0.002 * 7.5
    bureaus = [
        ({"area_code": "N", "name": "北局"}, shapely.box(WEST, middle, EAST, NORTH)),
        ({"area_code": "S", "name": "南局"}, shapely.box(WEST, SOUTH, EAST, middle)),
    ]
    x = np.linspace(WEST, EAST, 5)
    offices = [
        ({"area_code": f"O{k}", "name": f"第{k + 1}街道"}, shapely.box(x[k], SOUTH, x[k + 1], NORTH)) for k in range(4)
    ]
    for level, features in ((BUREAU, bureaus), (OFFICE, offices)):
        path = write_geojson(folder / f"{level}.geojson", features)
        import_areas(store, town.clock, **town.who, path=path, level=level, options=WGS84)
    return town


def areas_of_grids(town: SmallDistrict, plan_id: str, layer: Layer, level: str) -> list[set[int]]:
    """Give the areas that each grid reaches into."""
    survey = town.survey([layer])
    with town.store.transaction(town.adcode) as tx:
        plan = plans.find(tx, plan_id)
        grids = plans.grids_of(tx, plan.plan_version_id, layer, len(survey.units))
    area = survey.unit_areas[level].area_of_unit
    return [set(area[grids.grid_of_unit == grid].tolist()) - {-1} for grid in range(len(grids.grid_ids))]


def edit(town: SmallDistrict, plan_id: str, layer: Layer, *edits: Any) -> None:
    with town.store.transaction(town.adcode) as tx:
        revision = plans.find(tx, plan_id).revision
    edit_draft(
        town.store, town.clock, DraftBoard(), **town.who, plan_id=plan_id, base_revision=revision, layer=layer,
        edits=edits,
    )  # fmt: skip


def test_bureaus_are_hard_for_inspectors_and_priced_for_others_unless_something_else_is_said() -> None:
    hard = KeptBorder(level=BUREAU, mode=BorderMode.HARD)
    assert borders_of(Layer.INSPECTION, (), [BUREAU]) == (hard,)
    assert borders_of(Layer.MARKETING, (), [BUREAU]) == (KeptBorder(level=BUREAU, mode=BorderMode.PRICED),)
    free = KeptBorder(level=BUREAU, mode=BorderMode.FREE)
    assert borders_of(Layer.INSPECTION, (free,), [BUREAU]) == ()
    assert borders_of(Layer.INSPECTION, (), [OFFICE]) == ()
    assert borders_of(Layer.MARKETING, (KeptBorder(level=OFFICE, mode=BorderMode.HARD),), [BUREAU]) == (
        KeptBorder(level=BUREAU, mode=BorderMode.PRICED),
    )


def test_what_is_said_of_borders_is_stored_as_it_was() -> None:
    rules = LayerRules(borders=(KeptBorder(level=OFFICE, mode=BorderMode.PRICED, price=2.5),))
    assert rules_from(rules_document(rules)) == rules
    assert rules_from({}) == LayerRules()


def test_no_inspection_grid_crosses_a_bureau_and_offices_are_kept_at_a_price(
    town: SmallDistrict, pool: EnginePool
) -> None:
    layers = (Layer.INSPECTION, Layer.MARKETING)
    rules = DesignRules(**RULES, borders=(KeptBorder(level=OFFICE, mode=BorderMode.PRICED, price=5.0),))
    designed = town.design(pool, layers=layers, rules=rules)
    plan_id = designed.plan.plan_id
    assert all(layer.is_feasible for layer in designed.layers), [layer.violations for layer in designed.layers]
    assert all(len(reached) == 1 for reached in areas_of_grids(town, plan_id, Layer.INSPECTION, BUREAU))
    free = town.design(
        pool, layers=[Layer.MARKETING],
        rules=DesignRules(**RULES, borders=(KeptBorder(level=BUREAU, mode=BorderMode.FREE),)),
    )  # fmt: skip
    survey = town.survey([Layer.MARKETING])
    n_shops = np.bincount(survey.retailer_unit, minlength=len(survey.units)).astype(np.float64)

    def kept(plan: str) -> tuple[int, float]:
        """Give the borders between offices that grids go on across, and the share of shops kept together."""
        with town.store.transaction(town.adcode) as tx:
            version = plans.find(tx, plan).plan_version_id
            grids = plans.grids_of(tx, version, Layer.MARKETING, len(survey.units)).grid_of_unit
        pairs, offices = survey.units.border_a_b, survey.unit_areas[OFFICE]
        inside = crossing(offices, pairs) & (grids[pairs[:, 0]] == grids[pairs[:, 1]])
        return int(inside.sum()), count_whole(offices, grids, n_shops)[2]

    (n_priced, together), (n_free, scattered) = kept(plan_id), kept(free.plan.plan_id)
    assert n_priced < 0.75 * n_free
    assert together > scattered
    assert f"inspection: 2 of 2 areas of {BUREAU}" not in " ".join(designed.words)  # four grids share two bureaus
    assert any(words.startswith("marketing:") and "lie whole in one grid" in words for words in designed.words)


def test_painting_across_a_bureau_breaks_a_hard_rule_and_the_border_has_a_price(
    town: SmallDistrict, pool: EnginePool
) -> None:
    plan_id = town.design(pool, layers=[Layer.INSPECTION], rules=DesignRules(**RULES)).plan.plan_id
    (found,) = explain_plan(town.store, town.clock, DraftBoard(), adcode=town.adcode, plan_id=plan_id)
    assert any(limit.kind is RuleKind.BORDERS for grid in found.grids for limit in grid.limits)
    assert any("县局边界" in limit.words["zh"] for grid in found.grids for limit in grid.limits)
    survey = town.survey([Layer.INSPECTION])
    with town.store.transaction(town.adcode) as tx:
        version = plans.find(tx, plan_id).plan_version_id
        grids = plans.grids_of(tx, version, Layer.INSPECTION, len(survey.units))
    area = survey.unit_areas[BUREAU].area_of_unit
    plan = grids.grid_of_unit
    a, b = next((a, b) for a, b in survey.units.edges.tolist() if area[a] >= 0 and area[b] >= 0 and area[a] != area[b])
    edit(town, plan_id, Layer.INSPECTION, MoveUnits(units=(a,), to=grids.grid_ids[plan[b]]))
    verdict = validate_plan(town.store, town.clock, DraftBoard(), adcode=town.adcode, plan_id=plan_id)
    assert not verdict.is_publishable
    said = [finding.words for finding in verdict.findings if finding.rule == "jurisdiction"]
    assert said == [f"{grids.names[plan[b]]} reaches into 2 bureaus; it may lie in one only"]
    edit(
        town, plan_id, Layer.INSPECTION, SetRules(borders=(KeptBorder(level=BUREAU, mode=BorderMode.FREE),)),
    )  # fmt: skip
    verdict = validate_plan(town.store, town.clock, DraftBoard(), adcode=town.adcode, plan_id=plan_id)
    assert not [finding for finding in verdict.findings if finding.rule == "jurisdiction"]


def test_borders_of_a_level_that_is_not_there_are_refused(town: SmallDistrict, pool: EnginePool) -> None:
    rules = DesignRules(**RULES, borders=(KeptBorder(level="parish", mode=BorderMode.HARD),))
    with pytest.raises(BadInput) as refused:
        town.design(pool, layers=[Layer.MARKETING], rules=rules)
    assert any("no areas of level parish" in words for words in refused.value.violations)
    plan_id = town.draw([Layer.MARKETING], n_grids=4)
    with pytest.raises(BadInput, match="cannot be used"):
        edit(
            town, plan_id, Layer.MARKETING,
            SetRules(borders=(KeptBorder(level=OFFICE, mode=BorderMode.PRICED, price=-1.0),)),
        )  # fmt: skip

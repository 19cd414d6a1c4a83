"""A plan is explained: minutes by component, the rule that limits each grid, and what lifting it gives."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely

from gridsvc.domain.crews import Crews, standing_pairs
from gridsvc.domain.drafts import LockGrid, SetRules
from gridsvc.domain.errors import BadInput
from gridsvc.domain.explanations import GridExplained, RuleKind
from gridsvc.domain.layers import Layer
from gridsvc.engines import territory
from gridsvc.engines.pool import EnginePool
from gridsvc.storage import Store, drafts, plans, tables
from gridsvc.usecases.draft_bench import DraftBoard, read_draft_layer
from gridsvc.usecases.edit_draft import edit_draft
from gridsvc.usecases.explain_plan import explain_plan
from gridsvc.usecases.import_barriers import import_barriers
from gridsvc.usecases.make_units import make_units
from gridsvc.usecases.price_rules import price_rules
from gridsvc.usecases.survey_district import DesignRules
from tests.fakes.small_district import SmallDistrict, build, grown
from tests.gridsvc.usecases.small_town import EAST, NORTH, SOUTH, WEST, WGS84, member, shops, write_geojson

MIDDLE = (WEST + EAST) / 2


@pytest.fixture(scope="module")
def pool() -> Iterator[EnginePool]:
    with EnginePool(1) as opened:
        yield opened


@pytest.fixture(scope="module")
def town(store: Store, tmp_path_factory: pytest.TempPathFactory) -> SmallDistrict:
    """A town that the river cuts from north to south, with one bridge in the north; four managers, four inspectors."""
    folder: Path = tmp_path_factory.mktemp("river")
    people = [
        member(f"{letter}{number}", role)
        for letter, role in (("M", "customer_manager"), ("I", "market_inspector"))
        for number in range(1, 5)
    ]
    town = build(store, folder, adcode="520603", shop_rows=shops(256), staff_rows=people, owners=None, coarsest=9)
    with store.transaction(town.adcode) as tx:
        drawn = tables.retailer.c.retailer_code.like("R%0")
        tx.execute(
            tables.retailer.update()
            .where(tables.retailer.c.adcode == town.adcode, drawn)
            .values(needs_enforcement=True)
        )
    course = shapely.LineString([(MIDDLE, SOUTH - 0.01), (MIDDLE, NORTH + 0.01)])
    bridge = shapely.LineString([(MIDDLE - 0.002, NORTH - 0.004), (MIDDLE + 0.002, NORTH - 0.004)])
    path = write_geojson(
        folder / "barriers.geojson",
        [({"name": "云溪河", "kind": "river"}, course), ({"name": "云溪桥", "kind": "bridge"}, bridge)],
    )
    import_barriers(store, town.clock, **town.who, path=path, options=WGS84)
    made = make_units(store, town.clock, **town.who, coarsest=9)
    town.unit_set_id = made.unit_set_id
    return town


@pytest.fixture(scope="module")
def plan_id(town: SmallDistrict, pool: EnginePool) -> str:
    rules = DesignRules(minutes_tolerance_share=0.15, second_tolerance_share=0.5, max_iterations=100)
    layers = (Layer.INSPECTION, Layer.MARKETING)
    return town.design(pool, layers=layers, rules=rules).plan.plan_id


def explained(town: SmallDistrict, plan_id: str, layer: Layer = Layer.MARKETING) -> tuple[GridExplained, ...]:
    (found,) = explain_plan(town.store, town.clock, DraftBoard(), adcode=town.adcode, plan_id=plan_id, layers=[layer])
    return found.grids


def edit(town: SmallDistrict, plan_id: str, *edits: Any) -> None:
    with town.store.transaction(town.adcode) as tx:
        revision = plans.find(tx, plan_id).revision
    edit_draft(
        town.store, town.clock, DraftBoard(), **town.who, plan_id=plan_id, base_revision=revision,
        layer=Layer.MARKETING, edits=edits,
    )  # fmt: skip


def test_the_parts_of_a_fresh_design_are_the_load_that_it_counts(town: SmallDistrict, plan_id: str) -> None:
    for layer in (Layer.INSPECTION, Layer.MARKETING):
        grids = explained(town, plan_id, layer)
        assert len(grids) == 4
        for grid in grids:
            assert grid.expected_min_per_day == pytest.approx(grid.load_min_per_day, abs=0.2)
            assert grid.parts.expected == pytest.approx(grid.expected_min_per_day, abs=0.1)
            assert grid.parts.stops > 0
            assert grid.parts.travel > 0
        assert sum(grid.n_retailers for grid in grids) == 256


def test_both_officers_of_a_crew_have_its_minutes(town: SmallDistrict, plan_id: str) -> None:
    grids = explained(town, plan_id, Layer.INSPECTION)
    staff = town.survey([Layer.INSPECTION]).staff[Layer.INSPECTION]
    partner_of = standing_pairs(staff)
    assert sum(grid.parts.enforcement for grid in grids) > 0
    of_person = {grid.staff_id: grid for grid in grids}
    for staff_id, grid in of_person.items():
        assert staff_id is not None
        assert grid.parts.assisted == pytest.approx(of_person[partner_of[staff_id].staff_id].parts.enforcement, abs=0.1)
    assert all(grid.parts.assisted == 0 for grid in explained(town, plan_id, Layer.MARKETING))


def test_a_rota_shares_the_crews_of_each_among_all_others_of_the_office(town: SmallDistrict, pool: EnginePool) -> None:
    rules = DesignRules(minutes_tolerance_share=0.15, second_tolerance_share=0.5, max_iterations=100, crews=Crews.ROTA)
    plan_id = town.design(pool, layers=[Layer.INSPECTION], rules=rules).plan.plan_id
    grids = explained(town, plan_id, Layer.INSPECTION)
    led = sum(grid.parts.enforcement for grid in grids)
    assert led > 0
    for grid in grids:
        assert grid.parts.assisted == pytest.approx((led - grid.parts.enforcement) / 3, abs=0.2)
        assert grid.expected_min_per_day == pytest.approx(grid.load_min_per_day, abs=0.2)
    with town.store.transaction(town.adcode) as tx:
        assert drafts.rules_of(tx, plans.find(tx, plan_id).plan_id)[Layer.INSPECTION].crews is Crews.ROTA


def test_a_grid_along_the_river_is_limited_by_its_name_in_both_languages(town: SmallDistrict, plan_id: str) -> None:
    grids = explained(town, plan_id)
    along = [(grid, limit) for grid in grids for limit in grid.limits if limit.kind is RuleKind.BARRIER]
    assert along
    for grid, limit in along:
        assert (limit.name, limit.measure) == ("云溪河", "")
        assert limit.border_km > 0.2
        assert f"{grid.name} is limited by 云溪河" in limit.words["en"]
        assert f"{grid.name} 受云溪河限制" in limit.words["zh"]
    for grid in grids:
        gains = [limit.gain_km2 for limit in grid.limits]
        assert gains == sorted(gains, reverse=True)
        assert not grid.limits or grid.limits[0].words["en"] in grid.words["en"]


def test_a_load_at_the_end_of_its_range_is_named_as_what_limits_a_grid(town: SmallDistrict, plan_id: str) -> None:
    with town.store.transaction(town.adcode) as tx:
        plan = plans.find(tx, plan_id)
        bench = DraftBoard().bench(tx, town.clock, plan.unit_set_id)
        draft = read_draft_layer(tx, plan, Layer.MARKETING, bench.n_units)
    rules = SetRules(tolerance=0.9, count_tolerance=0.001)  # few units pass within the range of shops
    problem = bench.problem(
        Layer.MARKETING, replace(draft, rules=replace(draft.rules, tolerance=0.9, count_tolerance=0.001))
    )
    edges = bench.survey.units.edges
    seed = next(  # of grids grown at random, the first where somebody would join a grid that is full
        seed
        for seed in range(500)
        if territory.closed_ends(problem, grown(bench.n_units, edges, 4, np.random.default_rng(seed)))
    )
    drawn = town.draw([Layer.MARKETING], seed=seed, n_grids=4)
    edit(town, drawn, rules)
    found = [(grid, limit) for grid in explained(town, drawn) for limit in grid.limits if limit.measure]
    assert found
    for grid, limit in found:
        assert (limit.measure, limit.kind, limit.key) == ("retailers", RuleKind.COUNT_TOLERANCE, "count_tolerance")
        assert f"{grid.name} is limited by the tolerance of shops (" in limit.words["en"]
        assert "of ±0.1%" in limit.words["en"]
        assert f"{grid.name} 受户数容差限制" in limit.words["zh"]
        assert limit.gain_km2 > 0


def test_lifting_a_rule_and_solving_again_gives_its_price(town: SmallDistrict, plan_id: str, pool: EnginePool) -> None:
    grids = explained(town, plan_id)
    edit(town, plan_id, LockGrid(grid_id=grids[0].grid_id, locked=True), SetRules(churn_budget=40))
    (priced,) = price_rules(
        town.store, town.clock, pool, adcode=town.adcode, plan_id=plan_id, layers=[Layer.MARKETING], max_iterations=60,
        bound_steps=20,
    )  # fmt: skip
    kinds = {price.kind for price in priced.prices}
    assert kinds == {
        RuleKind.BARRIER, RuleKind.LOCK, RuleKind.CHURN_BUDGET, RuleKind.TOLERANCE, RuleKind.COUNT_TOLERANCE,
    }  # fmt: skip
    for price in priced.prices:
        assert price.lifted.inertia_km2 <= price.kept.inertia_km2
        assert price.saved_share == pytest.approx(1 - price.lifted.inertia_km2 / price.kept.inertia_km2, abs=1e-4)
        assert price.lifted.is_feasible
        assert set(price.words) == {"en", "zh"}
    assert [price.saved_share for price in priced.prices] == sorted(
        (p.saved_share for p in priced.prices), reverse=True
    )
    assert priced.free_gap is not None
    assert priced.free_gap.share >= 0
    headline = priced.explained.headline
    assert headline["en"].startswith(
        f"No plan under these rules can be more than {priced.free_gap.share:.1%} more compact"
    )
    assert "is limited by" in headline["en"]
    assert headline["zh"].startswith(f"在这些规则下，任何方案的紧凑度最多再提高 {priced.free_gap.share:.1%}")
    assert "受" in headline["zh"]
    assert priced.free_gap.centres == "any"
    edit(town, plan_id, LockGrid(grid_id=grids[0].grid_id, locked=False), SetRules(churn_budget=-1))


def test_the_river_has_a_price_that_a_plan_across_it_proves(
    town: SmallDistrict, plan_id: str, pool: EnginePool
) -> None:
    (priced,) = price_rules(
        town.store, town.clock, pool, adcode=town.adcode, plan_id=plan_id, layers=[Layer.MARKETING], max_iterations=60,
        bound_steps=0,
    )  # fmt: skip
    river = next(price for price in priced.prices if price.kind is RuleKind.BARRIER)
    assert river.key == "barrier:云溪河"
    assert priced.free_gap is None
    assert priced.gap.centres == "these"
    headline = priced.explained.headline
    assert headline["en"].startswith(
        f"No plan around the centres of these grids can be more than {priced.gap.share:.1%} more compact"
    )
    assert headline["zh"].startswith(f"保持现有网格中心时，任何方案的紧凑度最多再提高 {priced.gap.share:.1%}")
    assert "under these rules" not in headline["en"]
    assert "在这些规则下" not in headline["zh"]
    with town.store.transaction(town.adcode) as tx:
        plan = plans.find(tx, plan_id)
        bench = DraftBoard().bench(tx, town.clock, plan.unit_set_id)
        draft = read_draft_layer(tx, plan, Layer.MARKETING, bench.n_units)
    problem = bench.problem(Layer.MARKETING, draft)
    drawn = float(territory.measure(problem, draft.grids.grid_of_unit)["inertia_km2"] or 0)
    assert priced.drawn.inertia_km2 == pytest.approx(drawn, abs=1e-2)
    assert river.lifted.inertia_km2 <= river.kept.inertia_km2 <= drawn + 1e-3
    assert np.isfinite(river.saved_share)


def test_as_many_rules_are_lifted_as_are_asked_for_and_the_rest_is_counted(
    town: SmallDistrict, plan_id: str, pool: EnginePool
) -> None:
    (priced,) = price_rules(
        town.store, town.clock, pool, adcode=town.adcode, plan_id=plan_id, layers=[Layer.MARKETING], max_iterations=10,
        bound_steps=0, most_rules=1,
    )  # fmt: skip
    assert (len(priced.prices), priced.n_not_priced) == (1, 2)  # the river and two tolerances; those come first
    assert priced.prices[0].kind in (RuleKind.TOLERANCE, RuleKind.COUNT_TOLERANCE)


def test_a_layer_that_the_plan_lacks_is_refused(town: SmallDistrict, plan_id: str) -> None:
    with pytest.raises(BadInput, match="cannot be explained"):
        explained(town, plan_id, Layer.DELIVERY)

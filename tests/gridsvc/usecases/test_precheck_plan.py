"""Before any search a planner is told the smallest tolerance that can hold, and why, in two languages."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from gridsvc.domain.drafts import LockGrid, MoveUnits, SetRules
from gridsvc.domain.errors import BadInput
from gridsvc.domain.layers import Layer
from gridsvc.domain.prechecks import word_cause
from gridsvc.engines.territory import PRECHECK_RULES
from gridsvc.storage import Store, plans
from gridsvc.usecases.draft_bench import DraftBoard
from gridsvc.usecases.edit_draft import edit_draft
from gridsvc.usecases.precheck_plan import precheck_plan
from tests.fakes.small_district import build
from tests.gridsvc.usecases.small_town import SOUTH, WEST, member, shop, shops

LAYER = Layer.MARKETING


def test_a_heavy_unit_is_named_with_the_smallest_tolerance_that_can_hold(store: Store, tmp_path: Path) -> None:
    tower = [shop(200 + n, lon=WEST + 0.02, lat=SOUTH + 0.02, tier="A") for n in range(40)]  # one building, 40 shops
    people = [member(f"M{number}", "customer_manager") for number in range(1, 5)]
    town = build(
        store, tmp_path, adcode="520607", shop_rows=[*shops(64), *tower], staff_rows=people, owners=None, coarsest=9
    )
    plan_id = town.draw([LAYER], n_grids=4)
    board = DraftBoard()
    edit_draft(
        town.store, town.clock, board, **town.who, plan_id=plan_id, base_revision=0, layer=LAYER,
        edits=[SetRules(tolerance=0.05, count_tolerance=0.05)],
    )  # fmt: skip
    (found,) = precheck_plan(town.store, town.clock, board, adcode=town.adcode, plan_id=plan_id)
    assert [cause.rule for cause in found.causes if cause.measure == "minutes"] == ["heavy_unit"]
    heavy = next(cause for cause in found.causes if cause.measure == "minutes")
    survey = town.survey([LAYER])
    with town.store.transaction(town.adcode) as tx:
        bench = board.bench(tx, town.clock, plans.find(tx, plan_id).unit_set_id)
    load = np.bincount(survey.retailer_unit, bench.layers[LAYER].minutes_per_day, len(survey.units))
    mean = float(load.sum()) / 4
    assert heavy.unit == survey.units.ids[int(load.argmax())]
    assert heavy.amount == pytest.approx(float(load.max()) - 1.05 * mean, abs=0.05)
    smallest = found.smallest_share["minutes"]
    assert smallest == pytest.approx(float(load.max()) / mean - 1, abs=1e-3)
    assert smallest > 0.05
    percent = f"{-(-smallest * 1000 // 1) / 10:.1f}%"
    assert f"No tolerance of the minutes below {percent} can hold" in found.headline["en"]
    assert f"工时容差低于 {percent} 均无法满足" in found.headline["zh"]
    assert "heavy unit" in found.headline["en"]
    assert "单元过重" in found.headline["zh"]
    with pytest.raises(BadInput, match="cannot be checked"):
        precheck_plan(town.store, town.clock, board, adcode=town.adcode, plan_id=plan_id, layers=[Layer.DELIVERY])


def test_a_locked_grid_out_of_range_is_named_with_the_tolerance_it_needs(store: Store, tmp_path: Path) -> None:
    people = [member(f"M{number}", "customer_manager") for number in range(1, 3)]
    town = build(store, tmp_path, adcode="520608", shop_rows=shops(64), staff_rows=people, owners=None, coarsest=9)
    plan_id = town.draw([LAYER], n_grids=2)
    board = DraftBoard()
    with town.store.transaction(town.adcode) as tx:
        plan = plans.find(tx, plan_id)
        bench = board.bench(tx, town.clock, plan.unit_set_id)
        grids = plans.grids_of(tx, plan.plan_version_id, LAYER, bench.n_units)
    loaded = np.flatnonzero(
        (grids.grid_of_unit == 1) & (np.bincount(bench.survey.retailer_unit, minlength=bench.n_units) > 0)
    )
    edit_draft(
        town.store, town.clock, board, **town.who, plan_id=plan_id, base_revision=0, layer=LAYER,
        edits=[MoveUnits(units=tuple(loaded[: len(loaded) // 2].tolist()), to=grids.grid_ids[0]),
               LockGrid(grid_id=grids.grid_ids[0], locked=True), SetRules(tolerance=0.05, count_tolerance=0.5)],
    )  # fmt: skip
    (found,) = precheck_plan(town.store, town.clock, board, adcode=town.adcode, plan_id=plan_id)
    heavy = found.causes[0]
    assert (heavy.rule, heavy.grid, heavy.measure) == ("locked_heavy", grids.names[0], "minutes")
    assert found.smallest_share["minutes"] is not None
    assert found.smallest_share["minutes"] > 0.2
    assert f"{grids.names[0]} is locked with {heavy.amount:,.1f} minutes a day more" in found.headline["en"]
    assert f"{grids.names[0]} 网格已锁定" in found.headline["zh"]


@pytest.mark.parametrize("rule", sorted(PRECHECK_RULES | {"must_link", "forbidden"}))
def test_every_cause_has_a_sentence_in_both_languages(rule: str) -> None:
    words = word_cause(rule, "minutes", "8930e0a1b3fffff", "北京路街道, 云溪桥", 12.5, "M07")
    assert set(words) == {"en", "zh"}
    assert not words["en"].startswith(rule)
    assert words["zh"].endswith("。")

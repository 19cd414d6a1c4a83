"""Grids drift after publication: what opened and closed, when each leaves its tolerance, the least that mends it."""

from __future__ import annotations

import math
from datetime import timedelta
from itertools import count, product
from pathlib import Path

import numpy as np
import pytest

from gridsvc.clock import today
from gridsvc.domain.drafts import MoveUnits, SetRules
from gridsvc.domain.drift import LayerDrift
from gridsvc.domain.errors import Conflict, NotFound
from gridsvc.domain.layers import Layer
from gridsvc.engines import territory
from gridsvc.storage import Store, plans
from gridsvc.usecases.draft_bench import DraftBoard, read_draft_layer
from gridsvc.usecases.edit_draft import edit_draft
from gridsvc.usecases.measure_drift import measure_drift
from gridsvc.usecases.put_retailer import put_retailer
from gridsvc.usecases.search_draft import owned_of, problem_of
from tests.fakes.small_district import SmallDistrict, build
from tests.gridsvc.usecases.small_town import EAST, SOUTH, WEST, member, shop, shops

LAYER = Layer.MARKETING
HALF = (WEST + EAST) / 2
NUMBERS = count(10)  # of districts: each test has its own


@pytest.fixture
def town(store: Store, tmp_path: Path) -> SmallDistrict:
    """A town of 128 shops in two grids, west and east, published today with a tolerance of 10 %."""
    return published(store, tmp_path, SetRules(tolerance=0.10, count_tolerance=0.9))


def published(store: Store, tmp_path: Path, rules: SetRules) -> SmallDistrict:
    adcode = f"5207{next(NUMBERS)}"
    people = [member(f"M{number}", "customer_manager") for number in (1, 2)]
    town = build(store, tmp_path, adcode=adcode, shop_rows=shops(128), staff_rows=people, owners=None, coarsest=9)
    plan_id = town.draw([LAYER])
    split(town, plan_id, rules)
    town.approve(plan_id)
    town.publish(plan_id, reason="test")
    return town


def split(town: SmallDistrict, plan_id: str, rules: SetRules) -> None:
    """Give the west to the first grid and the east to the second."""
    with town.store.transaction(town.adcode) as tx:
        plan = plans.find(tx, plan_id)
        units = town.survey([LAYER]).units
        grids = plans.grids_of(tx, plan.plan_version_id, LAYER, len(units))
    west = [row for row, outline in enumerate(units.outlines) if outline.centroid.x < HALF]
    east = [row for row, outline in enumerate(units.outlines) if outline.centroid.x >= HALF]
    edit_draft(
        town.store, town.clock, DraftBoard(), **town.who, plan_id=plan_id, base_revision=plan.revision, layer=LAYER,
        edits=[
            MoveUnits(units=tuple(west), to=grids.grid_ids[0]), MoveUnits(units=tuple(east), to=grids.grid_ids[1]),
            rules,
        ],
    )  # fmt: skip


def drift(town: SmallDistrict) -> LayerDrift:
    (found,) = measure_drift(town.store, town.clock, DraftBoard(), adcode=town.adcode)
    return found


def open_shops(town: SmallDistrict, numbers: range, *, lon: float) -> None:
    for number in numbers:
        row = shop(number)
        put_retailer(
            town.store, town.clock, **town.who, retailer_code=str(row["retailer_code"]),
            stated={
                "name": row["name"], "licence_no": row["licence_no"], "lon": lon, "lat": SOUTH + 0.018, "tier": "B",
                "urban_form": "new_town",
            },
        )  # fmt: skip


def test_nothing_changed_means_no_drift_and_no_repair_beyond_what_is_out(town: SmallDistrict) -> None:
    town.pass_time(days=30)
    found = drift(town)
    assert found.days == 30
    for grid in found.grids:
        assert (grid.n_opened, grid.n_closed, grid.n_changed) == (0, 0, 0)
        assert grid.min_per_day_then == grid.min_per_day_now
        assert grid.per_30_days == 0


def test_openings_push_a_grid_towards_a_day_that_comes(town: SmallDistrict) -> None:
    before = drift(town)
    town.pass_time(days=30)
    open_shops(town, range(200, 204), lon=HALF - 0.01)
    found = drift(town)
    west, east = found.grids
    assert (west.n_opened, east.n_opened) == (4, 0)
    assert west.min_per_day_now > before.grids[0].min_per_day_now
    assert west.per_30_days == pytest.approx(west.min_per_day_now - west.min_per_day_then, abs=0.2)
    day = today(town.clock, "Asia/Shanghai")
    for grid in found.grids:
        if not grid.is_out and grid.leaves_on is not None:
            assert grid.leaves_on > day
            assert grid.earliest_on is not None
            assert grid.earliest_on <= grid.leaves_on
            assert grid.leaves_on.isoformat() in grid.words["en"]
            assert grid.leaves_on.isoformat() in grid.words["zh"]
    assert any(grid.leaves_on for grid in found.grids)
    # the forecast comes true: as many openings again in each 30 days until the day that was named
    first = found.first_leaves_on
    assert first is not None
    assert first > day
    number = 204
    while today(town.clock, "Asia/Shanghai") + timedelta(days=30) <= first + timedelta(days=30):
        town.pass_time(days=30)
        open_shops(town, range(number, number + 4), lon=HALF - 0.01)
        number += 4
    assert any(grid.is_out for grid in drift(town).grids)


def test_closings_and_a_changed_tier_count(town: SmallDistrict) -> None:
    town.pass_time(days=20)
    put_retailer(town.store, town.clock, **town.who, retailer_code="R0000", stated={"status": "closed"})
    put_retailer(town.store, town.clock, **town.who, retailer_code="R0001", stated={"tier": "C"})
    found = drift(town)
    west = found.grids[0]
    assert (west.n_opened, west.n_closed, west.n_changed) == (0, 1, 1)
    survey = town.survey([LAYER])
    (row,) = np.flatnonzero(survey.retailers.retailer_code == "R0001").tolist()
    assert survey.retailers.tier[row] == "C"
    per_visit = (10 + 2.5) / 20  # of a new town's shop, minutes a working day
    assert west.min_per_day_then - west.min_per_day_now == pytest.approx((2 + 1) * per_visit, abs=0.1)


def test_a_grid_that_leaves_its_range_of_shops_first_gets_that_day(store: Store, tmp_path: Path) -> None:
    town = published(store, tmp_path, SetRules(tolerance=0.9, count_tolerance=0.3))
    town.pass_time(days=30)
    open_shops(town, range(200, 204), lon=HALF - 0.01)
    found = drift(town)
    west = found.grids[0]
    assert [load.measure for load in west.loads] == ["minutes", "retailers"]
    n_shops = west.loads[1]
    assert (n_shops.now - n_shops.then, n_shops.per_30_days) == (4.0, 4.0)
    assert n_shops.deviation_share_now == pytest.approx(n_shops.now / 66 - 1, abs=1e-5)
    assert west.leaves_by == "retailers"
    # x more by then: the west has `now` + x of a mean of 66 + x / 2 and is out above 1.3 times that
    more = (1.3 * 66 - n_shops.now) / (1 - 1.3 / 2)
    assert west.leaves_on == today(town.clock, "Asia/Shanghai") + timedelta(days=math.ceil(more * 30 / 4 - 1e-9))
    assert found.first_leaves_on == west.leaves_on
    assert "in shops and leaves its tolerance of 30.0%" in west.words["en"]
    assert "的户数目前" in west.words["zh"]
    assert west.words["en"] in found.headline["en"]


def test_cartons_drift_where_they_are_balanced(store: Store, tmp_path: Path) -> None:
    town = published(store, tmp_path, SetRules(tolerance=0.9, count_tolerance=0.9, carton_tolerance=0.2))
    town.pass_time(days=30)
    for number in range(4):  # of the west: 16 columns, the first eight of each row
        code = f"R{number:04d}"
        put_retailer(town.store, town.clock, **town.who, retailer_code=code, stated={"order_cartons": 75})
    west = drift(town).grids[0]
    assert [load.measure for load in west.loads] == ["minutes", "retailers", "cartons"]
    cartons = west.loads[2]
    assert (cartons.then, cartons.now) == (west.loads[1].then * 120, west.loads[1].then * 120 + 4 * 45 * 4)
    assert (west.n_changed, west.leaves_by) == (4, "cartons")
    assert west.leaves_on is not None


def test_a_young_plan_gives_no_forecast(town: SmallDistrict) -> None:
    town.pass_time(days=3)
    open_shops(town, range(200, 203), lon=HALF - 0.01)
    found = drift(town)
    assert all(grid.per_30_days is None for grid in found.grids)
    assert all(grid.leaves_on is None or grid.is_out for grid in found.grids)


def test_the_least_repair_is_what_trying_every_plan_finds(town: SmallDistrict) -> None:
    """Only the units at the border may go over: at most so many that every subset can be tried."""
    town.pass_time(days=30)
    open_shops(town, range(200, 216), lon=HALF - 0.01)
    found = drift(town)
    assert found.repair is not None
    assert found.repair.n_least is not None
    board = DraftBoard()
    with town.store.transaction(town.adcode) as tx:
        plan = plans.find(tx, found.plan_id)
        bench = board.bench(tx, town.clock, plan.unit_set_id)
        draft = read_draft_layer(tx, plan, LAYER, bench.n_units)
    problem = problem_of(bench, LAYER, draft)
    owned = owned_of(bench, LAYER, draft)
    plan_now = draft.grids.grid_of_unit
    ends = problem.edges[plan_now[problem.edges[:, 0]] != plan_now[problem.edges[:, 1]]]
    near = np.unique(ends[problem.weight[ends] > 0])[:12]
    fewest = None
    for choice in product((0, 1), repeat=len(near)):
        tried = plan_now.copy()
        tried[near] = np.where(np.array(choice, dtype=bool), 1 - plan_now[near], plan_now[near])
        if not [rule for rule in territory.broken_rules(problem, tried) if rule.rule == "load"]:
            moved = owned.sum() - owned[np.arange(len(owned)), tried].sum()
            fewest = moved if fewest is None else min(fewest, moved)
    assert found.repair.n_least > 0
    assert fewest is None or found.repair.n_least <= fewest


def test_a_plan_that_is_not_in_force_does_not_drift(town: SmallDistrict) -> None:
    plan_id = town.draw([LAYER], seed=3)
    with pytest.raises(Conflict, match="not in force"):
        measure_drift(town.store, town.clock, DraftBoard(), adcode=town.adcode, plan_id=plan_id)


def test_without_a_plan_there_is_nothing_that_drifts(store: Store, tmp_path: Path) -> None:
    people = [member(f"M{number}", "customer_manager") for number in (1, 2)]
    bare = build(store, tmp_path, adcode="520799", shop_rows=shops(16), staff_rows=people, owners=None, coarsest=9)
    with pytest.raises(NotFound, match="no plan is in force"):
        measure_drift(bare.store, bare.clock, DraftBoard(), adcode=bare.adcode)

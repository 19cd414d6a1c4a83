"""A quarter in which people leave and come, shops open and close: the planner re-plans and moves few shops."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date

import pytest

from gridsvc.cluster import RunningDatabase
from gridsvc.domain.ids import RetailerId
from gridsvc.domain.layers import Layer
from gridsvc.engines.pool import EnginePool
from gridsvc.storage import Store, districts, ownership
from gridsvc.storage import staff as staff_rows
from gridsvc.usecases.diff_plan import diff_plan
from gridsvc.usecases.draft_bench import DraftBoard
from gridsvc.usecases.import_staff import import_staff
from gridsvc.usecases.measure_drift import measure_drift
from gridsvc.usecases.put_retailer import put_retailer
from gridsvc.usecases.repair_plan import RepairedPlan, repair_plan
from gridsvc.usecases.survey_district import DesignRules
from gridsvc.usecases.verify_plan import verify_plan
from tests.fakes.small_district import SmallDistrict, build
from tests.gridsvc.usecases.small_town import SOUTH, WEST, WGS84, member, shops, write_csv

LAYER = Layer.MARKETING
RULES = DesignRules(minutes_tolerance_share=0.10, second_tolerance_share=0.5, seed=1, max_iterations=150)
PEOPLE = [member(f"M{number}", "customer_manager") for number in range(1, 5)]


@pytest.fixture(scope="module")
def pool() -> Iterator[EnginePool]:
    with EnginePool(1) as opened:
        yield opened


@pytest.fixture(scope="module")
def town(
    database: RunningDatabase, tmp_path_factory: pytest.TempPathFactory, pool: EnginePool
) -> Iterator[SmallDistrict]:
    """Four managers share 192 shops evenly; the tests of this module follow each other through the quarter."""
    store = Store(database.app_url, pool_size=3)
    folder = tmp_path_factory.mktemp("quarter")
    town = build(store, folder, adcode="520608", shop_rows=shops(192), staff_rows=PEOPLE, owners=None, coarsest=9)
    plan_id = town.design(pool, layers=[LAYER], rules=RULES).plan.plan_id
    town.approve(plan_id)
    town.publish(plan_id, reason="first grids")
    yield town
    store.close()


def owners(town: SmallDistrict) -> dict[RetailerId, str]:
    with town.store.transaction(town.adcode) as tx:
        held = ownership.owner_ids_at(tx, town.clock.now())
    return {shop: staff_id for (shop, layer), (staff_id, _) in held.items() if layer is LAYER}


def replan(town: SmallDistrict, pool: EnginePool, title: str) -> RepairedPlan:
    """Repair what is in force, check that the list of moves is the difference, and put it in force."""
    before = owners(town)
    repaired = repair_plan(town.store, town.clock, pool, **town.who, title=title, layers=[LAYER], rules=RULES)
    report, bound = repaired.layers[0], repaired.bounds[LAYER]
    assert report.is_feasible, report.violations
    assert bound.n_least - 1e-6 <= report.n_moved
    assert report.n_moved <= 1.25 * bound.n_flow + 8  # two units more than the bar: they hold four shops each
    listed = {(move.retailer_id, move.from_staff, move.to_staff) for move in repaired.moves}
    assert len(listed) == len(repaired.moves)
    diff = diff_plan(town.store, town.clock, DraftBoard(), adcode=town.adcode, plan_id=repaired.plan.plan_id)
    assert {(move.retailer_id, move.from_staff_id, move.to_staff_id) for move in diff.moves} == listed
    assert verify_plan(town.store, town.clock, adcode=town.adcode, wanted=repaired.plan.plan_id).holds
    town.approve(repaired.plan.plan_id)
    town.pass_time(hours=1)
    town.publish(repaired.plan.plan_id, reason=title)
    after = owners(town)
    named = {move.retailer_id for move in repaired.moves}
    assert {shop for shop in after if before.get(shop) != after[shop]} == named
    return repaired


def take_in(town: SmallDistrict, *people: dict[str, object]) -> None:
    path = write_csv(town.folder / "staff-now.csv", list(people))
    import_staff(town.store, town.clock, **town.who, path=path, options=WGS84)


def staff_id(town: SmallDistrict, code: str) -> str:
    return next(person.staff_id for person in town.survey([LAYER]).staff[LAYER] if person.staff_code == code)


def test_in_spring_sixteen_shops_open_in_one_corner_and_few_others_change_hands(
    town: SmallDistrict, pool: EnginePool
) -> None:
    town.pass_time(days=30)
    for number in range(16):
        put_retailer(
            town.store, town.clock, **town.who, retailer_code=f"N{number:03d}",
            stated={
                "name": f"New {number}", "licence_no": f"77{number:06d}", "tier": "B", "urban_form": "new_town",
                "lon": WEST + 0.004 + 0.0005 * (number % 4), "lat": SOUTH + 0.004 + 0.0005 * (number // 4),
            },
        )  # fmt: skip
    (drift,) = measure_drift(town.store, town.clock, DraftBoard(), adcode=town.adcode)
    assert sum(grid.n_opened for grid in drift.grids) == 16
    assert any(grid.is_out for grid in drift.grids)
    assert drift.repair is not None
    repaired = replan(town, pool, "Spring")
    assert 0 < len(repaired.moves) < 60
    assert (drift.repair.n_least or 0) <= len(repaired.moves)
    (mended,) = measure_drift(town.store, town.clock, DraftBoard(), adcode=town.adcode)
    assert not any(grid.is_out for grid in mended.grids)


def test_in_summer_a_manager_leaves_and_only_what_balance_needs_moves_beside_her_shops(
    town: SmallDistrict, pool: EnginePool
) -> None:
    gone = staff_id(town, "M4")
    hers = {shop for shop, owner in owners(town).items() if owner == gone}
    with town.store.transaction(town.adcode) as tx:
        leaver = next(person for person in staff_rows.all_staff(tx) if person.staff_code == "M4")
        staff_rows.save(tx, [replace(leaver, last_day=date(2027, 1, 15))])
        districts.bump_revision(tx)
    (drift,) = measure_drift(town.store, town.clock, DraftBoard(), adcode=town.adcode, with_repair=False)
    assert [grid.owner_leaves_on for grid in drift.grids if grid.staff_code == "M4"] == [date(2027, 1, 16)]
    town.pass_time(days=60)
    assert [person.staff_code for person in town.survey([LAYER]).staff[LAYER]] == ["M1", "M2", "M3"]
    repaired = replan(town, pool, "Summer")
    moved = {move.retailer_id for move in repaired.moves}
    assert hers <= moved
    assert len(moved - hers) <= 45  # three neighbours share a quarter of the shops; some flow on between them
    assert gone not in set(owners(town).values())


def test_in_autumn_a_newcomer_gets_a_fair_share_and_nobody_gets_shops_but_her(
    town: SmallDistrict, pool: EnginePool
) -> None:
    take_in(town, *PEOPLE[:3], member("M5", "customer_manager"))
    town.pass_time(days=30)
    repaired = replan(town, pool, "Autumn")
    new = staff_id(town, "M5")
    counts = {owner: list(owners(town).values()).count(owner) for owner in set(owners(town).values())}
    assert len(counts) == 4
    assert counts[new] > 30
    to_others = [move for move in repaired.moves if move.to_staff != new]
    assert len(to_others) <= len(repaired.moves) // 2

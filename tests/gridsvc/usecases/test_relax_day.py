"""A stop that is lost while its day is planned has the smallest change that serves it, shown by solving again."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from gridsvc.domain.relaxations import Relaxation, RelaxationKind, read
from gridsvc.storage import Store, cycles, tables
from gridsvc.storage.cycles import CycleStop, Unplanned
from gridsvc.usecases.plan_cycle import plan_cycle
from gridsvc.usecases.plan_day import plan_day
from gridsvc.usecases.read_cycle import read_cycle
from tests.fakes.near_pool import NearPool
from tests.fakes.small_district import SmallDistrict, build
from tests.gridsvc.usecases.small_town import shops

MONDAY, DAY = date(2026, 11, 23), date(2026, 11, 25)
_adcodes = iter(range(520501, 520599))


@pytest.fixture
def pool() -> NearPool:
    return NearPool(1)


def planned_town(store: Store, folder: Path, pool: NearPool) -> SmallDistrict:
    town = build(store, folder, adcode=str(next(_adcodes)), shop_rows=shops(24))
    plan_cycle(town.store, town.clock, pool, **town.who, first_day=MONDAY, max_iterations=100)
    return town


def visits_of(town: SmallDistrict, code: str) -> list[CycleStop]:
    with town.store.transaction(town.adcode) as tx:
        known = cycles.holding(tx, MONDAY)
        assert known is not None
        staff = tx.execute(
            sa.select(tables.staff.c.staff_id).where(
                tables.staff.c.adcode == tx.adcode, tables.staff.c.staff_code == code
            )
        ).scalar_one()
        return [stop for stop in cycles.stops(tx, known.cycle_id) if stop.staff_id == staff]


def change_stop(town: SmallDistrict, stop: CycleStop, **values: Any) -> None:
    c = tables.cycle_stop.c
    own = sa.and_(c.task_type == stop.task_type, c.retailer_id == stop.retailer_id, c.day == stop.day)
    with town.store.transaction(town.adcode) as tx:
        tx.execute(tables.cycle_stop.update().where(c.adcode == tx.adcode, own).values(values))


def crowd(town: SmallDistrict, service_min: float, of: str = "M1") -> None:
    """Put the first visit of each shop of a person on one day, each so long."""
    first: dict[str, CycleStop] = {}
    there = {stop.retailer_id for stop in visits_of(town, of) if stop.day == DAY}
    for stop in visits_of(town, of):
        if stop.day == DAY or stop.retailer_id not in there:
            first.setdefault(stop.retailer_id, stop)
    for stop in first.values():
        change_stop(town, stop, day=DAY, service_min=service_min)


def left_of(town: SmallDistrict, pool: NearPool) -> list[tuple[Unplanned, Relaxation]]:
    plan_day(town.store, town.clock, pool, **town.who, day=DAY, max_iterations=300)
    with town.store.transaction(town.adcode) as tx:
        known = cycles.holding(tx, MONDAY)
        assert known is not None
        left = [item for item in cycles.unplanned(tx, known.cycle_id) if item.day == DAY]
    pairs = [(item, read(item.relaxation or "")) for item in left]
    assert all(relaxation is not None for _, relaxation in pairs)
    return [(item, relaxation) for item, relaxation in pairs if relaxation is not None]


def test_a_shop_that_opens_outside_the_shift_asks_for_other_hours(store: Store, pool: NearPool, tmp_path: Path) -> None:
    town = planned_town(store, tmp_path, pool)
    crowd(town, 10.0)
    stop = next(stop for stop in visits_of(town, "M1") if stop.day == DAY)
    with town.store.transaction(town.adcode) as tx:
        own = sa.and_(tables.retailer.c.adcode == tx.adcode, tables.retailer.c.retailer_id == stop.retailer_id)
        tx.execute(tables.retailer.update().where(own).values(opens_min=60, closes_min=120))
    kinds = {(item.reason, relaxation.kind) for item, relaxation in left_of(town, pool)}
    assert kinds == {("window_outside_shift", RelaxationKind.OTHER_HOURS)}
    told = [item for item in read_cycle(store, town.clock, adcode=town.adcode, day=MONDAY).not_planned if item.day]
    assert all(item.is_verified for item in told)
    assert {str(item.relaxation)[:35] for item in told} == {"other hours at the shop: service at"}
    assert all("调整店铺接待时间" in str(item.relaxation_zh) for item in told)


def test_a_full_day_asks_for_minutes_of_its_person(store: Store, pool: NearPool, tmp_path: Path) -> None:
    town = planned_town(store, tmp_path, pool)
    crowd(town, 55.0)
    left = left_of(town, pool)
    assert left
    for item, relaxation in left:
        assert item.is_verified
        assert relaxation.kind is RelaxationKind.MINUTES
        assert [(code, day) for code, day, _ in relaxation.longer] == [("M1", DAY)]
        assert 0 < relaxation.longer[0][2] <= 120


def with_one_long_visit(town: SmallDistrict) -> None:
    """Fill the day of M1 and make one visit so long that two hours more do not serve it."""
    crowd(town, 40.0)
    change_stop(town, next(stop for stop in visits_of(town, "M1") if stop.day == DAY), service_min=180.0)


def test_a_visit_too_long_for_a_full_day_goes_to_a_colleague(store: Store, pool: NearPool, tmp_path: Path) -> None:
    town = planned_town(store, tmp_path, pool)
    with_one_long_visit(town)
    left = left_of(town, pool)
    assert all(item.is_verified for item, _ in left)
    for_colleague = [each for _, each in left if each.kind is RelaxationKind.OTHER_PERSON]
    assert [(each.staff_code, each.days) for each in for_colleague] == [("M2", (DAY,))]


def test_without_a_colleague_it_goes_to_another_day(store: Store, pool: NearPool, tmp_path: Path) -> None:
    town = planned_town(store, tmp_path, pool)
    with_one_long_visit(town)
    for stop in visits_of(town, "M2"):
        if stop.day == DAY:
            change_stop(town, stop, day=date(2026, 12, 20))
    left = left_of(town, pool)
    assert all(item.is_verified for item, _ in left)
    for_another_day = [each for _, each in left if each.kind is RelaxationKind.OTHER_DAY]
    assert [each.staff_code for each in for_another_day] == ["M1"]
    assert min(for_another_day[0].days) > DAY


def test_an_inspectors_lost_stop_names_no_change_that_would_tell_of_a_sealed_one(
    store: Store, pool: NearPool, tmp_path: Path
) -> None:
    town = planned_town(store, tmp_path, pool)
    crowd(town, 55.0, of="I1")
    plan_day(town.store, town.clock, pool, **town.who, day=DAY, max_iterations=300)
    told = [item for item in read_cycle(store, town.clock, adcode=town.adcode, day=MONDAY).not_planned if item.day]
    assert told
    assert {(item.relaxation, item.relaxation_zh, item.is_verified) for item in told} == {(None, None, False)}

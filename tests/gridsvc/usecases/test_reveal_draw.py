"""Every hash that was published of a cycle is opened when it is over, and each draw can be made again."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from gridsvc.clock import new_id
from gridsvc.cluster import RunningDatabase
from gridsvc.domain.crews import Crews
from gridsvc.domain.draws import DayOrigin, read_record
from gridsvc.domain.errors import Conflict
from gridsvc.domain.ids import RetailerId, StaffId
from gridsvc.domain.layers import TaskType
from gridsvc.domain.visits import Visit, VisitOutcome
from gridsvc.engines.pool import EnginePool
from gridsvc.storage import Store, audit, cycles, draws, tables, visits
from gridsvc.storage.cycles import CycleStop
from gridsvc.usecases.plan_cycle import plan_cycle
from gridsvc.usecases.reveal_draw import RevealedDraw, reveal_draw
from tests.fakes.small_district import SmallDistrict
from tests.gridsvc.usecases.small_town import shops
from tests.gridsvc.usecases.test_plan_cycle import FIRST_DAY, all_stops, cycle_of, give_leave, pool, staff, town

__all__ = ["pool"]


def sealed_of(district: SmallDistrict) -> dict[RetailerId, CycleStop]:
    return {stop.retailer_id: stop for stop in all_stops(district) if stop.is_sealed}


def revealed(district: SmallDistrict) -> RevealedDraw:
    return reveal_draw(district.store, district.clock, **district.who, day=FIRST_DAY)


def record_done(district: SmallDistrict, stop: CycleStop) -> None:
    """Write down that a sealed inspection was made now."""
    now = district.clock.now()
    with district.store.transaction(district.adcode) as tx:
        visits.add(
            tx,
            Visit(
                visit_id=new_id(), staff_id=StaffId(stop.staff_id), retailer_id=stop.retailer_id,
                task_type=TaskType.INSPECTION, day=stop.day, outcome=VisitOutcome.DONE, reason=None, note=None,
                arrived_at=None, ended_at=now, received_at=now, is_sealed=True,
            ),
            recorded_by="I1",
        )  # fmt: skip


@pytest.mark.parametrize("crews", list(Crews))
def test_planned_twice_with_days_made_under_each_draw_every_hash_is_opened(
    store: Store,
    pool: EnginePool,
    tmp_path: Path,
    crews: Crews,
) -> None:
    people = staff("I1", "I2", "I3", "I4", "M1", "M2", "D1", "D2")
    district = town(store, tmp_path, staff_rows=people, shop_rows=shops(24))
    cycle_of(district, pool, crews=crews)
    first = sealed_of(district)
    days = sorted(stop.day for stop in first.values())
    district.pass_time(days=(days[1] - FIRST_DAY).days)  # one inspection is over at least, one is today's
    today_s = [stop for stop in first.values() if stop.day == days[1]]
    record_done(district, today_s[0])
    cycle_of(district, pool, crews=crews)
    second = sealed_of(district)
    made = {shop for shop, stop in first.items() if stop.day < days[1]} | {today_s[0].retailer_id}
    assert {shop: second[shop] for shop in made} == {shop: first[shop] for shop in made}
    assert all(stop.day >= days[1] for shop, stop in second.items() if shop not in made)
    give_leave(district, "I2", (FIRST_DAY + timedelta(days=21)).isoformat(), "2027-01-31")
    cycle_of(district, pool, is_again=True, crews=Crews.PAIRS)
    district.pass_time(days=60)

    shown = revealed(district)
    assert (shown.is_genuine, shown.faults) == (True, [])
    assert [one.number for one in shown.draws] == [1, 2, 3]
    assert len({one.commitment for one in shown.draws}) == 3
    assert len({one.secret_hex for one in shown.draws}) == 2  # planned again, a cycle keeps its secret
    for one in shown.draws:
        assert one.is_published
        assert one.opens
        purpose = b"gridsvc sealed draw with its record 1\x00"
        inner = hashlib.sha256(one.record.encode()).digest()
        assert hashlib.sha256(purpose + inner + bytes.fromhex(one.secret_hex)).hexdigest() == one.commitment
        assert read_record(one.record).crews is crews
    with store.transaction(district.adcode) as tx:
        cycle_id = cycles.holding(tx, FIRST_DAY).cycle_id  # type: ignore[union-attr]
        told = audit.rows_of(tx, cycle_id, ["cycle.plan", "cycle.replan"])
    assert [row.content["draw_commitment"] for row in told] == [one.commitment for one in shown.draws]
    by_shop = {item.retailer_id: item for item in shown.inspections}
    assert {by_shop[shop].draw for shop in made if shop in by_shop} == {1}
    assert all(item.draw in (2, 3) for shop, item in by_shop.items() if shop not in made)
    assert by_shop[today_s[0].retailer_id].outcome == "done"
    assert all(item.leader and item.partner and item.place is not None for item in shown.inspections)


def test_the_drawn_order_holds_where_a_crew_is_away(store: Store, pool: EnginePool, tmp_path: Path) -> None:
    district = town(store, tmp_path)
    give_leave(district, "I1", "2026-11-24", "2026-12-03")
    cycle_of(district, pool)
    district.pass_time(days=40)
    shown = revealed(district)
    assert (shown.is_genuine, shown.faults) == (True, [])
    assert all(item.place is not None and item.place <= 2 for item in shown.inspections)
    assert {len(item.drawn_order) for item in shown.inspections} == {12}


def test_what_was_tampered_with_is_said(
    store: Store,
    pool: EnginePool,
    tmp_path: Path,
    database: RunningDatabase,
) -> None:
    district = town(store, tmp_path)
    cycle_of(district, pool)
    district.pass_time(days=40)
    shop, stop = next(iter(sealed_of(district).items()))
    moved = stop.day + timedelta(days=1 if stop.day.weekday() < 4 else -1)
    with store.transaction(district.adcode) as tx:
        c = tables.cycle_stop.c
        where = sa.and_(c.adcode == tx.adcode, c.retailer_id == shop, c.is_sealed)
        tx.execute(tables.cycle_stop.update().where(where).values(day=moved))
    shown = revealed(district)
    assert not shown.is_genuine
    assert any("in the plan, and not drawn so" in words for words in shown.faults)

    engine = sa.create_engine(database.owner_url, poolclass=sa.NullPool)
    with engine.begin() as owner:  # the service's own role may not
        change = "UPDATE cycle_draw SET secret = '\\x00112233445566778899aabbccddeeff' WHERE adcode = :adcode"
        owner.execute(sa.text(change), {"adcode": district.adcode})
    shown = revealed(district)
    assert not shown.draws[0].opens
    assert any("the secret gives" in words for words in shown.faults)
    with engine.begin() as owner:
        owner.execute(sa.text("DELETE FROM cycle_draw WHERE adcode = :adcode"), {"adcode": district.adcode})
    engine.dispose()
    shown = revealed(district)
    assert not shown.is_genuine
    assert any("nothing opens the published hash" in words for words in shown.faults)


def test_a_draw_is_never_changed_or_removed_by_the_service(store: Store, pool: EnginePool, tmp_path: Path) -> None:
    district = town(store, tmp_path)
    cycle_of(district, pool)
    for statement in ("UPDATE cycle_draw SET number = 9", "DELETE FROM cycle_draw"):
        with (
            pytest.raises(sa.exc.ProgrammingError, match="permission denied"),
            store.transaction(district.adcode) as tx,
        ):
            tx.execute(sa.text(statement))


def test_who_plans_a_cycle_that_was_planned_meanwhile_is_told(store: Store, pool: EnginePool, tmp_path: Path) -> None:
    district = town(store, tmp_path)
    cycle_of(district, pool)
    with store.transaction(district.adcode) as tx:
        known = cycles.holding(tx, FIRST_DAY)
        assert known is not None
        (first,) = draws.of_cycle(tx, known.cycle_id)

    def meanwhile(share: float, words: str) -> None:
        with store.transaction(district.adcode) as tx:
            if draws.newest_number(tx, known.cycle_id) == 1:
                draws.add(tx, known.cycle_id, replace(first, number=2))

    with pytest.raises(Conflict, match="planned by somebody else meanwhile"):
        plan_cycle(
            store, district.clock, pool, **district.who, first_day=FIRST_DAY, max_iterations=100, on_progress=meanwhile
        )
    with store.transaction(district.adcode) as tx:
        assert draws.newest_number(tx, known.cycle_id) == 2


def test_a_record_says_what_a_later_draw_left_alone(store: Store, pool: EnginePool, tmp_path: Path) -> None:
    district = town(store, tmp_path)
    cycle_of(district, pool)
    cycle_of(district, pool, is_again=True)
    district.pass_time(days=40)
    shown = revealed(district)
    origins = [{entry.origin for entry in read_record(one.record).entries} for one in shown.draws]
    assert origins == [{DayOrigin.DRAWN}, {DayOrigin.KEPT}]
    assert {item.draw for item in shown.inspections} == {1}

"""The roles of a territory planned together: the ledger, the modes, planning again, and a draw that tells nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from gridsvc.clock import midnight
from gridsvc.domain.crews import Crews
from gridsvc.domain.errors import Conflict, NotFound
from gridsvc.domain.joint_stops import JointMode
from gridsvc.domain.layers import Layer, TaskType
from gridsvc.engines.pool import EnginePool
from gridsvc.storage import Store, cycles, handovers, tables
from gridsvc.storage.cycles import CycleStop
from gridsvc.usecases.expect_minutes import travel_basis
from gridsvc.usecases.import_absences import import_absences
from gridsvc.usecases.plan_cycle import PlannedCycle, plan_cycle
from gridsvc.usecases.plan_day import plan_day
from gridsvc.usecases.plan_introductions import plan_introductions
from gridsvc.usecases.read_cycle import read_cycle
from gridsvc.usecases.reveal_draw import reveal_draw
from tests.fakes.small_district import SmallDistrict, build
from tests.gridsvc.usecases.small_town import WGS84, shops, write_csv

FIRST_DAY = date(2026, 11, 23)
_adcodes = iter(range(520401, 520499))


@pytest.fixture(scope="module")
def pool() -> Iterator[EnginePool]:
    with EnginePool(1) as opened:
        yield opened


def town(store: Store, folder: Path, **wanted: Any) -> SmallDistrict:
    given: dict[str, Any] = {"adcode": str(next(_adcodes)), "shop_rows": shops(24)} | wanted
    district = build(store, folder, **given)
    with store.transaction(district.adcode) as tx:
        due = [f"R{number:04d}" for number in range(0, 24, 6)]
        where = sa.and_(tables.retailer.c.adcode == tx.adcode, tables.retailer.c.retailer_code.in_(due))
        tx.execute(tables.retailer.update().where(where).values(needs_enforcement=True))
    return district


def planned(district: SmallDistrict, pool: EnginePool, mode: JointMode | None, **wanted: Any) -> PlannedCycle:
    given: dict[str, Any] = {"first_day": FIRST_DAY, "max_iterations": 300, "mode": mode}
    return plan_cycle(district.store, district.clock, pool, **(given | district.who | wanted))


def stops_of(district: SmallDistrict, *, is_sealed: bool = False) -> list[CycleStop]:
    with district.store.transaction(district.adcode) as tx:
        known = cycles.holding(tx, FIRST_DAY)
        assert known is not None
        return [stop for stop in cycles.stops(tx, known.cycle_id) if stop.is_sealed == is_sealed]


def n_due(stops: list[CycleStop]) -> Counter[TaskType]:
    return Counter(stop.task_type for stop in stops)


EVERYTHING = {TaskType.INSPECTION: 24, TaskType.VISIT: 48, TaskType.DELIVERY: 96}


def test_planned_together_a_shop_is_disturbed_on_fewer_days_and_nothing_is_lost(
    store: Store, pool: EnginePool, tmp_path: Path
) -> None:
    district = town(store, tmp_path)
    ledger = planned(district, pool, JointMode.SAME_DAY).ledger
    stops = stops_of(district)
    assert n_due(stops) == EVERYTHING
    assert ledger.disturbed_days_joint < ledger.disturbed_days_separate
    days = len({(stop.retailer_id, stop.day) for stop in stops})
    assert ledger.disturbed_days_joint == pytest.approx(days / 24, abs=1e-3)
    assert ledger.shared_visits_joint == len(stops) - days
    assert ledger.total.extra_min == pytest.approx(sum(line.extra_min for line in ledger.of_layer.values()), abs=0.5)
    assert ledger.total.extra_min == pytest.approx(sum(line.extra_min for line in ledger.of_staff.values()), abs=0.5)
    view = read_cycle(store, district.clock, adcode=district.adcode)
    assert view.ledger is not None
    assert view.ledger["disturbed_days_joint"] == ledger.disturbed_days_joint
    assert view.n_joint_stops > 0
    assert view.not_planned == []


def test_a_day_less_on_which_a_shop_is_disturbed_never_costs_more_than_its_price(
    store: Store, pool: EnginePool, tmp_path: Path
) -> None:
    district = town(store, tmp_path)
    for price_min in (0.0, 0.2):
        ledger = planned(district, pool, JointMode.SAME_DAY, day_price_min=price_min).ledger
        fewer = 24 * (ledger.disturbed_days_separate - ledger.disturbed_days_joint)
        assert ledger.total.extra_min <= price_min * fewer + 0.5
        assert n_due(stops_of(district)) == EVERYTHING


def test_apart_the_ledger_compares_a_plan_with_itself(store: Store, pool: EnginePool, tmp_path: Path) -> None:
    district = town(store, tmp_path)
    ledger = planned(district, pool, JointMode.APART).ledger
    assert ledger.total.extra_min == ledger.total.extra_km == 0.0
    assert n_due(stops_of(district)) == EVERYTHING


def test_riders_are_at_every_stop_together_and_the_day_can_be_planned(
    store: Store, pool: EnginePool, tmp_path: Path
) -> None:
    district = town(store, tmp_path)
    planned(district, pool, JointMode.RIDE)
    stops = [stop for stop in stops_of(district) if stop.task_type is not TaskType.DELIVERY]
    assert n_due(stops_of(district)) == EVERYTHING
    met: dict[tuple[str, date], list[CycleStop]] = {}
    for stop in stops:
        met.setdefault((stop.retailer_id, stop.day), []).append(stop)
    for found in met.values():
        people = {person for stop in found for person in (stop.staff_id, stop.second_staff_id) if person}
        assert len(people) == 2
    assert all(stop.second_staff_id is None for found in met.values() if len(found) == 2 for stop in found)
    result = plan_day(district.store, district.clock, pool, day=FIRST_DAY, max_iterations=50, **district.who)
    assert result.n_routes > 0


def test_substitutes_never_take_an_enforcement_inspection(store: Store, pool: EnginePool, tmp_path: Path) -> None:
    district = town(store, tmp_path)
    planned(district, pool, JointMode.SUBSTITUTE)
    assert n_due(stops_of(district)) == EVERYTHING
    with store.transaction(district.adcode) as tx:
        rows = tx.execute(sa.select(tables.staff.c.staff_id, tables.staff.c.role)).all()
    role_of = {str(row.staff_id): row.role for row in rows}
    roles = {(stop.task_type, role_of[str(stop.staff_id)]) for stop in stops_of(district)}
    assert (TaskType.DELIVERY, "customer_manager") not in roles
    assert {role_of[str(stop.staff_id)] for stop in stops_of(district, is_sealed=True)} == {"market_inspector"}


def test_another_draw_leaves_everything_that_is_open_as_it_was(store: Store, pool: EnginePool, tmp_path: Path) -> None:
    drawn, seen = [], []
    for number in range(2):  # the same town twice: only the secret differs
        (tmp_path / str(number)).mkdir()
        district = town(store, tmp_path / str(number))
        planned(district, pool, JointMode.SAME_DAY)
        code_of = _codes(district)
        drawn.append(sorted((code_of[s.retailer_id], s.day) for s in stops_of(district, is_sealed=True)))
        seen.append(
            sorted((code_of[s.retailer_id], s.task_type, s.day, code_of[s.staff_id]) for s in stops_of(district))
        )
    assert drawn[0] != drawn[1]
    assert seen[0] == seen[1]


def _codes(district: SmallDistrict) -> dict[str, str]:
    """Give the code of every shop and person by identifier."""
    with district.store.transaction(district.adcode) as tx:
        shops_there = tx.execute(sa.select(tables.retailer.c.retailer_id, tables.retailer.c.retailer_code)).all()
        people = tx.execute(sa.select(tables.staff.c.staff_id, tables.staff.c.staff_code)).all()
    return {str(row[0]): str(row[1]) for row in [*shops_there, *people]}


def test_an_absence_changes_few_days_and_says_which(store: Store, pool: EnginePool, tmp_path: Path) -> None:
    district = town(store, tmp_path)
    planned(district, pool, JointMode.SAME_DAY)
    before = {(s.retailer_id, s.task_type, s.day) for s in stops_of(district)}
    sealed = {(s.retailer_id, s.day) for s in stops_of(district, is_sealed=True)}
    rows = [{"staff_code": "M1", "first_day": "2026-12-02", "last_day": "2026-12-02", "reason": "leave"}]
    path = write_csv(tmp_path / "absences.csv", rows)
    import_absences(district.store, district.clock, **district.who, path=path, options=WGS84)
    lost = [s for s in stops_of(district) if s.day == date(2026, 12, 2) and s.task_type is TaskType.VISIT]
    lost = [s for s in lost if s.staff_id in _staff(district, "M1")]
    again = planned(district, pool, JointMode.SAME_DAY, is_again=True)
    after = {(s.retailer_id, s.task_type, s.day) for s in stops_of(district)}
    assert n_due(stops_of(district)) == EVERYTHING
    moved = after - before
    assert len(lost) <= len(moved) <= 2 * len(lost) + 4
    named = {(item.task_type, day) for item in again.changes for day in set(item.after) - set(item.before)}
    assert named == {(task, day) for _, task, day in moved}
    assert not any(s.day == date(2026, 12, 2) and s.staff_id in _staff(district, "M1") for s in stops_of(district))
    assert {(s.retailer_id, s.day) for s in stops_of(district, is_sealed=True)} == sealed


def test_days_that_are_over_stay_when_a_cycle_is_planned_again(store: Store, pool: EnginePool, tmp_path: Path) -> None:
    district = town(store, tmp_path)
    planned(district, pool, JointMode.SAME_DAY)
    district.pass_time(days=9)
    over = [stop for stop in stops_of(district) if stop.day < date(2026, 12, 2)]
    again = planned(district, pool, JointMode.SAME_DAY, is_again=True)
    assert [stop for stop in stops_of(district) if stop.day < date(2026, 12, 2)] == over
    assert len(again.changes) <= 3


def test_a_cycle_that_is_not_planned_cannot_be_planned_again(store: Store, pool: EnginePool, tmp_path: Path) -> None:
    district = town(store, tmp_path)
    with pytest.raises(NotFound, match="not planned yet"):
        planned(district, pool, JointMode.SAME_DAY, is_again=True)


def test_the_draw_is_shown_after_the_cycle_and_anybody_draws_it_again(
    store: Store, pool: EnginePool, tmp_path: Path
) -> None:
    district = town(store, tmp_path)
    planned(district, pool, JointMode.SAME_DAY)
    with pytest.raises(Conflict, match="shown from the day after"):
        reveal_draw(store, district.clock, **district.who, day=FIRST_DAY)
    district.pass_time(days=29)
    shown = reveal_draw(store, district.clock, **district.who, day=FIRST_DAY)
    assert shown.is_genuine
    assert len(shown.inspections) == 4
    assert shown.without_day == []
    assert all(item.place is not None and item.place <= 2 for item in shown.inspections)  # two fit into any day
    assert all(len(item.drawn_order) == 20 for item in shown.inspections)
    with store.transaction(district.adcode) as tx:
        where = tables.audit.c.adcode == tx.adcode
        contents = {row.action: row.content for row in tx.execute(sa.select(tables.audit).where(where))}
    assert [contents["cycle.plan"]["draw_commitment"]] == [one.commitment for one in shown.draws]
    assert contents["cycle.reveal"]["draw_commitment"] == [one.commitment for one in shown.draws]


def _staff(district: SmallDistrict, code: str) -> set[str]:
    with district.store.transaction(district.adcode) as tx:
        where = sa.and_(tables.staff.c.adcode == tx.adcode, tables.staff.c.staff_code == code)
        return {str(row.staff_id) for row in tx.execute(sa.select(tables.staff.c.staff_id).where(where))}


def test_inspector_and_manager_start_within_a_shared_window_and_the_day_keeps_it(
    store: Store, pool: EnginePool, tmp_path: Path
) -> None:
    district = town(store, tmp_path)
    ledger = planned(district, pool, JointMode.SAME_TIME, day_price_min=30.0, window_min=40.0).ledger
    assert n_due(stops_of(district)) == EVERYTHING
    met: dict[tuple[str, date], list[CycleStop]] = {}
    for stop in stops_of(district):
        if stop.window_min is not None:
            met.setdefault((stop.retailer_id, stop.day), []).append(stop)
    assert len(met) == ledger.n_meetings > 5
    for found in met.values():
        assert {stop.task_type for stop in found} == {TaskType.INSPECTION, TaskType.VISIT}
        assert found[0].window_min == found[1].window_min
    day = min(day for _, day in met)
    result = plan_day(district.store, district.clock, pool, day=day, max_iterations=200, **district.who)
    assert sum(result.n_unplanned.values()) == 0
    starts = _start_minutes(district, day)
    shown = [found for (_, other), found in met.items() if other == day]
    assert shown
    for stop in (stop for found in shown for stop in found):
        assert stop.window_min is not None
        opens, closes = stop.window_min
        assert opens <= starts[stop.retailer_id, stop.task_type] <= closes


def test_a_window_that_nobody_can_keep_leaves_no_stop_out(store: Store, pool: EnginePool, tmp_path: Path) -> None:
    district = town(store, tmp_path)
    planned(district, pool, JointMode.SAME_DAY)
    with store.transaction(district.adcode) as tx:  # everybody at every shop in the first minute
        stop = tables.cycle_stop
        where = sa.and_(stop.c.adcode == tx.adcode, stop.c.day == FIRST_DAY, ~stop.c.is_sealed)
        tx.execute(stop.update().where(where).values(window_from_min=510, window_to_min=511))
    result = plan_day(district.store, district.clock, pool, day=FIRST_DAY, max_iterations=100, **district.who)
    assert sum(result.n_unplanned.values()) == 0
    assert sum(result.n_stops.values()) == sum(stop.day == FIRST_DAY for stop in stops_of(district))


def test_a_rota_changes_the_crews_from_week_to_week_and_stays_when_planned_again(
    store: Store, pool: EnginePool, tmp_path: Path
) -> None:
    district = town(store, tmp_path)
    planned(district, pool, JointMode.APART, crews=Crews.ROTA)
    drawn = stops_of(district, is_sealed=True)
    assert travel_basis(store, district.adcode).crews is Crews.ROTA  # what plans of grids expect from now on
    assert all(stop.second_staff_id not in (None, stop.staff_id) for stop in drawn)
    planned(district, pool, JointMode.APART, is_again=True)
    assert stops_of(district, is_sealed=True) == drawn


def test_planned_again_without_a_word_the_roles_share_what_they_shared(
    store: Store, pool: EnginePool, tmp_path: Path
) -> None:
    district = town(store, tmp_path)
    planned(district, pool, JointMode.SAME_TIME, window_min=20.0, keeps_delivery_weekday=True)
    told = read_cycle(store, district.clock, adcode=district.adcode).settings
    again = planned(district, pool, None, day_price_min=3.0, is_again=True)
    assert again.ledger.mode is JointMode.SAME_TIME
    now = read_cycle(store, district.clock, adcode=district.adcode).settings
    assert now.pop("draw_commitment") != told.pop("draw_commitment")  # each draw has a record of its own
    assert now == told | {"day_price_min": 3.0}


def test_a_new_owner_is_introduced_within_the_days_that_a_publication_gives(
    store: Store, pool: EnginePool, tmp_path: Path
) -> None:
    district = town(store, tmp_path)
    shown = district.draw_and_publish(seed=4)
    district.pass_time(hours=1)
    n_due = plan_introductions(store, adcode=district.adcode, generation=shown.generation)
    assert n_due > 0
    found = planned(district, pool, JointMode.SAME_DAY)
    assert (found.n_introduced, found.n_introductions) == (n_due, n_due)
    with store.transaction(district.adcode) as tx:
        asked = handovers.introductions(tx, FIRST_DAY, date(2026, 12, 20))
    task_of = {
        Layer.INSPECTION: TaskType.INSPECTION,
        Layer.MARKETING: TaskType.VISIT,
        Layer.DELIVERY: TaskType.DELIVERY,
    }
    for item in asked:
        assert any(
            (stop.retailer_id, stop.task_type, stop.staff_id)
            == (item.retailer_id, task_of[item.layer], item.to_staff_id)
            and item.first_day <= stop.day <= item.last_day
            for stop in stops_of(district)
        )


def test_introductions_that_mostly_fall_into_the_next_cycle_are_made_there(
    store: Store, pool: EnginePool, tmp_path: Path
) -> None:
    district = town(store, tmp_path)
    while district.clock.now().date() < FIRST_DAY + timedelta(days=24):
        district.pass_time(days=1)
    shown = district.draw_and_publish(seed=4)
    district.pass_time(hours=1)
    n_due = plan_introductions(store, adcode=district.adcode, generation=shown.generation)
    assert n_due > 0
    assert planned(district, pool, JointMode.APART).n_introductions == 0
    later = planned(district, pool, JointMode.APART, first_day=FIRST_DAY + timedelta(days=28))
    assert (later.n_introduced, later.n_introductions) == (n_due, n_due)


def _start_minutes(district: SmallDistrict, day: date) -> dict[tuple[str, TaskType], float]:
    """Minutes after local midnight at which each stop of a day starts."""
    begins = midnight(day, "Asia/Shanghai")
    with district.store.transaction(district.adcode) as tx:
        stop, route = tables.stop, tables.route
        on_route = sa.and_(stop.c.adcode == route.c.adcode, stop.c.route_id == route.c.route_id)
        rows = tx.execute(
            sa.select(stop.c.retailer_id, stop.c.task_type, stop.c.starts_at)
            .select_from(stop.join(route, on_route))
            .where(stop.c.adcode == tx.adcode, route.c.day == day)
        ).all()
    return {
        (str(row.retailer_id), TaskType(row.task_type)): (row.starts_at - begins).total_seconds() / 60 for row in rows
    }

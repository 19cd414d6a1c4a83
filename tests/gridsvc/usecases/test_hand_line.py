"""A line given to another person: from an instant on, with its past kept, and the next plan follows it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from itertools import count
from pathlib import Path

import pytest
import sqlalchemy as sa

from gridsvc.domain.errors import BadInput, Conflict, NotFound
from gridsvc.domain.layers import Layer, TaskType
from gridsvc.engines.pool import EnginePool
from gridsvc.storage import Store, cycles, retailers, tables
from gridsvc.usecases.edit_line import edit_line
from gridsvc.usecases.hand_line import hand_line
from gridsvc.usecases.list_lines import ListedLine, list_lines
from gridsvc.usecases.plan_cycle import plan_cycle
from tests.fakes.small_district import SmallDistrict, build
from tests.gridsvc.usecases.small_town import shops

FIRST_DAY = date(2026, 11, 23)
NEXT = FIRST_DAY + timedelta(days=28)
_NUMBERS = count(10)  # of districts: each test has its own


@pytest.fixture(scope="module")
def pool() -> Iterator[EnginePool]:
    with EnginePool(1) as opened:
        yield opened


@pytest.fixture
def district(store: Store, pool: EnginePool, tmp_path: Path) -> SmallDistrict:
    built = build(store, tmp_path, adcode=f"5206{next(_NUMBERS)}", shop_rows=shops(24))
    plan_cycle(store, built.clock, pool, **built.who, first_day=FIRST_DAY, max_iterations=200)
    built.pass_time(hours=1)
    return built


def lines_of(district: SmallDistrict, after: timedelta = timedelta(0)) -> dict[str, ListedLine]:
    at = district.clock.now() + after
    found = list_lines(district.store, district.clock, adcode=district.adcode, layer=Layer.DELIVERY, as_of=at)
    return {item.line.name: item for item in found}


def hand(district: SmallDistrict, line: str, to: str, after: timedelta = timedelta(0)) -> None:
    begins = district.clock.now() + after
    hand_line(district.store, district.clock, **district.who, layer=Layer.DELIVERY, line=line, to=to, valid_from=begins)


def a_line_of(district: SmallDistrict, code: str) -> str:
    return next(name for name, item in lines_of(district).items() if item.staff_code == code and item.line.retailers)


def test_a_line_is_worked_by_somebody_else_from_its_instant_on_and_the_past_stays(district: SmallDistrict) -> None:
    name = a_line_of(district, "D1")
    before = lines_of(district)[name].line
    hand(district, name, "D2", timedelta(days=3))
    assert lines_of(district)[name].staff_code == "D1"
    later = lines_of(district, timedelta(days=3))[name]
    assert later.staff_code == "D2"
    assert (later.line.line_id, later.line.retailers, later.line.weekday, later.line.instead_of) == (
        before.line_id, before.retailers, before.weekday, before.staff_id,
    )  # fmt: skip
    hand(district, name, "D1", timedelta(days=5))
    back = lines_of(district, timedelta(days=5))[name]
    assert (back.staff_code, back.line.instead_of) == ("D1", None)
    assert lines_of(district, timedelta(days=4))[name].staff_code == "D2"


def test_the_next_plan_sends_the_new_person_on_the_line_s_weekday(district: SmallDistrict, pool: EnginePool) -> None:
    name = a_line_of(district, "D1")
    line = lines_of(district)[name].line
    hand(district, name, "D2")
    plan_cycle(district.store, district.clock, pool, **district.who, first_day=NEXT, max_iterations=200)
    with district.store.transaction(district.adcode) as tx:
        known = cycles.holding(tx, NEXT)
        assert known is not None
        stops = [stop for stop in cycles.stops(tx, known.cycle_id) if stop.task_type is TaskType.DELIVERY]
        codes = {str(r.staff_id): r.staff_code for r in tx.execute(sa.select(tables.staff)) if r.adcode == tx.adcode}
        owners = sa.select(tables.ownership.c.staff_id).where(
            tables.ownership.c.adcode == tx.adcode,
            tables.ownership.c.layer == "delivery",
            tables.ownership.c.valid_to.is_(None),
            tables.ownership.c.retailer_id.in_(line.retailers),
        )
        assert {codes[str(owner)] for owner in tx.execute(owners).scalars()} == {"D1"}
    own = [stop for stop in stops if stop.retailer_id in line.retailers]
    assert {codes[stop.staff_id] for stop in own} == {"D2"}
    assert {stop.day.isoweekday() for stop in own} == {line.weekday}
    after = lines_of(district, timedelta(days=40))[name]
    assert (after.line.line_id, after.staff_code, after.line.instead_of) == (line.line_id, "D2", line.staff_id)


def test_a_line_that_was_handed_takes_no_shop_of_whoever_works_it_now(district: SmallDistrict) -> None:
    name, own = a_line_of(district, "D1"), a_line_of(district, "D2")
    hand(district, name, "D2")
    with district.store.transaction(district.adcode) as tx:
        codes = {shop: code for code, shop in retailers.ids_by(tx, "retailer_code").items()}
    code = codes[lines_of(district)[own].line.retailers[0]]
    with pytest.raises(Conflict, match="another person"):
        edit_line(
            district.store, district.clock, **district.who, layer=Layer.DELIVERY, retailer_code=code, to=name
        )  # fmt: skip


def test_what_cannot_be_handed_is_said(district: SmallDistrict) -> None:
    name = a_line_of(district, "D1")
    with pytest.raises(NotFound, match="no delivery line"):
        hand(district, "nowhere", "D2")
    with pytest.raises(NotFound, match="no delivery_driver M1"):
        hand(district, name, "M1")
    with pytest.raises(Conflict, match="works line"):
        hand(district, name, "D1")
    with pytest.raises(BadInput, match="past"):
        hand(district, name, "D2", -timedelta(days=1))

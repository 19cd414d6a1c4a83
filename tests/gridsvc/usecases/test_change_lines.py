"""A planner names lines, moves them to another weekday, makes and ends them; plans go on with what was changed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from gridsvc.clock import midnight
from gridsvc.domain.errors import BadInput, Conflict, NotFound
from gridsvc.domain.layers import Layer
from gridsvc.domain.line_keys import free_key, place_of_key
from gridsvc.engines.pool import EnginePool
from gridsvc.storage import Store
from gridsvc.storage import retailers as retailer_rows
from gridsvc.storage.lines import Line
from gridsvc.usecases.add_line import add_line
from gridsvc.usecases.edit_line import edit_line
from gridsvc.usecases.end_line import end_line
from gridsvc.usecases.hand_line import hand_line
from gridsvc.usecases.list_lines import list_lines
from gridsvc.usecases.move_line import move_line
from gridsvc.usecases.plan_cycle import plan_cycle
from gridsvc.usecases.rename_line import rename_line
from tests.fakes.small_district import SmallDistrict, build
from tests.gridsvc.usecases.small_town import shops

FIRST_DAY = date(2026, 11, 23)
NEXT = FIRST_DAY + timedelta(days=28)
_adcodes = iter(range(520601, 520699))


@pytest.fixture(scope="module")
def pool() -> Iterator[EnginePool]:
    with EnginePool(1) as opened:
        yield opened


def plan(district: SmallDistrict, pool: EnginePool, first_day: date = FIRST_DAY, **wanted: Any) -> None:
    given: dict[str, Any] = {"first_day": first_day, "max_iterations": 200} | wanted
    plan_cycle(district.store, district.clock, pool, **district.who, **given)


@pytest.fixture
def district(store: Store, pool: EnginePool, tmp_path: Path) -> SmallDistrict:
    made = build(store, tmp_path, adcode=str(next(_adcodes)), shop_rows=shops(24))
    plan(made, pool)
    return made


def begin(district: SmallDistrict, day: date) -> datetime:
    return midnight(day, "Asia/Shanghai")


def lines_of(district: SmallDistrict, **wanted: Any) -> dict[str, Line]:
    given: dict[str, Any] = {"adcode": district.adcode, "layer": Layer.DELIVERY} | wanted
    return {item.line.name: item.line for item in list_lines(district.store, district.clock, **given)}


def change(district: SmallDistrict, use_case: Any, **what: Any) -> Any:
    return use_case(district.store, district.clock, **district.who, **{"layer": Layer.DELIVERY, **what})


def a_line(district: SmallDistrict) -> Line:
    """The first line with most shops."""
    return max(lines_of(district).values(), key=lambda line: (len(line.retailers), line.name))


def each_shop_is_on_one(district: SmallDistrict, as_of: datetime) -> None:
    on = Counter(shop for line in lines_of(district, as_of=as_of).values() for shop in line.retailers)
    assert set(on.values()) == {1}
    assert len(on) == 24


def test_a_renamed_line_keeps_its_name_through_plans_and_its_past(district: SmallDistrict, pool: EnginePool) -> None:
    line, others = a_line(district), set(lines_of(district))
    begins = district.clock.now() + timedelta(hours=2)
    done = change(district, rename_line, line=line.name, to=" 北门一线 ", valid_from=begins)
    assert (done.line, done.was_line, done.begins) == ("北门一线", line.name, begins)
    assert set(lines_of(district)) == others
    renamed = lines_of(district, as_of=begins)["北门一线"]
    assert (renamed.line_id, renamed.retailers, renamed.weekday) == (line.line_id, line.retailers, line.weekday)
    for taken in ("北门一线", *sorted(others - {line.name})[:1]):
        other = next(name for name in lines_of(district, as_of=begins) if name not in (taken, "北门一线"))
        with pytest.raises((Conflict, BadInput), match=r"called|given by the cycle plan"):
            change(district, rename_line, line=other, to=taken, valid_from=begins)
    with pytest.raises(BadInput, match="past"):
        change(district, rename_line, line=line.name, to="x", valid_from=begins - timedelta(days=1))
    with pytest.raises(NotFound, match="no delivery line nowhere"):
        change(district, rename_line, line="nowhere", to="x")
    with pytest.raises(BadInput, match="printable"):
        change(district, rename_line, line=line.name, to="  ")
    district.pass_time(days=1)
    plan(district, pool, is_again=True)
    plan(district, pool, NEXT, seed=4)
    for instant in (district.clock.now(), begin(district, NEXT)):
        assert lines_of(district, as_of=instant)["北门一线"].line_id == line.line_id
        each_shop_is_on_one(district, instant)


def test_a_name_given_while_the_next_cycle_is_planned_holds_there_too(
    district: SmallDistrict, pool: EnginePool
) -> None:
    plan(district, pool, NEXT, seed=5)
    later = lines_of(district, as_of=begin(district, NEXT))
    line = next(line for name, line in lines_of(district).items() if name in later)
    change(district, rename_line, line=line.name, to="渡口线")
    assert lines_of(district, as_of=begin(district, NEXT))["渡口线"].line_id == line.line_id
    each_shop_is_on_one(district, begin(district, NEXT))


def test_lines_go_to_other_weekdays_with_the_next_cycle_and_its_plan_prefers_them(
    district: SmallDistrict, pool: EnginePool
) -> None:
    line = a_line(district)
    same = next(item for item in lines_of(district).values() if item.staff_id == line.staff_id and item != line)
    assert line.weekday is not None
    assert same.weekday is not None
    done = change(district, move_line, line=line.name, weekday=same.weekday)
    change(district, move_line, line=same.name, weekday=line.weekday)
    assert (done.begins, done.was_weekday, done.weekday) == (begin(district, NEXT), line.weekday, same.weekday)
    assert done.changes_order_day
    assert lines_of(district)[line.name] == line
    moved = lines_of(district, as_of=begin(district, NEXT))[line.name]
    assert (moved.weekday, moved.line_id, moved.retailers) == (same.weekday, line.line_id, line.retailers)
    plan(district, pool, NEXT, max_iterations=2000)
    after = lines_of(district, as_of=begin(district, NEXT))
    each_shop_is_on_one(district, begin(district, NEXT))
    assert (after[line.name].line_id, after[line.name].weekday) == (line.line_id, same.weekday)
    both = {shop for item in (line, same) for shop in item.retailers}
    kept = sum(len(set(after[item.name].retailers) & set(item.retailers)) for item in (line, same))
    assert kept > len(both) / 2


def test_a_weekday_is_refused_within_planned_cycles_and_where_nobody_works(
    district: SmallDistrict, pool: EnginePool
) -> None:
    line = a_line(district)
    free = next(day for day in (1, 2, 3, 4, 5) if day != line.weekday)
    with pytest.raises(Conflict, match="already"):
        change(district, move_line, line=line.name, weekday=line.weekday)
    with pytest.raises(BadInput, match="nobody works on a Sunday"):
        change(district, move_line, line=line.name, weekday=7)
    with pytest.raises(BadInput, match="is no weekday"):
        change(district, move_line, line=line.name, weekday=8)
    with pytest.raises(Conflict, match="a cycle is planned there already"):
        change(district, move_line, line=line.name, weekday=free, valid_from=district.clock.now() + timedelta(days=3))
    for day in (NEXT + timedelta(days=7), FIRST_DAY - timedelta(days=28)):
        with pytest.raises(BadInput, match=f"begins on {NEXT}"):
            change(district, move_line, line=line.name, weekday=free, valid_from=begin(district, day))
    plan(district, pool, NEXT)
    name = next(iter(lines_of(district, as_of=begin(district, NEXT + timedelta(days=28)))))
    weekday = lines_of(district, as_of=begin(district, NEXT))[name].weekday
    free = next(day for day in (1, 2, 3, 4, 5) if day != weekday)
    assert change(district, move_line, line=name, weekday=free).begins == begin(district, NEXT + timedelta(days=28))


def test_a_new_line_takes_shops_and_lasts_while_it_has_some(district: SmallDistrict, pool: EnginePool) -> None:
    mine = [line for name, line in lines_of(district).items() if name.startswith("D1-")]
    line = max(mine, key=lambda item: len(item.retailers))
    with district.store.transaction(district.adcode) as tx:
        code_of = {shop: code for code, shop in retailer_rows.ids_by(tx, "retailer_code").items()}
    done = change(district, add_line, line="夜市线", staff="D1", weekday=line.weekday)
    empty = change(district, add_line, line="空线", staff="D1", weekday=2)
    assert (done.n_retailers, done.was_line, empty.weekday) == (0, None, 2)
    taken = line.retailers[:2]
    for shop in taken:
        change(district, edit_line, retailer_code=code_of[shop], to="夜市线")
    assert set(lines_of(district)["夜市线"].retailers) == set(taken)
    with pytest.raises(Conflict, match="is called 夜市线 already"):
        change(district, add_line, line="夜市线", staff="D1", weekday=1)
    with pytest.raises(NotFound, match="no delivery_driver D9"):
        change(district, add_line, line="x", staff="D9", weekday=1)
    with pytest.raises(BadInput, match="nobody works on a Sunday"):
        change(district, add_line, line="x", staff="D1", weekday=7)
    with pytest.raises(BadInput, match="given by the cycle plan"):
        change(district, add_line, line="D1-1", staff="D1", weekday=1)
    district.pass_time(hours=3)
    plan(district, pool, is_again=True)
    after = lines_of(district)
    assert set(after["夜市线"].retailers) == set(taken)
    assert "空线" not in after
    each_shop_is_on_one(district, district.clock.now())


def test_a_line_ends_and_its_shops_go_to_another_of_the_same_person(district: SmallDistrict, pool: EnginePool) -> None:
    line = a_line(district)
    same = next(item for item in lines_of(district).values() if item.staff_id == line.staff_id and item != line)
    other = next(item for item in lines_of(district).values() if item.staff_id != line.staff_id)
    begins = district.clock.now() + timedelta(hours=1)
    with pytest.raises(Conflict, match="name the line that takes them over"):
        change(district, end_line, line=line.name, valid_from=begins)
    with pytest.raises(Conflict, match="another person"):
        change(district, end_line, line=line.name, to=other.name, valid_from=begins)
    with pytest.raises(Conflict, match="its own shops"):
        change(district, end_line, line=line.name, to=line.name, valid_from=begins)
    done = change(district, end_line, line=line.name, to=same.name, valid_from=begins)
    assert (done.line, done.was_line, done.n_retailers) == (same.name, line.name, len(line.retailers))
    assert done.changes_order_day
    assert lines_of(district)[line.name] == line
    after = lines_of(district, as_of=begins)
    assert line.name not in after
    assert set(after[same.name].retailers) == set(line.retailers) | set(same.retailers)
    each_shop_is_on_one(district, begins)
    with pytest.raises(NotFound):
        change(district, end_line, line=line.name, valid_from=begins)
    change(district, add_line, line="空线", staff="D1", weekday=2)
    assert change(district, end_line, line="空线").line == "空线"  # nobody has to take over what is empty
    assert "空线" not in lines_of(district)
    district.pass_time(hours=3)
    plan(district, pool, is_again=True)
    each_shop_is_on_one(district, district.clock.now())


def test_a_line_that_changes_later_is_not_ended_before(district: SmallDistrict, pool: EnginePool) -> None:
    line = a_line(district)
    same = next(item for item in lines_of(district).values() if item.staff_id == line.staff_id and item != line)
    to = "D2" if line.name.startswith("D1") else "D1"
    later = district.clock.now() + timedelta(days=4)
    change(district, hand_line, line=line.name, to=to, valid_from=later)
    with pytest.raises(Conflict, match="changes on"):
        change(district, end_line, line=line.name, to=same.name)


def test_keys_are_grid_and_weekday_and_a_second_one_is_told_apart() -> None:
    assert free_key("M03", 2, set()) == "M03-2"
    assert free_key("M03", 2, {"M03-2", "M03-2~2"}) == "M03-2~3"
    assert [place_of_key(key) for key in ("M03-2", "M03-2~3", "A-B-7")] == ["M03", "M03", "A-B"]
    assert [place_of_key(key) for key in ("M03", "D1-old", "M03-8", "-2", "北门一线")] == [None] * 5

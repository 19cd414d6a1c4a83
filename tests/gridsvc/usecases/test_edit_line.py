"""Lines: they follow from the cycle, keep their names, and can be edited from an instant on."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest

from gridsvc.domain.errors import BadInput, Conflict, NotFound
from gridsvc.domain.layers import Layer
from gridsvc.engines.pool import EnginePool
from gridsvc.storage import Store
from gridsvc.storage.lines import Line
from gridsvc.usecases.edit_line import edit_line
from gridsvc.usecases.list_lines import list_lines
from gridsvc.usecases.plan_cycle import plan_cycle
from tests.fakes.small_district import SmallDistrict, build
from tests.gridsvc.usecases.small_town import shops

FIRST_DAY = date(2026, 11, 23)


@pytest.fixture(scope="module")
def pool() -> Iterator[EnginePool]:
    with EnginePool(1) as opened:
        yield opened


def lines_of(district: SmallDistrict, **wanted: object) -> dict[str, Line]:
    found = list_lines(
        district.store,
        district.clock,
        adcode=district.adcode,
        layer=Layer.DELIVERY,
        **wanted,  # type: ignore[arg-type]
    )
    return {item.line.name: item.line for item in found}


def test_a_moved_shop_is_on_its_new_line_from_that_instant_and_the_next_plan_keeps_it(
    store: Store, pool: EnginePool, tmp_path: Path
) -> None:
    district = build(store, tmp_path, adcode="520501", shop_rows=shops(24))
    plan_cycle(store, district.clock, pool, **district.who, first_day=FIRST_DAY, max_iterations=200)
    before = lines_of(district)
    ids = {line.line_id for line in before.values()}
    source = next(line for line in before.values() if line.retailers)
    target = next(line for line in before.values() if line.staff_id == source.staff_id and line.name != source.name)
    other = next(line for line in before.values() if line.staff_id != source.staff_id)
    with store.transaction(district.adcode) as tx:
        from gridsvc.storage import retailers as retailer_rows

        code_of = {shop: code for code, shop in retailer_rows.ids_by(tx, "retailer_code").items()}
    code = code_of[source.retailers[0]]
    given = {"layer": Layer.DELIVERY, "retailer_code": code} | district.who
    begins = district.clock.now() + timedelta(hours=2)
    came_from, now_on = edit_line(store, district.clock, to=target.name, valid_from=begins, **given)
    assert came_from is not None
    assert (came_from.name, now_on.name) == (source.name, target.name)
    assert source.retailers[0] in lines_of(district)[source.name].retailers
    later = lines_of(district, as_of=begins)
    assert source.retailers[0] in later[target.name].retailers
    assert source.retailers[0] not in later[source.name].retailers
    with pytest.raises(Conflict, match="another person"):
        edit_line(store, district.clock, to=other.name, valid_from=begins, **given)
    with pytest.raises(Conflict, match="already"):
        edit_line(store, district.clock, to=target.name, valid_from=begins, **given)
    with pytest.raises(NotFound, match="no delivery line"):
        edit_line(store, district.clock, to="nowhere", **given)
    with pytest.raises(BadInput, match="past"):
        edit_line(store, district.clock, to=target.name, valid_from=begins - timedelta(days=9), **given)
    district.pass_time(hours=3)
    plan_cycle(
        store, district.clock, pool, **district.who, first_day=FIRST_DAY + timedelta(days=28), max_iterations=200,
        keeps_delivery_weekday=True,
    )  # fmt: skip
    after = lines_of(district, as_of=district.clock.now() + timedelta(days=40))
    assert {line.line_id for line in after.values()} <= ids
    assert source.retailers[0] in after[target.name].retailers

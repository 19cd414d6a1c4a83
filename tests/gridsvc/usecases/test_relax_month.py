"""Every duty that a month leaves over has the smallest change that plans it, shown by solving again."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from gridsvc.domain.joint_stops import JointMode
from gridsvc.domain.relaxations import Relaxation, RelaxationKind, read
from gridsvc.engines.pool import EnginePool
from gridsvc.storage import Store, cycles
from gridsvc.usecases.import_absences import import_absences
from gridsvc.usecases.plan_cycle import plan_cycle
from gridsvc.usecases.read_cycle import NotPlannedDuty, read_cycle
from tests.fakes.near_pool import NearPool
from tests.fakes.small_district import SmallDistrict, build, owner_rows
from tests.gridsvc.usecases.small_town import WGS84, member, shops, write_csv

MONDAY = date(2026, 11, 23)
WORKED = (date(2026, 11, 24), date(2026, 12, 8))  # the only days on which M1 is there
_adcodes = iter(range(520401, 520499))
ROLES = {"I": "market_inspector", "M": "customer_manager", "D": "delivery_driver"}


@pytest.fixture(scope="module")
def pool() -> Iterator[EnginePool]:
    with NearPool(1) as opened:
        yield opened


def short_handed(store: Store, folder: Path, *, with_colleague: bool) -> SmallDistrict:
    """Build a town whose manager M1 has 60 shops and two days; M2, if there is one, has 10 shops and all days."""
    rows = owner_rows(shops(70 if with_colleague else 60), n_owners=1)
    for number, row in enumerate(row for row in rows if row["layer"] == "marketing"):
        row["staff_code"] = "M2" if number >= 60 else "M1"
    codes = ["I1", "M1", "D1"] + (["M2"] if with_colleague else [])
    town = build(
        store, folder, adcode=str(next(_adcodes)), shop_rows=shops(len(rows) // 3), owners=rows,
        staff_rows=[member(code, ROLES[code[0]]) for code in codes],
    )  # fmt: skip
    spans = (("2026-11-23", "2026-11-23"), ("2026-11-25", "2026-12-07"), ("2026-12-09", "2026-12-20"))
    away = [{"staff_code": "M1", "first_day": first, "last_day": last, "reason": "leave"} for first, last in spans]
    path = write_csv(folder / "absences.csv", away)
    import_absences(store, town.clock, **town.who, path=path, options=WGS84)
    return town


def left_of(town: SmallDistrict, pool: EnginePool, **wanted: Any) -> list[tuple[NotPlannedDuty, Relaxation]]:
    """Plan the month and give what it leaves over, as it is told and as it is kept."""
    given: dict[str, Any] = {"first_day": MONDAY, "max_iterations": 300} | town.who | wanted
    plan_cycle(town.store, town.clock, pool, **given)
    view = read_cycle(town.store, town.clock, adcode=town.adcode, day=MONDAY)
    with town.store.transaction(town.adcode) as tx:
        known = cycles.unplanned(tx, view.cycle_id)
    kept = {(item.retailer_id, item.task_type): read(item.relaxation or "") for item in known}
    found = [(item, kept[item.retailer_id, item.task_type]) for item in view.not_planned]
    assert all(relaxation is not None for _, relaxation in found)
    return [(item, relaxation) for item, relaxation in found if relaxation is not None]


@pytest.mark.parametrize("mode", [JointMode.SAME_DAY])
def test_a_neighbour_of_the_role_whose_month_holds_the_duty_is_named(
    store: Store, pool: EnginePool, tmp_path: Path, mode: JointMode
) -> None:
    left = left_of(short_handed(store, tmp_path, with_colleague=True), pool, mode=mode)
    assert left
    for item, relaxation in left:
        assert item.is_verified
        assert relaxation.kind is RelaxationKind.OTHER_PERSON
        assert relaxation.staff_code == "M2"
        assert len(relaxation.days) == 2
        assert "M2 goes instead" in str(item.relaxation)
        assert "改由M2前往" in str(item.relaxation_zh)
        assert item.words_zh == "其他任务已占满时间"


def test_minutes_name_whose_day_is_longer_and_by_how_much(store: Store, pool: EnginePool, tmp_path: Path) -> None:
    left = left_of(short_handed(store, tmp_path, with_colleague=False), pool)
    assert len(left) > 8  # as many as were verified at all before
    for item, relaxation in left:
        assert item.is_verified
        assert relaxation.kind is RelaxationKind.MINUTES
        assert {code for code, _, _ in relaxation.longer} == {"M1"}
        assert {day for _, day, _ in relaxation.longer} <= set(WORKED)
        assert all(0 < minutes <= 120 for _, _, minutes in relaxation.longer)
        assert "M1 works" in str(item.relaxation)
        assert "延长" in str(item.relaxation_zh)

"""After a change few shops change hands, and the shops of whoever is away go to the neighbours."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from gridsvc.domain.errors import BadInput, NotFound
from gridsvc.domain.layers import Layer
from gridsvc.engines.pool import EnginePool
from gridsvc.storage import Store
from gridsvc.storage import staff as staff_rows
from gridsvc.usecases.repair_plan import RepairedPlan, repair_plan
from gridsvc.usecases.split_absence import split_absence
from gridsvc.usecases.survey_district import DesignRules
from tests.fakes.small_district import SmallDistrict, build, owner_rows
from tests.gridsvc.usecases.small_town import member, shops

_adcodes = iter(range(520501, 520599))
ROWS = shops(96)
PEOPLE = [member(f"M{number}", "customer_manager") for number in (1, 2, 3)]


@pytest.fixture(scope="module")
def pool() -> Iterator[EnginePool]:
    with EnginePool(1) as opened:
        yield opened


def striped(store: Store, folder: Path, widths: tuple[int, int, int] = (6, 5, 5), **wanted: Any) -> SmallDistrict:
    """Build a town whose three managers own stripes of columns of shops from west to east."""
    first, second, _ = widths

    def owner(number: int) -> str:
        column = number % 16
        return "M1" if column < first else "M2" if column < first + second else "M3"

    rows = [
        row | {"staff_code": owner(number), "line": f"{owner(number)}-old"}
        for number, row in enumerate(owner_rows(ROWS)[len(ROWS) : 2 * len(ROWS)])
    ]
    assert {row["layer"] for row in rows} == {"marketing"}
    given: dict[str, Any] = {
        "adcode": str(next(_adcodes)), "shop_rows": ROWS, "staff_rows": PEOPLE, "owners": rows, "coarsest": 10,
    } | wanted  # fmt: skip
    return build(store, folder, **given)


def repaired(district: SmallDistrict, pool: EnginePool, tolerance: float = 0.08) -> RepairedPlan:
    rules = DesignRules(minutes_tolerance_share=tolerance, second_tolerance_share=0.5, max_iterations=200)
    return repair_plan(district.store, district.clock, pool, **district.who, layers=[Layer.MARKETING], rules=rules)


def test_a_repair_moves_about_as_few_shops_as_must_move_and_lists_each(
    store: Store, pool: EnginePool, tmp_path: Path
) -> None:
    district = striped(store, tmp_path, widths=(8, 5, 3))
    plan = repaired(district, pool)
    report, bound = plan.layers[0], plan.bounds[Layer.MARKETING]
    assert report.is_feasible
    assert 0 < bound.n_least <= report.n_moved == len(plan.moves)
    assert report.n_moved <= 1.25 * bound.n_flow + 4
    assert {move.from_staff_code for move in plan.moves} <= {"M1", "M2", "M3"}
    assert all(move.from_staff != move.to_staff for move in plan.moves)
    assert plan.plan.state == "draft"


def test_a_district_within_tolerance_is_left_alone(store: Store, pool: EnginePool, tmp_path: Path) -> None:
    district = striped(store, tmp_path)
    plan = repaired(district, pool, tolerance=0.4)
    assert plan.layers[0].n_moved == plan.bounds[Layer.MARKETING].n_apart
    assert plan.bounds[Layer.MARKETING].flow_minutes == 0


def test_a_newcomer_takes_the_shops_of_whoever_left(store: Store, pool: EnginePool, tmp_path: Path) -> None:
    district = striped(store, tmp_path)
    with store.transaction(district.adcode) as tx:
        known = staff_rows.all_staff(tx)
        left = next(one for one in known if one.staff_code == "M3")
        from dataclasses import replace

        newcomer = replace(left, staff_id="01a00000-0000-7000-8000-000000000001", staff_code="M4")  # type: ignore[arg-type]
        staff_rows.save(tx, [replace(left, last_day=date(2026, 11, 20)), newcomer])
    plan = repaired(district, pool, tolerance=0.2)
    assert plan.layers[0].is_feasible
    to_newcomer = [move for move in plan.moves if move.to_staff_code == "M4"]
    assert len(to_newcomer) >= 0.8 * len(plan.moves)


def test_the_shops_of_somebody_away_go_to_the_neighbours_and_everybody_else_keeps_theirs(
    store: Store, tmp_path: Path
) -> None:
    district = striped(store, tmp_path)
    who: dict[str, Any] = {"adcode": district.adcode, "first_day": date(2026, 12, 1), "last_day": date(2026, 12, 14)}
    split = split_absence(store, district.clock, staff_code_or_id="M2", **who)
    assert [share.member.staff_code for share in split.shares] == ["M1", "M3"]
    taken = [retailer for share in split.shares for retailer in share.retailer_ids]
    survey = district.survey([Layer.MARKETING])
    owned = {r for (r, _), owner in survey.owner_of.items() if owner == split.member.staff_id}
    assert not split.unshared
    assert len(taken) == len(set(taken))
    assert set(taken) == owned
    after = [share.minutes_per_day_after for share in split.shares]
    assert max(after) <= 1.15 * min(after)
    assert all(share.minutes_per_day_after > share.minutes_per_day_before for share in split.shares)


def test_a_neighbour_who_is_away_on_one_of_the_days_takes_nothing(store: Store, tmp_path: Path) -> None:
    district = striped(store, tmp_path)
    who: dict[str, Any] = {"adcode": district.adcode, "first_day": date(2026, 12, 1), "last_day": date(2026, 12, 14)}
    first = split_absence(store, district.clock, staff_code_or_id="M2", **who)
    with store.transaction(district.adcode) as tx:
        gone = first.shares[0].member.staff_id
        staff_rows.save_absences(
            tx,
            [
                staff_rows.Absence(
                    staff_id=gone, first_day=date(2026, 12, 14), last_day=date(2026, 12, 20), reason="leave"
                )
            ],
        )
    split = split_absence(store, district.clock, staff_code_or_id="M2", **who)
    assert [share.member.staff_code for share in split.shares] == ["M3"]
    nobody = split_absence(store, district.clock, staff_code_or_id="M2", away=[split.shares[0].member.staff_id], **who)
    assert nobody.shares == ()
    assert len(nobody.unshared) == len(split.shares[0].retailer_ids)


def test_an_absence_that_makes_no_sense_is_refused(store: Store, tmp_path: Path) -> None:
    district = striped(store, tmp_path)
    who: dict[str, Any] = {"adcode": district.adcode, "last_day": date(2026, 12, 14)}
    with pytest.raises(NotFound, match="no member of staff M9"):
        split_absence(store, district.clock, staff_code_or_id="M9", first_day=date(2026, 12, 1), **who)
    with pytest.raises(BadInput, match="is before"):
        split_absence(store, district.clock, staff_code_or_id="M2", first_day=date(2026, 12, 15), **who)

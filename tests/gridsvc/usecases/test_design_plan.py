"""A design that cannot be made says why; one that can be made keeps every grid in one piece."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely

from gridsvc.domain.errors import BadInput
from gridsvc.domain.layers import Layer
from gridsvc.engines.pool import EnginePool
from gridsvc.storage import Store, plans
from gridsvc.usecases.design_plan import DesignedPlan
from gridsvc.usecases.import_barriers import import_barriers
from gridsvc.usecases.make_units import make_units
from tests.fakes.small_district import SmallDistrict, build
from tests.gridsvc.usecases.small_town import EAST, NORTH, SOUTH, WEST, WGS84, member, shop, shops, write_geojson

_adcodes = iter(range(520401, 520499))


@pytest.fixture(scope="module")
def pool() -> Iterator[EnginePool]:
    with EnginePool(1) as opened:
        yield opened


def town(store: Store, folder: Path, **wanted: Any) -> SmallDistrict:
    given: dict[str, Any] = {"adcode": str(next(_adcodes)), "shop_rows": shops(48), "owners": None} | wanted
    return build(store, folder, **given)


def pieces(district: SmallDistrict, designed: DesignedPlan, layer: Layer) -> list[int]:
    """Give the number of pieces of each grid on the borders that staff may pass."""
    units = district.survey().units
    with district.store.transaction(district.adcode) as tx:
        of_unit = plans.grids_of(tx, designed.plan.plan_version_id, layer, len(units)).grid_of_unit
    leader = list(range(len(units)))

    def find(unit: int) -> int:
        while leader[unit] != unit:
            unit = leader[unit]
        return unit

    for a, b in units.edges.tolist():
        if of_unit[a] == of_unit[b]:
            leader[find(a)] = find(b)
    assert (of_unit >= 0).all()
    return [len({find(int(unit)) for unit in np.flatnonzero(of_unit == grid)}) for grid in range(of_unit.max() + 1)]


def test_every_reason_is_listed_at_once(store: Store, pool: EnginePool, tmp_path: Path) -> None:
    people = [member("M1", "customer_manager"), member("D1", "delivery_driver")]
    district = town(store, tmp_path, staff_rows=people, shop_rows=[shop(n, status="closed") for n in range(5)])
    n_units = len(district.survey().units)
    with pytest.raises(BadInput, match="the district cannot be divided like this") as caught:
        district.design(pool, n_grids={Layer.MARKETING: n_units + 1, Layer.DELIVERY: 0})
    assert caught.value.violations == (
        "no active shop lies inside the units: import retailers with coordinates, or locate them",
        "inspection: no market_inspector is in service; import staff, or name a number of grids",
        f"marketing: {n_units + 1} grids cannot be made from {n_units} units",
        "delivery: 0 grids were asked for; a layer needs at least one",
    )


def test_grids_without_anybody_to_own_them_are_drawn_and_vacant(store: Store, pool: EnginePool, tmp_path: Path) -> None:
    district = town(store, tmp_path, staff_rows=[member("M1", "customer_manager")])
    designed = district.design(pool, layers=[Layer.INSPECTION], n_grids={Layer.INSPECTION: 3})
    with store.transaction(district.adcode) as tx:
        grids = plans.grids_of(tx, designed.plan.plan_version_id, Layer.INSPECTION, len(district.survey().units))
    assert grids.staff_ids == (None, None, None)
    assert grids.names == ("I01", "I02", "I03")
    assert pieces(district, designed, Layer.INSPECTION) == [1, 1, 1]


def test_more_staff_than_shops_is_stored_with_its_reasons(store: Store, pool: EnginePool, tmp_path: Path) -> None:
    people = [member(f"M{number}", "customer_manager") for number in range(1, 6)]
    district = town(store, tmp_path, staff_rows=people, shop_rows=[shop(n * 40) for n in range(3)])
    designed = district.design(pool, layers=[Layer.MARKETING])
    assert not designed.layers[0].is_feasible
    assert designed.layers[0].violations


def test_a_district_that_a_barrier_cuts_in_two_has_no_grid_across_it(
    store: Store, pool: EnginePool, tmp_path: Path
) -> None:
    rows = [shop(n, lat=round((SOUTH if n % 2 else SOUTH + 0.024) + 0.002 * (n // 16), 6)) for n in range(48)]
    district = town(store, tmp_path, shop_rows=rows)
    middle = (SOUTH + NORTH) / 2
    river = shapely.LineString([(WEST - 0.02, middle), (EAST + 0.02, middle)])
    barriers = write_geojson(tmp_path / "river.geojson", [({"name": "river", "kind": "river"}, river)])
    import_barriers(store, district.clock, **district.who, path=barriers, options=WGS84)
    make_units(store, district.clock, **district.who, coarsest=9)
    designed = district.design(pool)
    for report in designed.layers:
        if report.is_feasible:
            assert set(pieces(district, designed, report.layer)) == {1}
        else:
            assert any("piece" in words for words in report.violations)


def test_the_same_seed_gives_the_same_grids(store: Store, pool: EnginePool, tmp_path: Path) -> None:
    district = town(store, tmp_path)
    drawn = []
    for _ in range(2):
        designed = district.design(pool, layers=[Layer.MARKETING])
        with store.transaction(district.adcode) as tx:
            version = designed.plan.plan_version_id
            drawn.append(plans.grids_of(tx, version, Layer.MARKETING, len(district.survey().units)).grid_of_unit)
    assert np.array_equal(*drawn)

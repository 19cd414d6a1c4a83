"""Between plans a new shop is owned at once by its unit's owner, and a closed one's ownership ends."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest

from gridsvc.clock import FixedClock, new_id
from gridsvc.domain.ids import Adcode, GridId, PlanId, PlanVersionId, StaffId
from gridsvc.domain.layers import Layer
from gridsvc.domain.plans import Plan, PlanState
from gridsvc.storage import Store, districts, generations, ownership, plans, retailers, reviews, staff, units
from gridsvc.storage.generations import Generation, VersionInForce
from gridsvc.storage.plans import Grids
from gridsvc.usecases.import_retailers import import_retailers
from gridsvc.usecases.import_staff import import_staff
from gridsvc.usecases.make_units import make_units
from tests.gridsvc.usecases.small_town import WGS84, make_town, shop, shops, six_staff, write_csv


def _publish_one_grid(store: Store, clock: FixedClock, adcode: Adcode, staff_id: StaffId) -> GridId:
    """Publish a marketing plan of one grid over the whole district as generation 1."""
    unit_set_id = make_units(store, clock, adcode=adcode, actor="test").unit_set_id
    grid_id, version = GridId(new_id()), PlanVersionId(new_id())
    with store.transaction(adcode) as tx:
        n_units = len(units.load(tx, unit_set_id))
        plan = Plan(
            adcode=adcode, plan_id=PlanId(new_id()), title="One", state=PlanState.PUBLISHED, layers=(Layer.MARKETING,),
            unit_set_id=unit_set_id, base_generation=0, plan_version_id=version, revision=0, created_by="test",
            created_at=clock.now(),
        )  # fmt: skip
        plans.insert_plan(tx, plan)
        grids = Grids(
            grid_ids=(grid_id,), names=("M01",), numbers=(1,), staff_ids=(staff_id,),
            grid_of_unit=np.zeros(n_units, dtype=np.int32),
        )  # fmt: skip
        plans.write_layer(tx, clock, version, Layer.MARKETING, grids)
        generation = Generation(
            number=1, plan_id=plan.plan_id, published_by="test", published_at=clock.now(), effective_from=clock.now(),
            faults={},
        )  # fmt: skip
        in_force = VersionInForce(plan_version_id=version, unit_set_id=unit_set_id)
        generations.insert(tx, generation, {Layer.MARKETING: in_force})
    return grid_id


@pytest.fixture
def town(store: Store, clock: FixedClock, tmp_path: Path) -> tuple[Adcode, StaffId, GridId]:
    """A town with twenty shops in one published marketing grid."""
    adcode = make_town(store, clock, "800001", tmp_path)
    who = {"adcode": adcode, "actor": "test", "options": WGS84}
    import_retailers(store, clock, path=write_csv(tmp_path / "shops.csv", shops(20)), **who)
    import_staff(store, clock, path=write_csv(tmp_path / "staff.csv", six_staff()), **who)
    with store.transaction(adcode) as tx:
        owner = next(m.staff_id for m in staff.all_staff(tx) if m.staff_code == "M1")
    return adcode, owner, _publish_one_grid(store, clock, adcode, owner)


def test_new_shops_get_their_units_owner_and_closed_ones_lose_theirs(
    store: Store, clock: FixedClock, tmp_path: Path, town: tuple[Adcode, StaffId, GridId]
) -> None:
    adcode, owner, grid_id = town
    clock.instant += timedelta(days=1)
    rows = [*shops(22), shop(30, lon="", lat="", address="不明路9号")]
    path = write_csv(tmp_path / "shops.csv", rows)
    with store.transaction(adcode) as tx:
        revision = districts.find(tx).revision
    report = import_retailers(store, clock, adcode=adcode, actor="test", path=path, options=WGS84)
    unowned = {(f.subject, "marketing" in f.words) for f in report.findings if f.code == "unowned"}
    assert ("R0030", True) in unowned  # no point yet
    assert ("R0020", False) in unowned  # no inspection grids are published
    with store.transaction(adcode) as tx:
        ids = retailers.ids_by(tx, "retailer_code")
        owners = ownership.owners_at(tx, clock.now())
        assert districts.find(tx).revision == revision + 1
        assert {item.code for item in reviews.listed(tx)} >= {"unowned", "not_located"}
    assigned = {code for code, shop_id in ids.items() if (shop_id, Layer.MARKETING) in owners}
    assert assigned == {"R0020", "R0021"}
    answer = owners[ids["R0020"], Layer.MARKETING]
    assert (answer.staff_id, answer.grid_id, answer.source.value) == (owner, grid_id, "assigned")
    assert answer.valid_from == clock.now()

    clock.instant += timedelta(days=1)
    rows[20]["status"] = "注销"
    import_retailers(store, clock, adcode=adcode, actor="test", path=write_csv(path, rows), options=WGS84)
    with store.transaction(adcode) as tx:
        assert (ids["R0020"], Layer.MARKETING) not in ownership.owners_at(tx, clock.now())
        assert (ids["R0020"], Layer.MARKETING) in ownership.owners_at(tx, clock.now() - timedelta(hours=1))
        assert not ownership.overlapping(tx)

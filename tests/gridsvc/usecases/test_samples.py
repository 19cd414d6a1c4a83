"""What is invented follows its rule, repeats with its seed, says what it is, and never touches what is known."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from gridsvc.clock import FixedClock
from gridsvc.domain.errors import BadInput, Conflict
from gridsvc.domain.layers import Role
from gridsvc.storage import Store, retailers
from gridsvc.usecases.assign_demand import assign_demand, invent_demand
from gridsvc.usecases.import_areas import import_areas
from gridsvc.usecases.import_assignments import import_assignments
from gridsvc.usecases.import_retailers import import_retailers
from gridsvc.usecases.read_district import read_district
from gridsvc.usecases.sample_owners import merge_areas, sample_owners
from gridsvc.usecases.sample_staff import sample_staff
from gridsvc.usecases.write_sample import write_sample
from tests.gridsvc.usecases.small_town import (
    EAST,
    NORTH,
    SOUTH,
    WEST,
    WGS84,
    make_town,
    shops,
    write_csv,
    write_geojson,
)


def test_demand_has_the_shares_of_its_rule_and_repeats_with_its_seed() -> None:
    rng = np.random.default_rng(5)
    lon, lat = rng.normal(106.7, 0.02, 1000), rng.normal(26.6, 0.02, 1000)
    demand = invent_demand(lon, lat, 1)
    again, other = invent_demand(lon, lat, 1), invent_demand(lon, lat, 2)
    assert {tier: int((demand.tier == tier).sum()) for tier in "ABC"} == {"A": 100, "B": 200, "C": 700}
    assert [int((demand.integrity_star == star).sum()) for star in range(1, 6)] == [20, 60, 270, 450, 200]
    assert demand.needs_enforcement.sum() == 50
    assert (demand.tier == again.tier).all()
    assert (demand.tier != other.tier).any()
    from_middle = np.hypot(lon - 106.7, lat - 26.6)
    assert from_middle[demand.urban_form == "old_town"].mean() < from_middle[demand.urban_form == "hills"].mean()
    assert demand.order_cartons[demand.tier == "A"].mean() > 2 * demand.order_cartons[demand.tier == "C"].mean()


def test_invented_demand_never_touches_what_a_file_stated(store: Store, clock: FixedClock, tmp_path: Path) -> None:
    adcode = make_town(store, clock, "900001", tmp_path)
    rows = [{name: value for name, value in row.items() if name != "order_cartons"} for row in shops(40)]
    path = write_csv(tmp_path / "shops.csv", rows)
    import_retailers(store, clock, adcode=adcode, actor="test", path=path, options=WGS84)
    assert not read_district(store, adcode=adcode).is_synthetic
    done = assign_demand(store, clock, adcode=adcode, actor="test")
    assert read_district(store, adcode=adcode).is_synthetic
    again = assign_demand(store, clock, adcode=adcode, actor="test")
    with store.transaction(adcode) as tx:
        known = retailers.columns(tx)
    assert (done.n_changed, again.n_changed) == (40, 0)
    assert set(known.tier) == {"B"}
    assert (known.order_cartons > 0).all()
    assert known.is_synthetic.all()
    report = import_retailers(store, clock, adcode=adcode, actor="test", path=path, options=WGS84)
    assert report.changes_nothing


def test_staff_are_as_many_as_asked_and_say_what_they_are(store: Store, clock: FixedClock, tmp_path: Path) -> None:
    adcode = make_town(store, clock, "900002", tmp_path)
    path = write_csv(tmp_path / "shops.csv", shops(256))
    import_retailers(store, clock, adcode=adcode, actor="test", path=path, options=WGS84)
    made = sample_staff(store, clock, adcode=adcode, actor="test", n_inspectors=5, n_managers=3)
    counts = {role: sum(member.role is role for member in made.members) for role in Role}
    assert counts == {Role.MARKET_INSPECTOR: 5, Role.CUSTOMER_MANAGER: 3, Role.DELIVERY_DRIVER: 1}
    assert all("SYNTHETIC" in member.name for member in made.members)
    assert all(WEST < m.office_lon < EAST and SOUTH < m.office_lat < NORTH for m in made.members)
    with pytest.raises(Conflict, match="already"):
        sample_staff(store, clock, adcode=adcode, actor="test", n_inspectors=1, n_managers=1)


def test_vans_cannot_be_counted_without_orders(store: Store, clock: FixedClock, tmp_path: Path) -> None:
    adcode = make_town(store, clock, "900003", tmp_path)
    path = write_csv(tmp_path / "shops.csv", [row | {"order_cartons": 0} for row in shops(20)])
    import_retailers(store, clock, adcode=adcode, actor="test", path=path, options=WGS84)
    with pytest.raises(BadInput, match="sample demand"):
        sample_staff(store, clock, adcode=adcode, actor="test", n_inspectors=1, n_managers=1)
    with pytest.raises(BadInput, match="1 to 20"):
        sample_staff(store, clock, adcode=adcode, actor="test", n_inspectors=0, n_managers=21, n_drivers=1)


def test_invented_owners_are_read_as_generation_0(store: Store, clock: FixedClock, tmp_path: Path) -> None:
    adcode = make_town(store, clock, "900004", tmp_path)
    path = write_csv(tmp_path / "shops.csv", shops(256))
    import_retailers(store, clock, adcode=adcode, actor="test", path=path, options=WGS84)
    sample_staff(store, clock, adcode=adcode, actor="test", n_inspectors=3, n_managers=2, n_drivers=1)
    width = (EAST - WEST) / 6
    strips = [
        ({"area_code": str(k)}, shapely.box(WEST + k * width, SOUTH, WEST + (k + 1) * width, NORTH)) for k in range(6)
    ]
    areas = write_geojson(tmp_path / "areas.geojson", strips)
    import_areas(store, clock, adcode=adcode, actor="test", path=areas, level="strip")
    made = sample_owners(store, clock, adcode=adcode, level="strip", path=tmp_path / "owners.csv")
    assert {layer.value: len(counts) for layer, counts in made.n_shops.items()} == {
        "inspection": 3, "marketing": 2, "delivery": 1,
    }  # fmt: skip
    assert all(sum(counts.values()) == 256 for counts in made.n_shops.values())
    rows = list(csv.DictReader(made.path.read_text(encoding="utf-8").splitlines()))
    assert {row["synthetic"] for row in rows} == {"SYNTHETIC"}
    report = import_assignments(store, clock, adcode=adcode, actor="test", path=made.path)
    assert (report.n_new, report.n_rejected) == (3 * 256, 0)
    assert not [f for f in report.findings if f.code in ("enclave", "unowned")]
    with pytest.raises(BadInput, match="no areas of level tract"):
        sample_owners(store, clock, adcode=adcode, level="tract", path=tmp_path / "x.csv")


@settings(max_examples=40, deadline=None)
@given(st.integers(2, 6), st.integers(2, 6), st.data())
def test_merged_areas_are_contiguous_groups_of_the_number_asked(width: int, height: int, data: st.DataObject) -> None:
    n_areas = width * height
    load = np.array(data.draw(st.lists(st.integers(0, 50), min_size=n_areas, max_size=n_areas)), dtype=np.int64)
    n_groups = data.draw(st.integers(1, n_areas))
    at = np.arange(n_areas).reshape(height, width)
    edges = np.vstack(
        [
            np.column_stack([at[:, :-1].ravel(), at[:, 1:].ravel()]),
            np.column_stack([at[:-1].ravel(), at[1:].ravel()]),
        ]
    ).astype(np.int32)
    group = merge_areas(load, edges, n_groups)
    assert sorted(set(group.tolist())) == list(range(n_groups))
    same = edges[group[edges[:, 0]] == group[edges[:, 1]]]
    graph = coo_array((np.ones(len(same)), (same[:, 0], same[:, 1])), shape=(n_areas, n_areas))
    assert connected_components(graph, directed=False)[0] == n_groups


def test_the_sample_has_three_sizes(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="district, city, province"):
        write_sample(tmp_path, size="village")
    with pytest.raises(BadInput, match="seed"):
        write_sample(tmp_path, seed=-1)

"""Units cover the district, hold every shop, and are cut where barriers run."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import shapely

from gridsvc.clock import FixedClock
from gridsvc.domain.errors import BadInput
from gridsvc.domain.ids import Adcode
from gridsvc.storage import Store, districts, retailers, units
from gridsvc.usecases.import_areas import import_areas
from gridsvc.usecases.import_barriers import import_barriers
from gridsvc.usecases.import_retailers import import_retailers
from gridsvc.usecases.make_units import make_units
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

MIDDLE = (WEST + EAST) / 2


def _town(store: Store, clock: FixedClock, adcode: str, folder: Path) -> Adcode:
    made = make_town(store, clock, adcode, folder)
    path = write_csv(folder / "shops.csv", shops(256))
    import_retailers(store, clock, adcode=made, actor="test", path=path, options=WGS84)
    return made


def test_cells_cover_the_district_and_hold_every_shop_once(store: Store, clock: FixedClock, tmp_path: Path) -> None:
    adcode = _town(store, clock, "700001", tmp_path)
    made = make_units(store, clock, adcode=adcode, actor="test", split_above=10)
    again = make_units(store, clock, adcode=adcode, actor="test", split_above=10)
    assert again.unit_set_id == made.unit_set_id
    assert (made.is_new, again.is_new, made.n_outside) == (True, False, 0)
    with store.transaction(adcode) as tx:
        stored = units.load(tx, made.unit_set_id)
        shop_columns = retailers.columns(tx)
        boundary = districts.find(tx).boundary
        assert units.newest(tx, "h3") == made.unit_set_id
    rows = stored.rows_of_points(shop_columns.lon, shop_columns.lat)
    assert (rows >= 0).all()
    assert np.bincount(rows, minlength=len(stored)).max() <= 10
    assert len(set(stored.ids)) == len(stored) == made.n_units
    assert shapely.area(shapely.difference(boundary, shapely.union_all(stored.outlines))) < 0.02 * boundary.area
    assert (stored.border_a_b[:, 0] < stored.border_a_b[:, 1]).all()
    assert len(stored.edges) == len(stored.border_a_b)
    assert all(code is None or len(code) == 15 for code in stored.official_code)


def test_a_river_cuts_borders_and_a_bridge_reopens_one(store: Store, clock: FixedClock, tmp_path: Path) -> None:
    adcode = _town(store, clock, "700002", tmp_path)
    river = shapely.LineString([(MIDDLE, SOUTH - 0.1), (MIDDLE, NORTH + 0.1)])
    bridge = shapely.LineString([(MIDDLE - 0.001, SOUTH + 0.02), (MIDDLE + 0.001, SOUTH + 0.02)])
    features = [
        ({"name": "River", "kind": "river", "role": ""}, river),
        ({"name": "Bridge", "kind": "bridge", "role": ""}, bridge),
    ]
    path = write_geojson(tmp_path / "barriers.geojson", features)
    report = import_barriers(store, clock, adcode=adcode, actor="test", path=path)
    again = import_barriers(store, clock, adcode=adcode, actor="test", path=path)
    made = make_units(store, clock, adcode=adcode, actor="test")
    assert (report.n_new, again.changes_nothing) == (2, True)
    assert made.n_cut > 3
    with store.transaction(adcode) as tx:
        stored = units.load(tx, made.unit_set_id)
    centre = shapely.get_x(shapely.centroid(stored.outlines))
    crossing = (centre[stored.edges[:, 0]] < MIDDLE) != (centre[stored.edges[:, 1]] < MIDDLE)
    assert crossing.sum() == 1  # the bridge alone


def test_areas_are_units_and_an_island_is_joined_and_said(store: Store, clock: FixedClock, tmp_path: Path) -> None:
    adcode = _town(store, clock, "700003", tmp_path)
    quarters = [
        ({"area_code": "1"}, shapely.box(WEST, SOUTH, MIDDLE, NORTH)),
        ({"area_code": "2"}, shapely.box(MIDDLE, SOUTH, EAST - 0.01, NORTH)),
        ({"area_code": "3"}, shapely.box(EAST - 0.005, SOUTH, EAST, NORTH)),
    ]
    path = write_geojson(tmp_path / "areas.geojson", quarters)
    import_areas(store, clock, adcode=adcode, actor="test", path=path, level="community")
    made = make_units(store, clock, adcode=adcode, actor="test", kind="areas", level="community")
    assert (made.n_units, len(made.notes)) == (3, 1)
    assert "island" in made.notes[0]
    with store.transaction(adcode) as tx:
        stored = units.load(tx, made.unit_set_id)
    assert stored.ids == ["1", "2", "3"]
    assert stored.edges.tolist() == [[0, 1], [1, 2]]
    assert stored.border_m[1] == 0
    lat = np.full(4, (SOUTH + NORTH) / 2)
    assert stored.rows_of_points([WEST + 0.001, MIDDLE, EAST + 0.001, EAST + 1], lat).tolist() == [0, 0, 2, -1]


@pytest.mark.parametrize(
    ("wanted", "words"),
    [
        ({"kind": "squares"}, "h3 or of areas"),
        ({"kind": "areas", "level": "village"}, "no areas of level village"),
        ({"kind": "areas"}, "name the areas' level"),
        ({"coarsest": 9, "finest": 8}, "coarse to fine"),
    ],
)
def test_units_that_cannot_be_made_are_refused(
    store: Store, clock: FixedClock, tmp_path: Path, wanted: dict[str, str], words: str
) -> None:
    adcode = make_town(store, clock, "700004", tmp_path)
    with pytest.raises(BadInput, match=words):
        make_units(store, clock, adcode=adcode, actor="test", **wanted)

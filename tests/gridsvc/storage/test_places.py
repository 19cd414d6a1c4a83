"""Row functions of places and people: what is written is read back, and no district sees or writes another's rows."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import numpy as np
import psycopg
import pytest
import shapely
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from gridsvc.clock import FixedClock, new_id
from gridsvc.cluster import RunningDatabase
from gridsvc.domain.errors import NotFound
from gridsvc.domain.ids import Adcode, UnitSetId
from gridsvc.storage import Store, areas, barriers, districts, imports, units
from gridsvc.storage.areas import AreaColumns
from gridsvc.storage.barriers import Barrier
from gridsvc.storage.districts import District
from gridsvc.storage.geometry import hex_points
from gridsvc.storage.imports import ImportRun
from gridsvc.storage.tables import area, import_run

CLOCK = FixedClock(datetime(2026, 11, 23, 4, 0, tzinfo=UTC))


@pytest.fixture(scope="module")
def store(database: RunningDatabase) -> Iterator[Store]:
    """The module's database with two districts, as the application role sees it."""
    opened = Store(database.app_url, pool_size=2)
    for adcode in ("1", "2"):
        with opened.transaction(Adcode(adcode)) as tx:
            town = District(
                adcode=Adcode(adcode), name=f"Town {adcode}", country="CN", time_zone="Asia/Shanghai",
                boundary=shapely.box(0, 0, 1, 1), rules={"tolerance_share": 0.05},
            )  # fmt: skip
            districts.save(tx, CLOCK, town)
    yield opened
    opened.close()


def test_a_district_is_read_as_it_was_written(store: Store) -> None:
    with store.transaction(Adcode("1")) as tx:
        town = districts.find(tx)
    assert (town.name, town.country, town.rules, town.generation) == ("Town 1", "CN", {"tolerance_share": 0.05}, None)
    assert shapely.equals(town.boundary, shapely.box(0, 0, 1, 1))
    with store.transaction(Adcode("3")) as tx, pytest.raises(NotFound, match="no district 3"):
        districts.find(tx)


def test_a_revision_rises_by_one_and_listeners_hear_of_it_when_it_commits(
    store: Store, database: RunningDatabase
) -> None:
    url = database.app_url.replace("postgresql+psycopg://", "postgresql://")
    with psycopg.connect(url, autocommit=True) as listener:
        listener.execute(f"LISTEN {districts.CHANNEL}")
        with store.transaction(Adcode("1")) as tx:
            first = districts.bump_revision(tx)
            second = districts.bump_revision(tx)
        heard = [note.payload for note in listener.notifies(timeout=5, stop_after=1)]
    assert second == first + 1
    assert heard == ["1"]


def test_rows_copied_into_another_district_are_refused_whole(store: Store) -> None:
    with pytest.raises((DBAPIError, psycopg.Error), match="row-level security"):
        _copy_areas(store, ("1", "2"))
    with store.transaction(Adcode("1")) as tx:
        assert areas.levels(tx).get("strip") is None


def _copy_areas(store: Store, adcodes: tuple[str, ...]) -> None:
    with store.transaction(Adcode("1")) as tx:
        rows = [(adcode, "strip", "A", "A", hex_shape()) for adcode in adcodes]
        tx.copy_rows(area, ("adcode", "level", "area_code", "name", "outline"), rows)


def hex_shape() -> str:
    """Give a multipolygon as COPY takes it."""
    return str(
        shapely.to_wkb(
            shapely.set_srid(shapely.multipolygons([shapely.box(0, 0, 1, 1)]), 4326), hex=True, include_srid=True
        )
    )


def test_areas_of_one_district_are_not_seen_from_another(store: Store) -> None:
    outline = np.array([shapely.MultiPolygon([shapely.box(0, 0, 1, 1)])], dtype=object)
    made = AreaColumns(area_code=np.array(["9"], object), name=np.array(["Nine"], object), outline=outline)
    with store.transaction(Adcode("1")) as tx:
        areas.replace(tx, "quarter", made, ["9"], None)
        assert areas.levels(tx) == {"quarter": 1}
    with store.transaction(Adcode("2")) as tx:
        assert areas.levels(tx) == {}


def test_barriers_are_replaced_as_a_whole(store: Store) -> None:
    river = Barrier(name="River", kind="river", course=shapely.LineString([(0, 0), (1, 1)]))
    bridge = Barrier(name="Bridge", kind="link", course=shapely.Point(0.5, 0.5))
    with store.transaction(Adcode("1")) as tx:
        barriers.replace_all(tx, [river, bridge])
        barriers.replace_all(tx, [river])
        assert [(b.name, b.kind, b.course.wkt) for b in barriers.all_barriers(tx)] == [
            ("River", "river", "LINESTRING (0 0, 1 1)")
        ]


def test_raw_rows_keep_what_json_refuses_in_a_visible_form(store: Store) -> None:
    run = ImportRun(
        import_run_id=new_id(), kind="retailers", file_name="x.csv", sha256="0", options={}, counts={},
        imported_by="test",
    )  # fmt: skip
    with store.transaction(Adcode("1")) as tx:
        imports.add(tx, CLOCK, run)
        imports.add_raw_rows(tx, run.import_run_id, [(2, {"name": "a\x00b", "emoji": "🏪", "lone": "\ud800"})])
        kept = imports.raw_fields(tx, run.import_run_id, 2)
        assert imports.last(tx, "retailers") == run
    assert kept == {"name": "a\u2400b", "emoji": "🏪", "lone": "?"}


def test_import_runs_are_never_changed(store: Store) -> None:
    with store.transaction(Adcode("1")) as tx, pytest.raises(DBAPIError, match="permission denied"):
        tx.execute(sa.update(import_run).values(counts={}))


def test_a_point_belongs_to_the_finest_cell_of_its_hierarchy(store: Store) -> None:
    import h3.api.basic_int as h3

    fine = h3.latlng_to_cell(0.5, 0.5, 10)
    sibling = next(cell for cell in h3.cell_to_children(h3.cell_to_parent(fine, 9), 10) if cell != fine)
    coarse = h3.latlng_to_cell(0.2, 0.2, 8)
    cells = np.array([coarse, sibling, fine], dtype=np.int64)
    nothing = np.full(3, None, dtype=object)
    new = units.NewUnits(
        cell=cells, area_code=nothing, official_code=nothing, area_km2=np.ones(3), perimeter_m=np.ones(3),
        outlines=np.array([shapely.Polygon([(x, y) for y, x in h3.cell_to_boundary(c)]) for c in cells.tolist()]),
        border_a_b=np.array([[0, 1], [1, 2]], dtype=np.int32), border_m=np.array([0.0, 75.0]),
        is_passable=np.array([False, True]),
    )  # fmt: skip
    with store.transaction(Adcode("1")) as tx:
        unit_set_id = units.save(tx, CLOCK, new, kind="h3", made_from={"content_hash": "abc"})
        stored = units.load(tx, unit_set_id)
        assert units.find_same(tx, "abc") == unit_set_id
        assert units.find_same(tx, "xyz") is None
        assert units.newest(tx, "area") is None
    assert stored.cell.tolist() == cells.tolist()
    assert stored.edges.tolist() == [[1, 2]]
    lat, lon = h3.cell_to_latlng(sibling)
    places = np.array([(0.2, 0.2), (lon, lat), (0.5, 0.5), (0.9, 0.9), (np.nan, 0.5)])
    assert stored.rows_of_points(places[:, 0], places[:, 1]).tolist() == [0, 1, 2, -1, -1]


def test_an_unknown_unit_set_is_said(store: Store) -> None:
    with store.transaction(Adcode("1")) as tx, pytest.raises(NotFound, match="no unit set"):
        units.load(tx, UnitSetId(new_id()))


def test_points_without_a_place_are_null() -> None:
    assert [text is None for text in hex_points([1.0, np.nan], [2.0, 2.0])] == [False, True]

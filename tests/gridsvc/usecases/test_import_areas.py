"""Areas come in repaired, inside the district, and are replaced only where they differ."""

from __future__ import annotations

from pathlib import Path

import pytest
import shapely

from gridsvc.clock import FixedClock
from gridsvc.domain.errors import BadInput
from gridsvc.storage import Store, areas
from gridsvc.usecases.import_areas import import_areas
from tests.gridsvc.usecases.small_town import EAST, NORTH, SOUTH, WEST, make_town, write_geojson

MIDDLE = (WEST + EAST) / 2


def _half(code: str, west: float, east: float, name: str = "") -> tuple[dict[str, object], shapely.Geometry]:
    return {"area_code": code, "name": name or code}, shapely.box(west, SOUTH, east, NORTH)


def test_areas_are_taken_in_once_and_replaced_where_they_differ(
    store: Store, clock: FixedClock, tmp_path: Path
) -> None:
    adcode = make_town(store, clock, "300001", tmp_path)
    path = write_geojson(tmp_path / "a.geojson", [_half("1", WEST, MIDDLE), _half("2", MIDDLE, EAST)])
    first = import_areas(store, clock, adcode=adcode, actor="test", path=path, level="street_office")
    again = import_areas(store, clock, adcode=adcode, actor="test", path=path, level="street_office")
    write_geojson(path, [_half("1", WEST, MIDDLE, "West Street"), _half("2", MIDDLE, EAST)])
    changed = import_areas(store, clock, adcode=adcode, actor="test", path=path, level="street_office")
    assert (first.n_new, again.n_unchanged, changed.n_changed, changed.n_unchanged) == (2, 2, 1, 1)
    assert any("100.0%" in note for note in first.notes)
    with store.transaction(adcode) as tx:
        known = areas.columns(tx, "street_office")
    assert list(known.name) == ["West Street", "2"]


def test_faulty_areas_are_rejected_or_repaired_and_the_others_come_in(
    store: Store, clock: FixedClock, tmp_path: Path
) -> None:
    adcode = make_town(store, clock, "300002", tmp_path)
    bow_tie = shapely.Polygon([(WEST, SOUTH), (EAST, NORTH), (EAST, SOUTH), (WEST, NORTH)])
    peak = NORTH + 1e-3
    loop = [(MIDDLE + 1e-4, NORTH), (MIDDLE - 1e-4, peak), (MIDDLE + 1e-4, peak), (MIDDLE - 1e-4, NORTH)]
    looped = shapely.Polygon([(WEST, SOUTH), (EAST, SOUTH), (EAST, NORTH), *loop, (WEST, NORTH)])
    features = [
        _half("1", WEST, MIDDLE),
        _half("2", EAST + 1, EAST + 2),
        ({"area_code": "3", "name": "bow tie"}, bow_tie),
        ({"area_code": "4", "name": "a line"}, shapely.LineString([(WEST, SOUTH), (EAST, NORTH)])),
        _half("1", MIDDLE, EAST),
        ({"area_code": "5", "name": "a loop"}, looped),
    ]
    path = write_geojson(tmp_path / "a.geojson", features)
    report = import_areas(store, clock, adcode=adcode, actor="test", path=path, level="street_office")
    assert (report.n_rows, report.n_new, report.n_rejected) == (6, 2, 4)
    codes = {(f.row_no, f.code) for f in report.findings}
    severities = {f.row_no: f.severity.value for f in report.findings if f.code == "invalid_polygon"}
    assert severities == {3: "rejected", 6: "suspicious"}
    assert {(2, "outside_district"), (3, "invalid_polygon"), (4, "no_polygon"), (5, "duplicate_area_code")} <= codes
    assert (6, "overlap") in codes


def test_a_level_that_is_no_name_is_refused(store: Store, clock: FixedClock, tmp_path: Path) -> None:
    adcode = make_town(store, clock, "300003", tmp_path)
    with pytest.raises(BadInput, match="level"):
        import_areas(store, clock, adcode=adcode, actor="test", path=tmp_path / "x.geojson", level="Street Office!")

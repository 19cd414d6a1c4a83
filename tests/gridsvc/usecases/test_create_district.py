"""A district is made of a usable boundary and usable words, or not at all."""

from __future__ import annotations

from pathlib import Path

import pytest
import shapely

from gridsvc.clock import FixedClock
from gridsvc.domain.errors import BadInput
from gridsvc.domain.ids import Adcode
from gridsvc.storage import Store
from gridsvc.usecases.create_district import create_district
from gridsvc.usecases.list_districts import list_districts
from gridsvc.usecases.read_source import SourceOptions
from tests.gridsvc.usecases.small_town import make_town, write_geojson


def _make(store: Store, clock: FixedClock, boundary: Path, adcode: str = "200001", **values: str) -> tuple[str, ...]:
    words = {"name": "Town", "country": "CN", "time_zone": "Asia/Shanghai"} | values
    _, notes = create_district(store, clock, adcode=Adcode(adcode), actor="test", boundary=boundary, **words)
    return notes


def test_a_district_made_twice_stays_one(store: Store, clock: FixedClock, tmp_path: Path) -> None:
    make_town(store, clock, "200002", tmp_path)
    assert "nothing changed" in _make(store, clock, tmp_path / "boundary.geojson", "200002")
    assert [d.revision for d in list_districts(store) if d.adcode == "200002"] == [0]
    assert "nothing changed" not in _make(store, clock, tmp_path / "boundary.geojson", "200002", name="City")
    assert [(d.name, d.revision) for d in list_districts(store) if d.adcode == "200002"] == [("City", 1)]


def test_a_small_loop_in_the_boundary_is_repaired_and_said(store: Store, clock: FixedClock, tmp_path: Path) -> None:
    corners = [(106.7, 26.5), (106.8, 26.5), (106.8, 26.6), (106.7501, 26.6), (106.7499, 26.601), (106.7501, 26.601)]
    looped = shapely.Polygon([*corners, (106.7499, 26.6), (106.7, 26.6)])
    notes = _make(store, clock, write_geojson(tmp_path / "b.geojson", [({"name": "x"}, looped)]), "200003")
    assert any("repaired" in note for note in notes)
    made = next(d for d in list_districts(store) if d.adcode == "200003")
    assert made.boundary.is_valid
    assert made.boundary.area == pytest.approx(0.01, rel=1e-3)


def test_a_bow_tie_is_refused_in_words(store: Store, clock: FixedClock, tmp_path: Path) -> None:
    bow_tie = shapely.Polygon([(106.7, 26.5), (106.8, 26.6), (106.8, 26.5), (106.7, 26.6)])
    file = write_geojson(tmp_path / "b.geojson", [({"name": "x"}, bow_tie), ({"name": "y"}, shapely.box(1, 1, 2, 2))])
    with pytest.raises(BadInput, match="not usable as it is drawn") as caught:
        _make(store, clock, file, "200005")
    assert ["would change its area by 100.0%" in words for words in caught.value.violations] == [True]
    assert "200005" not in {d.adcode for d in list_districts(store)}


def test_a_country_without_a_calendar_is_refused(store: Store, clock: FixedClock, tmp_path: Path) -> None:
    with pytest.raises(BadInput) as caught:
        _make(store, clock, tmp_path / "none.geojson", country="XX")
    assert caught.value.violations == (
        "country: no calendar is known for country 'XX'; use an ISO code such as CN or US",
    )


def test_every_fault_is_listed_at_once(store: Store, clock: FixedClock, tmp_path: Path) -> None:
    with pytest.raises(BadInput) as caught:
        _make(store, clock, tmp_path / "none.geojson", " ", name="", country="China", time_zone="Mars/Olympus")
    assert len(caught.value.violations) == 4


def test_a_boundary_without_area_is_refused(store: Store, clock: FixedClock, tmp_path: Path) -> None:
    line = shapely.LineString([(106.7, 26.5), (106.8, 26.6)])
    with pytest.raises(BadInput, match="no boundary with an area"):
        _make(store, clock, write_geojson(tmp_path / "b.geojson", [({"name": "x"}, line)]))
    broken = tmp_path / "broken.geojson"
    broken.write_text("{", encoding="utf-8")
    with pytest.raises(BadInput, match="valid JSON"):
        _make(store, clock, broken)


def test_one_feature_of_many_is_chosen_by_its_value(store: Store, clock: FixedClock, tmp_path: Path) -> None:
    features = [({"name": "a"}, shapely.box(0, 0, 1, 1)), ({"name": "b"}, shapely.box(5, 5, 6, 6))]
    path = write_geojson(tmp_path / "b.geojson", features)
    made, _ = create_district(
        store, clock, adcode=Adcode("200004"), actor="test", name="B", country="CN", time_zone="Asia/Shanghai",
        boundary=path, options=SourceOptions(where={"name": "b"}),
    )  # fmt: skip
    assert made.boundary.bounds == (5, 5, 6, 6)

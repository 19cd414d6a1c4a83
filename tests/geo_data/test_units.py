"""A district is covered completely by units that split where shops crowd."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from geo_data import cells
from geo_data.adjacency import Barriers, JoinReason
from geo_data.units import (
    UnitKind,
    UnitsError,
    adaptive_units,
    area_units,
    cell_units,
    merge_cells,
    split_cells,
)

DISTRICT = shapely.box(106.68, 26.57, 106.74, 26.62)


def crowd(n, seed=1, spread=0.004):
    rng = np.random.default_rng(seed)
    return 106.71 + rng.normal(0, spread, n), 26.60 + rng.normal(0, spread, n)


def test_no_unit_that_can_be_split_holds_more_shops_than_allowed():
    lon, lat = crowd(600)
    units = adaptive_units(DISTRICT, lon, lat)
    rows = units.row_of_points(lon, lat)
    counts = np.bincount(rows, minlength=len(units))
    assert (rows >= 0).all()
    assert (counts[cells.resolutions(units.cells()) < 10] <= 20).all()
    assert set(cells.resolutions(units.cells())) == {8, 9, 10}


@settings(max_examples=15)
@given(st.integers(0, 10**6), st.integers(0, 300), st.floats(0.001, 0.05))
def test_the_units_cover_district_and_shops_without_overlap(seed, n, spread):
    lon, lat = crowd(n, seed, spread)
    district = shapely.Point(106.71, 26.6).buffer(0.02, quad_segs=3)
    units = adaptive_units(district, lon, lat)
    rng = np.random.default_rng(seed)
    x, y = rng.uniform(106.69, 106.73, 400), rng.uniform(26.58, 26.62, 400)
    inside = shapely.intersects(district, shapely.points(x, y))
    assert (units.row_of_points(x[inside], y[inside], snap_m=0) >= 0).all()
    assert (units.row_of_points(lon, lat, snap_m=0) >= 0).all()
    fine = np.concatenate([cells.descendants(int(cell)) for cell in units.cells()])
    assert len(fine) == len(set(fine.tolist()))


def test_every_unit_is_reached_from_every_other_one():
    lon, lat = crowd(400)
    units = adaptive_units(DISTRICT, lon, lat)
    edges = units.edges[units.passable]
    graph = coo_matrix((np.ones(len(edges)), edges.T), (len(units), len(units)))
    assert connected_components(graph, directed=False)[0] == 1
    assert units.joins == ()
    assert len(units.border_m) == len(units.edges) == len(units.passable)


def test_empty_cells_of_the_district_and_shops_beyond_its_edge_belong_to_it():
    units = adaptive_units(DISTRICT, [106.7421], [26.6])
    assert units.row_of_points([106.7421, 106.685], [26.6, 26.575], snap_m=0).min() >= 0
    assert len(units) > 30
    assert (units.row_of_points([106.9, np.nan], [26.6, 26.6]) == -1).all()


def test_an_even_set_has_one_resolution():
    units = adaptive_units(DISTRICT, *crowd(500), coarsest=9, finest=9)
    assert set(cells.resolutions(units.cells())) == {9}


def test_areas_and_perimeters_are_those_of_the_drawing_polygons():
    units = adaptive_units(DISTRICT, [], [], coarsest=9, finest=9)
    assert units.area_km2 == pytest.approx(cells.areas_km2(units.cells()), rel=5e-3)
    assert units.perimeter_m == pytest.approx(6 * np.sqrt(units.area_km2 * 2 / (3 * np.sqrt(3))) * 1000, rel=0.01)


def test_a_river_with_one_bridge_leaves_one_way_over_and_without_it_the_cut_is_reported():
    river = shapely.LineString([(106.6, 26.5953), (106.8, 26.5953)])
    bridge = shapely.Point(106.71, 26.5953)
    with_bridge = adaptive_units(DISTRICT, [], [], barriers=Barriers(shapes=(river,), bridges=(bridge,)))
    assert with_bridge.joins == ()
    assert with_bridge.idle_bridges == ()
    north = with_bridge.lat > 26.5953
    over = with_bridge.passable & (north[with_bridge.edges[:, 0]] != north[with_bridge.edges[:, 1]])
    assert over.sum() == 1
    cut = adaptive_units(DISTRICT, [], [], barriers=Barriers(shapes=(river,)))
    assert [join.reason for join in cut.joins] == [JoinReason.CUT_DISTRICT]


def test_a_river_drawn_up_to_the_boundary_cannot_be_passed_round_its_end():
    line = shapely.LineString([(106.68, 26.5953), (106.74, 26.5953)])
    ribbon = shapely.box(106.68, 26.5943, 106.74, 26.5963)
    for river in (line, ribbon):
        cut = adaptive_units(DISTRICT, [], [], barriers=Barriers(shapes=(river,)))
        large = [join for join in cut.joins if join.reason is JoinReason.CUT_DISTRICT]
        assert len(large) == 1
        assert large[0].n_units > 10


def test_a_link_by_hand_is_open_and_an_unknown_unit_is_refused():
    plain = adaptive_units(DISTRICT, [], [])
    a, b = plain.unit_ids[0], plain.unit_ids[-1]
    units = adaptive_units(DISTRICT, [], [], barriers=Barriers(hand_links=((b, a),)))
    assert units.edges[-1].tolist() == [0, len(units) - 1]
    assert units.passable[-1]
    assert units.border_m[-1] == 0
    with pytest.raises(UnitsError, match="units that do not exist: x"):
        adaptive_units(DISTRICT, [], [], barriers=Barriers(hand_links=((a, "x"),)))


def test_an_empty_district_and_muddled_resolutions_are_refused():
    with pytest.raises(UnitsError, match="empty"):
        adaptive_units(shapely.Polygon(), [], [])
    with pytest.raises(UnitsError, match="9 to 8"):
        adaptive_units(DISTRICT, [], [], coarsest=9, finest=8)
    with pytest.raises(UnitsError, match="no areas"):
        area_units([], [], np.array([], object))


def test_a_bow_tie_district_is_covered_too():
    tie = shapely.Polygon([(106.68, 26.57), (106.74, 26.62), (106.74, 26.57), (106.68, 26.62)])
    assert len(adaptive_units(tie, [], [])) > 10


def halves():
    west, east = shapely.box(106.68, 26.57, 106.71, 26.62), shapely.box(106.71, 26.57, 106.74, 26.62)
    return area_units(["520103019", "520103020"], ["West", "East"], np.array([west, east], object))


def test_areas_as_units_find_their_shops_and_snap_those_just_outside():
    units = halves()
    assert units.kind is UnitKind.AREA
    assert units.row_of_points([106.69, 106.73, 106.71, 106.7415, 106.80], [26.6] * 5).tolist() == [0, 1, 0, 1, -1]
    assert units.edges.tolist() == [[0, 1]]
    assert units.border_m == pytest.approx([5540], rel=0.01)
    assert units.area_km2 == pytest.approx([16.5, 16.5], rel=0.01)


def test_codes_have_district_office_community_and_a_running_number():
    offices = halves()
    units = adaptive_units(DISTRICT, *crowd(300), adcode="520103", offices=(offices.unit_ids, offices.geometry))
    assert len(set(units.code15)) == len(units)
    assert {code[:12] for code in units.code15} == {"520103019000", "520103020000"}
    assert all(len(code) == 15 for code in units.code15)
    assert units.code15[int(np.argmax(units.lat - units.lon))] == "520103019000001"
    assert set(adaptive_units(DISTRICT, [], []).code15) == {""}


@settings(max_examples=10)
@given(st.integers(0, 10**6), st.integers(0, 60))
def test_a_split_covers_the_same_places_and_a_merge_takes_it_back(seed, n):
    lon, lat = crowd(n, seed, 0.01)
    district = shapely.Point(106.71, 26.6).buffer(0.015, quad_segs=3)
    before = adaptive_units(district, lon, lat, coarsest=8, finest=9).cells()
    rng = np.random.default_rng(seed)
    chosen = int(rng.choice(before))
    after = split_cells(district, before, [chosen], lon, lat)
    made = [cell for cell in after.tolist() if cell not in set(before.tolist())]
    assert {cells.parent(cell, cells.resolution_of(chosen)) for cell in made} == {chosen}
    assert [cell for cell in after.tolist() if cell not in made] == [c for c in before.tolist() if c != chosen]
    units = cell_units(district, after)
    x, y = rng.uniform(106.69, 106.73, 300), rng.uniform(26.58, 26.62, 300)
    inside = shapely.intersects(district, shapely.points(x, y))
    assert (units.row_of_points(x[inside], y[inside], snap_m=0) >= 0).all()
    assert (units.row_of_points(lon, lat, snap_m=0) >= 0).all()
    assert merge_cells(after, chosen).tolist() == before.tolist()


def test_cells_of_the_finest_size_cannot_be_split_and_whole_ones_not_united():
    lon, lat = crowd(400)
    units = adaptive_units(DISTRICT, lon, lat).cells()
    finest = int(units[cells.resolutions(units) == 10][0])
    with pytest.raises(UnitsError, match="finest size cannot be split: " + cells.cell_name(finest)):
        split_cells(DISTRICT, units, [finest], lon, lat)
    coarse = int(units[cells.resolutions(units) == 8][0])
    with pytest.raises(UnitsError, match="no finer cells"):
        merge_cells(units, coarse)

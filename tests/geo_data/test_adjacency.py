"""Neighbours, barriers, bridges and islands on maps one can draw on squared paper."""

from __future__ import annotations

import numpy as np
import pytest
import shapely

from geo_data import cells
from geo_data.adjacency import JoinReason, cell_adjacency, cross_barriers, join_pieces, polygon_adjacency


def squares(*columns_rows, side=100.0):
    return np.array([shapely.box(x * side, y * side, (x + 1) * side, (y + 1) * side) for x, y in columns_rows], object)


def centres_of(polygons):
    return np.column_stack((shapely.get_x(shapely.centroid(polygons)), shapely.get_y(shapely.centroid(polygons))))


def pairs(edges):
    return [tuple(edge) for edge in edges.tolist()]


STRIP = squares(*[(x, y) for y in range(2) for x in range(4)])  # rows 0..3 below, 4..7 above


def test_squares_touch_along_sides_and_not_at_corners():
    edges, border_m = polygon_adjacency(squares((0, 0), (1, 0), (0, 1), (1, 1)))
    assert pairs(edges) == [(0, 1), (0, 2), (1, 3), (2, 3)]
    assert border_m == pytest.approx([100] * 4, abs=3)


def test_a_gap_below_the_snap_still_touches_and_a_wider_one_does_not():
    left, right = shapely.box(0, 0, 10, 100), shapely.box(10.8, 0, 20, 100)
    assert pairs(polygon_adjacency(np.array([left, right], object))[0]) == [(0, 1)]
    assert pairs(polygon_adjacency(np.array([left, right], object), snap_m=0.5)[0]) == []


def test_borders_of_unequal_lengths_are_measured():
    long, short = shapely.box(0, 0, 100, 300), shapely.box(100, 100, 200, 150)
    _, border_m = polygon_adjacency(np.array([long, short], object))
    assert border_m == pytest.approx([50], abs=3)


def test_a_river_cuts_the_links_it_crosses_and_a_bridge_reopens_one():
    edges, _ = polygon_adjacency(STRIP)
    river = np.array([shapely.LineString([(-10, 100), (500, 100)])], object)
    passable, idle = cross_barriers(centres_of(STRIP), edges, river, np.array([], object))
    assert [edge for edge, is_open in zip(pairs(edges), passable, strict=True) if not is_open] == [
        (0, 4),
        (1, 5),
        (2, 6),
        (3, 7),
    ]
    bridge = np.array([shapely.LineString([(255, 80), (255, 120)]), shapely.Point(9e5, 0)], object)
    passable, idle = cross_barriers(centres_of(STRIP), edges, river, bridge)
    assert passable[pairs(edges).index((2, 6))]
    assert passable.sum() == len(edges) - 3
    assert idle == (1,)


def test_a_lake_cuts_links_to_its_shore_and_keeps_its_own_units_together():
    lake = np.array([shapely.box(110, -10, 290, 90)], object)  # the centres of squares 1 and 2
    edges, _ = polygon_adjacency(STRIP)
    passable, _ = cross_barriers(centres_of(STRIP), edges, lake, np.array([], object))
    cut = [edge for edge, is_open in zip(pairs(edges), passable, strict=True) if not is_open]
    assert cut == [(0, 1), (1, 5), (2, 3), (2, 6)]


def test_a_district_cut_in_two_is_joined_once_and_reported_as_cut():
    edges, _ = polygon_adjacency(STRIP)
    river = np.array([shapely.LineString([(-10, 100), (500, 100)])], object)
    passable, _ = cross_barriers(centres_of(STRIP), edges, river, np.array([], object))
    edges, passable, joins = join_pieces(centres_of(STRIP), edges, passable)
    assert [(join.n_units, join.reason) for join in joins] == [(4, JoinReason.CUT_DISTRICT)]
    assert passable.sum() == len(edges) - 3
    assert "cuts off 4 units" in joins[0].words


def test_islands_are_joined_to_what_is_nearest_and_reported():
    polygons = squares((0, 0), (1, 0), (2, 0), (5, 0), (9, 0))
    edges, _ = polygon_adjacency(polygons)
    joined, passable, joins = join_pieces(centres_of(polygons), edges, np.ones(len(edges), dtype=bool))
    assert pairs(joined) == [(0, 1), (1, 2), (2, 3), (3, 4)]
    assert passable.all()
    assert {join.reason for join in joins} == {JoinReason.ISLAND}
    assert sorted(join.length_m for join in joins) == [300, 400]


def test_one_unit_and_no_unit_need_no_join():
    for polygons in (squares((0, 0)), squares()):
        edges, border_m = polygon_adjacency(polygons)
        assert not len(edges)
        assert not len(border_m)
        assert join_pieces(centres_of(polygons).reshape(-1, 2), edges, np.ones(0, bool))[2] == ()


def mixed_cells():
    """A coarse cell's ring of neighbours, one of them split, one of its children split again."""
    middle = int(cells.cells_of_points([106.7], [26.6], 8)[0])
    ring = cells.neighbours(middle)
    children = cells.children(ring[0])
    grandchildren = cells.children(children[0])
    return np.array([middle, *ring[1:], *children[1:], *grandchildren], dtype=np.uint64)


def test_cells_of_mixed_resolutions_touch_exactly_where_their_finest_descendants_do():
    units = mixed_cells()
    owner = {int(fine): row for row, unit in enumerate(units) for fine in cells.descendants(int(unit))}
    expected = {
        (min(row, other), max(row, other))
        for fine, row in owner.items()
        for near in cells.neighbours(fine)
        if (other := owner.get(near, row)) != row
    }
    assert set(pairs(cell_adjacency(units)[0])) == expected


def test_the_borders_of_an_inner_cell_add_up_to_its_perimeter():
    units = mixed_cells()
    edges, border_m = cell_adjacency(units)
    side_m = np.sqrt(cells.areas_km2(units[:1])[0] * 2 / (3 * np.sqrt(3))) * 1000
    assert border_m[(edges == 0).any(axis=1)].sum() == pytest.approx(6 * side_m, rel=0.02)

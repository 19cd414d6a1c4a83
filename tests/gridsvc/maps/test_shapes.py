"""Shapes that follow from units."""

from __future__ import annotations

import numpy as np
import pytest
import shapely

from gridsvc.maps import shapes, topology

SQUARES = np.array([shapely.box(x / 10, 0, (x + 1) / 10, 0.1) for x in range(5)], dtype=object)  # a row of five units
EDGES = np.array([[0, 1], [1, 2], [2, 3], [3, 4]], dtype=np.int32)


def test_a_grid_is_the_union_of_its_units() -> None:
    outlines = shapes.dissolve(SQUARES, np.array([0, 0, 1, -1, 0], dtype=np.int32), 3)
    assert outlines[0].equals_exact(shapely.union_all(SQUARES[[0, 1, 4]]).normalize(), 1e-9) or (
        outlines[0].symmetric_difference(shapely.union_all(SQUARES[[0, 1, 4]])).area < 1e-9
    )
    assert outlines[2].is_empty


def test_pieces_count_parts_that_no_passable_border_joins() -> None:
    grid_of_unit = np.array([0, 0, 1, 0, 2], dtype=np.int32)
    assert shapes.pieces(grid_of_unit, EDGES, 4).tolist() == [2, 1, 1, 0]
    whole = np.zeros(5, dtype=np.int32)
    assert shapes.pieces(whole, EDGES, 1).tolist() == [1]
    assert shapes.pieces(whole, EDGES[:2], 1).tolist() == [3]  # the others lie behind a barrier


def test_grids_touch_where_units_of_both_share_a_border() -> None:
    grid_of_unit = np.array([0, 1, 1, 2, -1], dtype=np.int32)
    assert shapes.touching(grid_of_unit, EDGES) == {(0, 1), (1, 2)}


def test_a_label_stands_inside_the_largest_piece() -> None:
    shape = shapely.union_all([shapely.box(0, 0, 1, 1), shapely.box(5, 5, 8, 8)])
    point = shapes.label_point(shape)
    assert point is not None
    assert shapely.box(6, 6, 7, 7).contains(shapely.Point(point))
    assert shapes.label_point(shapely.Polygon()) is None


def test_holes_stay_holes_in_the_small_integers() -> None:
    holed = shapely.Polygon([(0, 0), (1, 0), (1, 1), (0, 1)], [[(0.4, 0.4), (0.6, 0.4), (0.6, 0.6), (0.4, 0.6)]])
    known = topology.unit_topology([holed])
    assert [len(ring) for ring in known.rings[0]] == [4, 4]


def test_line_steps_add_up_to_the_line() -> None:
    line = shapely.LineString([(106.7, 26.5), (106.70001, 26.50002), (106.70001, 26.50002), (106.6, 26.4)])
    steps = np.array(topology.line_steps(line, 100_000)).reshape(-1, 2).cumsum(axis=0) / 100_000
    assert np.allclose(steps, [(106.7, 26.5), (106.70001, 26.50002), (106.6, 26.4)])


def test_cells_of_several_sizes_are_drawn_without_gaps_and_as_look_ups_decide() -> None:
    import h3

    centre = h3.latlng_to_cell(26.58, 106.71, 8)
    split, kept = centre, h3.grid_ring(centre, 1)
    names = [*kept, *h3.cell_to_children(split, 9)]
    cell = np.array([h3.str_to_int(name) for name in names], dtype=np.int64)
    smooth = np.array([shapely.Polygon([(x, y) for y, x in h3.cell_to_boundary(name)]) for name in names], dtype=object)
    drawn = shapes.drawn_outlines(cell, smooth)
    whole = shapely.union_all(drawn)
    assert len(shapely.get_rings(whole)) == 1  # no hole
    assert shapely.area(drawn).sum() == pytest.approx(whole.area, rel=1e-9)  # no overlap
    assert len(shapely.get_rings(shapely.union_all(smooth))) > 1
    rng = np.random.default_rng(1)
    west, south, east, north = whole.bounds
    for lon, lat in zip(rng.uniform(west, east, 300), rng.uniform(south, north, 300), strict=True):
        finest = h3.latlng_to_cell(lat, lon, 10)
        owner = [row for row, name in enumerate(names) if h3.cell_to_parent(finest, h3.get_resolution(name)) == name]
        assert np.flatnonzero(shapely.contains_xy(drawn, lon, lat)).tolist() == owner
    assert shapes.drawn_outlines(cell[:6], smooth[:6]) is not None
    assert (shapes.drawn_outlines(cell[:6], smooth[:6]) == smooth[:6]).all()

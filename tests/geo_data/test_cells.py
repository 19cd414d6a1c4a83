"""Places and cells follow one another by the index hierarchy."""

from __future__ import annotations

import h3
import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from geo_data import cells

LON, LAT = st.floats(106.6, 106.8), st.floats(26.5, 26.7)


@given(LON, LAT, st.integers(8, 10))
def test_both_h3_libraries_give_a_place_the_same_cell(lon, lat, resolution):
    assert cells.cell_name(cells.cells_of_points([lon], [lat], resolution)[0]) == h3.latlng_to_cell(
        lat, lon, resolution
    )


def test_a_place_that_is_none_has_no_cell():
    assert cells.cells_of_points([np.nan, 106.7, 400.0], [26.6, 91.0, 26.6]).tolist() == [0, 0, 0]
    assert cells.parents(np.zeros(2, dtype=np.uint64), 8).tolist() == [0, 0]


@given(LON, LAT)
def test_a_place_lies_in_the_exact_shape_of_its_unit(lon, lat):
    cell10 = cells.cells_of_points([lon], [lat])
    for resolution in (8, 9, 10):
        unit = int(cells.parents(cell10, resolution)[0])
        assert shapely.distance(cells.exact_shape(unit), shapely.Point(lon, lat)) < 1e-8


@given(LON, LAT, st.integers(8, 10))
def test_a_unit_of_any_resolution_is_found_by_the_hierarchy(lon, lat, resolution):
    cell10 = cells.cells_of_points([lon], [lat])
    unit = cells.parents(cell10, resolution)
    elsewhere = cells.cells_of_points([100.0], [30.0], 9)
    assert cells.rows_in_set(cell10, np.concatenate((elsewhere, unit))).tolist() == [1]
    assert cells.rows_in_set(cell10, elsewhere).tolist() == [-1]


def test_the_finest_unit_wins_where_a_set_holds_a_cell_and_its_ancestor():
    cell10 = cells.cells_of_points([106.7], [26.6])
    assert cells.rows_in_set(cell10, np.concatenate((cells.parents(cell10, 8), cell10))).tolist() == [1]


def test_descendants_of_a_cell_are_disjoint_and_fill_its_exact_shape():
    cell = int(cells.cells_of_points([106.7], [26.6], 8)[0])
    fine = cells.descendants(cell)
    assert len(fine) == 49
    assert cells.resolutions(fine).tolist() == [10] * 49
    shape = cells.exact_shape(cell)
    assert shape.geom_type == "Polygon"
    assert shape.area == pytest.approx(shapely.area(cells.outlines(fine)).sum(), rel=1e-6)


def test_names_and_numbers_of_cells_are_two_ways_of_writing_them():
    assert cells.cell_name(cells.cell_number("8a2a100c3297fff")) == "8a2a100c3297fff"
    for wrong in ("", "xyz", "123", "ffffffffffffffff"):
        with pytest.raises(ValueError, match="no H3 cell"):
            cells.cell_number(wrong)

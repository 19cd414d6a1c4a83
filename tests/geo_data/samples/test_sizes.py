"""Other sizes than the district's: fewer shops on the same land, and several cores in one outline."""

import numpy as np
import pytest
import shapely
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from geo_data.samples import make_district


def test_a_small_sample_has_exactly_the_shops_and_staff_asked_for() -> None:
    small = make_district(n_retailers=300, n_staff=2, seed=5)
    assert len(small.retailers) == 300
    assert set(small.staff["role"].value_counts()) == {2}
    assert len(small.areas) == 17


@pytest.mark.slow
def test_two_cores_make_one_outline_of_two_districts() -> None:
    city = make_district(n_retailers=9_000, n_staff=21, seed=3)
    assert len(city.retailers) == 9_000
    assert set(city.staff["role"].value_counts()) == {21}
    assert "SYNTHETIC" in city.name
    assert city.adcode == "990100"
    assert city.areas["parent_code"].value_counts().to_dict() == {"520103": 17, "990101": 17}
    shapes = city.areas.geometry.to_numpy()
    assert shapely.coverage_is_valid(shapes)
    assert shapely.equals(shapely.coverage_union_all(shapes), city.boundary.geometry[0])
    edges = city.street_edges
    both = edges[edges["oneway"] == 0]
    start, end = np.concatenate([edges["u"], both["v"]]), np.concatenate([edges["v"], both["u"]])
    n = len(city.street_nodes)
    count, _ = connected_components(coo_array((np.ones(len(start)), (start, end)), shape=(n, n)), connection="strong")
    assert count == 1
    own = city.retailers["street_office"].str.startswith("520103")
    for column in ("address", "name"):
        says_yunyan = city.retailers[column].str.contains("云岩区")
        assert says_yunyan[own].any(), column
        assert not says_yunyan[~own].any(), column

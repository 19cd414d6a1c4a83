"""The invented land: areas that tile, a network that connects, corridors crossed only at links."""

import numpy as np
import shapely
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from geo_data.projection import LocalProjection
from geo_data.samples import SyntheticDistrict
from geo_data.samples.words import YUNYAN_OFFICES


def _plane(district: SyntheticDistrict) -> LocalProjection:
    return LocalProjection.around_geometry(district.boundary.geometry[0])


def _edge_lines(district: SyntheticDistrict) -> np.ndarray:
    return shapely.from_wkt(district.street_edges["wkt"].to_numpy(dtype=object))


def test_the_seventeen_street_offices_tile_the_district_exactly(district: SyntheticDistrict) -> None:
    shapes = district.areas.geometry.to_numpy()
    assert len(shapes) == 17
    assert shapely.is_valid(shapes).all()
    assert (shapely.get_type_id(shapes) == 3).all()
    assert shapely.coverage_is_valid(shapes)
    union = shapely.coverage_union_all(shapes)
    assert shapely.equals(union, district.boundary.geometry[0])
    assert shapely.get_num_interior_rings(union) == 0


def test_the_district_covers_92_square_kilometres(district: SyntheticDistrict) -> None:
    shape = _plane(district).project(district.boundary.geometry.to_numpy())[0]
    assert abs(shapely.area(shape) / 1e6 - 92.0) < 0.1


def test_street_offices_bear_yunyans_names_and_codes(district: SyntheticDistrict) -> None:
    found = set(zip(district.areas["area_code"], district.areas["name"], strict=True))
    assert found == set(YUNYAN_OFFICES)
    assert set(district.areas["parent_code"]) == {"520103"}


def test_street_office_borders_are_no_squares(district: SyntheticDistrict) -> None:
    assert (shapely.get_num_coordinates(district.areas.geometry.to_numpy()) > 20).all()


def test_the_network_is_strongly_connected(district: SyntheticDistrict) -> None:
    edges = district.street_edges
    n = len(district.street_nodes)
    both = edges[edges["oneway"] == 0]
    start = np.concatenate([edges["u"], both["v"]])
    end = np.concatenate([edges["v"], both["u"]])
    count, _ = connected_components(coo_array((np.ones(len(start)), (start, end)), shape=(n, n)), connection="strong")
    assert count == 1
    assert 6_000 <= n <= 12_000
    assert int(edges["oneway"].sum()) >= 20


def test_edges_begin_and_end_at_their_nodes(district: SyntheticDistrict) -> None:
    lines = _edge_lines(district)
    node = district.street_nodes.set_index("node")[["lon", "lat"]]
    for end, column in ((0, "u"), (-1, "v")):
        place = shapely.get_coordinates(shapely.get_point(lines, end))
        assert np.abs(place - node.loc[district.street_edges[column]].to_numpy()).max() < 1e-7


def test_edge_lengths_and_speeds_are_plausible(district: SyntheticDistrict) -> None:
    length = shapely.length(_plane(district).project(_edge_lines(district)))
    edges = district.street_edges
    assert np.abs(length - edges["length_m"]).max() < 0.2
    assert edges["length_m"].min() > 2.0
    speed = edges.groupby("road_class")["speed_kmph"].mean()
    assert 80 >= speed["expressway"] > speed["arterial"] > speed["street"] > speed["lane"] >= 10


def test_streets_cross_barriers_only_at_links(district: SyntheticDistrict) -> None:
    barriers = district.barriers
    links = shapely.union_all(shapely.buffer(barriers.geometry[barriers["role"] == "link"].to_numpy(), 2e-5))
    lines, road_class = _edge_lines(district), district.street_edges["road_class"].to_numpy()
    for barrier in barriers[barriers["role"] == "barrier"].itertuples():
        streets = lines[road_class != "expressway"] if barrier.kind == "expressway" else lines
        crossing = shapely.intersection(streets[shapely.intersects(streets, barrier.geometry)], barrier.geometry)
        assert len(crossing) > 0, barrier.name
        assert shapely.covers(links, crossing).all(), barrier.name


def test_a_street_runs_over_every_link(district: SyntheticDistrict) -> None:
    links = district.barriers[district.barriers["role"] == "link"]
    slow = district.street_edges["road_class"].to_numpy() != "expressway"
    streets = shapely.union_all(shapely.buffer(_edge_lines(district)[slow], 2e-5))
    fast = shapely.union_all(shapely.buffer(_edge_lines(district)[~slow], 2e-5))
    for name, link in zip(links["name"], links.geometry, strict=True):
        inner = shapely.line_interpolate_point(link, [0.2, 0.5, 0.8], normalized=True)
        assert shapely.covers(streets, inner).all() or shapely.covers(fast, inner).all(), name


def test_every_barrier_has_links_and_the_river_has_many_bridges(district: SyntheticDistrict) -> None:
    barriers = district.barriers
    assert set(barriers["kind"][barriers["role"] == "barrier"]) == {"river", "ridge", "expressway"}
    bridges = (barriers["kind"] == "bridge").sum()
    assert 8 <= bridges <= 24
    named = set(barriers["of_barrier"][barriers["role"] == "link"])
    assert named == set(barriers["name"][barriers["role"] == "barrier"])


def test_street_names_are_unique_to_one_street(district: SyntheticDistrict) -> None:
    assert district.streets["name"].is_unique
    assert set(district.street_edges["name"]) == set(district.streets["name"])
    assert district.streets["name"].str.fullmatch(r"[\u4e00-\u9fff0-9]+").all()

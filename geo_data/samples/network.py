"""Makes one connected street network from main roads, banks and cut lines; streets cross corridors only at links.

`lay_streets` returns the parent lines (what carries a name and house numbers), the edges between junctions, and the
faces between main roads, from which street offices are made.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components, minimum_spanning_tree
from shapely import STRtree

from geo_data.samples.arterials import MainRoads
from geo_data.samples.blocks import Geometries, cut_blocks
from geo_data.samples.landscape import Array, Ints, Landscape
from geo_data.samples.passages import ARTERIAL, EXPRESSWAY, LANE, SNAP_M, STREET, Bools, Link, Parents, main_lines

_SHORT_EDGE_M = 9.0
_STREET_LENGTH_M = 300.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Network:
    """Streets between junctions.

    Parameters
    ----------
    parents
        The named lines.
    node_xy : (n_nodes, 2)
        Junctions and dead ends.
    start, end : (n_edges,)
        Node rows.
    line : (n_edges,)
        LineString from `start` to `end`.
    parent : (n_edges,)
        Row of the named line.
    faces : (n_faces,)
        Polygons between main roads, banks, ridge borders and outline; they tile the outline.
    face_form : (n_faces,)
        Urban form of each face.
    face_is_land : (n_faces,)
        False inside corridors.
    links
        Places where a street passes a corridor.
    """

    parents: Parents
    node_xy: Array
    start: Ints
    end: Ints
    line: Geometries
    parent: Ints
    faces: Geometries
    face_form: Ints
    face_is_land: Bools
    links: tuple[Link, ...]


def lay_streets(land: Landscape, roads: MainRoads, rng: np.random.Generator) -> Network:
    """Return the street network of `land`; every junction reaches every other (one-way rules come later)."""
    main, main_pieces, main_owner, links = main_lines(land, roads)
    faces, form, is_land = _faces(land, main_pieces)
    cuts = cut_blocks(faces[is_land], form[is_land], land, rng)
    cut_class = np.where(~cuts.is_dead_end & (shapely.length(cuts.line) > _STREET_LENGTH_M), STREET, LANE)
    parents = _with_cuts(main, cuts.line, cut_class)
    lines, parent = _noded(
        np.concatenate([main_pieces, cuts.line]),
        np.concatenate([main_owner, len(main.line) + np.arange(len(cuts.line))]),
        parents,
    )
    start, end, node_xy = _nodes(lines)
    node_xy, start, end = _lift_expressways(node_xy, start, end, parents.road_class[parent] == EXPRESSWAY, links)
    node_xy, start, end, lines, keep = _contract_short(node_xy, start, end, lines, parents.road_class[parent])
    parent = parent[keep]
    keep = _thinned(start, end, len(node_xy), parents.road_class[parent], rng)
    node_xy, start, end, lines, parent = _largest_component(node_xy, start[keep], end[keep], lines[keep], parent[keep])
    return Network(
        parents=parents, node_xy=node_xy, start=start, end=end, line=lines, parent=parent,
        faces=faces, face_form=form, face_is_land=is_land, links=_travelled(links, lines),
    )  # fmt: skip


def _faces(land: Landscape, main_pieces: Geometries) -> tuple[Geometries, Ints, Bools]:
    """Return the polygons between main roads, corridor borders and middle lines; together exactly the outline."""
    borders = [shapely.boundary(c.polygon) for c in land.corridors]
    middles = [c.line for c in land.corridors if c.kind != "ridge"]
    lines = [*main_pieces, *borders, *middles, shapely.boundary(land.outline)]
    noded = shapely.union_all(np.array(lines, dtype=object), grid_size=SNAP_M)
    faces = shapely.get_parts(shapely.polygonize(shapely.get_parts(noded)))
    inner = shapely.point_on_surface(faces)
    faces, inner = faces[(keep := shapely.contains(land.outline, inner))], inner[keep]
    is_land = np.ones(len(faces), dtype=bool)
    for corridor in land.corridors:
        is_land &= ~shapely.contains(corridor.polygon, inner)
    return faces, land.urban_form(shapely.get_coordinates(inner)), is_land


def _with_cuts(main: Parents, cuts: Geometries, cut_class: Ints) -> Parents:
    n, first = len(cuts), int(main.road.max()) + 1
    return Parents(
        line=np.concatenate([main.line, cuts]),
        road_class=np.concatenate([main.road_class, cut_class]),
        road=np.concatenate([main.road, first + np.arange(n)]),
        section=np.concatenate([main.section, np.zeros(n, np.int64)]),
        n_sections=np.concatenate([main.n_sections, np.ones(n, np.int64)]),
        bank_of=np.concatenate([main.bank_of, np.full(n, -1)]),
    )


def _noded(pieces: Geometries, owner: Ints, parents: Parents) -> tuple[Geometries, Ints]:
    """Break all pieces where they meet and find the parent of each part by its middle point."""
    noded = shapely.get_parts(shapely.union_all(pieces, grid_size=SNAP_M))
    middle = shapely.line_interpolate_point(noded, 0.5, normalized=True)
    pair, _ = STRtree(pieces).query_nearest(middle, return_distance=True, all_matches=False)
    found = np.full(len(noded), -1, dtype=np.int64)
    found[pair[0]] = owner[pair[1]]
    keep = (found >= 0) & (shapely.length(noded) > SNAP_M)
    return noded[keep], found[keep]


def _nodes(lines: Geometries) -> tuple[Ints, Ints, Array]:
    """Return start and end node of each line and the nodes' coordinates."""
    ends = np.column_stack(
        [shapely.get_coordinates(shapely.get_point(lines, 0)), shapely.get_coordinates(shapely.get_point(lines, -1))]
    ).reshape(-1, 2)
    key = np.round(ends / SNAP_M).astype(np.int64)
    _, first, node = np.unique(key, axis=0, return_index=True, return_inverse=True)
    node = node.reshape(-1, 2).astype(np.int64)
    return node[:, 0], node[:, 1], ends[first]


def _lift_expressways(
    node_xy: Array, start: Ints, end: Ints, is_fast: Bools, links: tuple[Link, ...]
) -> tuple[Array, Ints, Ints]:
    """Give expressways nodes of their own except at interchanges: they pass over or under every other street."""
    n = len(node_xy)
    fast_node = np.zeros(n, dtype=bool)
    fast_node[start[is_fast]] = fast_node[end[is_fast]] = True
    slow_node = np.zeros(n, dtype=bool)
    slow_node[start[~is_fast]] = slow_node[end[~is_fast]] = True
    shared = np.flatnonzero(fast_node & slow_node)
    places = np.array(
        [shapely.get_coordinates(link.point)[0] for link in links if link.road_class == ARTERIAL]
    ).reshape(-1, 2)
    interchange: list[int] = []
    for node in shared:
        at_link = len(places) > 0 and float(np.linalg.norm(places - node_xy[node], axis=1).min()) < 1.0
        apart = all(np.linalg.norm(node_xy[node] - node_xy[other]) > 1_700.0 for other in interchange)
        if at_link and apart:
            interchange.append(int(node))
    lifted = np.setdiff1d(shared, np.array(interchange, dtype=np.int64))
    own = np.arange(n)
    own[lifted] = n + np.arange(len(lifted))
    return (
        np.vstack([node_xy, node_xy[lifted]]),
        np.where(is_fast, own[start], start),
        np.where(is_fast, own[end], end),
    )


def _contract_short(
    node_xy: Array, start: Ints, end: Ints, lines: Geometries, road_class: Ints
) -> tuple[Array, Ints, Ints, Geometries, Bools]:
    """Merge junctions closer than 9 m along a street, so that facing side streets meet in one crossing."""
    short = (shapely.length(lines) < _SHORT_EDGE_M) & (road_class != EXPRESSWAY)
    graph = coo_array((np.ones(int(short.sum())), (start[short], end[short])), shape=(len(node_xy),) * 2)
    n, cluster = connected_components(graph, directed=False)
    size = np.bincount(cluster, minlength=n)
    xy = np.column_stack([np.bincount(cluster, node_xy[:, k], n) / size for k in (0, 1)])
    start, end = cluster[start].astype(np.int64), cluster[end].astype(np.int64)
    keep = ~short & (start != end)
    start, end, lines = start[keep], end[keep], lines[keep]
    coords, index = shapely.get_coordinates(lines, return_index=True)
    count = np.bincount(index, minlength=len(lines))
    last = np.cumsum(count) - 1
    coords[last - count + 1], coords[last] = xy[start], xy[end]
    moved: Geometries = np.asarray(shapely.linestrings(coords, indices=index), dtype=object)
    return xy, start, end, moved, np.asarray(keep)


def _travelled(links: tuple[Link, ...], lines: Geometries) -> tuple[Link, ...]:
    """Return the links whose street has stayed in the network, both at its start and at its end."""
    tree = STRtree(lines)
    kept = []
    for link in links:
        ends = [shapely.get_point(link.passage, end) for end in (0, -1)]
        if all(len(tree.query(end, predicate="dwithin", distance=_SHORT_EDGE_M)) for end in ends):
            kept.append(link)
    return tuple(kept)


def _thinned(start: Ints, end: Ints, n_nodes: int, road_class: Ints, rng: np.random.Generator) -> Bools:
    """Drop double edges and about every ninth lane that no junction depends on: real blocks are not all closed."""
    a, b = np.minimum(start, end), np.maximum(start, end)
    order = np.lexsort((road_class, b, a))
    single = np.zeros(len(a), dtype=bool)
    new = np.concatenate([[True], (a[order][1:] != a[order][:-1]) | (b[order][1:] != b[order][:-1])])
    single[order[new]] = True
    rows = np.flatnonzero(single)
    weight = 1.0 + road_class[rows] * 10.0 + rng.uniform(0.0, 1.0, len(rows))
    tree = minimum_spanning_tree(coo_array((weight, (a[rows], b[rows])), shape=(n_nodes, n_nodes)).tocsr()).tocoo()
    key = set((tree.row.astype(np.int64) * n_nodes + tree.col).tolist())
    needed = np.array([k in key for k in (a[rows] * n_nodes + b[rows]).tolist()])
    drop = (road_class[rows] == LANE) & ~needed & (rng.uniform(size=len(rows)) < 0.11)
    single[rows[drop]] = False
    return single


def _largest_component(
    node_xy: Array, start: Ints, end: Ints, lines: Geometries, parent: Ints
) -> tuple[Array, Ints, Ints, Geometries, Ints]:
    """Keep the largest connected part and number its nodes from 0."""
    graph = coo_array((np.ones(len(start)), (start, end)), shape=(len(node_xy),) * 2)
    _, label = connected_components(graph, directed=False)
    main = int(np.argmax(np.bincount(label[start])))
    keep = label[start] == main
    used, compact = np.unique(np.column_stack([start[keep], end[keep]]), return_inverse=True)
    compact = compact.reshape(-1, 2).astype(np.int64)
    return node_xy[used], compact[:, 0], compact[:, 1], lines[keep], parent[keep]

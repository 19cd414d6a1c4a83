"""Say which units touch, over how long a border, and which of those borders staff can cross.

A river, an expressway or a ridge removes the links that cross it, except where a bridge or a link made by hand carries
over. Whatever is then cut off is joined again by its shortest link and reported, so that no later step meets a graph in
pieces without knowing it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree

from geo_data import cells as h3_cells

Edges = NDArray[np.int32]
FloatArray = NDArray[np.float64]

# A coarser side seen through children is longer by 3 / sqrt(7) a level; this brings it back to the smooth side.
_SMOOTHING = np.sqrt(7.0) / 3.0


class JoinReason(Enum):
    """Says why a piece had to be joined."""

    ISLAND = "island"
    STRAY_PIECE = "stray_piece"
    CUT_DISTRICT = "cut_district"


@dataclass(frozen=True, slots=True, kw_only=True)
class Join:
    """Reports a link that joins a piece to the rest.

    Parameters
    ----------
    unit_a, unit_b : rows of the units linked; `unit_a` lies in the joined piece
    n_units : units of the piece
    length_m : distance between the two centres
    reason : an island touches nothing; a stray piece is a small part, a cut district a large one, behind a barrier
    """

    unit_a: int
    unit_b: int
    n_units: int
    length_m: float
    reason: JoinReason

    @property
    def words(self) -> str:
        """Return the sentence for a report; the caller knows the units' names."""
        what = {
            JoinReason.ISLAND: "an island of",
            JoinReason.STRAY_PIECE: "a stray piece of",
            JoinReason.CUT_DISTRICT: "a barrier cuts off",
        }[self.reason]
        return f"{what} {self.n_units} units, joined by its shortest link of {self.length_m:.0f} m"


@dataclass(frozen=True, slots=True, kw_only=True)
class Barriers:
    """Holds what staff cannot cross and where they can all the same.

    Parameters
    ----------
    shapes : WGS-84 lines or polygons of rivers, expressways, ridges
    bridges : WGS-84 points or lines of crossings; each reopens the nearest link that a barrier has cut
    hand_links : pairs of unit ids that are always linked
    """

    shapes: Sequence[shapely.Geometry] = ()
    bridges: Sequence[shapely.Geometry] = ()
    hand_links: Sequence[tuple[str, str]] = ()


def cell_adjacency(cells: h3_cells.Cells) -> tuple[Edges, FloatArray]:
    """Return the adjacent pairs of a set of H3 cells of mixed resolutions and their shared border in metres.

    Two cells touch when some of their resolution-10 descendants do; that is so exactly when a neighbour of the finer
    one, or an ancestor of that neighbour, is the coarser one. O(cells).

    Parameters
    ----------
    cells : (n,) distinct cells, none an ancestor of another

    Returns
    -------
    edges : (m, 2) rows a < b, sorted
    border_m : (m,) length of the smooth common side
    """
    row_of_cell = {int(cell): row for row, cell in enumerate(cells)}
    levels = h3_cells.resolutions(cells)
    coarsest = int(levels.min()) if len(levels) else 0
    side_m = np.sqrt(h3_cells.areas_km2(cells) * 2 / (3 * np.sqrt(3))) * 1000 if len(cells) else np.zeros(0)
    border: dict[tuple[int, int], float] = {}
    for row, cell in enumerate(cells):
        level = int(levels[row])
        for neighbour in h3_cells.neighbours(int(cell)):
            found, steps = neighbour, 0
            while found not in row_of_cell and level - steps > coarsest:
                steps += 1
                found = h3_cells.parent(neighbour, level - steps)
            other = row_of_cell.get(found)
            if other is None or other == row or (steps == 0 and other < row):
                continue
            pair = (min(row, other), max(row, other))
            border[pair] = border.get(pair, 0.0) + side_m[row] * _SMOOTHING**steps
    pairs = sorted(border)
    return np.array(pairs, dtype=np.int32).reshape(-1, 2), np.array([border[pair] for pair in pairs])


def polygon_adjacency(polygons: NDArray[np.object_], snap_m: float = 1.0) -> tuple[Edges, FloatArray]:
    """Return the pairs of polygons that share a border longer than a point, and its length.

    Parameters
    ----------
    polygons : (n,) valid polygons in metres
    snap_m : borders this close count as shared; a common border has to be longer than 4 snaps, so that corners do not

    Returns
    -------
    edges : (m, 2) rows a < b, sorted
    border_m : (m,) metres
    """
    tree = shapely.STRtree(polygons)
    a, b = tree.query(polygons, predicate="dwithin", distance=snap_m)
    a, b = a[a < b], b[a < b]
    near = shapely.intersection(shapely.boundary(polygons[a]), shapely.buffer(polygons[b], snap_m, quad_segs=2))
    border_m = shapely.length(near)
    touches = border_m > 4 * snap_m
    edges = np.column_stack((a, b))[touches]
    order = np.lexsort((edges[:, 1], edges[:, 0]))
    return edges[order].astype(np.int32), border_m[touches][order]


def cross_barriers(
    xy_m: FloatArray, edges: Edges, barriers: NDArray[np.object_], bridges: NDArray[np.object_]
) -> tuple[NDArray[np.bool_], tuple[int, ...]]:
    """Return which links between centres stay open, and the rows of bridges that reopened nothing.

    A link is cut when the straight line between the two centres meets a barrier, unless both centres lie in the same
    barrier polygon (units in the water hold together). Each bridge reopens the cut link that it is nearest to, if that
    is within 2 km.

    Parameters
    ----------
    xy_m : (n, 2) centres in metres
    edges : (m, 2)
    barriers, bridges : shapely geometries in the same metres
    """
    passable = np.ones(len(edges), dtype=bool)
    if not len(barriers) or not len(edges):
        return passable, tuple(range(len(bridges)))
    links = np.asarray(shapely.linestrings(np.stack((xy_m[edges[:, 0]], xy_m[edges[:, 1]]), axis=1)), dtype=object)
    parts = np.asarray(shapely.get_parts(shapely.get_parts(barriers)), dtype=object)
    link_rows, part_rows = shapely.STRtree(parts).query(links, predicate="intersects")
    wholly_in = shapely.covers(parts[part_rows], links[link_rows])
    passable[link_rows[~wholly_in]] = False
    cut = np.flatnonzero(~passable)
    idle = []
    for row, bridge in enumerate(bridges):
        distance_m = shapely.distance(links[cut], bridge) if len(cut) else np.array([np.inf])
        nearest = int(np.argmin(distance_m))
        if distance_m[nearest] <= 2000:
            passable[cut[nearest]] = True
        else:
            idle.append(row)
    return passable, tuple(idle)


def carry_on(barriers: NDArray[np.object_], district: shapely.Geometry, reach_m: float = 3000.0) -> NDArray[np.object_]:
    """Return the barriers, those that end at the district's edge carried on beyond it.

    Units at the edge have their centres outside the district too; a river drawn up to the boundary would let links pass
    round its end. A line goes straight on from its last segment, a polygon's face at the boundary is swept outwards,
    both no farther than to where they would meet the district again.

    Parameters
    ----------
    barriers, district : shapely geometries in the same metres
    reach_m : how far they are carried on; more than the widest unit
    """
    edge, inner = shapely.boundary(district), shapely.buffer(district, -20.0)
    extended = []
    for barrier in shapely.get_parts(shapely.get_parts(barriers)):
        parts = [barrier]
        if shapely.get_type_id(barrier) == shapely.GeometryType.LINESTRING:
            points = shapely.get_coordinates(barrier)
            for end, before in ((points[0], points[1]), (points[-1], points[-2])):
                if not shapely.intersects_xy(inner, *end):
                    ahead = (end - before) / max(float(np.hypot(*(end - before))), 1e-9)
                    parts.append(_outside(shapely.LineString([end, end + ahead * reach_m]), inner, end))
        else:
            middle = shapely.get_coordinates(shapely.centroid(district))[0]
            faces = shapely.intersection(shapely.boundary(barrier), shapely.buffer(edge, 5.0))
            for face in shapely.get_parts(shapely.line_merge(faces)):
                points = shapely.get_coordinates(face)
                away = points.mean(axis=0) - middle
                away *= reach_m / max(float(np.hypot(*away)), 1e-9)
                swept = shapely.convex_hull(shapely.MultiPoint(np.vstack((points, points + away))))
                parts.append(_outside(swept, inner, points.mean(axis=0)))
        extended.append(shapely.union_all(np.array(parts, dtype=object)))
    return np.array(extended, dtype=object)


def _outside(extension: shapely.Geometry, inner: shapely.Geometry, end: FloatArray) -> shapely.Geometry:
    """Return the part of an extension outside the district that begins at `end`."""
    pieces = np.asarray(shapely.get_parts(shapely.difference(extension, inner)), dtype=object)
    if not len(pieces):
        return shapely.Point(*end)
    nearest: shapely.Geometry = pieces[int(np.argmin(shapely.distance(pieces, shapely.Point(*end))))]
    return nearest


def join_pieces(
    xy_m: FloatArray, edges: Edges, passable: NDArray[np.bool_], stray_share: float = 0.05
) -> tuple[Edges, NDArray[np.bool_], tuple[Join, ...]]:
    """Return the edges and passability with every piece joined to the rest, and the list of joins.

    The smallest piece is joined first: by the shortest of its own cut links where it has one, else by a new edge
    between the nearest two centres. Repeats until one piece is left, so n pieces need n - 1 joins.

    Parameters
    ----------
    xy_m : (n, 2) centres in metres
    edges, passable : (m, 2) and (m,); new edges are appended
    stray_share : a piece behind a barrier with at most this share of the units is stray; a larger one is a cut district
    """
    n_units = len(xy_m)
    open_edges = edges[passable]
    graph = coo_matrix((np.ones(len(open_edges)), (open_edges[:, 0], open_edges[:, 1])), (n_units, n_units))
    _, piece = connected_components(graph, directed=False)
    length_m = np.hypot(*(xy_m[edges[:, 0]] - xy_m[edges[:, 1]]).T) if len(edges) else np.zeros(0)
    passable, joins, added = passable.copy(), [], []
    while len(sizes := np.unique(piece, return_counts=True)[1]) > 1:
        labels = np.unique(piece)
        smallest = labels[np.argmin(sizes)]
        inside = piece == smallest
        leaving = np.flatnonzero(inside[edges[:, 0]] != inside[edges[:, 1]]) if len(edges) else np.zeros(0, np.int64)
        if len(leaving):
            edge = leaving[np.argmin(length_m[leaving])]
            passable[edge] = True
            a, b = (int(unit) for unit in edges[edge])
            is_stray = inside.sum() <= max(1, stray_share * n_units)
            reason = JoinReason.STRAY_PIECE if is_stray else JoinReason.CUT_DISTRICT
        else:
            a, b = _nearest_pair(xy_m, inside)
            added.append((min(a, b), max(a, b)))
            reason = JoinReason.ISLAND
        a, b = (a, b) if inside[a] else (b, a)
        distance_m = float(np.hypot(*(xy_m[a] - xy_m[b])))
        joins.append(Join(unit_a=a, unit_b=b, n_units=int(inside.sum()), length_m=distance_m, reason=reason))
        piece[inside] = piece[b]
    edges = np.vstack((edges, np.array(added, dtype=np.int32).reshape(-1, 2))).astype(np.int32)
    return edges, np.concatenate((passable, np.ones(len(added), dtype=bool))), tuple(joins)


def _nearest_pair(xy_m: FloatArray, inside: NDArray[np.bool_]) -> tuple[int, int]:
    own, others = np.flatnonzero(inside), np.flatnonzero(~inside)
    distance_m, nearest = cKDTree(xy_m[others]).query(xy_m[own])
    row = int(np.argmin(distance_m))
    return int(own[row]), int(others[np.asarray(nearest)[row]])

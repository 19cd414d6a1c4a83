"""Make a clean street graph of imported nodes and edges.

Parallel pieces keep the fastest one in each direction; pieces whose nodes are unknown are counted, not guessed; the
graph used for travel is the largest part in which every node reaches every other.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import numpy as np
import pandas as pd
import shapely
from numpy.typing import ArrayLike, NDArray
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree

from geo_data.notes import Note
from geo_data.projection import LocalProjection

FloatArray = NDArray[np.float64]

DEFAULT_SPEED_KMPH = 40.0
MAX_SPEED_KMPH = 90.0


class StreetsError(ValueError):
    """Streets cannot be used; the message says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StreetNetwork:
    """Holds a street graph as arrays.

    Parameters
    ----------
    node_ids : (n,) names of the nodes as imported
    lon, lat : (n,) WGS-84
    tail, head : (m,) int32 node rows of each arc; a two-way piece is two arcs; at most one arc per ordered pair
    length_m, seconds : (m,) of each arc, > 0
    piece : (m,) row of the imported edge that the arc came from
    is_forward : (m,) whether the arc runs as the edge was imported (u to v)
    shape : (n_edges,) WGS-84 courses of the imported edges from u to v, None for a straight one
    in_main : (n,) whether the node is in the largest strongly connected part
    projection : plane for distances
    notes : what was left out, in words
    """

    node_ids: tuple[str, ...]
    lon: FloatArray
    lat: FloatArray
    tail: NDArray[np.int32]
    head: NDArray[np.int32]
    length_m: FloatArray
    seconds: FloatArray
    piece: NDArray[np.int32]
    is_forward: NDArray[np.bool_]
    shape: NDArray[np.object_]
    in_main: NDArray[np.bool_]
    projection: LocalProjection
    notes: tuple[Note, ...]

    @property
    def n_nodes(self) -> int:
        return len(self.lon)

    @property
    def n_arcs(self) -> int:
        return len(self.tail)

    def snap(self, lon: ArrayLike, lat: ArrayLike) -> tuple[NDArray[np.int32], FloatArray]:
        """Return the nearest node of the main part for each WGS-84 place, and the metres to it; -1 and inf for NaN."""
        main = np.flatnonzero(self.in_main)
        xy = self.projection.xy_m(lon, lat)
        known = np.isfinite(xy).all(axis=1)
        node = np.full(len(xy), -1, dtype=np.int32)
        distance_m = np.full(len(xy), np.inf)
        tree = cKDTree(self.projection.xy_m(self.lon[main], self.lat[main]))
        found_m, found = tree.query(xy[known])
        node[known], distance_m[known] = main[np.asarray(found, dtype=np.int64)], found_m
        return node, distance_m

    def content_hash(self) -> str:
        """Return 32 hex digits that change with any node position, arc or time."""
        digest = hashlib.blake2b(digest_size=16)
        for array in (self.lon, self.lat, self.tail, self.head, self.length_m, self.seconds):
            digest.update(np.ascontiguousarray(array).tobytes())
        return digest.hexdigest()


def build_network(
    nodes: pd.DataFrame, edges: pd.DataFrame, *, default_speed_kmph: float = DEFAULT_SPEED_KMPH
) -> StreetNetwork:
    """Return the street graph of cleaned tables.

    Parameters
    ----------
    nodes : columns node, lon, lat (WGS-84)
    edges : columns u, v and, optionally, length_m, seconds, seconds_back, speed_kmph, oneway, wkt
    default_speed_kmph : where neither time nor speed is given

    Raises
    ------
    StreetsError : no nodes, or no edge between known nodes
    """
    row_of_node = {str(name): row for row, name in enumerate(nodes["node"])}
    lon, lat = nodes["lon"].to_numpy(np.float64), nodes["lat"].to_numpy(np.float64)
    u = np.array([row_of_node.get(str(name), -1) for name in edges["u"]], dtype=np.int32)
    v = np.array([row_of_node.get(str(name), -1) for name in edges["v"]], dtype=np.int32)
    usable = (u >= 0) & (v >= 0) & (u != v)
    if not usable.any():
        words = f"{len(nodes)} nodes and {len(edges)} edges make no street: no edge joins two of the nodes"
        raise StreetsError(words)
    projection = LocalProjection.around(lon, lat)
    shape = _courses(edges)
    length_m = _lengths(edges, u, v, usable, projection.xy_m(lon, lat), shape, projection)
    forward_s, backward_s = _seconds(edges, length_m, default_speed_kmph)
    two_way = ~_flags(edges, "oneway")
    rows = np.flatnonzero(usable)
    back = np.flatnonzero(usable & two_way)
    tail, head = np.concatenate((u[rows], v[back])), np.concatenate((v[rows], u[back]))
    seconds = np.concatenate((forward_s[rows], backward_s[back]))
    piece, is_forward = np.concatenate((rows, back)), np.repeat([True, False], [len(rows), len(back)])
    kept = _fastest_of_parallel(tail, head, seconds)
    in_main = _largest_part(tail[kept], head[kept], len(lon))
    return StreetNetwork(
        node_ids=tuple(row_of_node), lon=lon, lat=lat, tail=tail[kept], head=head[kept],
        length_m=length_m[piece[kept]], seconds=seconds[kept], piece=piece[kept].astype(np.int32),
        is_forward=is_forward[kept], shape=shape, in_main=in_main, projection=projection,
        notes=_notes(u, v, len(tail) - len(kept), in_main),
    )  # fmt: skip


def _numbers(edges: pd.DataFrame, name: str) -> FloatArray:
    if name not in edges.columns:
        return np.full(len(edges), np.nan)
    return edges[name].to_numpy(dtype=np.float64, na_value=np.nan)


def _flags(edges: pd.DataFrame, name: str) -> NDArray[np.bool_]:
    if name not in edges.columns:
        return np.zeros(len(edges), dtype=bool)
    return np.array([value is True or value == 1 for value in edges[name]], dtype=bool)


def _courses(edges: pd.DataFrame) -> NDArray[np.object_]:
    if "wkt" not in edges.columns:
        return np.full(len(edges), None, dtype=object)
    texts = np.array([text if isinstance(text, str) else None for text in edges["wkt"]], dtype=object)
    lines = np.asarray(shapely.from_wkt(texts, on_invalid="ignore"), dtype=object)
    lines[shapely.get_type_id(lines) != shapely.GeometryType.LINESTRING] = None
    return lines


def _lengths(
    edges: pd.DataFrame, u: NDArray[np.int32], v: NDArray[np.int32], usable: NDArray[np.bool_], xy_m: FloatArray,
    shape: NDArray[np.object_], projection: LocalProjection,
) -> FloatArray:  # fmt: skip
    """Return metres as given, else along the course, else straight; never below 0.1 m or the straight line."""
    straight = np.zeros(len(u))
    straight[usable] = np.hypot(*(xy_m[u[usable]] - xy_m[v[usable]]).T)
    length_m = _numbers(edges, "length_m")
    drawn = ~np.isfinite(length_m) & ~shapely.is_missing(shape)
    if drawn.any():
        length_m[drawn] = shapely.length(projection.project(shape[drawn]))
    length_m = np.where(np.isfinite(length_m), length_m, straight)
    return np.maximum(length_m, 0.1)


def _seconds(edges: pd.DataFrame, length_m: FloatArray, default_speed_kmph: float) -> tuple[FloatArray, FloatArray]:
    speed_kmph = _numbers(edges, "speed_kmph")
    speed_kmph = np.minimum(np.where(speed_kmph > 0, speed_kmph, default_speed_kmph), MAX_SPEED_KMPH)
    by_speed = length_m / speed_kmph * 3.6
    fastest = length_m / MAX_SPEED_KMPH * 3.6
    forward = _numbers(edges, "seconds")
    forward = np.where(forward > 0, np.maximum(forward, fastest), by_speed)
    backward = _numbers(edges, "seconds_back")
    backward = np.where(backward > 0, np.maximum(backward, fastest), forward)
    return forward, backward


def _fastest_of_parallel(tail: NDArray[np.int32], head: NDArray[np.int32], seconds: FloatArray) -> NDArray[np.int64]:
    order = np.lexsort((seconds, head, tail))
    is_first = np.ones(len(order), dtype=bool)
    is_first[1:] = (tail[order][1:] != tail[order][:-1]) | (head[order][1:] != head[order][:-1])
    return order[is_first]


def _largest_part(tail: NDArray[np.int32], head: NDArray[np.int32], n_nodes: int) -> NDArray[np.bool_]:
    graph = coo_matrix((np.ones(len(tail)), (tail, head)), (n_nodes, n_nodes))
    _, part = connected_components(graph, directed=True, connection="strong")
    return np.asarray(part == np.bincount(part).argmax())


def _notes(u: NDArray[np.int32], v: NDArray[np.int32], n_parallel: int, in_main: NDArray[np.bool_]) -> tuple[Note, ...]:
    n_unknown, n_loops = int(((u < 0) | (v < 0)).sum()), int(((u == v) & (u >= 0)).sum())
    n_apart = int((~in_main).sum())
    notes = (
        Note(f"{n_unknown} edges name nodes that do not exist and are left out", "unknown_nodes", n=n_unknown),
        Note(f"{n_loops} edges lead back to their own node and are left out", "loops", n=n_loops),
        Note(
            f"{n_parallel} arcs run beside a faster one between the same nodes and are left out",
            "parallel_arcs",
            n=n_parallel,
        ),
        Note(f"{n_apart} nodes cannot reach the main part of the network and are not used", "apart_nodes", n=n_apart),
    )
    return tuple(note for note in notes if note.evidence["n"])

"""Draws the main roads: rings and radials in old towns, a straight lattice in new towns, long valleys roads in hills.

The main roads are the edges of a Voronoi diagram whose seeds are arranged differently in each urban form; short edges
are contracted so that roads cross instead of meeting at two T-junctions, and every through road is bent into one
smooth curve (cubic Hermite with the neighbours' direction as tangent).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial import Voronoi, cKDTree
from shapely import LineString

from geo_data.samples.blocks import Geometries
from geo_data.samples.landscape import Array, Ints, Landscape

SECTION_M = 3_600.0
"""A road longer than this is named in sections (east, middle, west), as long Chinese roads are."""

_CONTRACT_M = (240.0, 210.0, 420.0)
_CURVE_STEPS = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class MainRoads:
    """Named main roads.

    Parameters
    ----------
    line : (n_roads,)
        LineString of each road or road section.
    road : (n_roads,)
        Number of the whole road; sections of one road share it.
    section, n_sections : (n_roads,)
        Place of the section along its road and how many there are.
    """

    line: Geometries
    road: Ints
    section: Ints
    n_sections: Ints


def draw_main_roads(land: Landscape, rng: np.random.Generator) -> MainRoads:
    """Return the main roads over the whole land, neither clipped to the outline nor cut at corridors."""
    nodes, edges = _skeleton(_seeds(land, rng), land)
    chains = _through_roads(nodes, edges)
    lines: list[LineString] = []
    road: list[int] = []
    section: list[int] = []
    n_sections: list[int] = []
    for number, chain in enumerate(chains):
        xy = _smooth(nodes[chain])
        travelled = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(xy, axis=0), axis=1))])
        n = int(np.clip(np.round(travelled[-1] / SECTION_M), 1, 3))
        cuts = np.searchsorted(travelled, np.linspace(0.0, travelled[-1], n + 1))
        cuts[-1] = len(xy) - 1
        for k in range(n):
            lines.append(LineString(xy[cuts[k] : cuts[k + 1] + 1]))
            road.append(number)
            section.append(k)
            n_sections.append(n)
    return MainRoads(
        line=np.array(lines, dtype=object),
        road=np.array(road, dtype=np.int64),
        section=np.array(section, dtype=np.int64),
        n_sections=np.array(n_sections, dtype=np.int64),
    )


def _seeds(land: Landscape, rng: np.random.Generator) -> Array:
    """Return the Voronoi seeds: rings in old towns, lattices in new towns, a loose scatter in the hills."""
    dense: list[Array] = []
    for core, radius in zip(land.core_xy, land.old_radius_m, strict=True):
        start = rng.uniform(0.0, 2 * np.pi)
        for share, count in ((0.0, 1), (0.40, 5), (0.80, 11)):
            angle = start + np.arange(count) * 2 * np.pi / count + rng.normal(0.0, 0.10, count)
            away = radius * (share + rng.normal(0.0, 0.025, count)) if share else np.zeros(1)
            dense.append(core + np.column_stack([away * np.cos(angle), away * np.sin(angle)]))
    for x, y, a, b, turn in land.new_towns:
        i, j = np.meshgrid(np.arange(-9, 10), np.arange(-9, 10), indexing="ij")
        u, v = i.ravel() * 690.0, (j.ravel() + 0.5) * 590.0
        keep = np.hypot(u / (a + 350.0), v / (b + 350.0)) < 1.0
        cos, sin = np.cos(turn), np.sin(turn)
        dense.append(np.column_stack([x + u * cos - v * sin, y + u * sin + v * cos])[keep])
    chosen = dense[0]
    for group in dense[1:]:
        near, _ = cKDTree(chosen).query(group)
        chosen = np.vstack([chosen, group[near > np.where(len(group) < 12, 1.0, 560.0)]])
    west, south, east, north = shapely.bounds(land.outline)
    x, y = np.meshgrid(np.arange(west - 6e3, east + 6e3, 1_450.0), np.arange(south - 6e3, north + 6e3, 1_300.0))
    x[::2] += 725.0
    loose = np.column_stack([x.ravel(), y.ravel()])
    loose = loose + rng.normal(0.0, 260.0, loose.shape)
    near, _ = cKDTree(chosen).query(loose)
    return np.vstack([chosen, loose[near > 980.0]])


def _skeleton(seeds: Array, land: Landscape) -> tuple[Array, Ints]:
    """Return the nodes (n, 2) and edges (m, 2) of the Voronoi diagram with short edges contracted."""
    diagram = Voronoi(seeds)
    edges = np.asarray(diagram.ridge_vertices, dtype=np.int64)
    edges = edges[(edges >= 0).all(axis=1)]
    xy = diagram.vertices
    reach = np.abs(np.asarray(land.outline.bounds)).max() + 3_500.0
    edges = edges[(np.abs(xy[edges]).max(axis=(1, 2)) < reach)]
    form = land.urban_form(xy[edges].mean(axis=1))
    length = np.linalg.norm(xy[edges[:, 0]] - xy[edges[:, 1]], axis=1)
    short = edges[length < np.asarray(_CONTRACT_M)[form]]
    graph = coo_array((np.ones(len(short)), (short[:, 0], short[:, 1])), shape=(len(xy), len(xy)))
    n_nodes, cluster = connected_components(graph, directed=False)
    count = np.bincount(cluster, minlength=n_nodes)
    nodes = np.column_stack([np.bincount(cluster, xy[:, k], n_nodes) / count for k in (0, 1)])
    edges = np.sort(cluster[edges].astype(np.int64), axis=1)
    edges = np.unique(edges[edges[:, 0] != edges[:, 1]], axis=0)
    return nodes, edges


def _through_roads(nodes: Array, edges: Ints) -> list[Ints]:
    """Chain edges into through roads: at each node the straightest pairs go on, down to a bend of 40 degrees."""
    at_node: dict[int, list[int]] = {}
    for e, (a, b) in enumerate(edges.tolist()):
        at_node.setdefault(a, []).append(e)
        at_node.setdefault(b, []).append(e)
    follows: dict[tuple[int, int], int] = {}
    for node, incident in at_node.items():
        away = {e: int(edges[e, 0] + edges[e, 1] - node) for e in incident}
        unit = {e: (nodes[n] - nodes[node]) / np.linalg.norm(nodes[n] - nodes[node]) for e, n in away.items()}
        pairs = sorted((float(unit[e] @ unit[f]), e, f) for e in incident for f in incident if e < f)
        used: set[int] = set()
        for cosine, e, f in pairs:
            if cosine > -0.77:
                break
            if e not in used and f not in used:
                follows[e, node], follows[f, node] = f, e
                used.update((e, f))
    chains: list[Ints] = []
    seen: set[int] = set()
    for e in range(len(edges)):
        if e in seen:
            continue
        seen.add(e)
        chain = [int(edges[e, 0]), int(edges[e, 1])]
        for _ in range(2):
            last = e
            while (step := follows.get((last, chain[-1]))) is not None and step not in seen:
                seen.add(step)
                chain.append(int(edges[step].sum()) - chain[-1])
                last = step
            chain.reverse()
        chains.append(np.array(chain, dtype=np.int64))
    return chains


def _smooth(knots: Array) -> Array:
    """Return a cubic Hermite curve through `knots` (n, 2) with chord directions as tangents."""
    if len(knots) == 2:
        return _bow(knots)
    tangent = np.empty_like(knots)
    tangent[1:-1] = knots[2:] - knots[:-2]
    tangent[0], tangent[-1] = knots[1] - knots[0], knots[-1] - knots[-2]
    tangent /= np.maximum(np.linalg.norm(tangent, axis=1, keepdims=True), 1e-9)
    t = np.linspace(0.0, 1.0, _CURVE_STEPS, endpoint=False)[:, None]
    pieces = []
    for k in range(len(knots) - 1):
        reach = np.linalg.norm(knots[k + 1] - knots[k])
        pieces.append(
            (2 * t**3 - 3 * t**2 + 1) * knots[k]
            + (t**3 - 2 * t**2 + t) * reach * tangent[k]
            + (3 * t**2 - 2 * t**3) * knots[k + 1]
            + (t**3 - t**2) * reach * tangent[k + 1]
        )
    return np.vstack([*pieces, knots[-1:]])


def _bow(knots: Array) -> Array:
    """Return a slight bow between two junctions; its side follows from the place, so it needs no draw."""
    t = np.linspace(0.0, 1.0, _CURVE_STEPS + 1)[:, None]
    chord = knots[1] - knots[0]
    bend = 0.05 * np.sin(0.004 * (knots[0] + knots[1]).sum())
    return np.asarray(knots[0] + t * chord + bend * np.sin(np.pi * t) * np.array([-chord[1], chord[0]]))

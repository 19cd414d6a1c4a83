"""Groups the faces between main roads into districts and street offices, so that their borders follow roads and water.

Every face goes to the seed from which it is reached first over shared borders (a shortest-path forest), hence every
area is one piece; the faces tile the outline, hence so do the areas.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np
import shapely
from scipy.sparse import coo_array, csr_array
from scipy.sparse.csgraph import dijkstra
from shapely import STRtree

from geo_data.samples.blocks import Geometries
from geo_data.samples.landscape import Array, Ints, Landscape
from geo_data.samples.words import YUNYAN_ADCODE, YUNYAN_OFFICES, road_stems

OFFICES_PER_DISTRICT = len(YUNYAN_OFFICES)


@dataclass(frozen=True, slots=True, kw_only=True)
class Areas:
    """Street offices and the district that each belongs to.

    Parameters
    ----------
    polygon, code, name : (n_areas,)
        Shape in metres, 12-digit code, full Chinese name.
    district : (n_areas,)
        Number of the core around which the office lies.
    of_face : (n_faces,)
        Row of the area of each face.
    """

    polygon: Geometries
    code: list[str]
    name: list[str]
    district: Ints
    of_face: Ints


def group_faces(land: Landscape, faces: Geometries, form: Ints, adcodes: list[str], rng: np.random.Generator) -> Areas:
    """Return 17 street offices around each core; the first core has Yunyan's names and codes."""
    xy = shapely.get_coordinates(shapely.centroid(faces))
    graph = _neighbours(faces, xy)
    district = _forest(graph, _nearest_faces(xy, land.core_xy))
    of_face = np.full(len(faces), -1, dtype=np.int64)
    code: list[str] = []
    name: list[str] = []
    weight = shapely.area(faces) * np.array([140.0, 9.0, 1.0])[form]
    for k, core in enumerate(land.core_xy):
        rows = np.flatnonzero(district == k)
        n = min(OFFICES_PER_DISTRICT, len(rows))
        middle = _weighted_means(xy[rows], weight[rows], n, rng)
        middle = middle[np.argsort(np.linalg.norm(middle - core, axis=1), kind="stable")]
        group = _forest(csr_array(graph[rows][:, rows]), _nearest_faces(xy[rows], middle))
        of_face[rows] = group + len(code)
        code += [c for c, _ in YUNYAN_OFFICES[:n]] if k == 0 else [f"{adcodes[k]}{19 + j:03d}000" for j in range(n)]
        stems = road_stems(n, rng)
        name += [n_ for _, n_ in YUNYAN_OFFICES[:n]] if k == 0 else [f"{stem}街道" for stem in stems]
    order = np.argsort(of_face, kind="stable")
    first = np.searchsorted(of_face[order], np.arange(len(code) + 1))
    polygon = np.array(
        [shapely.coverage_union_all(faces[order[a:b]]) for a, b in itertools.pairwise(first.tolist())],
        dtype=object,
    )
    owner = np.array([adcodes.index(c[:6]) for c in code], dtype=np.int64)
    return Areas(polygon=polygon, code=code, name=name, district=owner, of_face=of_face)


def district_codes(n_cores: int) -> list[str]:
    """Return the adcode of each core's district: Yunyan's, then codes of a province 99 that does not exist."""
    return [YUNYAN_ADCODE, *(f"99{1 + (k - 1) // 90:02d}{1 + (k - 1) % 90:02d}" for k in range(1, n_cores))]


def _neighbours(faces: Geometries, xy: Array) -> csr_array:
    """Return the graph of faces that share a border, weighted by the distance of their centroids in metres."""
    a, b = STRtree(faces).query(faces, predicate="touches")
    once = a < b
    a, b = a[once], b[once]
    line = shapely.length(shapely.intersection(faces[a], faces[b])) > 1.0
    a, b = a[line], b[line]
    distance = np.linalg.norm(xy[a] - xy[b], axis=1)
    n = len(faces)
    return csr_array(coo_array((np.r_[distance, distance], (np.r_[a, b], np.r_[b, a])), shape=(n, n)))


def _nearest_faces(xy: Array, places: Array) -> Ints:
    """Return distinct faces near `places`, each place served in turn."""
    free = np.ones(len(xy), dtype=bool)
    out = []
    for place in places:
        distance = np.where(free, np.linalg.norm(xy - place, axis=1), np.inf)
        out.append(int(np.argmin(distance)))
        free[out[-1]] = False
    return np.array(out, dtype=np.int64)


def _forest(graph: csr_array, roots: Ints) -> Ints:
    """Return for each node the number of the root from which it is nearest over the graph."""
    _, _, source = dijkstra(graph, directed=False, indices=roots, min_only=True, return_predecessors=True)
    number = np.zeros(graph.shape[0], dtype=np.int64)
    number[roots] = np.arange(len(roots))
    return number[np.maximum(source, 0)]


def _weighted_means(xy: Array, weight: Array, k: int, rng: np.random.Generator) -> Array:
    """Return `k` weighted k-means centres (start by distance times weight, 40 Lloyd steps)."""
    centres = [xy[rng.choice(len(xy), p=weight / weight.sum())]]
    for _ in range(k - 1):
        gap = np.min([np.linalg.norm(xy - c, axis=1) for c in centres], axis=0) * weight
        centres.append(xy[rng.choice(len(xy), p=gap / gap.sum())])
    middle = np.array(centres)
    for _ in range(40):
        label = ((xy[:, None] - middle[None]) ** 2).sum(axis=2).argmin(axis=1)
        total = np.bincount(label, weight, k)
        for axis in (0, 1):
            mean = np.bincount(label, weight * xy[:, axis], k) / np.maximum(total, 1e-9)
            middle[:, axis] = np.where(total > 0, mean, middle[:, axis])
    return middle

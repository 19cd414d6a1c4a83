"""Lays the land before anything is built: outline, old towns, new towns, river, ridge and expressway.

All coordinates are metres in the sample's own plane (x roughly east before the land is turned by `Landscape.turn_rad`),
with the origin in the middle of the outline. Nothing here is taken from a map: curves are sums of seeded sines.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.spatial import cKDTree
from shapely.geometry.base import BaseGeometry as Geometry

Array = NDArray[np.float64]
Ints = NDArray[np.int64]

CORE_AREA_M2 = 92.0e6
"""Land per core: the size of the reference district."""

NEW_TOWNS_PER_CORE = 2

CORE_PITCH_M = 9_600.0
"""Distance between neighbouring old towns of a city, close to the side of a square of CORE_AREA_M2."""

OLD_TOWN, NEW_TOWN, HILLS = 0, 1, 2
URBAN_FORMS = ("old_town", "new_town", "hills")


@dataclass(frozen=True, slots=True, kw_only=True)
class Corridor:
    """A strip that streets cross only at chosen places.

    Parameters
    ----------
    kind
        `river`, `ridge` or `expressway`.
    name
        Chinese name, unique in the sample.
    line
        Middle line inside the outline; the barrier itself.
    polygon
        Strip without blocks and shops around `line`.
    crossing_spacing_m
        Least distance between two crossings, measured along `line`.
    """

    kind: str
    name: str
    line: Geometry
    polygon: Geometry
    crossing_spacing_m: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Landscape:
    """The land of one sample.

    Parameters
    ----------
    outline
        Polygon of the whole sample.
    core_xy : (n_cores, 2)
        Middles of the old towns.
    old_radius_m : (n_cores,)
        Mean radius of each old town.
    new_towns : (2 n_cores, 5)
        Ellipses, two a core: centre x, centre y, half axes a and b, direction in radians.
    corridors
        Rivers, ridges and expressways.
    waves : (n_waves, 4)
        Plane waves (kx, ky, phase, amplitude) of the noise that roughens every zone border.
    turn_rad
        Angle by which the plane is turned before it is put on the earth.
    """

    outline: Geometry
    core_xy: Array
    old_radius_m: Array
    new_towns: Array
    corridors: tuple[Corridor, ...]
    waves: Array
    turn_rad: float

    def roughness(self, xy: Array) -> Array:
        """Return smooth noise of about -1 to 1 at each point of `xy` (n, 2)."""
        out: Array = np.zeros(len(xy))
        for kx, ky, phase, amplitude in self.waves:
            out += amplitude * np.sin(kx * xy[:, 0] + ky * xy[:, 1] + phase)
        return out

    def urban_form(self, xy: Array) -> Ints:
        """Return OLD_TOWN, NEW_TOWN or HILLS for each point of `xy` (n, 2)."""
        rough = self.roughness(xy)
        old = self.old_town_reach(xy) + 0.10 * rough < 1.0
        new = self.new_town_reach(xy) + 0.08 * rough < 1.0
        return np.where(old, OLD_TOWN, np.where(new, NEW_TOWN, HILLS)).astype(np.int64)

    def old_town_reach(self, xy: Array) -> Array:
        """Return each point's least distance from the middle of an old town in that town's radii; 1 = on its edge."""
        reach = np.full(len(xy), np.inf)
        for core in self._near_cores(xy):
            reach = np.minimum(reach, np.linalg.norm(xy - self.core_xy[core], axis=1) / self.old_radius_m[core])
        return reach

    def new_town_reach(self, xy: Array) -> Array:
        """Return each point's least elliptic distance from the middle of a new town; 1 = on its ellipse."""
        reach = np.full(len(xy), np.inf)
        for core in self._near_cores(xy):
            for which in range(NEW_TOWNS_PER_CORE):
                x, y, a, b, turn = self.new_towns[NEW_TOWNS_PER_CORE * core + which].T
                dx, dy, cos, sin = xy[:, 0] - x, xy[:, 1] - y, np.cos(turn), np.sin(turn)
                reach = np.minimum(reach, np.hypot((dx * cos + dy * sin) / a, (dy * cos - dx * sin) / b))
        return reach

    def _near_cores(self, xy: Array) -> Ints:
        """Return up to 5 nearest cores of each point, one row a rank: no town reaches past more."""
        k = min(5, len(self.core_xy))
        _, core = cKDTree(self.core_xy).query(xy, k=range(1, k + 1))
        return np.asarray(core.T, dtype=np.int64)


def lay_land(n_cores: int, rng: np.random.Generator) -> Landscape:
    """Return the land for `n_cores` old towns inside one outline of n_cores x 92 km2."""
    core_xy, rows, columns = _place_cores(n_cores, rng)
    outline = _outline(n_cores, core_xy, rng)
    reach = float(np.abs(np.asarray(outline.bounds)).max()) + 500.0
    rivers = [_river(core_xy[rows == row], reach, outline, k, rng) for k, row in enumerate(np.unique(rows))]
    expressways = [
        _expressway(core_xy[columns == column], reach, outline, k, rng) for k, column in enumerate(np.unique(columns))
    ]
    ridges = [_ridge(core, float(rng.uniform(1.85, 2.1)), outline, k, rng) for k, core in enumerate(core_xy)]
    length = rng.uniform(1_300.0, 3_200.0, 6)
    direction = rng.uniform(0.0, 2 * np.pi, 6)
    per_m, phase = 2 * np.pi / length, rng.uniform(0.0, 2 * np.pi, 6)
    waves = np.column_stack([per_m * np.cos(direction), per_m * np.sin(direction), phase, np.full(6, 0.4)])
    return Landscape(
        outline=outline,
        core_xy=core_xy,
        old_radius_m=rng.uniform(1_700.0, 1_800.0, n_cores),
        new_towns=np.vstack([_new_towns(core_xy[k], rng) for k in range(n_cores)]),
        corridors=tuple(c for c in (*rivers, *expressways, *ridges) if not c.line.is_empty),
        waves=waves,
        turn_rad=float(rng.uniform(0.15, 0.45)),
    )


def _place_cores(n_cores: int, rng: np.random.Generator) -> tuple[Array, Ints, Ints]:
    """Return the cores nearest the origin of a jittered lattice, with their lattice rows and columns."""
    if n_cores == 1:
        return np.array([[-500.0, 350.0]]), np.zeros(1, np.int64), np.zeros(1, np.int64)
    half = int(np.ceil(np.sqrt(n_cores))) + 1
    i, j = np.meshgrid(np.arange(-half, half + 1), np.arange(-half, half + 1), indexing="ij")
    lattice = np.column_stack([i.ravel() + 0.5, j.ravel() + 0.5]) * CORE_PITCH_M
    chosen = np.argsort(np.hypot(lattice[:, 0] / 1.2, lattice[:, 1]), kind="stable")[:n_cores]
    xy = lattice[chosen] - lattice[chosen].mean(axis=0)
    return xy + rng.uniform(-900.0, 900.0, (n_cores, 2)), j.ravel()[chosen], i.ravel()[chosen]


def _outline(n_cores: int, core_xy: Array, rng: np.random.Generator) -> Geometry:
    """Return a rough, slightly longish blob of exactly n_cores x 92 km2 around the origin."""
    angle = np.linspace(0.0, 2 * np.pi, 900 * max(1, round(np.sqrt(n_cores))), endpoint=False)
    radius = np.ones_like(angle)
    for k in range(2, 120):
        size = 0.085 / (k / 2) ** 0.5 if k < 8 else 0.34 / k**1.5
        radius += size * rng.choice([-1.0, 1.0]) * rng.uniform(0.5, 1.2) * np.cos(k * angle + rng.uniform(0, 6.28))
    radius = np.clip(radius, 0.66, 1.5)
    ring = np.column_stack([1.13 * radius * np.cos(angle), 0.92 * radius * np.sin(angle)])
    scale = np.sqrt(n_cores * CORE_AREA_M2 / shapely.Polygon(ring).area)
    return shapely.Polygon(ring * scale)


def _new_towns(core: Array, rng: np.random.Generator) -> Array:
    """Return two new towns beside one old town: a large one beyond the ring, a smaller one on the other side."""
    first = rng.uniform(-0.25, 0.15)
    second = first + rng.uniform(2.9, 3.5)
    shapes = ((first, 4_000.0, 2_250.0, 2_150.0), (second, 3_450.0, 1_500.0, 1_650.0))
    middle = [core + away * np.array([np.cos(angle), np.sin(angle)]) for angle, away, _, _ in shapes]
    turn = [angle + rng.uniform(-0.2, 0.35) for angle, _, _, _ in shapes]
    return np.array([[*xy, a, b, t] for xy, (_, _, a, b), t in zip(middle, shapes, turn, strict=True)])


def _through(
    knots_x: Array, knots_y: Array, reach: float, wave: tuple[float, float], rng: np.random.Generator
) -> Array:
    """Return a smooth line over x from -reach to reach through the knots, with meanders of (size, length) `wave`."""
    x = np.arange(-reach, reach + 1.0, 40.0)
    order = np.argsort(knots_x, kind="stable")
    y = np.interp(x, knots_x[order], knots_y[order])
    kernel = np.hanning(121)
    y = np.convolve(np.pad(y, 60, mode="edge"), kernel / kernel.sum(), mode="valid")
    size, length = wave
    phase = rng.uniform(0.0, 2 * np.pi, 3)
    y = (
        y
        + size * np.sin(2 * np.pi * x / length + phase[0])
        + 0.45 * size * np.sin(2 * np.pi * x / (0.47 * length) + phase[1])
    )
    y = y + 0.12 * size * np.sin(2 * np.pi * x / (0.19 * length) + phase[2])
    return np.column_stack([x, y])


def _river(cores: Array, reach: float, outline: Geometry, number: int, rng: np.random.Generator) -> Corridor:
    """Return the river that winds past the cores of one row."""
    offset = rng.uniform(-620.0, -480.0, len(cores))
    line = shapely.LineString(_through(cores[:, 0], cores[:, 1] + offset, reach, (330.0, 4_300.0), rng))
    return _corridor("river", _numbered("云溪河", number), line, 34.0, 430.0, outline)


def _expressway(cores: Array, reach: float, outline: Geometry, number: int, rng: np.random.Generator) -> Corridor:
    """Return the expressway that passes beside the cores of one column."""
    line_yx = _through(
        cores[:, 1], cores[:, 0] + rng.uniform(1_950.0, 2_150.0, len(cores)), reach, (420.0, 9_500.0), rng
    )
    line = shapely.LineString(line_yx[:, ::-1])
    return _corridor("expressway", _numbered("环城快速路", number), line, 30.0, 500.0, outline)


def _ridge(core: Array, angle: float, outline: Geometry, number: int, rng: np.random.Generator) -> Corridor:
    """Return the wooded ridge at one side of an old town: a bent spine and the park around it."""
    away = 3_050.0
    middle = core + away * np.array([np.cos(angle), np.sin(angle)])
    t = np.linspace(-1.0, 1.0, 41)
    tangent = np.array([-np.sin(angle), np.cos(angle)])
    bend = 480.0 * np.sin(2.2 * t + rng.uniform(0.0, 6.28)) + 90.0 * np.sin(9.0 * t)
    xy = middle + np.outer(2_300.0 * t, tangent) + np.outer(bend, [np.cos(angle), np.sin(angle)])
    line = shapely.LineString(xy)
    width = 330.0 * np.sqrt(np.clip(1.0 - (t / 1.06) ** 2, 0.02, None)) * (1.0 + 0.25 * np.sin(6.0 * t + 1.0))
    hull = shapely.union_all(shapely.buffer(shapely.points(xy), width))
    wood = shapely.simplify(shapely.buffer(hull, 60.0), 4.0)
    inside = shapely.buffer(outline, -150.0)
    spine = _longest(shapely.intersection(line, inside))
    park = _largest(shapely.intersection(wood, inside))
    return Corridor(
        kind="ridge", name=_numbered("云屏山", number), line=spine, polygon=park, crossing_spacing_m=1_500.0
    )


def _corridor(kind: str, name: str, line: Geometry, half_width: float, spacing: float, outline: Geometry) -> Corridor:
    inner = _longest(shapely.intersection(line, outline))
    strip = _largest(shapely.intersection(shapely.buffer(line, half_width, quad_segs=4), outline))
    return Corridor(kind=kind, name=name, line=inner, polygon=strip, crossing_spacing_m=spacing)


def _numbered(name: str, number: int) -> str:
    return name if number == 0 else f"{name}{number + 1}号"


def _longest(lines: Geometry) -> Geometry:
    """Return the longest piece: an outline with coves may cut a line more than once."""
    pieces: list[Geometry] = list(getattr(lines, "geoms", [lines]))
    return max(pieces, key=lambda piece: float(piece.length))


def _largest(polygons: Geometry) -> Geometry:
    """Return the largest piece of a clipped polygon."""
    pieces: list[Geometry] = list(getattr(polygons, "geoms", [polygons]))
    return max(pieces, key=lambda piece: float(piece.area))

"""Read the district's own streets and areas: the map beneath the grids when no network is there."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely

from gridsvc.domain.ids import Adcode
from gridsvc.maps.topology import line_steps
from gridsvc.storage import Store, areas, barriers, districts, streets
from gridsvc.storage.streets import StreetColumns

SCALE = 100_000  # about a metre: enough for a background
MAIN_STREET_KMH = 45.0
# preferred first: the level that people of the district speak of
_LEVELS = ("street_office", "community_district", "community")
_MANY_AREAS = 400


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedShape:
    """An area or barrier: its name, kind, and rings or lines as steps of 1/scale degree."""

    name: str
    kind: str
    lines: list[list[int]]
    label_lon: float
    label_lat: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Basemap:
    """Everything that is drawn beneath the grids.

    `boundary`, `main_streets` and `side_streets` are lines as steps of 1/scale degree: lon, lat, then differences.
    """

    scale: int
    boundary: list[list[int]]
    areas: list[NamedShape]
    barriers: list[NamedShape]
    main_streets: list[list[int]]
    side_streets: list[list[int]]


def read_basemap(store: Store, *, adcode: Adcode) -> Basemap:
    """Give the basemap of a district; a district without streets or areas has a boundary at least."""
    with store.transaction(adcode) as tx:
        boundary = districts.find(tx).boundary
        levels = areas.levels(tx)
        level = next((known for known in _LEVELS if known in levels), None)
        level = level or next((known for known, n in levels.items() if n <= _MANY_AREAS), None)
        named = areas.columns(tx, level) if level else None
        known_streets = streets.columns(tx)
        known_barriers = barriers.all_barriers(tx)
    main, side = _streets(known_streets) if known_streets else ([], [])
    return Basemap(
        scale=SCALE,
        boundary=_lines(boundary),
        areas=[_shape(n, level or "", o) for n, o in zip(named.name, named.outline, strict=True)] if named else [],
        barriers=[_shape(b.name, b.kind, b.course) for b in known_barriers if b.kind != "link"],
        main_streets=main,
        side_streets=side,
    )


def _shape(name: str, kind: str, shape: shapely.Geometry) -> NamedShape:
    at = shapely.point_on_surface(shape)
    return NamedShape(name=name, kind=kind, lines=_lines(shape), label_lon=round(at.x, 6), label_lat=round(at.y, 6))


def _lines(shape: shapely.Geometry) -> list[list[int]]:
    is_line = shapely.get_dimensions(shape) == 1
    outline = shape if is_line else shapely.boundary(shape)
    return [line_steps(part, SCALE) for part in shapely.get_parts(outline)]


def _streets(known: StreetColumns) -> tuple[list[list[int]], list[list[int]]]:
    """Give main and side streets; edges without a course are drawn straight, an edge and its return once."""
    ends = np.sort(np.column_stack([known.from_node, known.to_node]), axis=1)
    _, once = np.unique(ends, axis=0, return_index=True)
    is_main = known.speed_kmh >= MAIN_STREET_KMH
    courses = known.lines()
    main = [line_steps(courses[edge], SCALE) for edge in once if is_main[edge]]
    return main, [line_steps(courses[edge], SCALE) for edge in once if not is_main[edge]]

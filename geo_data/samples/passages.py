"""Takes main roads and bank roads over rivers, ridges and expressways, at chosen places only.

A road inside a corridor's strip is cut away; straight crossings that come out on both sides are put back, well apart.
They become bridges, tunnels and underpasses: the links of the sample.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely import LineString
from shapely.geometry.base import BaseGeometry as Geometry

from geo_data.samples.arterials import SECTION_M, MainRoads
from geo_data.samples.blocks import Geometries
from geo_data.samples.landscape import HILLS, Corridor, Ints, Landscape

EXPRESSWAY, ARTERIAL, STREET, LANE = 0, 1, 2, 3
ROAD_CLASSES = ("expressway", "arterial", "street", "lane")

Bools = NDArray[np.bool_]

SNAP_M = 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """A street that passes a corridor.

    Parameters
    ----------
    corridor
        Row of the corridor.
    point
        Where the street meets the corridor's middle line.
    passage
        The street inside the corridor's strip.
    road_class
        Class of the street.
    """

    corridor: int
    point: Geometry
    passage: Geometry
    road_class: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Parents:
    """Lines that carry names and house numbers, one row each.

    Parameters
    ----------
    line
        LineString in metres.
    road_class
        EXPRESSWAY, ARTERIAL, STREET or LANE.
    road, section, n_sections
        Whole road, place of this section along it, number of sections; a road of its own otherwise.
    bank_of
        Row of the river whose bank the line follows, -1 for none.
    """

    line: Geometries
    road_class: Ints
    road: Ints
    section: Ints
    n_sections: Ints
    bank_of: Ints


def main_lines(land: Landscape, roads: MainRoads) -> tuple[Parents, Geometries, Ints, tuple[Link, ...]]:
    """Return the parents of main roads, banks and expressways, their pieces outside corridors, and the links."""
    banks = [
        (k, number, section)
        for k, corridor in enumerate(land.corridors)
        if corridor.kind == "river"
        for number, bank in enumerate(_banks(corridor, land))
        for section in enumerate(_sections(bank))
    ]
    expressways = [c.line for c in land.corridors if c.kind == "expressway"]
    n_main, n_fast = len(roads.line), len(expressways)
    first_road = int(roads.road.max()) + 1
    bank_number = np.unique([(k, number) for k, number, _ in banks] or [(0, 0)], axis=0, return_inverse=True)[1]
    bank_road = first_road + bank_number.ravel()[: len(banks)]
    main = Parents(
        line=np.array([*roads.line, *(line for _, _, (_, line) in banks), *expressways], dtype=object),
        road_class=np.repeat([ARTERIAL, STREET, EXPRESSWAY], [n_main, len(banks), n_fast]).astype(np.int64),
        road=np.concatenate([roads.road, bank_road, first_road + len(banks) + np.arange(n_fast)]),
        section=np.concatenate([roads.section, [at for _, _, (at, _) in banks], np.zeros(n_fast)]).astype(np.int64),
        n_sections=np.concatenate(
            [roads.n_sections, np.bincount(bank_road)[bank_road] if banks else [], np.ones(n_fast)]
        ).astype(np.int64),
        bank_of=np.concatenate([np.full(n_main, -1), [k for k, _, _ in banks], np.full(n_fast, -1)]).astype(np.int64),
    )
    pieces, owner = _parts(shapely.intersection(main.line, land.outline), np.arange(len(main.line)))
    links: list[Link] = []
    for k, corridor in enumerate(land.corridors):
        pieces, owner, found = _pass_corridor(pieces, owner, k, corridor, main)
        links += found
    return main, pieces, owner, tuple(links)


def _banks(corridor: Corridor, land: Landscape) -> list[Geometry]:
    """Return the bank roads of a river: the strip's long sides where the town touches them."""
    ring = shapely.boundary(corridor.polygon)
    inside = shapely.intersection(ring, shapely.buffer(land.outline, -20.0))
    out = []
    for side in shapely.get_parts(shapely.line_merge(inside)):
        step = shapely.get_coordinates(shapely.line_interpolate_point(side, np.arange(0.0, shapely.length(side), 50.0)))
        if len(step) < 8:
            continue
        town = land.urban_form(step) != HILLS
        if town.any():
            first, last = int(np.argmax(town)), len(town) - 1 - int(np.argmax(town[::-1]))
            if last - first > 8:
                out.append(_between(side, first * 50.0, last * 50.0))
    return out


def _sections(line: Geometry) -> list[LineString]:
    """Return the line in one to three parts of about SECTION_M."""
    n = int(np.clip(np.round(line.length / SECTION_M), 1, 3))
    xy = shapely.get_coordinates(line)
    measure = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(xy, axis=0), axis=1))])
    cuts = np.searchsorted(measure, np.linspace(0.0, measure[-1], n + 1)[1:-1])
    ends = [0, *cuts.tolist(), len(xy) - 1]
    return [LineString(xy[a : b + 1]) for a, b in itertools.pairwise(ends)]


def _between(line: Geometry, start_m: float, end_m: float) -> Geometry:
    """Return the part of a line between two measures, keeping its vertices (so that it stays on a strip's border)."""
    xy = shapely.get_coordinates(line)
    measure = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(xy, axis=0), axis=1))])
    inner = (measure > start_m + 1.0) & (measure < end_m - 1.0)
    return LineString(xy[inner])


def _parts(lines: Geometries, owner: Ints) -> tuple[Geometries, Ints]:
    """Return the LineStrings of clipped lines, longer than a metre, and their owners."""
    pieces, index = shapely.get_parts(lines, return_index=True)
    keep = (shapely.get_type_id(pieces) == 1) & (shapely.length(pieces) > 1.0)
    return pieces[keep], owner[index[keep]]


def _pass_corridor(
    pieces: Geometries, owner: Ints, k: int, corridor: Corridor, main: Parents
) -> tuple[Geometries, Ints, list[Link]]:
    """Cut `pieces` at one corridor and put back the crossings that are built: the straightest, well apart.

    An expressway always passes. A bank road does not meet its own river's strip.
    """
    own = (main.bank_of[owner] == k) | (
        (corridor.kind == "expressway") & shapely.equals(main.line[owner], corridor.line)
    )
    touched = shapely.intersects(pieces, corridor.polygon) & ~own
    rest, rest_owner = _parts(shapely.difference(pieces[touched], corridor.polygon), owner[touched])
    inside, inside_owner = _parts(shapely.intersection(pieces[touched], corridor.polygon), owner[touched])
    edge_of_strip = shapely.boundary(corridor.polygon)
    comes_out = np.ones(len(inside), dtype=bool)
    for end in (0, -1):
        comes_out &= shapely.distance(shapely.get_point(inside, end), edge_of_strip) < SNAP_M
    crosses = shapely.crosses(inside, corridor.line) & comes_out
    inside, inside_owner = inside[crosses], inside_owner[crosses]
    single = shapely.get_type_id(shapely.intersection(inside, corridor.line)) == 0
    inside, inside_owner = inside[single], inside_owner[single]
    point = shapely.intersection(inside, corridor.line)
    place = shapely.line_locate_point(np.array([corridor.line], dtype=object), point)
    taken: list[float] = []
    built: list[int] = []
    rank = np.where(main.road_class[inside_owner] == EXPRESSWAY, -1.0, shapely.length(inside))
    for j in np.argsort(rank, kind="stable"):
        is_fast = main.road_class[inside_owner[j]] == EXPRESSWAY
        if is_fast or all(abs(place[j] - other) >= corridor.crossing_spacing_m for other in taken):
            taken.append(float(place[j]))
            built.append(int(j))
    built_rows = np.array(sorted(built, key=lambda j: float(place[j])), dtype=np.int64)
    links = [
        Link(corridor=k, point=point[j], passage=inside[j], road_class=int(main.road_class[inside_owner[j]]))
        for j in built_rows
    ]
    return (
        np.concatenate([pieces[~touched], rest, inside[built_rows]]),
        np.concatenate([owner[~touched], rest_owner, inside_owner[built_rows]]),
        links,
    )

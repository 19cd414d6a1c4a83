"""Divides the land between main roads into blocks and keeps the dividing lines as streets and lanes.

Each block is cut across its long axis, straight in new towns and bent elsewhere, until it is as small as its urban
form wants; dead-end lanes then reach into some blocks. This is the recursive block subdivision of procedural city
modelling (Parish and Mueller 2001; Vanegas et al. 2012), done level by level on arrays of polygons.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from geo_data.samples.landscape import HILLS, NEW_TOWN, OLD_TOWN, Array, Ints, Landscape

Geometries = NDArray[np.object_]

_BLOCK_M2 = (9_500.0, 21_000.0, 130_000.0)
_BEND = (0.05, 0.0, 0.11)
_SKEW_RAD = (0.12, 0.0, 0.22)
_OFF_MIDDLE = (0.12, 0.02, 0.17)
_DEAD_END_SHARE = (0.42, 0.30, 0.60)
_MAX_LEVELS = 24


@dataclass(frozen=True, slots=True, kw_only=True)
class Cuts:
    """Lines that divide blocks.

    Parameters
    ----------
    line : (n_cuts,)
        LineString of each street.
    form : (n_cuts,)
        Urban form of the block that it divides.
    is_dead_end : (n_cuts,)
        True for a lane that stops inside a block.
    """

    line: Geometries
    form: Ints
    is_dead_end: NDArray[np.bool_]


def cut_blocks(superblocks: Geometries, form: Ints, land: Landscape, rng: np.random.Generator) -> Cuts:
    """Cut `superblocks` of urban form `form` down to block size; cost O(n log n) polygon operations."""
    lines: list[Geometries] = []
    forms: list[Ints] = []
    blocks = superblocks
    done: list[Geometries] = []
    done_form: list[Ints] = []
    for _ in range(_MAX_LEVELS):
        goal = _goal_m2(blocks, form, land) * rng.uniform(0.75, 1.45, len(blocks))
        small = shapely.area(blocks) < goal
        done.append(blocks[small])
        done_form.append(form[small])
        blocks, form = blocks[~small], form[~small]
        if not len(blocks):
            break
        cuts = _across(blocks, form, rng)
        pieces, parent = shapely.get_parts(
            shapely.polygonize(shapely.union(shapely.boundary(blocks), cuts)[:, None]), return_index=True
        )
        inner, owner = shapely.get_parts(shapely.intersection(cuts, blocks), return_index=True)
        is_line = (shapely.get_type_id(inner) == 1) & (shapely.length(inner) > 12.0)
        lines.append(inner[is_line])
        forms.append(form[owner[is_line]])
        blocks, form = pieces, form[parent]
    spurs, spur_form = _dead_ends(np.concatenate(done), np.concatenate(done_form), rng)
    n_cuts = sum(len(group) for group in lines)
    return Cuts(
        line=np.concatenate([*lines, spurs]),
        form=np.concatenate([*forms, spur_form]),
        is_dead_end=np.arange(n_cuts + len(spurs)) >= n_cuts,
    )


def _goal_m2(blocks: Geometries, form: Ints, land: Landscape) -> Array:
    """Return the area at which a block is small enough; hill blocks grow with the distance from the built-up land."""
    goal = np.asarray(_BLOCK_M2)[form]
    hilly = form == HILLS
    if hilly.any():
        xy = shapely.get_coordinates(shapely.centroid(blocks[hilly]))
        # From a town's edge in metres: an ellipse is about 2 km in radius, an old town a little less.
        away_m = 1_900.0 * np.clip(np.minimum(land.new_town_reach(xy), land.old_town_reach(xy)) - 1.0, 0.0, 1.3)
        goal[hilly] *= (0.22 + away_m / 1_100.0) * np.exp(0.55 * land.roughness(xy))
    return goal


def _across(blocks: Geometries, form: Ints, rng: np.random.Generator) -> Geometries:
    """Return a line across the long axis of each block."""
    corners = shapely.get_coordinates(shapely.oriented_envelope(blocks)).reshape(len(blocks), 5, 2)
    side_a, side_b = corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 1]
    a_longer = (np.linalg.norm(side_a, axis=1) >= np.linalg.norm(side_b, axis=1))[:, None]
    long, wide = np.where(a_longer, side_a, side_b), np.where(a_longer, side_b, side_a)
    at = 0.5 + np.asarray(_OFF_MIDDLE)[form] * rng.uniform(-1.0, 1.0, len(blocks))
    middle = corners[:, 0] + (wide * 0.5 + long * at[:, None])
    turn = np.asarray(_SKEW_RAD)[form] * rng.uniform(-1.0, 1.0, len(blocks))
    cos, sin = np.cos(turn)[:, None], np.sin(turn)[:, None]
    wide = np.column_stack([wide[:, :1] * cos - wide[:, 1:] * sin, wide[:, :1] * sin + wide[:, 1:] * cos])
    normal = np.column_stack([-wide[:, 1], wide[:, 0]])
    t = np.linspace(-0.65, 0.65, 15)
    size, phase = np.asarray(_BEND)[form] * rng.uniform(0.3, 1.0, len(blocks)), rng.uniform(0.0, 6.28, len(blocks))
    bend = size[:, None] * (np.sin(4.0 * t[None] + phase[:, None]) - np.sin(phase)[:, None])
    xy = middle[:, None] + t[None, :, None] * wide[:, None] + bend[:, :, None] * normal[:, None]
    straight = form == NEW_TOWN
    lines = np.empty(len(blocks), dtype=object)
    lines[~straight] = shapely.linestrings(xy[~straight])
    lines[straight] = shapely.linestrings(xy[straight][:, [0, -1]])
    return lines


def _dead_ends(blocks: Geometries, form: Ints, rng: np.random.Generator) -> tuple[Geometries, Ints]:
    """Return lanes from the edge of some blocks to about their middle, and their urban form."""
    share = np.asarray(_DEAD_END_SHARE)[form]
    chosen = (rng.uniform(size=len(blocks)) < share) & (shapely.area(blocks) > 3_500.0)
    blocks, form = blocks[chosen], form[chosen]
    middle = shapely.get_coordinates(shapely.point_on_surface(blocks))
    corners = shapely.get_coordinates(shapely.oriented_envelope(blocks)).reshape(len(blocks), 5, 2)
    side_a, side_b = corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 1]
    a_longer = (np.linalg.norm(side_a, axis=1) >= np.linalg.norm(side_b, axis=1))[:, None]
    axis = np.where(a_longer, side_b, side_a) * rng.choice([-1.0, 1.0], len(blocks))[:, None]
    turn = np.where(form == OLD_TOWN, 0.2, 0.05) * rng.uniform(-1.0, 1.0, len(blocks))
    cos, sin = np.cos(turn)[:, None], np.sin(turn)[:, None]
    axis = np.column_stack([axis[:, :1] * cos - axis[:, 1:] * sin, axis[:, :1] * sin + axis[:, 1:] * cos])
    rays = shapely.linestrings(np.stack([middle - 0.12 * axis, middle + 1.2 * axis], axis=1))
    pieces, owner = shapely.get_parts(shapely.intersection(rays, blocks), return_index=True)
    good = (shapely.get_type_id(pieces) == 1) & (shapely.length(pieces) > 25.0) & (shapely.length(pieces) < 420.0)
    first = good & np.concatenate([[True], owner[1:] != owner[:-1]])
    return pieces[first], form[owner[first]]

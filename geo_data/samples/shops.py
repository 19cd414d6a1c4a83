"""Puts shops on street fronts and writes their addresses.

Every 12 m of a street side is one house number: odd on the left, even on the right of the line's direction, rising
with the distance from its start. A shop takes one free front, so numbers of a street rise along it by construction.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely import STRtree

from geo_data.samples.landscape import HILLS, NEW_TOWN, OLD_TOWN, URBAN_FORMS, Array, Ints, Landscape
from geo_data.samples.network import Network
from geo_data.samples.passages import EXPRESSWAY
from geo_data.samples.words import estate_names

FRONT_M = 12.0
"""Length of street side that carries one house number."""

CLEAR_M = 4.5
"""Least distance of a shop from the middle of any street."""

FORM_SHARE = (0.48, 0.38, 0.14)
"""Share of shops in old towns, new towns and hills."""

_CLASS_PULL = np.array([[0.0, 1.1, 1.7, 0.75], [0.0, 0.8, 1.5, 0.8], [0.0, 1.0, 1.0, 0.7]])
_CLUSTERING = (0.8, 0.9, 1.8)
_SETBACK_M = (20.0, 14.0, 10.5, 7.0)
_DEEPEST_M = 23.0
_ESTATE_SHARE = (0.06, 0.16, 0.03)


@dataclass(frozen=True, slots=True, kw_only=True)
class Shops:
    """Places of shops, sorted along the streets.

    Parameters
    ----------
    xy : (n, 2)
        Metres.
    parent : (n,)
        Row of the street.
    number : (n,)
        House number.
    form : (n,)
        Urban form.
    is_in_estate : (n,)
        True where the shop lies behind the front row, in a housing estate.
    """

    xy: Array
    parent: Ints
    number: Ints
    form: Ints
    is_in_estate: NDArray[np.bool_]

    def take(self, rows: Ints) -> Shops:
        """Return the shops of `rows`, in that order."""
        return Shops(
            xy=self.xy[rows],
            parent=self.parent[rows],
            number=self.number[rows],
            form=self.form[rows],
            is_in_estate=self.is_in_estate[rows],
        )


def place_shops(n: int, land: Landscape, network: Network, rng: np.random.Generator) -> Shops:
    """Return `n` shops on distinct fronts; more where smooth noise marks a market.

    Fronts are drawn without replacement by their edge's pull (Gumbel keys), shared out over the urban forms; those
    that another street runs over, or that lie in a corridor or outside, are skipped. Cost O(fronts log fronts).

    Raises
    ------
    ValueError
        More shops than fronts.
    """
    form, pull = _edge_pull(land, network, rng)
    edge, slot, side = _fronts(network)
    with np.errstate(divide="ignore"):
        key = np.log(pull)[edge] + rng.gumbel(size=len(edge))
    quota = np.array([round(n * FORM_SHARE[OLD_TOWN]), round(n * FORM_SHARE[NEW_TOWN])])
    quota = np.append(quota, n - quota.sum())
    streets = STRtree(network.line)
    parts = []
    for f in (OLD_TOWN, NEW_TOWN, HILLS):
        rows = np.flatnonzero((form[edge] == f) & np.isfinite(key))
        ranked = rows[np.argsort(-key[rows], kind="stable")][: 2 * quota[f] + 100]
        sites = _sites(edge[ranked], slot[ranked], side[ranked], f, network, rng)
        _, gap = streets.query_nearest(shapely.points(sites.xy), return_distance=True, all_matches=False)
        good = np.flatnonzero((gap >= CLEAR_M) & _is_buildable(sites.xy, land))[: quota[f]]
        if len(good) < quota[f]:
            msg = f"{n} shops do not fit on the street fronts of {URBAN_FORMS[f]}; ask for fewer"
            raise ValueError(msg)
        parts.append(sites.take(good))
    return _sorted_along_streets(parts)


def _edge_pull(land: Landscape, network: Network, rng: np.random.Generator) -> tuple[Ints, Array]:
    """Return the urban form of each edge and how much its fronts attract shops, 0 for expressways."""
    middle = shapely.get_coordinates(shapely.line_interpolate_point(network.line, 0.5, normalized=True))
    form = land.urban_form(middle)
    pull = _CLASS_PULL[form, network.parents.road_class[network.parent]] * _centre_pull(middle, form, land)
    return form, pull * np.exp(np.asarray(_CLUSTERING)[form] * _markets(middle, rng) + 0.5 * land.roughness(middle))


def _sites(edge: Ints, slot: Ints, side: Ints, form: int, network: Network, rng: np.random.Generator) -> Shops:
    """Return a shop on each front: set back from the street's middle, farther in a housing estate."""
    parent = network.parent[edge]
    line = network.parents.line[parent]
    s = (slot + 0.5) * FRONT_M + rng.uniform(-3.5, 3.5, len(slot))
    middle, behind, ahead = (
        shapely.get_coordinates(shapely.line_interpolate_point(line, s + step)) for step in (0.0, -1.0, 1.0)
    )
    along = ahead - behind
    along /= np.maximum(np.linalg.norm(along, axis=1, keepdims=True), 1e-9)
    left = np.column_stack([-along[:, 1], along[:, 0]])
    estate = rng.uniform(size=len(slot)) < _ESTATE_SHARE[form]
    setback = np.asarray(_SETBACK_M)[network.parents.road_class[parent]] + rng.uniform(-1.0, 3.0, len(slot))
    setback = np.where(estate, rng.uniform(17.0, _DEEPEST_M, len(slot)), setback)
    return Shops(
        xy=middle + left * (setback * np.where(side == 0, 1.0, -1.0))[:, None],
        parent=parent,
        number=2 * slot + 1 + side,
        form=np.full(len(slot), form, dtype=np.int64),
        is_in_estate=estate,
    )


def _sorted_along_streets(parts: list[Shops]) -> Shops:
    """Return all shops in order of street and house number."""
    whole = Shops(
        xy=np.vstack([p.xy for p in parts]),
        parent=np.concatenate([p.parent for p in parts]),
        number=np.concatenate([p.number for p in parts]),
        form=np.concatenate([p.form for p in parts]),
        is_in_estate=np.concatenate([p.is_in_estate for p in parts]),
    )
    return whole.take(np.lexsort((whole.number, whole.parent)))


def _fronts(network: Network) -> tuple[Ints, Ints, Ints]:
    """Return edge, front number along the parent street, and side (0 left, 1 right) of every front that exists."""
    edges = np.flatnonzero(network.parents.road_class[network.parent] != EXPRESSWAY)
    line = network.parents.line[network.parent[edges]]
    a = shapely.line_locate_point(line, shapely.get_point(network.line[edges], 0))
    b = shapely.line_locate_point(line, shapely.get_point(network.line[edges], -1))
    low, high = np.minimum(a, b) + 7.0, np.maximum(a, b) - 7.0
    first = np.ceil(low / FRONT_M - 0.5).astype(np.int64)
    count = np.maximum(np.floor(high / FRONT_M - 0.5).astype(np.int64) - first + 1, 0)
    # A ring whose edge passes the start of its line would claim the whole ring: such an edge carries no numbers.
    count[np.maximum(a, b) - np.minimum(a, b) > shapely.length(network.line[edges]) * 1.3 + 40.0] = 0
    edge = np.repeat(edges, count)
    offset = np.arange(len(edge)) - np.repeat(np.cumsum(count) - count, count)
    slot = np.repeat(first, count) + offset
    both = np.repeat(slot, 2)
    return np.repeat(edge, 2), both, np.tile(np.array([0, 1]), len(slot))


def _markets(xy: Array, rng: np.random.Generator) -> Array:
    """Return noise of about -1 to 1 with a wave length of a few streets: markets, schools, quiet quarters."""
    out: Array = np.zeros(len(xy))
    for _ in range(5):
        length, direction, phase = rng.uniform(350.0, 1_100.0), rng.uniform(0, 2 * np.pi), rng.uniform(0, 2 * np.pi)
        out += 0.45 * np.sin(2 * np.pi / length * (xy[:, 0] * np.cos(direction) + xy[:, 1] * np.sin(direction)) + phase)
    return out


def _centre_pull(xy: Array, form: Ints, land: Landscape) -> Array:
    """Return a factor that falls from 2 in the middle of an old town to 1 at its edge and in hills far from town."""
    relative = land.old_town_reach(xy)
    core, outside = 1.0 + np.exp(-((relative / 0.6) ** 2)), np.exp(-0.25 * np.clip(relative - 1.0, 0.0, 4.0))
    return np.asarray(np.where(form == OLD_TOWN, core, outside))


def _is_buildable(xy: Array, land: Landscape) -> NDArray[np.bool_]:
    """Return True for points well inside the outline and outside every corridor."""
    inner = shapely.buffer(land.outline, -8.0)
    shapely.prepare(inner)
    good = np.asarray(shapely.contains_xy(inner, xy))
    for corridor in land.corridors:
        near = shapely.buffer(corridor.polygon, 1.0)
        west, south, east, north = near.bounds
        box = good & (xy[:, 0] > west) & (xy[:, 0] < east) & (xy[:, 1] > south) & (xy[:, 1] < north)
        shapely.prepare(near)
        good[box] &= ~shapely.contains_xy(near, xy[box])
    return good


def write_addresses(shops: Shops, street: list[str], district: list[str], rng: np.random.Generator) -> list[str]:
    """Return one address per shop as registers write them: district, street, number, at times a suffix.

    `street` are the names by parent row, `district` the name put in front of each shop's street. Forms: 号, 号附N号
    (a divided front), estate with building, unit and ground floor, floor or shop marks.
    """
    n = len(shops.xy)
    style, sub = rng.uniform(size=n), rng.integers(1, 9, n)
    building, unit = rng.integers(1, 24, n), rng.integers(1, 5, n)
    # One estate for each stretch of about 160 m of a street, whatever the shop.
    block = shops.parent * 1_000 + shops.number // 26
    _, estate_row = np.unique(block, return_inverse=True)
    estate = estate_names(int(estate_row.max()) + 1 if n else 0, rng)
    out = []
    for k in range(n):
        base = f"{district[k]}{street[shops.parent[k]]}{shops.number[k]}号"
        if shops.is_in_estate[k]:
            base += f"{estate[estate_row[k]]}{building[k]}栋"
            base += f"{unit[k]}单元1层{sub[k]}号" if style[k] < 0.7 else f"附{sub[k]}号"
        elif style[k] < 0.24:
            base += f"附{sub[k]}号"
        elif style[k] < 0.30:
            base += f"1层{sub[k]}号门面"
        elif style[k] < 0.33:
            base += f"-{sub[k]}号"
        out.append(base)
    return out

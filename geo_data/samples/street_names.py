"""Names every line of the network: sections of long roads, streets, and lanes numbered after the street they leave."""

from __future__ import annotations

import numpy as np
import shapely
import shapely.ops
from shapely import STRtree

from geo_data.samples.landscape import Landscape
from geo_data.samples.network import Network
from geo_data.samples.passages import ARTERIAL, EXPRESSWAY, LANE, STREET
from geo_data.samples.words import road_stems

_DIGITS = "一二三四五六七八九十"


def name_streets(land: Landscape, network: Network, rng: np.random.Generator) -> list[str]:
    """Return a unique Chinese name for each parent line of the network."""
    parents = network.parents
    n = len(parents.line)
    own_name_lane = rng.uniform(size=n) < 0.30
    is_lane = parents.road_class == LANE
    needs_stem = ~is_lane | own_name_lane
    roads, road_row = np.unique(parents.road[needs_stem], return_inverse=True)
    stems = road_stems(len(roads), rng)
    stem_of = dict(zip(np.flatnonzero(needs_stem).tolist(), [stems[r] for r in road_row], strict=True))
    kind = rng.uniform(size=n)
    names = [""] * n
    expressways = [c.name for c in land.corridors if c.kind == "expressway"]
    banks: dict[str, int] = {}
    for k in range(n):
        road_class = int(parents.road_class[k])
        if road_class == EXPRESSWAY:
            names[k] = expressways.pop(0)
        elif parents.bank_of[k] >= 0:
            names[k] = _bank_name(land, network, k, banks)
        elif road_class == ARTERIAL:
            wide = parents.n_sections[k] == 1 and shapely.length(parents.line[k]) > 1_500.0 and kind[k] < 0.3
            names[k] = stem_of[k] + _part(network, k) + ("大道" if wide else "路")
        elif road_class == STREET:
            names[k] = stem_of[k] + ("街" if kind[k] < 0.38 else "路")
        elif own_name_lane[k]:
            names[k] = stem_of[k] + ("巷" if kind[k] < 0.85 else "里")
    _name_lanes(network, names)
    return names


def _bank_name(land: Landscape, network: Network, k: int, used: dict[str, int]) -> str:
    """Return the name of a bank road: of the north or the south bank, with its section, numbered if there are more."""
    corridor = land.corridors[int(network.parents.bank_of[k])]
    middle = network.parents.line[k].interpolate(0.5, normalized=True)
    opposite = shapely.ops.nearest_points(corridor.line, middle)[0]
    name = f"{corridor.name}{'北' if middle.y > opposite.y else '南'}岸{_part(network, k)}"
    used[name] = used.get(name, 0) + 1
    return f"{name}路" if used[name] == 1 else f"{name}{_number(used[name])}路"


def _part(network: Network, k: int) -> str:
    """Return 东/中/西 or 南/中/北 for a section of a long road, nothing for a short one."""
    parents = network.parents
    n = int(parents.n_sections[k])
    if n == 1:
        return ""
    start, end = shapely.get_coordinates(parents.line[k])[[0, -1]]
    dx, dy = end - start
    words = ("西", "东") if abs(dx) >= abs(dy) else ("南", "北")
    forward = (dx if abs(dx) >= abs(dy) else dy) > 0
    at = int(parents.section[k])
    if n == 3 and at == 1:
        return "中"
    return words[int((at > 0) == forward)]


def _name_lanes(network: Network, names: list[str]) -> None:
    """Number the unnamed lanes along the named street that each one starts from: 文昌路三巷."""
    parents = network.parents
    named = np.array([bool(name) for name in names]) & (parents.road_class != EXPRESSWAY)
    open_rows = np.array([k for k, name in enumerate(names) if not name], dtype=np.int64)
    hosts = np.flatnonzero(named)
    if not len(open_rows):
        return
    pair, _ = STRtree(parents.line[hosts]).query_nearest(
        shapely.centroid(parents.line[open_rows]), return_distance=True, all_matches=False
    )
    host = hosts[pair[1]]
    place = shapely.line_locate_point(parents.line[host], shapely.centroid(parents.line[open_rows[pair[0]]]))
    count: dict[int, int] = {}
    for j in np.lexsort((place, host)):
        street = int(host[j])
        count[street] = count.get(street, 0) + 1
        ending = "弄" if names[street].endswith(("巷", "里")) else "巷"
        names[int(open_rows[pair[0][j]])] = f"{names[street]}{_number(count[street])}{ending}"


def _number(n: int) -> str:
    """Return 1-99 in Chinese figures, larger ones in Arabic."""
    if n <= 10:
        return _DIGITS[n - 1]
    if n < 100:
        tens, ones = divmod(n, 10)
        return ("" if tens == 1 else _DIGITS[tens - 1]) + "十" + (_DIGITS[ones - 1] if ones else "")
    return str(n)

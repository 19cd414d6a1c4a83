"""Hires the staff: offices on main roads, one person for each present grid, and a post whose holder has just left."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import pandas as pd
import shapely

from geo_data.samples.landscape import HILLS, NEW_TOWN, Array, Ints, Landscape
from geo_data.samples.network import Network
from geo_data.samples.passages import ARTERIAL
from geo_data.samples.plane import Plane
from geo_data.samples.tables import SYNTHETIC
from geo_data.samples.words import person_names

LAYERS = ("inspection", "marketing", "delivery")
ROLE_OF_LAYER = {"inspection": "market_inspector", "marketing": "customer_manager", "delivery": "delivery_driver"}
LETTER_OF_LAYER = {"inspection": "I", "marketing": "M", "delivery": "D"}

VAN_CARTONS = (3_400, 3_600, 4_000)
"""Cartons that the vans carry; a van of the smallest size is what the fleet is counted by."""

VACANT_LAYER = "marketing"

STAFF_COLUMNS = (
    "staff_code", "name", "role", "org_unit", "office_lon", "office_lat", "vehicle_capacity_cartons", "valid_from",
    "synthetic",
)  # fmt: skip

_OFFICE_WORD = {"inspection": "专卖管理{}所", "marketing": "市场{}部", "delivery": "配送{}站"}
_STAFF_PER_OFFICE = {"inspection": 4, "marketing": 4, "delivery": 30}
_FIGURES = "一二三四五六七八九十"


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """One grid of one layer and who holds it.

    Parameters
    ----------
    district : number of the core
    layer, grid : layer and number of the grid within the district
    staff_code : code of the holder
    is_vacant : the former holder left, the successor has no shops yet
    """

    district: int
    layer: str
    grid: int
    staff_code: str
    is_vacant: bool


def vans_needed(weekly_cartons: float, n_staff: int) -> int:
    """Return the vans for five delivery days at 85 % load of the smallest van, at least one for each other staff."""
    return max(n_staff, int(np.ceil(weekly_cartons / 5.0 / (0.85 * VAN_CARTONS[0]))))


def share_out(n: int, weight: Array) -> Ints:
    """Return whole numbers that add up to `n`, in proportion to `weight`, each at least 1 (largest remainder)."""
    exact = weight / weight.sum() * n
    count = np.maximum(np.floor(exact), 1).astype(np.int64)
    while count.sum() < n:
        count[int(np.argmax(exact - count))] += 1
    while count.sum() > n and (count > 1).any():
        count[int(np.argmin(np.where(count > 1, exact - count, np.inf)))] -= 1
    return np.asarray(count)


def name_posts(n_grids: dict[str, Ints], rng: np.random.Generator) -> list[Post]:
    """Return the posts of all layers; in each district with two or more, one customer manager's post is vacant."""
    posts: list[Post] = []
    for layer in LAYERS:
        digits = max(2, len(str(int(n_grids[layer].sum()))))
        number = 0
        for district, n in enumerate(n_grids[layer].tolist()):
            vacant = int(rng.integers(n)) if layer == VACANT_LAYER and n > 1 else -1
            for grid in range(n):
                number += 1
                posts.append(
                    Post(
                        district=district,
                        layer=layer,
                        grid=grid,
                        staff_code=f"{LETTER_OF_LAYER[layer]}{number:0{digits}d}",
                        is_vacant=grid == vacant,
                    )
                )
    return posts


def hire(
    posts: list[Post],
    centre_of: dict[int, Array],
    district_names: list[str],
    land: Landscape,
    network: Network,
    plane: Plane,
    first_day: date,
    rng: np.random.Generator,
) -> pd.DataFrame:
    """Return the staff table; `centre_of` holds the middle (metres) of the shops of each row of `posts`."""
    names = person_names(len(posts), rng)
    office = _offices(posts, centre_of, district_names, land, network)
    rows = []
    for post, name in zip(posts, names, strict=True):
        unit, xy = office[post.staff_code]
        lon, lat = plane.lonlat(xy[None])[0].tolist()
        since = first_day - timedelta(days=int(rng.integers(200, 2_600)))
        if post.is_vacant:
            since = first_day - timedelta(days=7)
        van = int(VAN_CARTONS[int(rng.integers(len(VAN_CARTONS)))]) if post.layer == "delivery" else None
        rows.append(
            (
                post.staff_code, name, ROLE_OF_LAYER[post.layer], unit, lon, lat, van,
                since.isoformat(), SYNTHETIC,
            )
        )  # fmt: skip
    frame = pd.DataFrame(rows, columns=list(STAFF_COLUMNS))
    frame["vehicle_capacity_cartons"] = frame["vehicle_capacity_cartons"].astype("Int64")
    return frame


def _offices(
    posts: list[Post],
    centre_of: dict[int, Array],
    district_names: list[str],
    land: Landscape,
    network: Network,
) -> dict[str, tuple[str, Array]]:
    """Return name and place (metres) of each staff member's office: on a main road amid the group's grids."""
    sites = _main_road_sites(land, network)
    outside = land.urban_form(sites) == NEW_TOWN
    # Vans start where goods come in: in a new town, not among the old lanes.
    sites_of = {"delivery": sites[outside] if outside.any() else sites}
    out: dict[str, tuple[str, Array]] = {}
    for district, district_name in enumerate(district_names):
        for layer in LAYERS:
            group = [k for k, p in enumerate(posts) if p.district == district and p.layer == layer]
            centres = np.array([centre_of[k] for k in group])
            n_offices = max(1, round(len(group) / _STAFF_PER_OFFICE[layer]))
            # From west to east, so that office one is the westernmost as a planner would number them.
            order = np.argsort(centres[:, 0] + 0.3 * centres[:, 1], kind="stable")
            for number, members in enumerate(np.array_split(order, n_offices)):
                open_sites = sites_of.get(layer, sites)
                away = np.linalg.norm(open_sites - centres[members].mean(axis=0), axis=1)
                xy = open_sites[int(np.argmin(away))]
                figure = _FIGURES[number] if number < len(_FIGURES) else str(number + 1)
                unit = f"{district_name}合成{_OFFICE_WORD[layer].format(figure)}"
                for member in members:
                    out[posts[group[int(member)]].staff_code] = (unit, xy)
    return out


def _main_road_sites(land: Landscape, network: Network) -> Array:
    """Return places 20 m beside the middle of main-road edges in town: where offices stand."""
    rows = np.flatnonzero(network.parents.road_class[network.parent] == ARTERIAL)
    middle = shapely.get_coordinates(shapely.line_interpolate_point(network.line[rows], 0.5, normalized=True))
    ahead = shapely.get_coordinates(shapely.line_interpolate_point(network.line[rows], 0.55, normalized=True))
    along = (ahead - middle) / np.maximum(np.linalg.norm(ahead - middle, axis=1, keepdims=True), 1e-9)
    sites = middle + 20.0 * np.column_stack([-along[:, 1], along[:, 0]])
    town = (land.urban_form(middle) != HILLS) & (shapely.length(network.line[rows]) > 40.0)
    for corridor in land.corridors:
        town &= ~shapely.contains_xy(shapely.buffer(corridor.polygon, 30.0), sites)
    return np.asarray(sites[town] if town.any() else sites)

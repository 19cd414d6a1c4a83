"""Puts people on the map of today: posts, staff, who owns which shop on which line and weekday, and what is wrong."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geo_data.samples.landscape import Array, Ints, Landscape
from geo_data.samples.network import Network
from geo_data.samples.owners import PresentGrids, grow_grids, split_days
from geo_data.samples.plane import Plane
from geo_data.samples.staff import LAYERS, Post, hire, name_posts, share_out, vans_needed
from geo_data.samples.tables import SYNTHETIC

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri")

_LAYER_WORD = {"inspection": "稽查", "marketing": "营销", "delivery": "送货"}
_DAY_WORD = "一二三四五"


@dataclass(frozen=True, slots=True, kw_only=True)
class People:
    """Staff, their shops and the faults of today's ownership.

    Parameters
    ----------
    staff, assignments, faults
        Tables.
    order_day : (n_shops,)
        Weekday (1 = Monday) of each shop's order window: the working day before its delivery.
    """

    staff: pd.DataFrame
    assignments: pd.DataFrame
    faults: pd.DataFrame
    order_day: Ints


@dataclass(frozen=True, slots=True, kw_only=True)
class _LayerToday:
    """One layer over all districts: the row of the post of each shop, its second post (-1), day and fault marks."""

    post: Ints
    second: Ints
    day: Ints
    is_enclave: NDArray[np.bool_]
    is_drifted: NDArray[np.bool_]


def settle_people(
    retailer_code: list[str],
    cartons: Ints,
    xy: Array,
    district: Ints,
    area: Ints,
    face: Ints,
    district_names: list[str],
    n_staff: int,
    land: Landscape,
    network: Network,
    plane: Plane,
    first_day: date,
    rng: np.random.Generator,
) -> People:
    """Return staff and today's owners of shops at `xy` (n, 2) metres; rows of all arrays are shops."""
    weight = np.bincount(district, minlength=len(district_names)).astype(np.float64)
    n_vans = vans_needed(float(cartons.sum()), n_staff)
    n_grids = {layer: share_out(n_vans if layer == "delivery" else n_staff, weight) for layer in LAYERS}
    posts = name_posts(n_grids, rng)
    today = {layer: _layer_today(layer, posts, xy, district, area, face, rng) for layer in LAYERS}
    delivery_day = split_days(xy, today["delivery"].post)
    order_day = (delivery_day - 2) % 5 + 1
    days = {"inspection": today["inspection"].day, "marketing": order_day, "delivery": delivery_day}
    centres = {
        k: xy[today[post.layer].post == k].mean(axis=0) if (today[post.layer].post == k).any() else xy.mean(axis=0)
        for k, post in enumerate(posts)
    }
    staff = hire(posts, centres, district_names, land, network, plane, first_day, rng)
    since = {layer: _since(today[layer], first_day, len(posts), rng) for layer in LAYERS}
    assignments = pd.concat(
        [_assignments(retailer_code, layer, posts, today[layer], days[layer], since[layer]) for layer in LAYERS],
        ignore_index=True,
    )
    faults = pd.concat([_faults(retailer_code, layer, posts, today[layer]) for layer in LAYERS], ignore_index=True)
    return People(staff=staff, assignments=assignments, faults=faults, order_day=order_day)


def _layer_today(
    layer: str, posts: list[Post], xy: Array, district: Ints, area: Ints, face: Ints, rng: np.random.Generator
) -> _LayerToday:
    n = len(xy)
    post_of = np.full(n, -1, dtype=np.int64)
    second = np.full(n, -1, dtype=np.int64)
    enclave, drifted = np.zeros(n, dtype=bool), np.zeros(n, dtype=bool)
    for k in np.unique(district).tolist():
        rows = np.flatnonzero(district == k)
        mine = np.array([p for p, post in enumerate(posts) if post.layer == layer and post.district == k])
        grids: PresentGrids = grow_grids(xy[rows], face[rows], area[rows], len(mine), rng)
        post_of[rows] = mine[grids.grid_of_shop]
        second[rows] = np.where(grids.second_grid >= 0, mine[grids.second_grid], -1)
        enclave[rows], drifted[rows] = grids.is_enclave, grids.is_drifted
    vacant = np.array([post.is_vacant for post in posts])
    second[vacant[post_of] | ((second >= 0) & vacant[second])] = -1
    return _LayerToday(post=post_of, second=second, day=split_days(xy, post_of), is_enclave=enclave, is_drifted=drifted)


def _since(today: _LayerToday, first_day: date, n_posts: int, rng: np.random.Generator) -> list[str]:
    """Return since when each shop has its owner: the grid's last redraw, later where shops drifted."""
    redraw = [date(first_day.year - 2, 1, 1) + timedelta(days=91 * int(q)) for q in rng.integers(0, 5, n_posts)]
    later = rng.integers(30, 300, len(today.post)).tolist()
    return [
        (first_day - timedelta(days=later[k]) if drifted else redraw[post]).isoformat()
        for k, (post, drifted) in enumerate(zip(today.post.tolist(), today.is_drifted.tolist(), strict=True))
    ]


def _assignments(
    retailer_code: list[str], layer: str, posts: list[Post], today: _LayerToday, day: Ints, since: list[str]
) -> pd.DataFrame:
    """Return the rows of one layer in the order of retailer codes; shops of a vacant post have none."""
    rows = []
    for k in np.argsort(np.array(retailer_code), kind="stable").tolist():
        for post_row in (int(today.post[k]), int(today.second[k])):
            if post_row < 0 or posts[post_row].is_vacant:
                continue
            staff_code, weekday = posts[post_row].staff_code, int(day[k])
            line = f"{_LAYER_WORD[layer]}{staff_code[1:]}线周{_DAY_WORD[weekday - 1]}"
            rows.append((retailer_code[k], layer, staff_code, line, WEEKDAYS[weekday - 1], since[k], SYNTHETIC))
    return pd.DataFrame(
        rows, columns=["retailer_code", "layer", "staff_code", "line", "weekday", "valid_from", "synthetic"]
    )


def _faults(retailer_code: list[str], layer: str, posts: list[Post], today: _LayerToday) -> pd.DataFrame:
    code = np.array(retailer_code, dtype=object)
    vacant = np.array([post.is_vacant for post in posts])[today.post]
    marks = {
        "unowned": vacant,
        "enclave": today.is_enclave & ~vacant,
        "drift": today.is_drifted & ~vacant,
        "two_owners": today.second >= 0,
    }
    return pd.concat(
        [pd.DataFrame({"retailer_code": code[m], "layer": layer, "fault": fault}) for fault, m in marks.items()],
        ignore_index=True,
    )
